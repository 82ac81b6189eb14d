"""The settings as Codex will see them: every layer it reads, and what they say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from codex_checks.config import toml
from codex_checks.config.veil import veil, veil_as_written
from codex_checks.places import CodexHome, codex_home, dead_end
from codex_doctor.files import NotAFileError, Status
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe
from codex_doctor.redact import Secret
from codex_doctor.toml.written import KeyPath

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 4 * 1024 * 1024
"""Bytes: Codex's own additions (a trust entry for each project) keep real files under 100 KB."""


class LayerKind(StrEnum):
    """Which of Codex's files a layer is (codex-environment 4.1)."""

    SYSTEM = "system"
    USER = "user"
    PROFILE = "profile"
    PROJECT = "project"
    MANAGED = "managed"
    REQUIREMENTS = "requirements"


class Layer(Struct, frozen=True, kw_only=True):
    """One settings file. *values* is empty where *fault* is set, and never holds what Codex drops.

    *applies*: Codex lays it over the others in every run: not so for a profile, which must be asked
    for, for a project that is not trusted, and for requirements, which only constrain. *content* are the
    bytes as Latin-1, None where they could not be read. *meant* is the text that it was meant to be, where it
    is not TOML and that is certain.
    """

    path: Path
    kind: LayerKind
    applies: bool
    values: Mapping[str, object]
    fault: toml.Fault | None = None
    places: Mapping[KeyPath, toml.Place] = field(default_factory=dict[KeyPath, toml.Place])
    content: Secret | None = None
    meant: Secret | None = None
    status: Status | None = None

    def where(self, path: KeyPath, *, value: bool = False) -> str:
        """Return `file:line:column` of the key at *path*, or of its *value*; the file where it has none."""
        while path and path not in self.places:
            path = path[:-1]
        place = self.places.get(path)
        if place is None:
            return str(self.path)
        line, column = (place.value_line, place.value_column) if value else (place.line, place.column)
        return f"{self.path}:{line}:{column}"


class Settings(Struct, frozen=True, kw_only=True):
    """What all layers say together.

    *values* is empty where there is no settings file; a layer that cannot be read adds nothing.
    *layers* holds every file that exists, the lowest first. Secrets in them are `Secret`. *user* is who
    asks, None where there are no user ids. *lost* is where a link leads that stands in the place of the
    user's own file, if nothing is there: to Codex that is no file (seen on 0.169.0).
    """

    values: Mapping[str, object]
    layers: tuple[Layer, ...]
    user: int | None = None
    lost: Path | None = None

    def get(self, key: str, default: object = None) -> object:
        """Return the value at the dotted *key*, or *default* where nothing is set."""
        return look(self.values, key.split("."), default)

    def text(self, key: str) -> str | None:
        """Return the string at the dotted *key*, or None where there is none."""
        value = self.get(key)
        return value if isinstance(value, str) else None

    def table(self, key: str) -> Mapping[str, object]:
        """Return the table at the dotted *key*; empty where there is none."""
        value = self.get(key)
        return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}

    @property
    def provider_id(self) -> str:
        """The id of the model provider in use."""
        return self.text("model_provider") or "openai"

    @property
    def provider(self) -> Mapping[str, object]:
        """The table of the model provider in use; empty for a built-in one."""
        table = self.table("model_providers").get(self.provider_id)
        return cast("Mapping[str, object]", table) if isinstance(table, Mapping) else {}

    @property
    def broken(self) -> tuple[Layer, ...]:
        """The layers that cannot be read and that every run needs."""
        return tuple(layer for layer in self.layers if layer.fault is not None and layer.applies)


def look(values: object, path: Sequence[str], default: object = None) -> object:
    """Return what stands at *path* in nested tables, or *default*."""
    if not path:
        return values
    if not isinstance(values, Mapping) or path[0] not in values:
        return default
    return look(cast("Mapping[str, object]", values)[path[0]], path[1:], default)


@blocking_probe("config.settings", touches={Touches.FILES}, limit=2.0, needs=(codex_home,))
def settings(ctx: Context, home: CodexHome) -> Settings:
    """Read every settings file that Codex would read here, and lay them over each other."""
    user = home.path / "config.toml"
    below = [
        *_layer(ctx, ctx.system_path("/etc/codex/config.toml"), LayerKind.SYSTEM),
        *_layer(ctx, user, LayerKind.USER),
    ]
    trusted = merge(layer.values for layer in below).get("projects")
    project = [
        layer
        for path in project_files(ctx, user)
        for layer in _layer(ctx, path, LayerKind.PROJECT, applies=is_trusted(path, trusted))
    ]
    profiles = [
        layer
        for name in (ctx.entries(home.path) if home.usable else ())
        if name.endswith(".config.toml")
        for layer in _layer(ctx, home.path / name, LayerKind.PROFILE, applies=False)
    ]
    above = [
        *_layer(ctx, ctx.system_path("/etc/codex/managed_config.toml"), LayerKind.MANAGED),
        *_layer(ctx, ctx.system_path("/etc/codex/requirements.toml"), LayerKind.REQUIREMENTS),
    ]
    layers = (*below, *profiles, *project, *above)
    applied = (layer.values for layer in layers if layer.applies and layer.kind is not LayerKind.REQUIREMENTS)
    lost = None if any(layer.kind is LayerKind.USER for layer in below) else dead_end(ctx, user)
    return Settings(values=merge(applied), layers=layers, user=ctx.system.user, lost=lost)


@blocking_probe("config.whole-settings", touches={Touches.FILES}, limit=1.0, needs=(codex_home, settings))
def whole_settings(ctx: Context, home: CodexHome, found: Settings) -> Settings:  # noqa: ARG001 - a probe
    """Return the settings where none of their files is broken, even if there is none."""
    if home.source != "default" and not home.usable:
        raise Unavailable(f"{home.source} names no folder: {home.path}")
    if found.broken:
        raise Unavailable(f"{found.broken[0].path} cannot be read")
    return found


@blocking_probe("config.own-settings", touches={Touches.FILES}, limit=1.0, needs=(codex_home, whole_settings))
def judged_settings(ctx: Context, home: CodexHome, found: Settings) -> Settings:  # noqa: ARG001 - a probe
    """Return the settings where there are any that can be judged."""
    if not found.layers:
        raise NotApplicable(f"there are no settings: {home.path / 'config.toml'} does not exist")
    return found


def merge(layers: Iterator[Mapping[str, object]]) -> dict[str, object]:
    """Lay *layers* over each other, the lowest first: tables are joined, everything else is replaced."""
    merged: dict[str, object] = {}
    for layer in layers:
        _lay(merged, layer)
    return merged


def _lay(below: dict[str, object], above: Mapping[str, object]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            under = below.get(key)
            table = dict(cast("Mapping[str, object]", under)) if isinstance(under, Mapping) else {}
            _lay(table, cast("Mapping[str, object]", value))
            below[key] = table
        else:
            below[key] = value


REDIRECTING: Final = frozenset(
    {
        "apps_mcp_product_sku",
        "chatgpt_base_url",
        "experimental_realtime_webrtc_call_base_url",
        "experimental_realtime_ws_base_url",
        "model_provider",
        "model_providers",
        "notify",
        "openai_base_url",
        "otel",
        "profile",
        "profiles",
        "projects",
        "responses_api_metadata",
    }
)
"""Keys that a file in the working directory may not set: they redirect an endpoint or run a program.

All but `projects` are named by Codex 0.169.0 itself: "Ignored unsupported project-local config keys".
"""


def without_redirects(values: Mapping[str, object]) -> dict[str, object]:
    """Return *values* of a project's file without what such a file may not set."""
    return {key: value for key, value in values.items() if key not in REDIRECTING}


def project_files(ctx: Context, user: Path) -> Iterator[Path]:
    """Yield where a project's own settings may stand, from the root of the repository down.

    Outside a repository only the working directory itself counts.
    """
    folders = [ctx.cwd, *ctx.cwd.parents]
    root = next((place for place, folder in enumerate(folders) if _is_repository(ctx, folder)), 0)
    for folder in reversed(folders[: root + 1]):
        path = folder / ".codex" / "config.toml"
        if path != user:
            yield path


def _is_repository(ctx: Context, folder: Path) -> bool:
    try:
        return ctx.status(folder / ".git") is not None
    except OSError:
        return False


def is_trusted(path: Path, projects: object) -> bool:
    """Return whether the user trusts the project whose settings file is *path*, or one that holds it."""
    if not isinstance(projects, Mapping):
        return False
    known = cast("Mapping[str, object]", projects)
    for folder in path.parents[1:]:
        entry = known.get(str(folder))
        if isinstance(entry, Mapping):
            return cast("Mapping[str, object]", entry).get("trust_level") == "trusted"
    return False


def _layer(ctx: Context, path: Path, kind: LayerKind, *, applies: bool = True) -> Iterator[Layer]:
    content: bytes | None = None
    try:
        content = ctx.read(path, limit=LIMIT)
        document = toml.parse(content)
    except (FileNotFoundError, NotADirectoryError):
        return
    except NotAFileError as error:
        fault = toml.Fault(kind=toml.FaultKind.NOT_A_FILE, message=f"it is {error.kind}, not a file")
        document = toml.Document(fault=fault)
    except OSError as error:
        fault = toml.Fault(kind=toml.FaultKind.UNREADABLE, message=error.strerror or str(error))
        document = toml.Document(fault=fault)
    meant = _meant(ctx, content, document)
    values = document.values if kind is not LayerKind.PROJECT else without_redirects(document.values)
    yield Layer(
        path=path,
        kind=kind,
        applies=applies,
        values=veil(values, ctx.vault),
        fault=document.fault,
        places=document.places,
        content=None if content is None else Secret(content.decode("latin-1")),
        meant=None if meant is None else Secret(meant),
        status=_status(ctx, path),
    )


def _meant(ctx: Context, content: bytes | None, document: toml.Document) -> str | None:
    """Return what a broken file was meant to say, if that is certain.

    No secret that is written in the file, whole or broken, is said from now on.
    """
    text = None if content is None else toml.text_of(content)
    if text is None:
        return None
    said = document
    if document.fault is not None:
        from codex_checks.config.mends.syntax import meant

        text = meant(text) or text
        said = toml.parse(text.encode())
        veil(said.values, ctx.vault)
    veil_as_written(text.removeprefix(toml.MARK), said.pairs, ctx.vault)
    return text if document.fault is not None and said.fault is None else None


def _status(ctx: Context, path: Path) -> Status | None:
    try:
        return ctx.status(path)
    except OSError:
        return None
