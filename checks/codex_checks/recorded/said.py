"""Read an error out of the forms in which Codex writes it down: JSON, a log's row, a line of text."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Final, cast

from msgspec import Struct

from codex_checks.recorded.signatures import problem_of

# Compiled where they are first used: most machines have no error to read.
_STATUS: Final = r"(?i)(?:unexpected status|last status:|returned status|status[ =:]++)\s*+([1-5]\d\d)\b"
"""Possessive: a long run of blanks would else be divided in every way there is."""
_CODE: Final = r"(?i)(?:\\?\"code\\?\"\s*:\s*\\?\"|auth error code:\s*)([a-z_]{2,60})\b"
"""The server's word for it. One with a digit in it could be the code of a sign-in, which is a secret."""
_KIND: Final = r"[A-Za-z]{2,60}"
_BARE_CODE: Final = r"\b(refresh_token_(?:reused|expired|invalidated|revoked)|token_exchange_failed)\b"
_TYPE: Final = r"\"type\"\s*:\s*\"(usage_limit_reached|usage_not_included|insufficient_quota)\""
_SAMPLING: Final = r"(?s)\bsampling_error=(.+)"
_LINE: Final = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)\s+(ERROR|WARN)\s+(.*)"
_TARGET: Final = r"((?:codex|rmcp)\w*(?:::\w+)*): "
_SPAN: Final = r"[\w.\-]+(?:\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\"|\{[^{}]*\})*\})?:(?!:)"
"""A span's name, its fields, and what ends it; a path such as `codex_core::client` is none."""
_COLOUR: Final = r"\x1b\[[0-9;]*m"


class Said(Struct, frozen=True, kw_only=True):
    """An error as Codex put it. *kind* is Codex's own word for it (`codexErrorInfo`)."""

    text: str
    http_status: int | None = None
    code: str | None = None
    kind: str | None = None


def from_json(content: str) -> Said | None:
    """Read `thread_turns.error_json` (codex-environment 5); None where it is no such object."""
    try:
        parsed = cast("object", json.loads(content))
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    error = cast("dict[str, object]", parsed)
    message, details = error.get("message"), error.get("additionalDetails")
    if not isinstance(message, str):
        return None
    text = f"{message} ({details})" if isinstance(details, str) and details else message
    kind, status = _kind(error.get("codexErrorInfo"))
    said = from_text(text)
    return Said(text=text, http_status=status or said.http_status, code=said.code, kind=kind)


def from_text(text: str) -> Said:
    """Read an error's own words."""
    status = re.search(_STATUS, text)
    code = re.search(_BARE_CODE, text) or re.search(_TYPE, text) or re.search(_CODE, text)
    return Said(
        text=text, http_status=int(status[1]) if status else None, code=code[1].lower() if code else None
    )


def from_log_body(body: str) -> Said:
    """Read `logs.feedback_log_body`: spans with their fields, then the message itself.

    A retry names the error at its end; which attempt it was does not matter.
    """
    message = without_spans(body)
    sampling = re.search(_SAMPLING, message)
    return from_text((sampling[1] if sampling else message).strip())


def from_line(line: str) -> tuple[int, str, Said] | None:
    """Read a line of `codex-login.log` or `codex-tui.log`: seconds since the epoch, target, error.

    None for a line of another level, and for one that is not the first of its entry.
    """
    found = re.match(_LINE, re.sub(_COLOUR, "", line).strip())
    if found is None:
        return None
    try:
        when = int(datetime.fromisoformat(found[1]).timestamp())
    except (ValueError, OverflowError):
        return None
    rest = without_spans(found[3])
    target = re.match(_TARGET, rest)
    return when, target[1] if target else "", from_log_body(rest[target.end() :] if target else rest)


def without_spans(body: str) -> str:
    """Return what follows `span{field=value}:span: ` in a line of a log; the first span has fields."""
    place, pattern = 0, re.compile(_SPAN)
    while span := pattern.match(body, place):
        if not place and "{" not in span[0]:
            break
        place = span.end()
        if place < len(body) and body[place] == " ":
            return body[place + 1 :]
    return body


def _kind(info: object) -> tuple[str | None, int | None]:
    """Return the kind and the HTTP status in `codexErrorInfo`: a word, or an object of one member."""
    word, inner = info, None
    if isinstance(info, dict) and info:
        word, inner = next(iter(cast("dict[object, object]", info).items()))
    kind = word if isinstance(word, str) and re.fullmatch(_KIND, word) else None
    status = cast("dict[str, object]", inner).get("httpStatusCode") if isinstance(inner, dict) else None
    return kind, status if type(status) is int and 100 <= status <= 599 else None  # noqa: PLR2004 - HTTP


def problem(said: Said) -> str | None:
    """Return the name of the problem that *said* is a sign of, or None."""
    return problem_of(text=said.text, code=said.code, kind=said.kind, status=said.http_status)
