"""What is read without `zipfile` is what `zipfile` reads, and whatever is unusual is left to it."""

from __future__ import annotations

import io
import json
import random
import struct
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_doctor.bundle.archive import LARGEST_FILE, MANIFEST, Member, manifest, packed
from codex_doctor.bundle.ordinary import report_in
from codex_doctor.bundle.reading import LONGEST_NAME, MOST_FILES, possible
from codex_doctor.triage import archives
from codex_doctor.triage.archives import Content, content_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPORT = json.dumps({"schema": 1, "words": "which are longer than what stands around them " * 3}).encode()
LOCAL, ENTRY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
MOMENT = datetime(2026, 11, 20, 9, 5, 10, tzinfo=UTC)


def made() -> bytes:
    """Return a bundle as codex-doctor writes it."""
    members = [Member(file="report.json", content=REPORT), Member(file="facts.json", content=b"{}")]
    return packed([manifest(members, [], created=MOMENT), *members], created=MOMENT)


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def plain(*more: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped((MANIFEST, b"{}"), ("report.json", REPORT), *more, method=method)


def told(name: str, **attributes: int | bytes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


def without_it(bundle: bytes) -> list[object]:
    """Return what triage reads of *bundle* by `zipfile` alone."""

    def none(_: bytes) -> None:
        return None

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archives, "report_in", none)
        return list(content_in(io.BytesIO(bundle), "a.zip"))


def test_what_codex_doctor_writes_is_ordinary_packed_or_not() -> None:
    assert report_in(made()) == REPORT
    assert report_in(plain(method=zipfile.ZIP_STORED)) == REPORT


def changed(bundle: bytes) -> Iterator[bytes]:
    """Yield *bundle* with each of its bytes changed, with some cut out, and with pieces of it moved."""
    for at in range(len(bundle)):
        for mask in (0x01, 0x08, 0x80, 0xFF):
            yield bundle[:at] + bytes([bundle[at] ^ mask]) + bundle[at + 1 :]
        yield bundle[:at] + bundle[at + 1 :]
        yield bundle[:at] + b"\0" + bundle[at:]
    chance = random.Random(7)  # noqa: S311 - the same each time
    for _ in range(500):
        begins, to, length = (chance.randrange(len(bundle)) for _ in range(3))
        yield bundle[:to] + bundle[begins : begins + length % 60] + bundle[to + length % 60 :]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_whatever_is_changed_in_a_bundle_nothing_is_read_that_zipfile_does_not_read(method: int) -> None:
    read = 0
    for each in changed(plain(method=method)):
        content = report_in(each)
        if content is not None:
            read += 1
            assert without_it(each) == [Content(where="a.zip", content=content, bundle=True)]

    assert read > 50  # such as where only a time is another


def with_a_comment() -> bytes:
    buffer = io.BytesIO(made())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"hello"
    return buffer.getvalue()


def put(bundle: bytes, mark: bytes, offset: int, form: str, value: int) -> bytes:
    """Return *bundle* with *value* at *offset* of its last header that begins with *mark*."""
    content = bytearray(bundle)
    struct.pack_into(form, content, bundle.rindex(mark) + offset, value)
    return bytes(content)


def another_place() -> bytes:
    """Return a bundle in which another entry stands within the packed bytes of the report."""
    bundle = plain(("facts.json", b"{}"))
    return put(bundle, ENTRY, 42, "<L", bundle.index(b"report.json") + 20)


def with_more_in_its_directory() -> bytes:
    end = plain().index(END)
    bundle = plain()[:end] + b"x" * 9 + plain()[end:]
    return put(bundle, END, 12, "<L", end + 9 - plain().index(ENTRY))


def with_a_byte_too_many() -> bytes:
    directory = plain().index(ENTRY)
    bundle = plain()[:directory] + b"\0" + plain()[directory:]
    (packed,) = struct.unpack_from("<L", bundle, bundle.rindex(ENTRY) + 20)
    return put(put(bundle, END, 16, "<L", directory + 1), ENTRY, 20, "<L", packed + 1)


def without_its_last_byte() -> bytes:
    (packed,) = struct.unpack_from("<L", plain(), plain().rindex(ENTRY) + 20)
    return put(plain(), ENTRY, 20, "<L", packed - 1)


UNUSUAL: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no zip": lambda: b"x" * 100,
    "a comment": with_a_comment,
    "something before it": lambda: b"#!/bin/sh\n" + made(),
    "something after it": lambda: made() + b"\0",
    "streamed": lambda: put(plain(), ENTRY, 8, "<H", 8),
    "an extra field": lambda: plain((told("a.json", extra=b"\x99\x99\0\0"), b"{}")),
    "a comment of an entry": lambda: plain((told("a.json", comment=b"hello"), b"{}")),
    "a link": lambda: plain((told("a.json", external_attr=0o120777 << 16), b"/etc/passwd")),
    "encrypted": lambda: put(plain(), ENTRY, 8, "<H", 1),
    "packed in another way": lambda: plain(method=zipfile.ZIP_BZIP2),
    "of a newer format": lambda: put(plain(), ENTRY, 6, "<H", 63),
    "on a second disk": lambda: put(plain(), ENTRY, 34, "<H", 1),
    "more entries than it says": lambda: put(put(plain(), END, 8, "<H", 1), END, 10, "<H", 1),
    "entries elsewhere": lambda: put(plain(), END, 8, "<H", 1),
    "itself on a second disk": lambda: put(plain(), END, 4, "<H", 1),
    "begun on a second disk": lambda: put(plain(), END, 6, "<H", 1),
    "a comment that is not there": lambda: put(plain(), END, 20, "<H", 1),
    "an end before its end": lambda: plain((told("abcdefgh.txt", external_attr=0x07064B50), b"")),
    "more in its directory than entries": with_more_in_its_directory,
    "more packed than the report": with_a_byte_too_many,
    "less packed than the report": without_its_last_byte,
    "other flags where it stands": lambda: put(plain(), LOCAL, 6, "<H", 0x800),
    "too many entries": lambda: plain(*((f"{number}.json", b"") for number in range(MOST_FILES))),
    "a name that leads out of it": lambda: plain(("../a.json", b"{}")),
    "a name that is too long": lambda: plain(("a" * 90, b"")),
    "a name that is not ASCII": lambda: plain(("ä.json", b"{}")),
    "a folder": lambda: plain(("facts/", b"")),
    "no manifest": lambda: zipped(("report.json", REPORT)),
    "no report": lambda: zipped((MANIFEST, b"{}")),
    "a report that is too large": lambda: zipped((MANIFEST, b"{}"), ("report.json", bytes(LARGEST_FILE + 1))),
    "another file that is too large": lambda: plain(("facts.json", bytes(LARGEST_FILE + 1))),
    "another sum": lambda: put(plain(), ENTRY, 16, "<L", zlib.crc32(REPORT) ^ 1),
    "larger than it says": lambda: put(plain(), ENTRY, 24, "<L", len(REPORT) - 1),
    "smaller than it says": lambda: put(plain(), ENTRY, 24, "<L", len(REPORT) + 1),
    "packed larger than it says": lambda: put(plain(), ENTRY, 20, "<L", 40),
    "beyond the directory": lambda: put(plain(), ENTRY, 42, "<L", len(plain()) - 40),
    "one within the other": another_place,
    "another name where it stands": lambda: put(plain(), LOCAL, 30, "<B", ord("R")),
}


@pytest.mark.parametrize("make", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_in_the_least_is_left_to_zipfile(make: Callable[[], bytes]) -> None:
    assert report_in(make()) is None


def test_twice_the_same_name_is_left_to_zipfile() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        bundle = plain(("report.json", b"{}"))

    assert report_in(bundle) is None


def test_no_more_is_unpacked_than_the_report_says_that_it_is_long() -> None:
    bomb = zipped((MANIFEST, b"{}"), ("report.json", bytes(LARGEST_FILE)))
    lying = put(bomb, ENTRY, 24, "<L", 1000)
    tracemalloc.start()
    try:
        assert report_in(lying) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1024 * 1024


def test_no_name_that_is_possible_is_longer_than_what_is_remembered() -> None:
    longest = f"{'a' * 61}.{'b' * 8}.{'c' * 8}"

    assert len(longest) == LONGEST_NAME
    assert possible(longest)
    assert not possible(f"a{longest}")
