"""Nothing of an archive lands outside of its folder, and nothing of it is special."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

import tiny_codex
from codex_checks.acts.install import unpack as unpacking
from codex_checks.acts.install.unpack import unpack
from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from pathlib import Path


def _archive(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = folder / "archive.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def _file(name: str, content: bytes = b"content", *, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), mode, 1_790_000_000
    return member, content


def _special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def _into(folder: Path) -> Path:
    into = folder / "into"
    into.mkdir()
    return into


def test_a_release_is_unpacked_with_its_modes_and_times(tmp_path: Path) -> None:
    path = tmp_path / "release.tar.gz"
    path.write_bytes(tiny_codex.packed(tiny_codex.release("0.170.0")))
    into = _into(tmp_path)

    unpack(path, into)

    program = (into / "bin/codex").stat()
    described = (into / "codex-package.json").stat()
    assert (into / "bin/codex").read_bytes() == tiny_codex.release("0.170.0")["bin/codex"][0]
    assert (stat.S_IMODE(program.st_mode), stat.S_IMODE(described.st_mode)) == (0o755, 0o644)
    assert program.st_mtime == 1_790_000_000


def test_an_archive_that_is_not_compressed_is_unpacked_too(tmp_path: Path) -> None:
    path = tmp_path / "release.tar"
    path.write_bytes(tiny_codex.packed(tiny_codex.release("0.170.0"), compressed=False))

    unpack(path, into := _into(tmp_path))

    assert (into / "bin/codex").exists()


def test_no_bit_but_the_one_to_be_executed_is_taken_over(tmp_path: Path) -> None:
    unpack(
        _archive(tmp_path, _file("codex", mode=0o7777), _file("text", mode=0o666)), into := _into(tmp_path)
    )

    modes = [stat.S_IMODE((into / name).stat().st_mode) for name in ("codex", "text")]
    assert modes == [0o755, 0o644]


def test_a_link_inside_is_made(tmp_path: Path) -> None:
    unpack(
        _archive(tmp_path, _special("codex", tarfile.SYMTYPE, "bin/codex"), _file("bin/codex")),
        into := _into(tmp_path),
    )

    assert (into / "codex").read_bytes() == b"content"


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "bin/../../out", "C:/out", "bin\\..\\out"])  # noqa: S108 - nothing is put there
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RepairError, match="leads out of it"):
        unpack(_archive(tmp_path, _file(name)), _into(tmp_path))

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "members",
    [
        [_special("link", tarfile.SYMTYPE, "../outside")],
        [_special("link", tarfile.SYMTYPE, "/etc/passwd")],
        [_special("here", tarfile.SYMTYPE, "."), _special("link", tarfile.SYMTYPE, "here/../outside")],
        [_special("link", tarfile.SYMTYPE, "nowhere")],
    ],
    ids=["upwards", "absolute", "through a link", "to nothing"],
)
def test_a_link_that_leads_out_is_refused(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    (tmp_path / "outside").write_text("another's")

    with pytest.raises(RepairError, match="link that leads out"):
        unpack(_archive(tmp_path, *members), _into(tmp_path))


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    members = [_special("bin", tarfile.SYMTYPE, "../outside"), _file("bin/codex")]

    with pytest.raises(RepairError):
        unpack(_archive(tmp_path, *members), _into(tmp_path))

    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE])
def test_what_is_no_file_folder_or_link_is_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(RepairError, match="no file, folder or link"):
        unpack(_archive(tmp_path, _file("codex"), _special("odd", kind, "codex")), _into(tmp_path))


@pytest.mark.parametrize(
    "members",
    [[_file("codex"), _file("codex")], [_file("codex"), _file("codex/inside")], [_file("a/b"), _file("a")]],
    ids=["twice", "file and folder", "folder and file"],
)
def test_a_name_that_stands_for_two_things_is_refused(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    with pytest.raises(RepairError, match="twice"):
        unpack(_archive(tmp_path, *members), _into(tmp_path))


@pytest.mark.parametrize("keep", [0, 7, 40, 0.5, 0.9])
def test_an_archive_that_ends_too_early_is_damaged(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "release.tar.gz"
    whole = tiny_codex.packed(tiny_codex.release("0.170.0"))
    path.write_bytes(whole[: int(keep if keep > 1 else keep * len(whole))])

    with pytest.raises(RepairError, match="damaged"):
        unpack(path, _into(tmp_path))


def test_an_archive_whose_content_makes_no_sense_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "release.tar.gz"
    whole = bytearray(tiny_codex.packed(tiny_codex.release("0.170.0")))
    whole[30:230] = b"\xff" * 200
    path.write_bytes(whole)

    with pytest.raises(RepairError, match="damaged"):
        unpack(path, _into(tmp_path))


def test_an_archive_that_unpacks_to_too_much_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 100)

    with pytest.raises(RepairError, match="more than 100 bytes"):
        unpack(_archive(tmp_path, _file("a", b"x" * 60), _file("b", b"x" * 60)), _into(tmp_path))


def test_an_archive_of_too_many_files_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_ENTRIES", 3)

    with pytest.raises(RepairError, match="more than 3 entries"):
        unpack(_archive(tmp_path, *(_file(str(number)) for number in range(4))), _into(tmp_path))


def test_a_page_in_place_of_an_archive_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "release.tar.gz"
    path.write_bytes(gzip.compress(b"<html>sign in to the hotel</html>"))

    with pytest.raises(RepairError, match="damaged"):
        unpack(path, _into(tmp_path))
