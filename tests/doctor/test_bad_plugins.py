"""Bad plugins at run time: the others go on, exit code and terminal are the doctor's, nothing is left."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psutil
import pytest

from bad.catalogues import HANGING, WHOLE
from bad.examples import ENDING, QUIET
from bad.plugins import Bad, install
from codex_doctor.testing import Rule
from terminals import OnTerminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the terminal and the signals of Unix are meant"
)

KEY: Final = "sk-proj-" + "k3y" * 8

GOOD: Final = Bad(
    name="good", body="yield WRONG.found('as it should be')", rule=Rule.ENDS, says="", alone=True
)
"""A plugin that does no harm; it stands beside the bad ones."""

ENDED: Final = (*ENDING, *QUIET, *(bad for bad in WHOLE if bad.runs and bad.verdict != "timed-out"))
OVERDUE: Final = (*HANGING, *(bad for bad in WHOLE if bad.verdict == "timed-out"))

ENOUGH: Final = 30
"""Seconds: the deadline where nothing hangs; nobody waits for it."""

SHORT: Final = 3
"""Seconds: the deadline where everything hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An examination with bad plugins. *shown* is what its terminal got, *left* which processes ran on."""

    code: int
    report: dict[str, Any]
    shown: str
    left: list[str]

    def check(self, bad: Bad) -> dict[str, Any]:
        """Return what became of the check of *bad*, or of its whole catalogue."""
        ids = (f"hosts.acme-{bad.name}", f"doctor.catalogue-{bad.name}")
        (found,) = [check for check in self.report["checks"] if check["id"] in ids]
        return dict(found)

    @property
    def details(self) -> dict[str, str]:
        """What was found, by the ids of the checks."""
        return {found["check"]: found["detail"] for found in self.report["findings"]}


def _examine(folder: Path, bads: Sequence[Bad], *, deadline: int) -> Ran:
    """Examine a machine with *bads* and a good plugin on it, at a terminal."""
    home, out = folder / "home", folder / "report.json"
    home.mkdir()
    plugins = {bad.name: [bad] for bad in (*bads, GOOD) if bad.alone}
    crowd = [bad for bad in bads if not bad.alone]
    installed = install(folder / "site", {**plugins, "crowd": crowd} if crowd else plugins)
    argv = [sys.executable, "-m", "codex_doctor", "check", "hosts", "doctor", "--offline", "--format", "json"]
    with OnTerminal(
        [*argv, "--output", str(out), "--deadline", str(deadline)],
        env={**installed, "HOME": str(home), "LANG": "C.UTF-8", "NOTE": KEY},
        cwd=home,
    ) as terminal:
        code = terminal.end()
    return Ran(code=code, report=json.loads(out.read_text()), shown=terminal.shown, left=_left(home))


def _left(home: Path) -> list[str]:
    """Return the command line of every process that runs on for this machine, and end it."""
    found: list[str] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME") == str(home):
                found.append(" ".join(process.cmdline()))
                process.kill()
    return found


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return _examine(tmp_path_factory.mktemp("ended"), ENDED, deadline=ENOUGH)


@pytest.fixture(scope="module")
def overdue(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return _examine(tmp_path_factory.mktemp("overdue"), OVERDUE, deadline=SHORT)


def _named(bad: Bad) -> str:
    return bad.name


def _culprit(bad: Bad) -> str:
    return f"acme-{bad.name if bad.alone else 'crowd'}: "


def _contained(bad: Bad, ran: Ran) -> None:
    check = ran.check(bad)

    assert check["verdict"] == bad.verdict, check
    assert bad.reason in check["reason"]
    assert check["reason"].startswith(_culprit(bad)) or bad.verdict in ("healthy", "found")


@pytest.mark.parametrize("bad", ENDED, ids=_named)
def test_a_bad_check_is_contained_and_its_plugin_is_named(bad: Bad, ended: Ran) -> None:
    _contained(bad, ended)


@pytest.mark.parametrize("bad", OVERDUE, ids=_named)
def test_a_check_that_hangs_is_timed_out_and_its_plugin_is_named(bad: Bad, overdue: Ran) -> None:
    _contained(bad, overdue)


def test_the_others_go_on_whatever_is_beside_them(ended: Ran, overdue: Ran) -> None:
    own = [check["verdict"] for ran in (ended, overdue) for check in ran.report["checks"][:4]]

    assert own == ["skipped"] * 8
    assert ended.details["hosts.acme-good"] == "as it should be"


def test_the_exit_code_says_that_something_could_not_be_examined(ended: Ran, overdue: Ran) -> None:
    assert [(ran.code, ran.report["exit_code"]) for ran in (ended, overdue)] == [(3, 3), (3, 3)]


def test_nothing_of_them_is_left_running(ended: Ran, overdue: Ran) -> None:
    assert (ended.left, overdue.left) == ([], [])


def test_the_terminal_gets_nothing_of_theirs(ended: Ran, overdue: Ran) -> None:
    shown = ended.shown + overdue.shown

    assert [word for word in ("\033c", "good morning", "hello", "xxxx") if word in shown] == []


def test_a_secret_of_theirs_is_taken_out(ended: Ran) -> None:
    assert ended.details["hosts.acme-leaks-a-secret"] == "the key is ***"
    assert KEY not in json.dumps(ended.report)


def test_what_is_endless_is_cut(ended: Ran) -> None:
    assert len(ended.details["hosts.acme-finds-200-mb"]) < 5000
