"""What the service says when asked for a device code, judged as Codex 0.169.0 does (codex-auth 3.1, 3.3)."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.network.diagnosis import UNSUPPORTED, error_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.auth.document import Keep

_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_OF_SUCCESS: Final = range(200, 300)
_DIGITS: Final = re.compile(r"\s*\+?[0-9]{1,19}\s*")
"""What Codex takes for an interval: the text of a number, never a number (codex-auth 3.1)."""


class Kind(StrEnum):
    """What an answer is."""

    CODE = "code"
    DISABLED = "disabled"
    RATE_LIMITED = "rate-limited"
    REGION_BLOCKED = "region-blocked"
    NO_CODE = "no-code"


class Judgement(Struct, frozen=True, kw_only=True):
    """What an answer is, and what was seen in words. *status* is None where none came."""

    kind: Kind
    words: str
    status: int | None = None


def judge(status: int, body: bytes, *, keep: Keep) -> Judgement:
    """Return what an answer means. Never raises. The code in it becomes a secret: it signs somebody in."""
    if status in _OF_SUCCESS:
        flaw = _flaw(body, keep)
        kind, words = (Kind.CODE, "a device code came") if flaw is None else (Kind.NO_CODE, flaw)
        return Judgement(kind=kind, status=status, words=words if flaw is None else f"{status} with {words}")
    if status == _NOT_FOUND:
        return Judgement(kind=Kind.DISABLED, status=status, words=str(status))
    if status == _TOO_MANY:
        return Judgement(kind=Kind.RATE_LIMITED, status=status, words=str(status))
    if error_code(body) == UNSUPPORTED:
        return Judgement(kind=Kind.REGION_BLOCKED, status=status, words=f"{status} {UNSUPPORTED}")
    page = " with a web page" if _is_page(body) else ""
    return Judgement(kind=Kind.NO_CODE, status=status, words=f"{status}{page}")


def _flaw(body: bytes, keep: Keep) -> str | None:
    """Return what keeps Codex from reading a code in *body*, None where nothing does."""
    if _is_page(body):
        return "a web page"
    try:
        said = cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return "something that is not JSON" if body.strip() else "nothing in it"
    if not isinstance(said, dict):
        return "JSON that is no object"
    return _flaw_of_members(cast("Mapping[str, object]", said), keep)


def _flaw_of_members(members: Mapping[str, object], keep: Keep) -> str | None:
    named = {
        "device_auth_id": members.get("device_auth_id"),
        "user_code": members.get("user_code", members.get("usercode")),
    }
    texts = {name: value for name, value in named.items() if isinstance(value, str)}
    for text in texts.values():
        keep(text)
    for name in sorted(named.keys() - texts.keys()):
        return f"no {name} in it" if named[name] is None else f"a {name} that is no text"
    if not texts["user_code"]:
        return "an empty user_code"
    interval = members.get("interval", "0")
    if isinstance(interval, str) and _DIGITS.fullmatch(interval):
        return None
    return "an interval that is not the text of a number"


def _is_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"
