from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor import locks
from codex_doctor.locks import Holder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCKER: Final = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, {"read": fcntl.LOCK_SH, "write": fcntl.LOCK_EX}[sys.argv[2]], 1, 120)
print("held", flush=True)
sys.stdin.read()
"""

HERE: Final = {"linux": "linux", "darwin": "macos"}.get(sys.platform, "windows")

pytestmark = pytest.mark.skipif(HERE == "windows", reason="Windows has no POSIX locks")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"content")
    return tmp_path / "file"


def held(path: Path, how: str) -> Iterator[int]:
    argv = [sys.executable, "-c", LOCKER, str(path), how]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.kill()


@pytest.fixture
def writer(path: Path) -> Iterator[int]:
    yield from held(path, "write")


@pytest.fixture
def reader(path: Path) -> Iterator[int]:
    yield from held(path, "read")


def test_a_process_that_holds_the_lock_is_named(path: Path, writer: int) -> None:
    assert locks.holder(path, first=120, count=1, os_name=HERE) == Holder(pid=writer)


def test_a_lock_on_other_bytes_is_nobody_s_business(path: Path, writer: int) -> None:
    assert writer > 0
    assert locks.holder(path, first=0, count=120, os_name=HERE) is None


def test_a_lock_for_reading_is_no_lock_for_writing(path: Path, reader: int) -> None:
    assert reader > 0
    assert locks.holder(path, first=120, count=1, os_name=HERE) is None


def test_a_lock_for_reading_shows_where_any_lock_is_asked_for(path: Path, reader: int) -> None:
    assert locks.holder(path, first=120, count=1, os_name=HERE, any_lock=True) == Holder(pid=reader)


def test_asking_changes_nothing(path: Path, writer: int) -> None:
    before = path.stat()

    locks.holder(path, first=120, count=1, os_name=HERE)

    after = path.stat()
    assert writer > 0
    assert (after.st_mtime_ns, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)


def test_nobody_holds_a_file_that_is_not_there(path: Path) -> None:
    assert locks.holder(path.with_name("absent"), first=0, count=1, os_name=HERE) is None


def test_windows_cannot_say(path: Path, writer: int) -> None:
    assert writer > 0
    assert locks.holder(path, first=120, count=1, os_name="windows") is None
