"""The first exchange of the Model Context Protocol: `initialize`, and what may come back.

Messages are JSON-RPC, one in a line where they go over pipes. The version is the one that Codex 0.169.0 asks
for; that it takes any version in an answer, and passes over lines that are no JSON, was seen there, too.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Final, cast

from msgspec import Struct

from codex_doctor import __version__

VERSION: Final = "2025-06-18"
ID: Final = 0

INITIALIZE: Final = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": ID,
        "method": "initialize",
        "params": {
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": {"name": "codex-doctor", "title": "codex-doctor", "version": __version__},
        },
    },
    separators=(",", ":"),
).encode()

INITIALIZED: Final = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'


class Kind(StrEnum):
    """What a message is to whoever waits for the answer to `initialize`."""

    ANSWER = "answer"
    REFUSAL = "refusal"
    """An error in place of an answer."""
    WRONG = "wrong"
    """An answer that Codex does not take for one: without what belongs in it, or to another question."""
    OTHER = "other"
    """JSON that is no answer: a notification, or a line of a log."""
    NOISE = "noise"
    """No JSON at all."""
    GLUED = "glued"
    """Other text with the answer behind it in the same line: Codex misses it."""


class Heard(Struct, frozen=True, kw_only=True):
    """A message, and in *words* what is wrong with it."""

    kind: Kind
    words: str = ""


def understood(line: bytes) -> Heard:
    """Return what one message is."""
    message = _json(line)
    if message is None:
        start = line.find(b'{"')
        behind = _json(line[start:]) if start > 0 else None
        glued = behind is not None and _heard(behind).kind is Kind.ANSWER
        return Heard(kind=Kind.GLUED if glued else Kind.NOISE)
    return _heard(message)


def _heard(message: object) -> Heard:
    if not isinstance(message, dict):
        return Heard(kind=Kind.OTHER)
    found = cast("dict[str, object]", message)
    error, result = found.get("error"), found.get("result")
    if isinstance(error, dict):
        told = cast("dict[str, object]", error)
        return Heard(kind=Kind.REFUSAL, words=f"error {told.get('code')}: {told.get('message')}")
    if "result" not in found:
        return Heard(kind=Kind.OTHER)
    if found.get("id") != ID:
        return Heard(kind=Kind.WRONG, words=f"its answer has the id {found.get('id')!r} in place of {ID}")
    wanted = ("protocolVersion", "capabilities", "serverInfo")
    missing = [key for key in wanted if not isinstance(result, dict) or key not in result]
    if missing:
        return Heard(kind=Kind.WRONG, words=f"its answer has no {' and no '.join(missing)}")
    return Heard(kind=Kind.ANSWER)


def _json(line: bytes) -> object | None:
    try:
        return cast("object", json.loads(line))
    except (ValueError, RecursionError):
        return None
