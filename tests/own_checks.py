"""Checks that the user wrote in TOML, in a home of the test, and what comes of examining them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from codex_checks.declared.catalogue import catalogue
from codex_doctor.runner import Plan, examine
from codex_doctor.taken import Taken
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_doctor.catalogue import Catalogue
    from codex_doctor.model import Outcome

PROBLEM = """
[check.problem]
code = "ACME101"
name = "acme-wrong"
title = "Something of Acme is wrong"
advice = "Mend it."
"""


class OwnChecks:
    """The folder of somebody's own checks, in the *home* of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / ".config" / "codex-doctor" / "checks"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment in which the folder is found."""
        return {"HOME": str(self.home)}

    def write(self, text: str, name: str = "acme.toml") -> Path:
        """Write a file of checks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_text(dedent(text), "utf-8")
        path.chmod(0o644)
        return path

    def looking(self, what: str, id: str = "files.acme-is-well") -> Path:
        """Write a file with one check that looks at *what*."""
        return self.write(f'[[check]]\nid = "{id}"\ntitle = "Acme is well"\n{dedent(what)}\n{PROBLEM}')

    def catalogue(self, taken: Taken | None = None) -> Catalogue:
        """Return what is made of the files."""
        return catalogue(taken or Taken())

    def examined(self, *, env: Mapping[str, str] | None = None, offline: bool = False) -> dict[str, Outcome]:
        """Return what becomes of each check, in this process."""
        ctx = context(self.home, env={**self.env, **(env or {})}, offline=offline, seconds=20)
        outcomes = examine(Plan(checks=self.catalogue().checks), ctx).outcomes
        return {outcome.check: outcome for outcome in outcomes}

    def said(self, *, env: Mapping[str, str] | None = None, offline: bool = False) -> str:
        """Return what the one check said: its findings, or why it was skipped, or nothing."""
        outcomes = self.examined(env=env, offline=offline)
        (outcome,) = [each for name, each in outcomes.items() if not name.startswith("doctor.")]
        return "; ".join(finding.detail for finding in outcome.findings) or outcome.reason
