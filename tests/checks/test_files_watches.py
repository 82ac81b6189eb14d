"""Watching files for changes: with a kernel that has room, and in a namespace that has none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.files.watches import INSTANCES, WATCHES, Watches, changes_can_be_watched, watches
from codex_checks.problems.files import INOTIFY_EXHAUSTED
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import command
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

MACOS = System(os="macos", arch="aarch64", release="25.0.0", user=501)

ASK = "from codex_checks.files.watches import refused; print(refused())"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these limits")
@pytest.mark.parametrize(
    ("name", "value", "exhausted"),
    [
        ("max_inotify_instances", "0", INSTANCES),
        ("max_inotify_watches", "0", WATCHES),
        ("max_inotify_instances", "100", "None"),
    ],
)
def test_a_limit_that_is_met_is_named(name: str, value: str, exhausted: str) -> None:
    unshare = shutil.which("unshare")
    alone = [unshare or "unshare", "--user", "--map-root-user"]
    if unshare is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespace can be made here, in which to set a limit")
    limited = f'echo {value} > /proc/sys/user/{name} && exec "$0" -c "$1"'
    ran = subprocess.run(
        [*alone, "/bin/sh", "-c", limited, sys.executable, ASK], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == exhausted


def test_room_is_healthy() -> None:
    assert changes_can_be_watched(Watches()) == ()


def test_who_holds_the_most_is_told_and_the_limit_raised() -> None:
    found = Watches(exhausted=WATCHES, limit=8192, holders=(("codex-desktop", 3), ("node", 1)))
    (finding,) = changes_can_be_watched(found)
    lines = [command(step, os="linux") for step in finding.fix.steps] if finding.fix else []

    assert finding.problem is INOTIFY_EXHAUSTED
    assert "max_user_watches is 8192; most are held by codex-desktop (3), node (1)" in finding.detail
    assert lines[0] == "echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-inotify.conf"


def test_a_limit_that_is_high_already_is_doubled() -> None:
    (finding,) = changes_can_be_watched(Watches(exhausted=INSTANCES, limit=4096))

    assert finding.fix is not None
    assert "max_user_instances=8192" in (command(finding.fix.steps[0], os="linux") or "")


def _exhausted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_checks.files.watches.refused", lambda: INSTANCES)


@pytest.mark.skipif(sys.platform != "linux", reason="the files are those of Linux")
def test_limits_and_holders_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _exhausted(monkeypatch)
    for path, text in (
        ("proc/sys/fs/inotify/max_user_instances", "128\n"),
        ("proc/sys/user/max_inotify_instances", "64\n"),
        ("proc/7/comm", "codex\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for pid, number in ((7, 3), (7, 4), (8, 5)):
        (tmp_path / f"proc/{pid}/fd").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"proc/{pid}/fd/{number}").symlink_to("anon_inode:inotify")

    assert answer(watches, context(tmp_path)) == Watches(
        exhausted=INSTANCES, limit=64, holders=(("codex", 2), ("process 8", 1))
    )


def test_other_systems_have_no_such_limit(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        answer(watches, replace(context(tmp_path), system=MACOS))
