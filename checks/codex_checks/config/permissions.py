"""The permission profiles of the settings: that one is chosen, and that their paths are whole ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_checks.config.refusal import refusal, tables
from codex_checks.problems import config as problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Settings
    from codex_doctor.model import Finding

_STARTS: Final = r"[/:\\]|~(?:/|$)|[A-Za-z]:[\\/]"
"""How a path begins that does not depend on a folder (asked of Codex 0.169.0)."""


def unchosen_permissions(settings: Settings) -> Iterator[Finding]:
    """Yield the permission profiles where none is chosen in any layer."""
    layer = next(
        (layer for layer in settings.layers if layer.applies and layer.values.get("permissions")), None
    )
    if layer and settings.table("permissions") and settings.get("default_permissions") is None:
        yield refusal(
            layer,
            problems.CONFIG_PERMISSIONS_DEFAULT_MISSING,
            ("permissions",),
            "[permissions] has profiles, and default_permissions is not set",
        )


def relative_paths(settings: Settings) -> Iterator[Finding]:
    """Yield the paths of the chosen profile that start nowhere; those of others Codex does not read."""
    chosen = settings.text("default_permissions")
    for layer in settings.layers if chosen is not None else ():
        profiles = dict(tables(layer.values.get("permissions"))) if layer.applies else {}
        system = profiles.get(chosen or "", {}).get("filesystem")
        for path in cast("Mapping[str, object]", system) if isinstance(system, Mapping) else ():
            if not re.match(_STARTS, path) and "*" not in path:
                yield refusal(
                    layer,
                    problems.CONFIG_RELATIVE_PATH,
                    ("permissions", chosen or "", "filesystem", path),
                    f"`{path}` is no whole path; Codex takes those that begin with /, ~/ or :",
                )
