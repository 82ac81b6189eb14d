from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from codex_doctor import files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_copy_holds_the_same_bytes_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "from"
    path.write_bytes(bytes(range(256)) * 9000)
    path.chmod(0o644)

    files.copy(path, tmp_path / "to", limit=256 * 9000)

    assert (tmp_path / "to").read_bytes() == path.read_bytes()
    assert stat.S_IMODE((tmp_path / "to").stat().st_mode) == 0o600


def test_a_file_of_one_byte_too_many_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "from"
    path.write_bytes(b"12345")

    with pytest.raises(files.TooLargeError):
        files.copy(path, tmp_path / "to", limit=4)


def test_a_copy_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"new")
    (tmp_path / "to").write_bytes(b"old")

    with pytest.raises(FileExistsError):
        files.copy(tmp_path / "from", tmp_path / "to", limit=10)

    assert (tmp_path / "to").read_bytes() == b"old"


def test_nobody_waits_for_a_named_pipe_to_be_copied(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "from")

    with pytest.raises(files.NotAFileError):
        files.copy(tmp_path / "from", tmp_path / "to", limit=10)


@pytest.mark.parametrize(("limit", "expected"), [(3, b"cde"), (5, b"abcde"), (9, b"abcde")])
def test_the_tail_is_what_stands_last(tmp_path: Path, limit: int, expected: bytes) -> None:
    (tmp_path / "log").write_bytes(b"abcde")

    assert files.tail(tmp_path / "log", limit=limit) == expected
