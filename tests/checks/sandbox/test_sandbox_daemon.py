"""A background Codex that lost its link is started again by its own command: the real one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gone import gone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_cli import CodexCli

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Codex starts its sandbox so on Linux alone")


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CODEX_HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "LANG": "C.UTF-8",
    }


def pid_in(home: Path, name: str = "daemon.pid") -> int:
    return int(json.loads((home / "app-server-daemon" / name).read_bytes())["pid"])


@pytest.fixture
def home(codex_cli: CodexCli) -> Iterator[Path]:
    """A home in which the background Codex runs."""
    home = codex_cli.scratch_home()

    def daemon(word: str) -> None:
        argv = [str(codex_cli.native), "app-server", "daemon", word]
        subprocess.run(argv, env=environment(home), cwd=home, capture_output=True, check=True, timeout=120)

    daemon("start")
    yield home
    daemon("stop")
    with contextlib.suppress(OSError, ValueError, ProcessLookupError):  # it outlives the other
        os.kill(pid_in(home, "daemon-updater.pid"), 15)
    shutil.rmtree(home / "packages", ignore_errors=True)


def folder_of(pid: int) -> Path:
    """Return the folder in which the Codex *pid* has its links."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        path = link.readlink()
        if path.name == ".lock" and "codex-arg0" in path.parent.name:
            return path.parent
    raise AssertionError(pid)


def test_it_is_started_again_by_its_own_command(codex_cli: CodexCli, home: Path) -> None:
    before = pid_in(home)
    shutil.rmtree(folder_of(before))
    words = (
        "repair",
        "linux-sandbox-shim-missing",
        "--yes",
        "--offline",
        "--codex-bin",
        str(codex_cli.native),
    )

    ran = subprocess.run(
        [sys.executable, "-m", "codex_doctor", *words],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 0, ran
    assert "linux-sandbox-shim-missing is mended" in ran.stdout
    assert pid_in(home) != before
    assert gone(before)
