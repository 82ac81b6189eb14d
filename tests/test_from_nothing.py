"""From nothing to a working turn: an empty home, one `codex-doctor repair --yes`, and Codex answers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
from fakes.answers import USER_CODE
from machine_build import TURN
from terminals import OnTerminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acts_install import Installing
    from fakes.openai import FakeOpenAI
    from fakes.publisher import Publisher
    from real_codex import Packed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the archives are made for Linux")

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")

PATIENCE: Final = 120.0
"""Seconds, of which the device code alone takes two."""


@pytest.fixture
def machine(packed: Packed, publisher: Publisher, openai: FakeOpenAI, tmp_path: Path) -> Installing:
    """A machine with an empty home, where somebody soon enters the code that is shown."""
    packed.publish(publisher)
    openai.service.polls, openai.service.interval = 1, "1"
    return acts_install.machine(tmp_path, {**openai.env, **publisher.env})


def _command(*args: str) -> list[str]:
    return [sys.executable, "-m", "codex_doctor", *args]


def _doctor(machine: Installing, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*args),
        env=machine.env,
        cwd=machine.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def _turn(machine: Installing, openai: FakeOpenAI) -> str:
    """Let the Codex that the machine's own PATH leads to take one turn, and return what it said."""
    env: Mapping[str, str] = {
        **{name: value for name, value in machine.env.items() if not name.startswith("CODEX_DOCTOR_")},
        **openai.codex_env,
    }
    ran = subprocess.run(
        ["/usr/bin/env", "codex", *TURN, *openai.codex_args, "hi"],
        env=env,
        cwd=machine.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "node", [False, pytest.param(True, marks=needs_npm)], ids=["without Node", "with npm"]
)
def test_one_repair_leads_from_nothing_to_a_working_turn(
    machine: Installing, openai: FakeOpenAI, *, node: bool
) -> None:
    if not node:
        for name in ("node", "npm"):
            (machine.home.parent / "tools" / name).unlink(missing_ok=True)

    with OnTerminal(_command("repair", "--yes"), env=machine.env, cwd=machine.home) as ran:
        code = ran.end()

    assert code == 0, ran.shown
    assert f"  enter   \x1b[1m{USER_CODE}\x1b[0m" in ran.shown
    assert '"type":"turn.completed"' in _turn(machine, openai)
    assert _doctor(machine, "check").returncode == 0


def test_no_terminal_is_needed_where_the_code_is_entered_elsewhere(
    machine: Installing, openai: FakeOpenAI
) -> None:
    ran = _doctor(machine, "repair", "--yes")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert USER_CODE in ran.stdout
    assert '"type":"turn.completed"' in _turn(machine, openai)
