"""Read auth.json exactly as Codex 0.169.0 does: what it refuses is a fault, never an exception.

Every refusal in the tests was put to the real CLI (codex-auth 1.6 and 4.3).
"""

from __future__ import annotations

from codecs import BOM_UTF8 as MARK
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING, Final

from codex_checks.auth.document import Fault, FaultKind
from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.auth.members import document
from codex_checks.auth.structure import ShapeError

if TYPE_CHECKING:
    from codex_checks.auth.document import Document, Keep


UTF_16_MARKS: Final = (BOM_UTF16_LE, BOM_UTF16_BE)
"""How a text begins that PowerShell's `>` wrote."""


def parse(content: bytes, keep: Keep) -> Document | Fault:
    """Return what the bytes of an auth.json say, or why Codex refuses them. Never raises."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = Reader(content).place(error.start)
        return Fault(
            kind=FaultKind.UTF_16 if _is_whole_utf_16(content, keep) else FaultKind.ENCODING,
            field=None,
            words="is UTF-16 text" if content.startswith(UTF_16_MARKS) else "is not UTF-8 text",
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


def _is_whole_utf_16(content: bytes, keep: Keep) -> bool:
    """Whether saving it again in the encoding that Codex reads is all that it needs."""
    if not content.startswith(UTF_16_MARKS):
        return False
    try:
        text = content.decode("utf-16")
    except UnicodeDecodeError:
        return False
    return not isinstance(parse(text.encode("utf-8", "replace"), keep), Fault)


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
