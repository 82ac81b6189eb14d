"""What is imported when: nothing that a system may lack, and nothing heavy for a quick answer."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import codex_checks
import codex_doctor
from triaged import REUSED, as_bytes, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNIX_ONLY = ("fcntl", "termios", "pwd", "grp", "resource")
HEAVY = ("httpx", "dns", "psutil", "anyio", "ssl")
CHANGING = (
    "codex_checks.acts.refresh",
    "codex_checks.acts.store",
    "codex_checks.commands",
    "codex_checks.config.mends.values",
    "codex_doctor.repair.applying",
    "codex_doctor.repair.modes",
)
"""What changes something, each with much beside it: an examination does without."""

OWN = ("codex_checks.declared.catalogue", "codex_checks.declared.reading", "codex_doctor.elsewhere")
"""What reads the checks that somebody wrote, and asks others: where there are none, it is not needed."""

IMPORT_WITHOUT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

{before}
sys.meta_path.insert(0, Absent())
for name in {absent!r}:
    sys.modules.pop(name, None)
for name in {modules!r}:
    importlib.import_module(name)
"""

RUN_AND_LIST = """
import json, sys
from codex_doctor import cli
code = cli.run({args!r})
sys.stdout.flush()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def _modules() -> list[str]:
    """Return the name of every module of both packages."""
    found = [
        each.name
        for package in (codex_doctor, codex_checks)
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not each.name.endswith("__main__")
    ]
    return sorted(["codex_doctor", "codex_checks", *found])


def _python(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_imports_where_unix_has_no_say() -> None:
    # What the standard library itself imports on this system is let in first.
    before = (
        "import asyncio, multiprocessing, pathlib, subprocess, tempfile, shutil, typer, httpx, rich, psutil"
    )
    script = IMPORT_WITHOUT.format(absent=UNIX_ONLY, modules=_modules(), before=before)

    ran = _python(script)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    "args", [["--version"], ["--help"], ["checks"], ["explain", "CDX101"]], ids=lambda args: args[0]
)
def test_a_quick_answer_loads_nothing_heavy(args: Sequence[str]) -> None:
    ran = _python(RUN_AND_LIST.format(args=list(args)))
    code, loaded = json.loads(ran.stderr.splitlines()[-1])

    assert code == 0, ran.stderr
    assert [name for name in HEAVY if name in loaded] == []


def test_the_version_is_told_without_what_an_examination_needs() -> None:
    ran = _python(RUN_AND_LIST.format(args=["--version"]))
    _, loaded = json.loads(ran.stderr.splitlines()[-1])

    assert [name for name in ("msgspec", "pathlib", "typer", "asyncio") if name in loaded] == []


def test_a_message_is_explained_without_a_check_and_without_typer() -> None:
    ran = _python(RUN_AND_LIST.format(args=["explain", "your refresh token has already been used"]))
    code, loaded = json.loads(ran.stderr.splitlines()[-1])

    assert code == 0
    unused = ("typer", "tomllib", "pathlib", "codex_checks.catalogue", "codex_doctor.runner", *HEAVY)
    assert [name for name in unused if name in loaded] == []


def test_reports_of_our_own_are_grouped_without_a_check(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(report(REUSED)))

    ran = _python(RUN_AND_LIST.format(args=["triage", str(tmp_path)]))
    code, loaded = json.loads(ran.stderr.splitlines()[-1])

    assert code == 0
    unused = ("tomllib", "codex_checks.catalogue", "codex_doctor.runner", *HEAVY)
    assert [name for name in unused if name in loaded] == []


def test_an_examination_offline_loads_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    # A home of its own: where something was begun and not finished, more is read.
    ran = _python(
        RUN_AND_LIST.format(args=["check", "--offline"]), HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path)
    )
    _, loaded = json.loads(ran.stderr.splitlines()[-1])

    assert "codex_checks" in loaded
    unused = ("typer", "asyncio", "codex_doctor.settings.merging", *OWN, *CHANGING, *HEAVY)
    assert [name for name in unused if name in loaded] == []


def test_a_library_that_is_loaded_without_a_module_leaves_it_to_others() -> None:
    script = """
import sys
from codex_doctor.lean import load

load("asyncio", without="ssl")
from asyncio import sslproto
assert "ssl" not in sys.modules
import ssl
assert sslproto.ssl is None
load("json", without="ssl")
assert sys.modules["ssl"] is ssl
"""

    ran = _python(script)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_fixtures_load_nothing_until_they_are_asked_for() -> None:
    ran = _python(
        "import pytest, sys; before = set(sys.modules); import codex_doctor.fixtures; "
        "print(sorted(set(sys.modules) - before))"
    )

    assert (ran.stdout, ran.stderr) == ("['codex_doctor', 'codex_doctor.fixtures']\n", "")
