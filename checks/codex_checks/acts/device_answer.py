"""What the service says when asked for a device code, judged as Codex 0.169.0 does (codex-auth 3.1, 3.3)."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.acts.refusals import is_page
from codex_checks.network.diagnosis import UNSUPPORTED, error_code
from codex_doctor.redact import Secret  # noqa: TC001 - beside the fact that holds it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.auth.document import Keep

_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_OF_SUCCESS: Final = range(200, 300)
_DIGITS: Final = r"\s*\+?[0-9]{1,19}\s*"
"""What Codex takes for an interval: the text of a number, never a number (codex-auth 3.1)."""


_NUMBER: Final = r"[0-9]{1,9}(\.[0-9]{1,9})?"

SHOWABLE: Final = r"[!-~]{1,200}"
"""What a person can read from a screen and type; a code is eight or nine letters and digits."""

USUAL: Final = 5.0
"""Seconds between two questions where the service does not say (RFC 8628, 3.2)."""

SHORTEST: Final = 1.0
"""Seconds: without an interval, Codex itself asks 550 times a second (codex-auth 3.1)."""

LONGEST: Final = 60.0
"""Seconds: with fewer questions, a code would run out unnoticed."""


class Kind(StrEnum):
    """What an answer is."""

    CODE = "code"
    DISABLED = "disabled"
    RATE_LIMITED = "rate-limited"
    REGION_BLOCKED = "region-blocked"
    NO_CODE = "no-code"


class DeviceCode(Struct, frozen=True, kw_only=True):
    """A code that signs in whoever enters it. *interval* are the seconds between two questions about it.

    The service knows it by *id*; the user enters *user_code*.
    """

    id: Secret
    user_code: Secret
    interval: float


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
    page = " with a web page" if is_page(body) else ""
    return Judgement(kind=Kind.NO_CODE, status=status, words=f"{status}{page}")


def device_code(body: bytes, keep: Keep) -> DeviceCode | str:
    """Return the code in *body*, or in words what is there instead.

    An interval that Codex would stumble over is as good as none.
    """
    said = _members(body)
    if isinstance(said, str):
        return said
    found = _texts(said)
    if flaw := _flaw_of_texts(said, found):
        return flaw
    if not re.fullmatch(SHOWABLE, found["user_code"]):
        return "a user_code that cannot be shown"
    said_interval = str(said.get("interval", "")).strip()
    seconds = float(said_interval) if re.fullmatch(_NUMBER, said_interval) else 0.0
    return DeviceCode(
        id=keep(found["device_auth_id"]),
        user_code=keep(found["user_code"]),
        interval=min(max(seconds, SHORTEST), LONGEST) if seconds else USUAL,
    )


def _flaw(body: bytes, keep: Keep) -> str | None:
    """Return what keeps Codex from reading a code in *body*, None where nothing does."""
    said = _members(body)
    if isinstance(said, str):
        return said
    found = _texts(said)
    for text in found.values():
        keep(text)
    if flaw := _flaw_of_texts(said, found):
        return flaw
    interval = said.get("interval", "0")
    if isinstance(interval, str) and re.fullmatch(_DIGITS, interval):
        return None
    return "an interval that is not the text of a number"


def _members(body: bytes) -> Mapping[str, object] | str:
    """Return the members of the object in *body*, or in words what is there instead."""
    if is_page(body):
        return "a web page"
    try:
        said = cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return "something that is not JSON" if body.strip() else "nothing in it"
    if not isinstance(said, dict):
        return "JSON that is no object"
    return cast("Mapping[str, object]", said)


def _texts(members: Mapping[str, object]) -> Mapping[str, str]:
    named = {
        "device_auth_id": members.get("device_auth_id"),
        "user_code": members.get("user_code", members.get("usercode")),
    }
    return {name: value for name, value in named.items() if isinstance(value, str)}


def _flaw_of_texts(members: Mapping[str, object], texts: Mapping[str, str]) -> str | None:
    for name in sorted({"device_auth_id", "user_code"} - texts.keys()):
        given = members.get(name, members.get("usercode") if name == "user_code" else None)
        return f"no {name} in it" if given is None else f"a {name} that is no text"
    return None if texts["user_code"] else "an empty user_code"
