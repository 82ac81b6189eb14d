"""What stands in a file that may be a report, a bundle, or an archive of many. Nothing is ever unpacked.

Sizes, numbers and depth are bounded, and what is over is refused with the reason; the rest goes on.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from msgspec import Struct

from codex_doctor.bundle.archive import LARGEST_FILE, MANIFEST, BundleError
from codex_doctor.bundle.ordinary import report_in
from codex_doctor.bundle.reading import LARGEST_ARCHIVE, checked, content_of, refuse_entry
from codex_doctor.triage.rows import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

REPORT: Final = "report.json"

LARGEST_DIRECTORY: Final = 4 * 1024 * 1024
"""Bytes of the directory of a zip, some 40,000 names: Python holds all of it in memory."""

MOST_UNPACKED: Final = 2 * 1024**3
"""Bytes that an archive may hold, unless it is itself more than a hundredth of them."""

RATIO: Final = 100
"""How many times its own size an archive may hold: reports shrink to a tenth."""

LONGEST_LINE: Final = LARGEST_FILE
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22


class Content(Struct, frozen=True, kw_only=True):
    """Bytes that may be a report, the place *where* they stand, and whether they come from a *bundle*."""

    where: str
    content: bytes
    bundle: bool = False


def content_in(file: BinaryIO, where: str, *, nested: bool = False) -> Iterator[Content | Unreadable]:
    """Yield everything in *file* that may be a report. *nested*: the file stands in an archive itself.

    :raises OSError: the file cannot be read.
    """
    head = file.read(512)
    file.seek(0)
    try:
        if head.startswith((b"PK\x03\x04", _END)):
            yield from _in_zip(file, where, nested=nested)
        elif head.startswith((b"\x1f\x8b", b"BZh")) or head[257:262] == b"ustar":
            yield from _in_tar(file, where, head, nested=nested)
        elif head.startswith((b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")):
            yield Unreadable(path=where, error="such an archive is not read: make a .zip or a .tar.gz of it")
        else:
            yield from _alone(file, where, head)
    except BundleError as error:
        yield Unreadable(path=where, error=str(error))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError):
        yield Unreadable(path=where, error="it is no archive, or a damaged one")
    except (RuntimeError, ValueError, struct.error) as error:
        yield Unreadable(path=where, error=f"it is a damaged archive: {shown(str(error))[:200]}")


def _alone(file: BinaryIO, where: str, head: bytes) -> Iterator[Content | Unreadable]:
    """Yield what is one report, or a report a line."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        first = file.readline(LONGEST_LINE + 1)
        if first.rstrip().endswith(b"}") and len(first) < size:
            yield from _lines(file, first, where)
            return
        file.seek(0)
    if size > LARGEST_FILE:
        raise BundleError(f"it is too large for a report: {size} bytes")
    content = file.read(LARGEST_FILE + 1)
    if not content.strip():
        raise BundleError("it is empty")
    yield Content(where=where, content=_utf8(content))


def _lines(file: BinaryIO, first: bytes, where: str) -> Iterator[Content | Unreadable]:
    """Yield each line as a report of its own; an empty one is none."""
    number, line = 1, first
    while line:
        place = f"{where}:{number}"
        if len(line) > LONGEST_LINE:
            yield Unreadable(path=place, error="it is too large for a report")
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
        elif line.strip():
            yield Content(where=place, content=line)
        number, line = number + 1, file.readline(LONGEST_LINE + 1)


def _utf8(content: bytes) -> bytes:
    """Return *content* as UTF-8 without its mark, whatever Windows wrote it as."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace").encode("utf-8", "replace")
    return content.removeprefix(b"\xef\xbb\xbf")


def _in_zip(file: BinaryIO, where: str, *, nested: bool) -> Iterator[Content | Unreadable]:
    if isinstance(file, io.BytesIO) and (report := report_in(file.getvalue())) is not None:
        yield Content(where=where, content=report, bundle=True)
        return
    _refuse_directory(file)
    with zipfile.ZipFile(file) as archive:
        if MANIFEST in archive.NameToInfo:
            yield _in_bundle(archive, where)
            return
        if nested:
            raise BundleError(f"it is no report of codex-doctor, for it has no {MANIFEST}")
        left = _allowance(file)
        if not archive.infolist():
            raise BundleError("nothing is in it")
        for entry in archive.infolist():
            place = f"{where}!{shown(entry.filename)}"
            if entry.is_dir():
                continue
            try:
                _refuse_name(entry.filename)
                refuse_entry(entry)
                content = content_of(archive, entry, most=min(LARGEST_ARCHIVE, left))
            except BundleError as error:
                yield Unreadable(path=place, error=str(error))
                continue
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
                yield Unreadable(path=place, error="it is damaged")
                continue
            left -= len(content)
            yield from content_in(io.BytesIO(content), place, nested=True)


def _in_bundle(archive: zipfile.ZipFile, where: str) -> Content:
    """Return the report of a bundle, all of whose entries are looked at, and one is read."""
    report: zipfile.ZipInfo | None = None
    for entry in checked(archive):
        if entry.file_size > LARGEST_FILE:
            raise BundleError(f"{entry.filename} is too large for a report")
        if entry.filename == REPORT:
            report = entry
    if report is None:
        raise BundleError(f"there is no {REPORT} in it")
    return Content(where=where, content=content_of(archive, report), bundle=True)


def _refuse_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]:
        raise BundleError("its name leads out of the archive")


def _refuse_directory(file: BinaryIO) -> None:
    """Refuse a zip with so many names that their list alone would fill the memory.

    :raises BundleError: it has.
    """
    size = file.seek(0, io.SEEK_END)
    if size > LARGEST_DIRECTORY:
        file.seek(-min(size, _END_SIZE + 0xFFFF), io.SEEK_END)
        tail = file.read()
        at = tail.rfind(_END)
        if at >= 0 and len(tail) >= at + _END_SIZE:
            (directory,) = struct.unpack_from("<L", tail, at + 12)
            if directory > LARGEST_DIRECTORY:
                raise BundleError("it holds too many files for a zip: give the folder, or a .tar.gz of it")
    file.seek(0)


def _allowance(file: BinaryIO) -> int:
    here = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(here)
    return max(MOST_UNPACKED, RATIO * size)


def _in_tar(file: BinaryIO, where: str, head: bytes, *, nested: bool) -> Iterator[Content | Unreadable]:
    if nested:
        raise BundleError("it is an archive within an archive")
    allowed = _allowance(file)
    unpacked: BinaryIO | gzip.GzipFile | bz2.BZ2File = file
    if head.startswith(b"\x1f\x8b"):
        unpacked = gzip.GzipFile(fileobj=file)
    elif head.startswith(b"BZh"):
        unpacked = bz2.BZ2File(file)
    with tarfile.open(fileobj=_Bounded(unpacked, allowed), mode="r:") as archive:
        member = None
        for member in archive:
            vars(archive)["members"] = []  # it would remember every one
            place = f"{where}!{shown(member.name)}"
            if member.isdir():
                continue
            try:
                yield from _in_member(archive, member, place)
            except BundleError as error:
                yield Unreadable(path=place, error=str(error))
        if member is None:
            raise BundleError("nothing is in it")


def _in_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, place: str
) -> Iterator[Content | Unreadable]:
    _refuse_name(member.name)
    if member.issym() or member.islnk():
        raise BundleError("it is a link")
    if not member.isreg():
        raise BundleError("it is not a file")
    if member.size > LARGEST_ARCHIVE:
        raise BundleError(f"it is too large for a report: {member.size} bytes")
    opened = archive.extractfile(member)
    if opened is not None:
        yield from content_in(io.BytesIO(opened.read()), place, nested=True)


class _Bounded(io.RawIOBase):
    """A stream of which at most so many bytes are read, and never many at once: an archive may lie."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile | bz2.BZ2File, most: int) -> None:
        self._stream = stream
        self._most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size < 0 or size > LARGEST_ARCHIVE:
            raise BundleError("a file in it is too large for a report")
        self._refuse(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, place: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_SET:
            self._refuse(place)
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def _refuse(self, place: int) -> None:
        if place > self._most:
            raise BundleError("it unpacks to far more than reports do, and the rest of it was not read")
