"""Read a report that somebody sent: nothing of it is believed, nothing unpacked, and all of it bounded."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from codex_doctor.bundle.archive import LARGEST, LARGEST_FILE, MANIFEST, BundleError, Manifest
from codex_doctor.model import AREAS, Report

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_FILES: Final = 64
"""Files of an archive: a report has a tenth of that."""

LARGEST_ARCHIVE: Final = 32 * 1024 * 1024
"""Bytes of the archive itself."""

LONGEST_NAME: Final = 79
"""Characters of a file's name, of which `_NAME` allows no more."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,60}(?:\.[a-z0-9]{1,8}){1,2}")
_CODE: Final = re.compile(r"[A-Z]{2,8}[0-9]{3}")
_WORD: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CHECK: Final = re.compile(r"[a-z]+\.[a-z0-9\-]+")
_ENCRYPTED: Final = 0x1
READ: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Bundle(Struct, frozen=True, kw_only=True):
    """A report that was read: *files* by name, as bytes. *manifest* is None where it is a report alone."""

    files: Mapping[str, bytes]
    manifest: Manifest | None

    def report(self) -> Report:
        """Return the report in it.

        :raises BundleError: there is none, or it has another form.
        """
        content = self.files.get("report.json")
        if content is None:
            raise BundleError("there is no report.json in it")
        report: Report = _decoded(content, Report, "report.json")
        for complaint in _misshapen(report):
            raise BundleError(f"report.json: {complaint}")
        return report

    def facts(self) -> Iterator[tuple[str, Any]]:
        """Yield the decoded content of every file of facts, with its name.

        :raises BundleError: one of them has another form.
        """
        for name, content in self.files.items():
            if name.endswith(".json") and name not in {MANIFEST, "report.json"}:
                yield name, _decoded(content, dict[str, Any], name)


def read(path: Path) -> Bundle:
    """Return what the archive, or the report, at *path* holds. Blocks.

    :raises BundleError: it cannot be read, or is not what codex-doctor writes; the message says why.
    """
    try:
        _refuse_oddities(path.stat())
        with path.open("rb") as file:
            if file.read(1) == b"{":
                file.seek(0)
                return Bundle(files={"report.json": file.read(LARGEST_FILE)}, manifest=None)
            file.seek(0)
            with zipfile.ZipFile(file) as archive:
                files = dict(_members(archive))
    except BundleError as error:
        raise BundleError(f"{path} cannot be read: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise BundleError(f"{path} cannot be read: it is no archive, or a damaged one") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror or error}") from None
    if MANIFEST not in files:
        raise BundleError(f"{path} cannot be read: it is no report of codex-doctor, for it has no {MANIFEST}")
    try:
        return Bundle(files=files, manifest=_decoded(files[MANIFEST], Manifest, MANIFEST))
    except BundleError as error:
        raise BundleError(f"{path} cannot be read: {error}") from None


def differences(bundle: Bundle) -> tuple[str, ...]:
    """Return in words where the files of *bundle* are not those of its manifest."""
    if bundle.manifest is None:
        return ("it has no manifest: it is a report alone",)
    listed = {entry.file: entry for entry in bundle.manifest.files}
    found: list[str] = []
    for name, entry in listed.items():
        content = bundle.files.get(name)
        if content is None:
            found.append(f"{name} is missing")
        elif len(content) != entry.bytes:
            found.append(f"{name} has {len(content)} bytes instead of {entry.bytes}")
        elif hashlib.sha256(content).hexdigest() != entry.sha256:
            found.append(f"{name} was changed: its SHA-256 is another one")
    found += [f"{name} is not listed" for name in bundle.files if name not in listed and name != MANIFEST]
    return tuple(found)


def _refuse_oddities(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BundleError("it is not a file")
    if status.st_size > LARGEST_ARCHIVE:
        raise BundleError(f"it is too large for a report: {status.st_size} bytes")


def checked(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the entries of *archive*, each of which may be read.

    :raises BundleError: one of them is none that a report has; the message says which, and why.
    """
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise BundleError(f"it holds {len(entries)} files, which no report does")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if not possible(name):
            raise BundleError(f"it holds a file with a name that no report has: {name[:80]!r}")
        if name in seen:
            raise BundleError(f"it holds {name} twice")
        seen.add(name)
        refuse_entry(entry)
        yield entry


def possible(name: str) -> bool:
    """Whether a file of a report can be called *name*."""
    return len(name) <= LONGEST_NAME and _possible(name)


@lru_cache(maxsize=256)
def _possible(name: str) -> bool:
    """Judge a *name* that is short enough to be remembered; thousands of reports hold the same few."""
    return _NAME.fullmatch(name) is not None


def refuse_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse what no archive of reports holds.

    :raises BundleError: *entry* is a link, is encrypted, or is compressed in another way.
    """
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BundleError(f"{entry.filename} is a link")
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError(f"{entry.filename} is encrypted")
    if entry.compress_type not in READ:
        raise BundleError(f"{entry.filename} is compressed in a way that no report is")


def content_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int = LARGEST_FILE) -> bytes:
    """Return what *entry* of *archive* holds.

    :raises BundleError: it holds more than *most* bytes.
    """
    # What an archive says of its sizes may be wrong: so much is read, and one byte more.
    with archive.open(entry) as member:
        content = member.read(most + 1)
    if len(content) > most:
        raise BundleError(f"{entry.filename} is too large for a report")
    return content


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    left = LARGEST
    for entry in checked(archive):
        content = content_of(archive, entry, most=min(LARGEST_FILE, left))
        left -= len(content)
        yield entry.filename, content


def _decoded(content: bytes, shape: Any, name: str) -> Any:  # noqa: ANN401 - of that shape
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BundleError(f"{name} is not what codex-doctor writes: {str(error)[:200]!r}") from None


def _misshapen(report: Report) -> Iterator[str]:
    """Yield what makes *report* none: names and codes are looked up, and may hold nothing else."""
    if report.schema != 1:
        yield f"it has schema {report.schema}, and this codex-doctor reads schema 1"
    for finding in report.findings:
        if not (_CODE.fullmatch(finding.code) and _WORD.fullmatch(finding.name) and finding.area in AREAS):
            yield "a finding has a name, a code or an area that none can have"
        if not _CHECK.fullmatch(finding.check):
            yield "a finding is of a check that cannot be"
    for check in report.checks:
        if not _CHECK.fullmatch(check.id) or check.area not in AREAS:
            yield "a check has an id that none can have"
