"""Run the real commands on a home of their own, and wait for what they do."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from fakes.openai import FakeOpenAI

PATIENCE: Final = 30.0
"""Seconds: only a test that fails waits that long."""


def surroundings(folder: Path, openai: FakeOpenAI, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which *folder* is the home, and the fake service the only one."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **openai.env,
        **(env or {}),
    }


def start(
    folder: Path,
    openai: FakeOpenAI,
    *words: str,
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Start `codex-doctor` *words*; *before* stands before its command line."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "codex_doctor", *words],
        env=surroundings(folder, openai, env),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    folder: Path,
    openai: FakeOpenAI,
    *words: str,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run `codex-doctor` *words* to its end; no traceback may come of it."""
    with start(folder, openai, *words, env=env, before=before) as process:
        out, err = process.communicate(stdin, timeout=PATIENCE)
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def events(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the events that were printed."""
    return [json.loads(line) for line in ran.stdout.splitlines()]


def until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is *true* while *process* runs."""
    end = time.monotonic() + PATIENCE
    while not true():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            pytest.fail(f"it ended: {process.communicate()}")
        assert time.monotonic() < end


@contextlib.contextmanager
def ended(*processes: subprocess.Popen[str]) -> Generator[None]:
    """End *processes* afterwards, whatever happens."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def asked(openai: FakeOpenAI, path: str = "/oauth/token") -> list[dict[str, Any]]:
    """Return the bodies of what was asked of *path*."""
    return [json.loads(one.body) for one in openai.asked if one.path == path]


def holds_open(pid: int, name: str) -> bool:
    """Whether the process *pid* has a file open whose name ends with *name*."""
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if link.readlink().name.endswith(name):
                    return True
    return False
