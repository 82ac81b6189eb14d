"""Read the set-up of MCP servers as Codex merges it: settings first, then what plugins bring along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from codex_checks.config.rules import NOT_FOR_PROGRAMS, NOT_FOR_URLS
from codex_checks.config.settings import LayerKind, look, merge
from codex_checks.mcp.plugins import plugin_servers
from codex_checks.mcp.secrecy import know_address, know_arguments, know_variables, origin
from codex_checks.mcp.servers import PATIENCE, Address, Program, Server
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Layer, Settings
    from codex_checks.places import CodexHome
    from codex_doctor.context import Context


def set_up(
    ctx: Context, found: Settings, home: CodexHome, variables: Mapping[str, str]
) -> tuple[Server, ...]:
    """Return every server that is switched on, sorted by name; what Codex refuses as a server is left out."""
    known: dict[str, Server | None] = {}
    for name, table in tables(found.table("mcp_servers")):
        layer = _highest(found, name)
        where = layer.where(("mcp_servers", name)) if layer else "the settings"
        known[name] = server(name, table, where, own=not _of_project(found, name))
    own = merge(layer.values for layer in _applied(found) if layer.kind is not LayerKind.PROJECT)
    if look(own, ("features", "plugins")) is not False:
        for brought in plugin_servers(ctx, home, dict(tables(own.get("plugins")))):
            if brought.name not in known:
                known[brought.name] = server(
                    brought.name, brought.table, str(brought.file), plugin=brought.plugin
                )
    on = [each for each in known.values() if each is not None and _is_allowed(found, each)]
    for each in on:
        _know_secrets(ctx, each, variables)
    return tuple(sorted(on, key=lambda each: each.name))


def server(
    name: str, table: Mapping[str, object], where: str, *, own: bool = True, plugin: str | None = None
) -> Server | None:
    """Return the server that *table* sets up, or None where it is switched off or no server at all."""
    transport = _transport(table)
    if transport is None or table.get("enabled") is False:
        return None
    return Server(
        name=name,
        where=where,
        transport=transport,
        own=own,
        plugin=plugin,
        required=table.get("required") is True,
        patience=_patience(table),
    )


def tables(value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the tables in the table *value*, with their names."""
    for name, item in _items(value):
        if isinstance(item, Mapping):
            yield name, cast("Mapping[str, object]", item)


def _transport(table: Mapping[str, object]) -> Program | Address | None:
    command, url = _text(table.get("command")), _text(table.get("url"))
    if command is not None and not any(key in table for key in NOT_FOR_PROGRAMS):
        return Program(
            command=command,
            args=tuple(each for each in map(_text, _list(table.get("args"))) if each is not None),
            env=_secrets(table.get("env")),
            passed=tuple(_passed(table.get("env_vars"))),
            cwd=_text(table.get("cwd")),
        )
    if url is not None and "command" not in table and not any(key in table for key in NOT_FOR_URLS):
        return Address(
            url=Secret(url),
            origin=origin(url),
            bearer=_text(table.get("bearer_token_env_var")),
            headers=_secrets(table.get("http_headers")),
            named={name: _text(each) or "" for name, each in _items(table.get("env_http_headers"))},
            helper="http_headers_helper" in table,
        )
    return None


def _patience(table: Mapping[str, object]) -> float:
    """Return the seconds that Codex waits; `startup_timeout_sec` goes before `startup_timeout_ms`."""
    for key, unit in (("startup_timeout_sec", 1.0), ("startup_timeout_ms", 0.001)):
        value = table.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return value * unit
    return PATIENCE


def _passed(value: object) -> Iterator[str]:
    """Yield the names in `env_vars`; what a remote machine is to give does not concern this one."""
    for each in _list(value):
        table = cast("Mapping[str, object]", each) if isinstance(each, Mapping) else {"name": each}
        name = _text(table.get("name"))
        if name is not None and table.get("source") != "remote":
            yield name


def _text(value: object) -> str | None:
    """Return a text that stands in settings, hidden there or not; None where it is something else."""
    if isinstance(value, Secret):
        return value.reveal()
    return value if isinstance(value, str) else None


def _list(value: object) -> tuple[object, ...]:
    return tuple(cast("tuple[object, ...]", value)) if isinstance(value, tuple | list) else ()


def _items(value: object) -> tuple[tuple[str, object], ...]:
    return tuple(cast("Mapping[str, object]", value).items()) if isinstance(value, Mapping) else ()


def _secrets(value: object) -> dict[str, Secret]:
    found = ((name, _text(each)) for name, each in _items(value))
    return {name: Secret(each) for name, each in found if each is not None}


def _know_secrets(ctx: Context, each: Server, variables: Mapping[str, str]) -> None:
    match each.transport:
        case Address() as address:
            know_address(address.url.reveal(), ctx.vault)
            know_variables((address.bearer or "", *address.named.values()), variables, ctx.vault)
            given = address.headers
        case Program() as program:
            know_arguments(program.args, ctx.vault)
            know_variables(program.passed, variables, ctx.vault)
            given = program.env
    for value in given.values():
        ctx.vault.secret(value.reveal())


def _applied(found: Settings) -> Iterator[Layer]:
    return (each for each in found.layers if each.applies and each.kind is not LayerKind.REQUIREMENTS)


def _speaking(found: Settings, name: str) -> list[Layer]:
    """Return the layers that say anything about the server *name*, the lowest first."""
    return [each for each in _applied(found) if look(each.values, ("mcp_servers", name)) is not None]


def _highest(found: Settings, name: str) -> Layer | None:
    return next(reversed(_speaking(found, name)), None)


def _of_project(found: Settings, name: str) -> bool:
    return any(each.kind is LayerKind.PROJECT for each in _speaking(found, name))


def _is_allowed(found: Settings, each: Server) -> bool:
    """Return whether the administrator lets *each* run: by its name, with that very program or address."""
    for layer in found.layers:
        listed = layer.values.get("mcp_servers")
        if layer.kind is LayerKind.REQUIREMENTS and isinstance(listed, Mapping):
            identity = dict(_items(look(cast("object", listed), (each.name, "identity"), {})))
            asked = each.transport
            known = identity.get("command" if isinstance(asked, Program) else "url")
            if _text(known) != (asked.command if isinstance(asked, Program) else asked.url.reveal()):
                return False
    return True
