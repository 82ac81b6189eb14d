"""Read auth.json exactly as Codex 0.169.0 does: what it refuses is a fault, never an exception.

Every refusal in the tests was put to the real CLI (codex-auth 1.6 and 4.3).
"""

from __future__ import annotations

from codecs import BOM_UTF8 as MARK
from typing import TYPE_CHECKING

from codex_checks.auth.document import Fault, FaultKind
from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.auth.members import document
from codex_checks.auth.structure import ShapeError

if TYPE_CHECKING:
    from codex_checks.auth.document import Document, Keep


def parse(content: bytes, keep: Keep) -> Document | Fault:
    """Return what the bytes of an auth.json say, or why Codex refuses them. Never raises."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = Reader(content).place(error.start)
        return Fault(
            kind=FaultKind.ENCODING,
            field=None,
            words="is not UTF-8 text",
            line=line,
            column=column,
            codex="stream did not contain valid UTF-8",
        )
    reader = Reader(content)
    try:
        found = document(reader, keep)
        reader.end()
    except JsonError as error:
        line, column = reader.place(error.offset)
        said = f"failed to deserialize CLI auth from file: {error.words} at line {line} column {column}"
        return Fault(
            kind=_kind(content, keep),
            field=None,
            words=_plain_words(content, error),
            line=line,
            column=column,
            codex=said,
        )
    except ShapeError as error:
        line, column = reader.place(error.offset)
        return Fault(
            kind=FaultKind.SHAPE,
            field=error.field or None,
            words=error.words,
            line=line,
            column=column + 1,
            codex="failed to deserialize CLI auth from file: invalid credential JSON",
        )
    return found


def _kind(content: bytes, keep: Keep) -> FaultKind:
    if not content.strip():
        return FaultKind.EMPTY
    rest = content.removeprefix(MARK)
    if rest == content or rest.startswith(MARK) or isinstance(parse(rest, keep), Fault):
        return FaultKind.SYNTAX
    return FaultKind.BYTE_ORDER_MARK


def _plain_words(content: bytes, error: JsonError) -> str:
    if not content.strip():
        return "is empty"
    if content.startswith(MARK):
        return "begins with a byte order mark, which Codex does not accept"
    if content.startswith(b"<<<<<<<"):
        return "holds the marks of a merge conflict"
    if not content.strip(b"\0"):
        return "holds nothing but zero bytes"
    if error.words.startswith("EOF"):
        return "breaks off in the middle"
    return f"is not JSON: {error.words}"
