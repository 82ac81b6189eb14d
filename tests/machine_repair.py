"""Mends a machine with the real command, one finding at a time, and takes each mending back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from machine_build import NOBODY
from machine_examine import PATIENCE
from repairs import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from machine_build import Built
    from machine_examine import Examined
    from repairs import Kept

OF_FILES: Final = {"set-mode", "make-folder", "rewrite-file", "move-aside", "resave-sign-in"}
"""Steps that change files of the machine and nothing else; what signs in or installs has tests of its own."""

LOCKS: Final = {"auth.lock", "auth.json.lock"}
"""Files that Codex makes when it first saves a sign-in, and that stay for ever (codex-auth 2.5)."""

_KINDS: Final[dict[tuple[str, str], set[str]]] = {}
"""The steps of what is called so and says so: hardly a machine goes without the same note, and its plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What came of a repair of the problem *name*: what it *said* and its exit *code*, and then its undo's.

    *still* are the names that an examination found afterwards, *before* and *after* the tree of the
    home before the repair and after its undo.
    """

    name: str
    code: int
    said: str
    still: tuple[str, ...]
    undone: int
    before: Mapping[str, Kept]
    after: Mapping[str, Kept]


def mend(built: Built, examined: Examined) -> Iterator[Mended]:
    """Repair each finding that a repair of files alone can mend, and undo it again."""
    if built.machine.live:
        return
    state = built.home.parent / "own-state"
    state.mkdir(exist_ok=True)
    if built.demoted:
        os.chown(state, NOBODY, NOBODY)
    found = [each for each in examined.report["findings"] if each["fix"] and each["fix"]["automatic"]]
    summaries = {each["name"]: each["fix"]["summary"] for each in reversed(found)}
    for name, summary in reversed(summaries.items()):
        if (name, summary) not in _KINDS:
            _KINDS[name, summary] = _kinds(built, name)
        kinds = _KINDS[name, summary]
        if kinds and kinds <= OF_FILES:  # what stands in our own state is not found with another one
            yield _mend(built, name)


def _mend(built: Built, name: str) -> Mended:
    before = _tree(built)
    ran = _run(built, "repair", name, "--yes", "--offline")  # a file alone needs no network
    examined = json.loads(_run(built, "check", name, "--format", "json").stdout)
    undone = _run(built, "repair", "--undo")
    return Mended(
        name=name,
        code=ran.returncode,
        said=ran.stdout + ran.stderr + undone.stdout + undone.stderr,
        still=tuple(each["name"] for each in examined["findings"]),
        undone=undone.returncode,
        before=before,
        after=_tree(built),
    )


def _tree(built: Built) -> Mapping[str, Kept]:
    return {path: kept for path, kept in tree(built.home).items() if Path(path).name not in LOCKS}


def _kinds(built: Built, name: str) -> set[str]:
    said: dict[str, Any] = json.loads(_run(built, "repair", name, "--dry-run", "--format", "json").stdout)
    return {step["do"] for planned in said["plan"] for step in planned["steps"]}


def _run(built: Built, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*built.as_its_user, sys.executable, "-m", "codex_doctor", *args, *built.args],
        env={**built.env, "XDG_STATE_HOME": str(built.home.parent / "own-state")},
        cwd=built.cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
