"""The MCP servers that plugins bring along, as Codex 0.169.0 finds them.

A plugin `name@market` of the settings stands in `plugins/cache/market/name/<version>` under CODEX_HOME; the
version `local` goes before all others, and else the highest counts. Its `plugin.json` holds its servers, or
names the file that does; else that is `.mcp.json`. Settings may switch a single one of them off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path  # noqa: TC003 - a fact's type, read at run time
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.config.veil import veil

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.places import CodexHome
    from codex_doctor.context import Context

LIMIT: Final = 1024 * 1024
"""Bytes: such a file is a page of text."""

MANIFESTS: Final = (".codex-plugin", ".claude-plugin", ".cursor-plugin")
"""Folders in which a plugin's `plugin.json` may stand."""


class Brought(Struct, frozen=True, kw_only=True):
    """A server that the plugin called *plugin* brings along, as its *file* has it."""

    plugin: str
    name: str
    table: Mapping[str, object]
    file: Path


def plugin_servers(
    ctx: Context, home: CodexHome, plugins: Mapping[str, Mapping[str, object]]
) -> Iterator[Brought]:
    """Yield the servers of all *plugins* that are switched on; one that cannot be read brings none."""
    for id_, settings in sorted(plugins.items()):
        root = plugin_root(ctx, home, id_) if settings.get("enabled") is not False else None
        if root is None:
            continue
        manifest = plugin_manifest(ctx, root)
        if manifest is None:
            continue
        file, found = _servers(ctx, root, manifest)
        overrides = _table(settings.get("mcp_servers"))
        for name, table in found.items():
            if isinstance(table, Mapping):
                whole = {**cast("Mapping[str, object]", table), **_table(overrides.get(name))}
                cwd = whole.get("cwd")
                if isinstance(cwd, str):
                    whole["cwd"] = str(root / cwd)
                yield Brought(plugin=id_, name=name, table=veil(whole, ctx.vault), file=file)


def plugin_root(ctx: Context, home: CodexHome, id_: str) -> Path | None:
    """Return the folder of the plugin that Codex uses, or None where it is not installed."""
    name, at, market = id_.partition("@")
    if not (name and at and market) or {"/", "\\"} & set(id_) or ".." in (name, market):
        return None
    folder = home.path / "plugins" / "cache" / market / name
    versions = sorted(ctx.entries(folder), key=_by_version)
    return folder / versions[-1] if versions else None


def plugin_manifest(ctx: Context, root: Path) -> dict[str, object] | None:
    """Return what the plugin says of itself, or None where it says nothing that can be read."""
    for folder in MANIFESTS:
        found = read_json(ctx, root / folder / "plugin.json")
        if found is not None:
            return found
    return None


def read_json(ctx: Context, path: Path) -> dict[str, object] | None:
    """Return the object in a JSON file, or None where there is none."""
    try:
        found = cast("object", json.loads(ctx.read(path, limit=LIMIT)))
    except (OSError, ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _servers(ctx: Context, root: Path, manifest: Mapping[str, object]) -> tuple[Path, Mapping[str, object]]:
    named = manifest.get("mcpServers")
    if isinstance(named, Mapping):
        return root / MANIFESTS[0] / "plugin.json", cast("Mapping[str, object]", named)
    file = root / (named if isinstance(named, str) else ".mcp.json")
    found = read_json(ctx, file) or {}
    return file, _table(found.get("mcpServers")) or found


def _table(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _by_version(name: str) -> tuple[bool, tuple[tuple[int, str], ...]]:
    """Return a key under which `1.9.0` comes before `1.10.0`, and both before `local`."""
    parts = re.split(r"([0-9]+)", name)  # text and numbers in turn
    return name == "local", tuple(
        (int(part), "") if turn % 2 else (-1, part) for turn, part in enumerate(parts) if part
    )
