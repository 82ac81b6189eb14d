"""A folder of Codex that does not answer, on a real drive that is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from codex_checks.files.mounts import Mount
from codex_checks.files.silence import Silence, home_answers, silence
from codex_checks.places import CodexHome, codex_home
from codex_doctor.errors import Unavailable
from engine import context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

HOME: Final = Path("/home/u/.codex")

DEAD_DRIVE: Final = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def done(failed):
    if failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
NEWNS, PRIVATE, NOSUID_NODEV = 0x20000, 0x44000, 6
done(libc.unshare(NEWNS))
done(libc.mount(b"none", b"/", None, PRIVATE, None))
driver = os.open("/dev/fuse", os.O_RDWR)  # and nobody ever answers what is asked through it
options = f"fd={driver},rootmode=40000,user_id=0,group_id=0"
done(libc.mount(b"gone", os.fsencode(sys.argv[1]), b"fuse.gone", NOSUID_NODEV, options.encode()))
sys.exit(subprocess.run(sys.argv[2:], timeout=30).returncode)
"""
"""Run a command beside a drive that is mounted for it alone, and that never answers."""


def test_a_folder_that_answers_is_silence() -> None:
    assert list(home_answers(None)) == []


def test_a_folder_on_a_drive_that_is_gone_is_reported_with_the_drive() -> None:
    mount = Mount(point="/home", kind="nfs4", read_only=False)
    (finding,) = home_answers(Silence(path=HOME, mount=mount))

    assert finding.problem.name == "codex-home-hangs"
    assert finding.detail == f"looking at {HOME} took longer than 0.8 s, twice (nfs4, mounted at /home)"


def test_where_the_drive_is_not_known_none_is_named() -> None:
    (finding,) = home_answers(Silence(path=HOME))

    assert finding.detail == f"looking at {HOME} took longer than 0.8 s, twice"
    assert finding.evidence["mount"] is None


@pytest.mark.parametrize(
    ("kind", "far"),
    [("ext4", False), ("fuseblk", False), ("nfs4", True), ("fuse.sshfs", True), ("fuse", True)],
)
def test_a_drive_is_named_only_if_it_may_stop_answering(kind: str, far: bool) -> None:
    assert Mount(point="/", kind=kind, read_only=False).far is far


@pytest.fixture
def stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A machine on which looking at a file never ends, though reading what the kernel says does."""
    ctx = context(tmp_path)
    kernel = tmp_path / "proc" / "self"
    kernel.mkdir(parents=True)
    (kernel / "mountinfo").write_text(f"1 0 0:1 / {tmp_path} rw - nfs4 server:/ rw\n", "utf-8")
    over = threading.Event()
    look = os.stat

    def hang(path: Any, *args: Any, **named: Any) -> os.stat_result:  # noqa: ANN401 - as os.stat
        if ".codex" in str(path):
            over.wait(60)
        return look(path, *args, **named)

    monkeypatch.setattr(os, "stat", hang)
    yield ctx
    over.set()


def test_a_folder_that_hangs_cannot_be_examined_and_whatever_needs_it_is_told_so(stuck: Context) -> None:
    with pytest.raises(Unavailable, match=r"\.codex does not answer"):
        codex_home.read(stuck)


def test_a_second_look_that_ends_no_more_than_the_first_is_the_proof(stuck: Context) -> None:
    found = silence.read(stuck, None)

    assert isinstance(found, Silence)
    assert found.mount is not None
    assert found.mount.kind == "nfs4"


def test_a_folder_that_answers_the_second_time_was_only_slow(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="took long to answer"):
        silence.read(context(tmp_path), None)


def test_where_the_folder_was_examined_it_is_not_looked_at_again(stuck: Context) -> None:
    home = CodexHome(path=HOME, source="default", status=None, target=HOME)

    assert silence.read(stuck, home) is None


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not os.access("/dev/fuse", os.W_OK),
    reason="a drive that is gone can be made by root on Linux, where there is /dev/fuse",
)
def test_a_drive_that_is_gone_is_the_one_cause_and_blocks_the_rest(tmp_path: Path) -> None:
    home = tmp_path / "home" / ".codex"
    home.mkdir(parents=True)
    doctor = [sys.executable, "-m", "codex_doctor", "--offline", "--format", "json", "--deadline", "20"]
    ran = subprocess.run(
        [sys.executable, "-c", DEAD_DRIVE, str(home), *doctor],
        env={"HOME": str(home.parent), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    report = json.loads(ran.stdout)
    (finding,) = (each for each in report["findings"] if each["name"] == "codex-home-hangs")

    assert ran.returncode == 1
    assert (report["findings"][0], finding["role"]) == (finding, "cause")
    assert "(fuse.gone, mounted at " in finding["detail"]
    assert {"auth.signed-in", "config.files-parse", "install.binary-is-found"} <= set(finding["blocks"])
    assert [check["id"] for check in report["checks"] if check["verdict"] in ("timed-out", "crashed")] == []
