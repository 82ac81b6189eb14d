"""A background Codex that is stale is started again by its own command: the real one."""

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

PROXY = "http://127.0.0.1:9"

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


def repair(cli: CodexCli, home: Path, name: str, **env: str) -> subprocess.CompletedProcess[str]:
    words = ("repair", name, "--yes", "--offline", "--codex-bin", str(cli.native))
    return subprocess.run(
        [sys.executable, "-m", "codex_doctor", *words],
        env={**environment(home), **env},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_it_is_started_again_by_its_own_command(codex_cli: CodexCli, home: Path) -> None:
    before = pid_in(home)
    shutil.rmtree(folder_of(before))

    ran = repair(codex_cli, home, "linux-sandbox-shim-missing")

    assert ran.returncode == 0, ran
    assert "linux-sandbox-shim-missing is mended" in ran.stdout
    assert pid_in(home) != before
    assert gone(before)
    assert not gone(pid_in(home))


def test_it_is_started_again_from_a_shell_that_has_more(codex_cli: CodexCli, home: Path) -> None:
    before = pid_in(home)

    ran = repair(codex_cli, home, "daemon-environment-differs", HTTPS_PROXY=PROXY)

    assert ran.returncode == 0, ran
    assert "daemon-environment-differs is mended" in ran.stdout
    assert f"HTTPS_PROXY={PROXY}".encode() in Path(f"/proc/{pid_in(home)}/environ").read_bytes().split(b"\0")
    assert gone(before)


def test_a_shell_that_has_less_does_not_start_it_again(codex_cli: CodexCli, home: Path) -> None:
    assert repair(codex_cli, home, "daemon-environment-differs", HTTPS_PROXY=PROXY).returncode == 0
    there = pid_in(home)

    ran = repair(codex_cli, home, "daemon-environment-differs")

    assert "codex app-server daemon restart" in ran.stdout
    assert pid_in(home) == there
