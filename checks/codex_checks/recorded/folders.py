"""Where Codex keeps its databases and logs, as moved by its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.config.settings import Settings
    from codex_checks.places import CodexHome
    from codex_doctor.context import Context


class Folders(Struct, frozen=True, kw_only=True):
    """*databases* holds every `*.sqlite` but the logs', which stand in *log_database*.

    *logs* are where a log file may stand: the usual folder, and another one that was asked for.
    """

    databases: Path
    log_database: Path
    logs: tuple[Path, ...]


def folders(ctx: Context, home: CodexHome, found: Settings | None) -> Folders:
    """Return where Codex keeps its databases and logs.

    `sqlite_home` goes before CODEX_SQLITE_HOME; `log_dir` moves the logs' database whatever these say. A
    relative setting starts from the home, a relative variable from the working directory; `~` is the
    user's home in a setting, and an empty variable is none (codex-environment 5, proved on 0.169.0).
    """
    asked = _named(found, "sqlite_home", home.path, ctx.home)
    variable = _variable(ctx.env, "CODEX_SQLITE_HOME")
    databases = asked or (ctx.cwd / variable if variable else home.path)
    moved = _named(found, "log_dir", home.path, ctx.home)
    usual = home.path / "log"
    return Folders(
        databases=databases,
        log_database=moved or databases,
        logs=(usual,) if moved is None or moved == usual else (usual, moved),
    )


def _named(found: Settings | None, key: str, start: Path, user: Path) -> Path | None:
    name = found.text(key) if found is not None else None
    if not name:
        return None
    first, *rest = Path(name).parts
    return user.joinpath(*rest) if first == "~" else start / name


def _variable(env: Mapping[str, str], name: str) -> str | None:
    return env.get(name) or None
