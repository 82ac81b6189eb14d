"""Whom the code of others may signal: what it started itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor.guard import may_signal

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for the end of its input, in a group of its own."""
    started = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    with started:
        yield started
        started.kill()


def test_itself_and_its_own_group_may_be_signalled() -> None:
    assert (may_signal(os.getpid(), os.getpid()), may_signal(0, os.getpid())) == (True, True)


def test_a_child_and_its_group_may_be_signalled(child: subprocess.Popen[bytes]) -> None:
    assert (may_signal(child.pid, os.getpid()), may_signal(-child.pid, os.getpid())) == (True, True)


def test_the_parent_may_not(child: subprocess.Popen[bytes]) -> None:
    assert may_signal(os.getpid(), child.pid) is False
    assert may_signal(-os.getpid(), child.pid) is False


def test_everybody_at_once_may_not() -> None:
    assert may_signal(-1, os.getpid()) is False


def test_who_has_ended_is_left_to_the_system() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert may_signal(ended.pid, os.getpid()) is True
