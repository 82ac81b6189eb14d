"""The `.env` in CODEX_HOME: what it sets counts for more than the shell (codex-environment, T6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.network.variables import Origins, origins, unset
from codex_checks.places import Environment, environment
from codex_checks.problems.config import DOTENV_OVERRIDES_SHELL
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


class Overridden(Struct, frozen=True, kw_only=True):
    """The variables to which `.env` gives another value than the shell does, in the order of its lines."""

    names: tuple[str, ...]
    origins: Origins


@blocking_probe("config.dotenv", touches={Touches.FILES}, limit=1.0, needs=(environment,))
def dotenv(ctx: Context, found: Environment) -> Overridden:
    """Compare the `.env` of Codex with the shell."""
    if found.file is None:
        raise NotApplicable("there is no .env in CODEX_HOME")
    differing = (
        name for name in found.from_file if ctx.env.get(name) and ctx.env[name] != found.variables[name]
    )
    return Overridden(
        names=tuple(sorted(differing, key=lambda name: (found.lines.get(name, 0), name))),
        origins=origins(found, os=ctx.system.os),
    )


@check(
    "config.dotenv-agrees-with-the-shell",
    title="The .env of Codex sets no variable to another value than the shell",
    needs=(dotenv,),
    reports=(DOTENV_OVERRIDES_SHELL,),
)
def dotenv_agrees_with_the_shell(found: Overridden) -> Iterator[Finding]:
    """Note what is set twice and differently; no value is repeated, for it may be a secret."""
    if found.names:
        places = ", ".join(f"{name} ({found.origins.where(name)})" for name in found.names)
        yield DOTENV_OVERRIDES_SHELL.found(
            f"Codex goes by its own file, and not by your shell, for {places}",
            evidence={"variables": found.names, "file": found.origins.file},
            fix=unset(found.names[0], found.origins) if len(found.names) == 1 else None,
        )
