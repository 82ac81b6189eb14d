"""The archive: a zip of a manifest and the files it lists.

The same content at the same time gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_doctor import __version__
from codex_doctor.errors import DoctorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SCHEMA: Final = 1
MANIFEST: Final = "manifest.json"

LARGEST_FILE: Final = 8 * 1024 * 1024
"""Bytes of one file of an archive; a whole machine's facts take a tenth of a megabyte."""

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of all files of an archive together."""


class BundleError(DoctorError):
    """A report for support cannot be made or read; the message says why, in one line."""


class Member(Struct, frozen=True, kw_only=True):
    """A file of an archive, and what was taken out of it: how often, by kind."""

    file: str
    content: bytes
    redactions: Mapping[str, int] = field(default_factory=dict[str, int])
    fields: tuple[str, ...] = ()


class LeftOut(Struct, frozen=True, kw_only=True):
    """What is not in an archive, and why."""

    what: str
    why: str


class Entry(Struct, frozen=True, kw_only=True):
    """What the manifest says of a file."""

    file: str
    bytes: int
    sha256: str
    redactions: Mapping[str, int]


class Manifest(Struct, frozen=True, kw_only=True):
    """`manifest.json`: what is in an archive, and what is not."""

    schema: int
    tool: Mapping[str, str]
    created: str
    files: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()


def manifest(members: Sequence[Member], left_out: Sequence[LeftOut], *, created: datetime) -> Member:
    """Return the manifest of *members* as a member itself."""
    told = Manifest(
        schema=SCHEMA,
        tool={"name": "codex-doctor", "version": __version__},
        created=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        files=tuple(
            Entry(
                file=member.file,
                bytes=len(member.content),
                sha256=hashlib.sha256(member.content).hexdigest(),
                redactions=dict(sorted(member.redactions.items())),
            )
            for member in members
        ),
        left_out=tuple(left_out),
    )
    return Member(file=MANIFEST, content=as_json(told))


def as_json(data: object) -> bytes:
    """Return *data* as indented JSON with a line feed at its end."""
    import msgspec

    return (json.dumps(msgspec.to_builtins(data), indent=1, ensure_ascii=False) + "\n").encode(
        "utf-8", "replace"
    )


def packed(members: Sequence[Member], *, created: datetime) -> bytes:
    """Return a zip of *members*, in their order, as if all were written at the instant *created*."""
    moment = (max(created.year, 1980), *created.timetuple()[1:6])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member in members:
            info = zipfile.ZipInfo(member.file, date_time=moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o600 << 16
            archive.writestr(info, member.content)
    return buffer.getvalue()
