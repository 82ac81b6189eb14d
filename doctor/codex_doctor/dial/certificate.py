"""Read who issued a certificate, for whom and for how long, whether or not anybody trusts it.

The standard library only tells this of certificates that it accepted, and the others are those that
matter here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from codex_doctor.dial.attempt import Certificate

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
VERSION: Final = 0xA0
OBJECT_ID: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
WIDE_STRING: Final = 0x1E
"""BMPString: UTF-16."""

COMMON_NAME: Final = b"\x55\x04\x03"
ORGANISATION: Final = b"\x55\x04\x0a"
UNIT: Final = b"\x55\x04\x0b"

CENTURY: Final = 50
"""Years of two digits below this one are of this century (RFC 5280, 4.1.2.5.1)."""


class _Reader:
    """Walks over DER: tag, length, content."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def tag(self) -> int:
        """The tag of the next element; -1 at the end."""
        return self._content[self._at] if self._at < len(self._content) else -1

    def take(self, *tags: int) -> bytes:
        """Return the content of the next element, which must have one of *tags* where any are given."""
        tag, start, end = _element(self._content, self._at)
        if tags and tag not in tags:
            raise ValueError(f"element {tag:#x} where {tags} is due")
        self._at = end
        return self._content[start:end]


def certificate(der: bytes) -> Certificate:
    """Return what the certificate *der* says of itself.

    :raises ValueError: it is no X.509 certificate.
    """
    signed = _Reader(_Reader(_Reader(der).take(SEQUENCE)).take(SEQUENCE))
    if signed.tag == VERSION:
        signed.take()
    signed.take(INTEGER)
    signed.take(SEQUENCE)
    issuer = _name(signed.take(SEQUENCE))
    validity = _Reader(signed.take(SEQUENCE))
    return Certificate(
        issuer=issuer,
        not_before=_instant(validity),
        not_after=_instant(validity),
        subject=_name(signed.take(SEQUENCE)),
    )


def first_element(der: bytes) -> bytes:
    """Return the first whole element of *der*, without what follows it.

    :raises ValueError: it does not begin with a whole one.
    """
    return der[: _element(der, 0)[2]]


def _element(content: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of the element at *at*, and where its content starts and ends."""
    if at + 2 > len(content):
        raise ValueError("the element is cut off")
    tag, length, start = content[at], content[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:  # noqa: PLR2004 - four bytes of length are 4 GB
            raise ValueError("the length has no sensible form")
        length, start = int.from_bytes(content[start : start + count], "big"), start + count
    if start + length > len(content):
        raise ValueError("the element is cut off")
    return tag, start, start + length


def _name(content: bytes) -> str:
    """Return a distinguished name in short: the common name and the organisation, what there is of it."""
    found: dict[bytes, str] = {}
    reader = _Reader(content)
    while reader.tag != -1:
        pair = _Reader(_Reader(reader.take()).take(SEQUENCE))
        kind = pair.take(OBJECT_ID)
        wide = pair.tag == WIDE_STRING
        found.setdefault(kind, pair.take().decode("utf-16-be" if wide else "utf-8", "replace"))
    said = [found[kind] for kind in (COMMON_NAME, ORGANISATION) if kind in found]
    words = " / ".join(dict.fromkeys(said)) or found.get(UNIT, "")
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:200]


def _instant(reader: _Reader) -> datetime:
    short = reader.tag == UTC_TIME
    text = reader.take(UTC_TIME, GENERALIZED_TIME).decode("ascii", "replace")
    if short:
        text = ("20" if int(text[:2]) < CENTURY else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
