"""The link through which a running Codex starts its sandbox: with a real one that loses it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.places import codex_home
from codex_checks.sandbox.checks import running_codex_keeps_its_link
from codex_checks.sandbox.shims import LINK, Lost, Shims, shims
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_cli import CodexCli
    from codex_doctor.context import Context

MACOS = System(os="macos", arch="aarch64", release="25.0.0", user=501)

INITIALIZE = {
    "id": 1,
    "method": "initialize",
    "params": {"clientInfo": {"name": "test", "title": "test", "version": "1"}},
}


@pytest.fixture
def running(codex_cli: CodexCli) -> Iterator[tuple[Path, int, Path]]:
    """Start a real Codex that waits for requests; yield its home, its process id and its folder of links."""
    if sys.platform != "linux":
        pytest.skip("Codex starts its sandbox through a link on Linux alone")
    home = codex_cli.scratch_home()
    process = subprocess.Popen(
        [codex_cli.native, "app-server"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("no pipes")
        print(json.dumps(INITIALIZE), file=process.stdin, flush=True)
        process.stdout.readline()  # once it answers, it has made its links
        (folder,) = home.glob("tmp/arg0*/codex-arg0*")
        yield home, process.pid, folder
        process.kill()


def _found(ctx: Context) -> Shims:
    return answer(shims, ctx, answer(codex_home, ctx))


def _here(home: Path) -> Context:
    return replace(context(home, env={"CODEX_HOME": str(home)}), root=Path("/"))


def _unlink(folder: Path) -> None:
    (folder / LINK).unlink()


def _lead_nowhere(folder: Path) -> None:
    _unlink(folder)
    (folder / LINK).symlink_to("/nowhere/codex")


def test_a_running_codex_that_has_its_link_is_healthy(running: tuple[Path, int, Path]) -> None:
    found = _found(_here(running[0]))

    assert found == Shims(lost=())
    assert running_codex_keeps_its_link(found) == ()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (shutil.rmtree, "folder was taken away"),
        (_unlink, "which was taken away"),
        (_lead_nowhere, "/nowhere/codex"),
    ],
    ids=["folder", "link", "program"],
)
def test_what_a_running_codex_lost_is_told(
    running: tuple[Path, int, Path], harm: Callable[[Path], None], words: str
) -> None:
    home, pid, folder = running
    harm(folder)
    (lost,) = _found(_here(home)).lost

    assert (lost.pid, lost.link) == (pid, folder / LINK)
    assert words in lost.why


def test_the_codex_of_another_home_does_not_count(running: tuple[Path, int, Path], tmp_path: Path) -> None:
    shutil.rmtree(running[2])
    with pytest.raises(NotApplicable, match="no Codex runs here"):
        _found(_here(tmp_path))


def test_the_background_daemon_stops_every_session_and_another_only_its_own() -> None:
    lost = (Lost(pid=7, link=Path("/a"), why="gone"), Lost(pid=8, link=Path("/b"), why="gone"))
    findings = running_codex_keeps_its_link(Shims(lost=lost, daemon=8))

    assert [each.problem.severity for each in findings] == [Severity.WARNING, Severity.ERROR]
    assert findings[1].fix is not None


@pytest.mark.parametrize(
    ("content", "daemon"), [('{"pid": 8}', 8), ("8", None), ("{", None), ('{"pid": "8"}', None)]
)
def test_the_daemon_is_known_by_its_file(
    running: tuple[Path, int, Path], content: str, daemon: int | None
) -> None:
    (running[0] / "app-server-daemon").mkdir()
    (running[0] / "app-server-daemon" / "daemon.pid").write_text(content)

    assert _found(_here(running[0])).daemon == daemon


def test_a_list_of_locks_that_makes_no_sense_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "locks").write_bytes(b"1: FLOCK  ADVISORY  WRITE 99999999 x\n\xff: FLOCK\n2: POSIX")
    with pytest.raises(NotApplicable):
        _found(context(tmp_path))


def test_other_systems_have_no_such_link(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        _found(replace(context(tmp_path), system=MACOS))
