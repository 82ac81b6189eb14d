"""Reduce a text to its words, so that colours, quotes, line ends and JSON around them do not matter."""

from __future__ import annotations

import re
from typing import Final

from codex_doctor.explain.part import telling

_COLOURS: Final = rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,256}\x07?)"
"""What colours text and moves the cursor. Each pattern begins with a letter that is looked for quickly."""

_WRITTEN_COLOURS: Final = rb"\\(?:u001[bB]|x1[bB]|033|e)\[[0-?]{0,32}[@-~]"
"""The same as JSON and shells write it."""

_LINE_ENDS: Final = rb"\\(?:(?<=[\s.,;:!?)\]}\"'\\]\\)[nrt]|[nrt](?![a-z]))"
"""A line end as JSON writes it, but not the `\n` of `C:\node`."""

_JSON_LINE_ENDS: Final = rb"\\(?<!\\\\)[nrt]"
"""The same in JSON, where the backslash of a path is written twice."""

_ESCAPED: Final = rb"%[0-9A-Fa-f][0-9A-Fa-f]"
"""A letter of an address."""

_ENTITIES: Final = rb"&(?:#\d{2,5}|[a-z]{2,6});"
"""Signs as HTML writes them."""

_BREAK: Final = rb"[ \t]*(?:\xe2\x94[\x80-\xbf][ \t]*|\|[ \t]*)?\r?\n(?:[ \t]|\xe2\x94[\x80-\xbf]|\|)*"
"""A line end with what frames the lines."""

_SIGNS: Final = (
    rb"\xc2[\x80-\xbf]|\xe2[\x80-\xaf][\x80-\xbf]|\xe3\x80[\x80-\xbf]"
    rb"|\xef(?:\xb8[\x80-\x8f]|[\xbb-\xbd][\x80-\xbf])|\xf0\x9f[\x80-\xbf][\x80-\xbf]"
)
"""In UTF-8: Latin signs, typographic quotes, arrows, boxes and bullets, Chinese punctuation, full-width
forms, pictures, and what chooses the form of one."""

_FOREIGN: Final = rb"[\x80-\xff]+"
"""A run of letters that are not ASCII; some languages put no blank between these and a name."""

_KEPT: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")

_TABLE: Final = bytes(
    each if each in _KEPT or each not in range(128) else 32 for each in bytes(range(256)).lower()
)
"""Small letters, digits, `_` and what is not ASCII stay; everything else becomes a blank."""


def words(text: str | bytes, *, joined: bool = False) -> list[bytes]:
    """Return the words of *text* in small letters, as UTF-8; of a long one those of its telling part.

    *joined*: a line end stands inside a word, as where a terminal broke the line.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else _decoded(text)
    data = telling(data)
    if b"\x1b" in data:
        data = re.sub(_COLOURS, b"", data)
    if b"\\" in data:
        data = re.sub(_WRITTEN_COLOURS, b"", data)
        data = re.sub(_JSON_LINE_ENDS if b'":' in data else _LINE_ENDS, b"\n", data)
    if b"%" in data:
        data = re.sub(_ESCAPED, b" ", data)
    if b"&" in data:
        data = re.sub(_ENTITIES, b" ", data)
    if joined:
        data = re.sub(_BREAK, b"", data)
    if not data.isascii():
        data = b"\n".join(line if line.isascii() else _parted(line) for line in data.split(b"\n"))
    return data.translate(_TABLE).split()


def _parted(line: bytes) -> bytes:
    """Return *line* with the signs in it as blanks, and foreign letters as words of their own."""
    return re.sub(_FOREIGN, rb" \g<0> ", re.sub(_SIGNS, b" ", line))


def _decoded(data: bytes) -> bytes:
    """Return *data* as UTF-8: what Windows redirects into a file may be UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data
