"""Whose the folder of Codex is: what root left there, what is closed, and giving it back."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from codex_doctor.context import System
from codex_doctor.fix import SetMode, SetOwner
from codex_doctor.model import Severity
from homes import judged, look, state
from repairs import tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sudo", "owner", "expected"),
    [({"SUDO_UID": "1000"}, 1000, 1000), ({"SUDO_UID": "1001"}, 1000, 0), ({}, 1000, 0)],
)
@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root owns nothing of others")
def test_root_by_way_of_sudo_looks_after_the_folder_of_its_user(
    tmp_path: Path, sudo: dict[str, str], owner: int, expected: int
) -> None:
    (tmp_path / ".codex").mkdir()
    os.chown(tmp_path / ".codex", owner, -1)
    root = System(os="linux", arch="x86_64", release="6", user=0)

    assert look(tmp_path, env=sudo, system=root).user == expected


def test_what_root_left_in_the_folder_of_its_user_is_taken_back() -> None:
    (finding,) = judged(structs.replace(state(), of_others=(("auth.json", 0),)))

    assert finding.fix is not None
    assert finding.fix.steps == (SetOwner(path="/home/u/.codex", owner=1000),)


def test_a_folder_that_codex_fills_and_that_is_closed_is_a_warning() -> None:
    (finding,) = judged(structs.replace(state(), closed=(("sessions", 0o000), ("tmp", 0o500))))

    assert (finding.problem.name, finding.problem.severity) == ("codex-home-not-writable", Severity.WARNING)
    assert "sessions has mode 0000 and tmp has mode 0500" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (
        SetMode(path="/home/u/.codex/sessions", mode=0o700),
        SetMode(path="/home/u/.codex/tmp", mode=0o700),
    )


def test_closed_folders_of_the_users_own_are_seen(tmp_path: Path) -> None:
    for name, mode in (("sessions", 0o500), ("tmp", 0o755), ("mine", 0)):
        (tmp_path / ".codex" / name).mkdir(parents=True)
        (tmp_path / ".codex" / name).chmod(mode)
    if os.getuid() == 0:
        for path in (tmp_path / ".codex", *(tmp_path / ".codex").iterdir()):
            os.chown(path, 1000, -1)
    user = System(os="linux", arch="x86_64", release="6", user=os.getuid() or 1000)

    assert look(tmp_path, env={}, system=user).closed == (("sessions", 0o500),)


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root owns nothing of others")
def test_sudo_gives_a_home_back_to_its_user_and_can_take_it_again(tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".codex"
    (folder / "sessions").mkdir(parents=True)
    (folder / "sessions" / "one.jsonl").write_text("{}", "utf-8")
    for path in (folder.parent, folder):
        os.chown(path, 1000, 1000)
    before = tree(folder.parent)

    def doctor(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "codex_doctor", "repair", "--offline", *args],
            env={
                "HOME": str(tmp_path / "root"),
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "SUDO_UID": "1000",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    ran = doctor("codex-home-root-owned", "--yes", "--codex-home", str(folder))
    owners = {path.stat().st_uid for path in (folder, *folder.rglob("*"))}
    undone = doctor("--undo")

    assert (ran.returncode, owners) == (0, {1000}), ran.stdout + ran.stderr
    assert (undone.returncode, tree(folder.parent)) == (0, before), undone.stderr
