"""Locks keep others out, name who holds them, and are those that Codex takes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import types
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

import acts_store
import tokens
from codex_checks.acts.errors import LockHeld, StoreNotWritable
from codex_doctor.locks import take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_checks.acts.store import CredentialStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the real locks here are those of Unix")

HOLD = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
getattr(fcntl, sys.argv[2])(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / "home", tokens.chatgpt_login())
    return tmp_path / "home"


def impatient(home: Path) -> CredentialStore:
    """Return the store of *home*, which waits for no lock."""
    store = acts_store.store(home)
    store.patience = 0
    return store


class Holding:
    """Other processes that hold locks, until the test ends."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, path: Path, kind: str = "flock") -> int:
        """Have a process hold the lock of *path* and return its process id."""
        argv = [sys.executable, "-c", HOLD, str(path), kind]
        process = self._stack.enter_context(
            subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        self._stack.callback(process.kill)
        return process.pid


@pytest.fixture
def hold() -> Iterator[Holding]:
    with ExitStack() as stack:
        yield Holding(stack)


@pytest.mark.parametrize("name", ["auth.lock", "auth.json.lock"])
def test_a_lock_of_codex_that_is_held_is_named_and_nothing_is_written(
    home: Path, hold: Holding, name: str
) -> None:
    store = impatient(home)
    before = (home / "auth.json").read_bytes()
    pid = hold(home / name)

    with pytest.raises(LockHeld) as caught:
        store.try_locks()

    assert caught.value.problem == "auth-lock-held"
    assert str(home / name) in str(caught.value)
    assert sys.platform != "linux" or f"(process {pid})" in str(caught.value)
    assert (home / "auth.json").read_bytes() == before


def test_a_lock_is_waited_for(home: Path) -> None:
    argv = [sys.executable, "-c", HOLD, str(home / "auth.lock"), "flock"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()  # it now ends, some time after we began to wait

        store = acts_store.store(home)
        store.patience = 30
        store.try_locks()


def test_locks_of_the_other_kind_do_not_count_as_they_do_not_for_codex(home: Path, hold: Holding) -> None:
    hold(home / "auth.lock", "lockf")

    impatient(home).try_locks()


def test_both_locks_are_free_again_afterwards(home: Path, hold: Holding) -> None:
    store = impatient(home)
    store.try_locks()

    assert hold(home / "auth.lock")
    assert hold(home / "auth.json.lock")


def test_a_lock_that_is_no_file_is_a_reason_not_to_begin(home: Path) -> None:
    (home / "auth.lock").mkdir()

    with pytest.raises(StoreNotWritable) as caught:
        impatient(home).try_locks()

    assert caught.value.problem == "auth-file-not-writable"


def test_another_doctor_is_named(home: Path) -> None:
    store = acts_store.store(home)

    with store.alone("codex-doctor login"), pytest.raises(LockHeld) as caught:
        acts_store.store(home).alone("codex-doctor refresh", patience=0).__enter__()

    assert caught.value.holder == f"codex-doctor login (process {os.getpid()})"


def test_who_is_at_it_can_be_asked_without_changing_anything(home: Path) -> None:
    store = acts_store.store(home)
    before = store.busy()
    with store.alone("codex-doctor login"):
        during = store.busy()

    assert (before, during, store.busy()) == (None, f"codex-doctor login (process {os.getpid()})", None)


def test_every_path_to_a_home_has_the_same_lock(home: Path) -> None:
    (home.parent / "link").symlink_to(home)
    store = acts_store.store(home)
    other = acts_store.store(home.parent / "link", state=home.parent / "state")

    with store.alone("one"):
        assert other.busy() == f"one (process {os.getpid()})"


def test_another_home_has_another_lock(home: Path) -> None:
    with (
        acts_store.store(home).alone("one"),
        acts_store.store(home.parent / "second").alone("two", patience=0),
    ):
        pass


class Windows(types.ModuleType):
    """Windows' own module for locks, as far as it is used: each byte is locked once, for all processes."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.taken: list[int] = []

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None:
        place = os.lseek(fd, 0, os.SEEK_CUR)
        assert (mode, nbytes) == (self.LK_NBLCK, 1)
        if place in self.taken:
            raise PermissionError(errno.EACCES, "Permission denied")
        self.taken.append(place)


def test_on_windows_one_byte_is_locked_that_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows()
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    with (tmp_path / "lock").open("w+b") as file:
        first = take(file.fileno(), byte=7, os_name="nt")
        second = take(file.fileno(), byte=7, os_name="nt")

    assert (first, second, windows.taken) == (True, False, [7])
