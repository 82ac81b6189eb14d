"""The report in a bundle that is as codex-doctor writes it, without `zipfile`, which takes twice as long.

It only ever says yes: whatever is unusual in the least is left to `zipfile` and `bundle.reading`, which
refuse it with the reason or read it all the same. So nothing is read here that they would not read.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from stat import S_ISLNK
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from codex_doctor.bundle.archive import LARGEST_FILE, MANIFEST
from codex_doctor.bundle.reading import LONGEST_NAME, MOST_FILES, READ, possible

if TYPE_CHECKING:
    from collections.abc import Mapping

_END: Final = Struct("<4s4H2LH")
"""The end of a zip: its mark, this disk, the first, entries here, in all, size and place of the directory,
and how long the comment is (APPNOTE 4.3.16)."""

_ENTRY: Final = Struct("<12s4x3LH6s2x2L")
"""An entry of the directory: its head, CRC-32, size packed, size, how long the name is, how long the extra
field and the comment are and on which disk (all 0), mode, place (APPNOTE 4.3.12)."""

_HEAD: Final = Struct("<4s2x3H")
"""The head of an entry: its mark, version needed, flags, method."""

_LOCAL: Final = Struct("<4s2x4s16x2H")
"""What stands before a file: its mark, flags with method, how long the name and the extra field are
(APPNOTE 4.3.7)."""

_LOCAL_MARK: Final = b"PK\x03\x04"
_LOCATOR: Final = 20
"""Bytes of what would stand before the end and lead to another one, for a zip of 4 GB and more."""

_NAMES_IN_UTF_8: Final = 0x800
_NEWEST: Final = 20
"""The version of the format in which everything is that `READ` names."""

_MANIFEST: Final = MANIFEST.encode()
_REPORT: Final = b"report.json"


def report_in(bundle: bytes) -> bytes | None:
    """Return `report.json` of *bundle*, or None where it is not an ordinary bundle in every respect."""
    end = len(bundle) - _END.size
    start, number = _directory(bundle, end)
    places: dict[bytes, int] = {}
    report = None
    at = start
    while at + _ENTRY.size <= end:
        entry = _ENTRY.unpack_from(bundle, at)
        head, _, _, size, length, none, mode, place = entry
        at += _ENTRY.size
        name = bundle[at : at + length]
        at += length
        if name in places or size > LARGEST_FILE or length > LONGEST_NAME:
            return None
        if not _is_ordinary(name, head, none, mode):
            return None
        places[name] = place
        if name == _REPORT:
            report = entry
    if at != end or len(places) != number or _MANIFEST not in places or report is None:
        return None
    return _content(bundle, report, start, places)


def _directory(bundle: bytes, end: int) -> tuple[int, int]:
    """Return where the directory begins that stands before *end*, and its entries; none where it is odd."""
    if end < 0 or not bundle.startswith(_LOCAL_MARK):
        return end, 0
    mark, disk, first, here, number, size, start, comment = _END.unpack_from(bundle, end)
    odd = mark != b"PK\x05\x06" or disk or first or comment or here != number or number > MOST_FILES
    if odd or start + size != end or bundle.startswith(b"PK\x06\x07", max(0, end - _LOCATOR)):
        return end, 0
    return start, number


@lru_cache(maxsize=1024)
def _is_ordinary(name: bytes, head: bytes, none: bytes, mode: int) -> bool:
    """Whether a bundle has such an entry; thousands of bundles have the same few."""
    mark, needed, flags, method = _HEAD.unpack(head)
    return (
        mark == b"PK\x01\x02"
        and needed <= _NEWEST
        and not flags & ~_NAMES_IN_UTF_8
        and method in READ
        and not any(none)
        and not S_ISLNK(mode >> 16)
        and name.isascii()  # it is the same in every encoding
        and possible(name.decode("ascii"))
    )


def _content(
    bundle: bytes, entry: tuple[Any, ...], directory: int, places: Mapping[bytes, int]
) -> bytes | None:
    """Return what the *entry* stands for; the files of *bundle* have *places* before the *directory*."""
    head, crc, packed, size, length, _, _, at = entry
    begins = at + _LOCAL.size + length
    ends = begins + packed
    if ends > directory or sum(at <= place < ends for place in places.values()) != 1:
        return None
    if _LOCAL.unpack_from(bundle, at) != (_LOCAL_MARK, head[8:], length, 0):
        return None
    if bundle[begins - length : begins] != _REPORT:
        return None
    content = bundle[begins:ends]
    if any(head[10:]):  # a method; 0 is none
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflating.decompress(content, size + 1)  # what it says of its size may be wrong
        except zlib.error:
            return None
        if not inflating.eof or inflating.unused_data:
            return None
    return content if len(content) == size and zlib.crc32(content) == crc else None
