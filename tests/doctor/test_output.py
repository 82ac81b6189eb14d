from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from codex_doctor import output
from codex_doctor.errors import UsageError


def test_a_written_file_holds_the_text_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    output.write(tmp_path / "report.txt", "✗ 1 cause\n")

    assert (tmp_path / "report.txt").read_bytes() == "✗ 1 cause\n".encode()
    assert os.listdir(tmp_path) == ["report.txt"]  # noqa: PTH208 - names are what is asked for


def test_a_written_file_has_the_mode_that_the_user_gives_to_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        output.write(tmp_path / "report.txt", "x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "report.txt").stat().st_mode) == 0o640


def test_a_file_that_cannot_be_replaced_keeps_its_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"report.txt cannot be written: No space left on device"):
        output.write(target, "new")

    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.txt"]  # noqa: PTH208 - names are what is asked for


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()

    output.write(pipe, "through the pipe")
    reader.join(10)

    assert read == ["through the pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
