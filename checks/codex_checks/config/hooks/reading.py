"""Every place in which hooks stand, as Codex 0.169.0 looks for them: settings, `hooks.json`, and plugins.

What a plugin brings stands in its `plugin.json`, in a file that this names, or in `hooks/hooks.json`. A
project's hooks count where the user trusts the project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.config.hooks.shape import Flaw, Handler, handlers, left_out, refused
from codex_checks.config.settings import LayerKind, Settings, is_trusted, look, merge, whole_settings
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Layer
    from codex_doctor.context import Context

FILE: Final = "hooks.json"
LIMIT: Final = 1024 * 1024
"""Bytes: hooks take a page or two."""


class HookSource(Struct, frozen=True, kw_only=True):
    """One place with hooks. *fault* says why Codex reads none of it; *where* is the place, for people.

    *flaws* are single hooks that it leaves out. *prefix* stands before a handler's own key in the key by
    which Codex remembers what is trusted. *base* is the folder of the plugin that brought them.
    """

    path: Path
    where: str
    prefix: str
    fault: str | None = None
    flaws: tuple[Flaw, ...] = ()
    handlers: tuple[Handler, ...] = ()
    base: Path | None = None


class Hooks(Struct, frozen=True, kw_only=True):
    """Every place with hooks. *trusted* are the keys with a hash in the settings, *off* those switched off.

    *missing* says in words why a hook cannot be started, by its whole key, where that is certain.
    """

    sources: tuple[HookSource, ...]
    trusted: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def keyed(self) -> Iterator[tuple[str, HookSource, Handler]]:
        """Every handler that is not switched off, with its whole key."""
        for source in self.sources:
            for handler in source.handlers:
                key = f"{source.prefix}:{handler.key}"
                if key not in self.off:
                    yield key, source, handler


@blocking_probe(
    "config.hooks", touches={Touches.FILES}, limit=2.0, needs=(whole_settings, codex_home, environment)
)
def hooks(ctx: Context, found: Settings, home: CodexHome, surroundings: Environment) -> Hooks:
    """Read every place in which hooks stand, where there is any."""
    if found.get("features.hooks") is False:
        raise NotApplicable("hooks are switched off")
    sources = tuple(_sources(ctx, found, home))
    if not sources:
        raise NotApplicable("there are no hooks")
    from codex_checks.config.hooks.starting import why_not_started

    state = look(found.values, ("hooks", "state"))
    known = cast("Mapping[str, object]", state) if isinstance(state, Mapping) else dict[str, object]()
    read = Hooks(
        sources=sources,
        trusted=frozenset(key for key in known if look(known, (key, "trusted_hash")) is not None),
        off=frozenset(key for key in known if look(known, (key, "enabled")) is False),
    )
    missing = {
        key: words
        for key, source, handler in read.keyed
        if (words := why_not_started(ctx, handler.command, surroundings.variables, source.base)) is not None
    }
    return Hooks(sources=read.sources, trusted=read.trusted, off=read.off, missing=missing)


def _sources(ctx: Context, found: Settings, home: CodexHome) -> Iterator[HookSource]:
    own = [each for each in found.layers if each.applies and each.kind is not LayerKind.REQUIREMENTS]
    for layer in own:
        if (inner := layer.values.get("hooks")) is not None:
            yield _in_settings(layer, inner)
    for layer in own:
        if layer.kind in (LayerKind.USER, LayerKind.PROJECT):
            yield from _in_file(ctx, layer.path.with_name(FILE))
    if not any(layer.kind is LayerKind.USER for layer in own):
        yield from _in_file(ctx, home.path / FILE)
    yield from _of_project(ctx, found)
    yield from _of_plugins(ctx, home, own)


def _in_settings(layer: Layer, inner: object) -> HookSource:
    """Return the hooks in a settings file; its faults are told where Codex refuses the settings."""
    return HookSource(
        path=layer.path,
        where=layer.where(("hooks",)),
        prefix=str(layer.path),
        flaws=tuple(left_out(inner)),
        handlers=tuple(handlers(inner)),
    )


def _of_project(ctx: Context, found: Settings) -> Iterator[HookSource]:
    """Yield the `hooks.json` of a trusted project that has no settings beside it."""
    from codex_checks.config.settings import project_files

    seen = {layer.path for layer in found.layers}
    user = next((layer.path for layer in found.layers if layer.kind is LayerKind.USER), None)
    for path in project_files(ctx, user or ctx.home / ".codex" / "config.toml"):
        if path not in seen and is_trusted(path, found.get("projects")):
            yield from _in_file(ctx, path.with_name(FILE))


def _of_plugins(ctx: Context, home: CodexHome, layers: list[Layer]) -> Iterator[HookSource]:
    own = merge(layer.values for layer in layers if layer.kind is not LayerKind.PROJECT)
    plugins = look(own, ["plugins"])
    if not isinstance(plugins, Mapping) or look(own, ["features", "plugins"]) is False:
        return
    from codex_checks.mcp.plugins import MANIFESTS, plugin_manifest, plugin_root

    for id_, settings in sorted(cast("Mapping[str, object]", plugins).items()):
        root = plugin_root(ctx, home, id_) if look(settings, ["enabled"]) is not False else None
        manifest = plugin_manifest(ctx, root) if root is not None else None
        if root is None or manifest is None:
            continue
        named = manifest.get("hooks")
        if isinstance(named, Mapping):
            file = root / MANIFESTS[0] / "plugin.json"
            yield _understood(file, cast("object", named), prefix=f"{id_}:plugin.json#hooks[0]", base=root)
        else:
            name = named if isinstance(named, str) else f"hooks/{FILE}"
            yield from _in_file(ctx, root / name, prefix=f"{id_}:{name.removeprefix('./')}", base=root)


def _in_file(
    ctx: Context, path: Path, *, prefix: str | None = None, base: Path | None = None
) -> Iterator[HookSource]:
    key = prefix or str(path)
    try:
        content = ctx.read(path, limit=LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield HookSource(
            path=path, where=str(path), prefix=key, fault=error.strerror or str(error), base=base
        )
        return
    try:
        found = cast("object", json.loads(content))
    except (ValueError, RecursionError):
        yield HookSource(path=path, where=str(path), prefix=key, fault=why_not_json(content), base=base)
        return
    yield _understood(path, found, prefix=key, base=base)


def _understood(path: Path, found: object, *, prefix: str, base: Path | None) -> HookSource:
    """Return the hooks in a file of JSON; any fault keeps Codex from reading all of it."""
    if not isinstance(found, Mapping):
        fault = None if found == [] else "it is no object, expected one with hooks"
        return HookSource(path=path, where=str(path), prefix=prefix, fault=fault, base=base)
    table = cast("Mapping[str, object]", found)
    strange = sorted(set(table) - {"description", "hooks"})
    inner = table.get("hooks", {})
    faults = [f"unknown field `{strange[0]}`, expected `description` or `hooks`"] if strange else []
    faults += [flaw.words for flaw in refused(inner)]
    return HookSource(
        path=path,
        where=str(path),
        prefix=prefix,
        fault=faults[0] if faults else None,
        flaws=() if faults else tuple(left_out(inner)),
        handlers=() if faults else tuple(handlers(inner)),
        base=base,
    )


def why_not_json(content: bytes) -> str:
    """Return where *content* stops being JSON and why, in Codex's words: each Python has others."""
    reader = Reader(content)
    try:
        reader.kept(0)
        reader.end()
    except JsonError as error:
        line, column = reader.place(error.offset)
        return f"line {line}, column {column}: it is no JSON ({error.words})"
    return "it is no JSON"
