"""What the service says of an account, read out of its answers: usage, whoami, errors.

Every reader takes any bytes. What does not have the expected form is left out, never guessed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final, cast

from msgspec import Struct

from codex_doctor.cutting import on_one_line

_CODE: Final = r"(?i)[a-z][a-z0-9_.\-]{1,79}"
"""A server's word for an error; anything else is not taken for one."""

MESSAGE_LIMIT: Final = 300
"""Characters of a server's own words that are kept."""

LATEST: Final = 253_402_300_799
"""The last second of the calendar (year 9999)."""


VAGUE: Final = frozenset({"invalid_request_error", "server_error", "api_error"})
"""Types of errors that add nothing to the status."""


class ServerError(Struct, frozen=True, kw_only=True):
    """An error in the server's words. *resets_at* is in seconds since the epoch."""

    code: str | None = None
    kind: str | None = None
    message: str = ""
    plan: str | None = None
    resets_at: float | None = None

    @property
    def word(self) -> str | None:
        """The most exact word for it, or None where there are only words that say nothing."""
        return self.code or (None if self.kind in VAGUE else self.kind)


class Window(Struct, frozen=True, kw_only=True):
    """How much of a limit is used. *minutes* is its length, *resets_at* in seconds since the epoch."""

    used_percent: float
    minutes: int | None = None
    resets_at: float | None = None

    @property
    def name(self) -> str:
        """What people call it: the 5-hour or the weekly limit (codex-environment 8)."""
        if self.minutes is None:
            return "limit"
        for unit, length in (("week", 10_080), ("day", 1_440), ("hour", 60)):
            count, rest = divmod(self.minutes, length)
            if count and not rest:
                return f"{count}-{unit} limit" if count > 1 or unit == "hour" else f"{_LY[unit]} limit"
        return f"{self.minutes}-minute limit"


_LY: Final = {"week": "weekly", "day": "daily"}


class Limit(Struct, frozen=True, kw_only=True):
    """One limit with its windows. *name* is None for the one that every turn counts against."""

    name: str | None = None
    allowed: bool | None = None
    reached: bool | None = None
    windows: tuple[Window, ...] = ()

    @property
    def used_up(self) -> bool:
        """Whether nothing more may be used: the service's own word, else the windows'."""
        if self.allowed is None and self.reached is None:
            return any(window.used_percent >= 100 for window in self.windows)  # noqa: PLR2004 - percent
        return self.reached is True or self.allowed is False

    @property
    def fullest(self) -> Window | None:
        """The window of which most is used; of two used up, the one that resets last."""
        return max(
            self.windows,
            key=lambda window: (min(window.used_percent, 100.0), window.resets_at or 0.0),
            default=None,
        )


class Usage(Struct, frozen=True, kw_only=True):
    """What an account may use. *credits*: there are some beside the limits, or none are counted.

    *reached* is the service's word for what was reached (`workspace_member_credits_depleted` ...).
    """

    plan: str | None = None
    account: str | None = None
    limits: tuple[Limit, ...] = ()
    credits: bool = False
    reached: str | None = None


def server_error(body: bytes, *, now: float) -> ServerError:
    """Return the error that *body* tells, in any of the forms of codex-auth 5.3.

    *now* is in seconds since the epoch.
    """
    found = _json(body)
    if found is None:
        text = body.decode("utf-8", "replace").strip()
        return ServerError(message="" if text.startswith(("<", "{", "[")) else _clipped(text))
    table = _table(found)
    inner = next((table[key] for key in ("error", "detail") if table.get(key)), table)
    if isinstance(inner, str):
        word = inner if re.fullmatch(_CODE, inner) and "_" in inner else None
        return ServerError(code=_word(table.get("code")) or word, message=_clipped(inner))
    error = _table(inner)
    words = (_text(error.get(key)) for key in ("message", "detail"))
    return ServerError(
        code=_word(error.get("code")) or _word(table.get("code")),
        kind=_word(error.get("type")),
        message=_clipped(next((text for text in words if text), "")),
        plan=_word(error.get("plan_type")),
        resets_at=_moment(error.get("resets_at"), error.get("resets_in_seconds"), now),
    )


def usage(body: bytes, *, now: float) -> Usage | None:
    """Return what *body*, an answer to `wham/usage`, says (codex-auth 5.2); None where it is no such answer.

    *now* is in seconds since the epoch.
    """
    table = _table(_json(body))
    if not {"plan_type", "rate_limit"} & table.keys():
        return None
    credits_ = _table(table.get("credits"))
    more = table.get("additional_rate_limits")
    named = [_table(each) for each in cast("list[object]", more)] if isinstance(more, list) else []
    return Usage(
        plan=_word(table.get("plan_type")),
        account=_text(table.get("account_id")),
        limits=(
            *_limit(table.get("rate_limit"), None, now),
            *(
                limit
                for each in named
                for limit in _limit(each.get("rate_limit"), _text(each.get("limit_name")) or "?", now)
            ),
        ),
        credits=credits_.get("has_credits") is True or credits_.get("unlimited") is True,
        reached=_word(_table(table.get("rate_limit_reached_type")).get("type"))
        or _word(table.get("rate_limit_reached_type")),
    )


def personal_plan(body: bytes) -> str | None:
    """Return the plan in *body*, an answer to whoami (codex-auth 4.5)."""
    return _word(_table(_json(body)).get("chatgpt_plan_type"))


def is_object(body: bytes) -> bool:
    """Return whether *body* is a JSON object, which every healthy answer here is."""
    return isinstance(_json(body), Mapping)


def _limit(found: object, name: str | None, now: float) -> tuple[Limit, ...]:
    table = _table(found)
    if not table:
        return ()
    windows = (_window(_table(table.get(key)), now) for key in ("primary_window", "secondary_window"))
    return (
        Limit(
            name=None if name is None else _clipped(name),
            allowed=_flag(table.get("allowed")),
            reached=_flag(table.get("limit_reached")),
            windows=tuple(window for window in windows if window is not None),
        ),
    )


def _window(table: Mapping[str, object], now: float) -> Window | None:
    used, length = _number(table.get("used_percent")), _number(table.get("limit_window_seconds"))
    if used is None:
        return None
    return Window(
        used_percent=used,
        minutes=int(length // 60) if length is not None and 0 < length < LATEST else None,
        resets_at=_moment(table.get("reset_at"), table.get("reset_after_seconds"), now),
    )


def _moment(at: object, after: object, now: float) -> float | None:
    """Return the moment that is told as such, or as seconds from *now*."""
    moment, seconds = _number(at), _number(after)
    if moment is None:
        moment = None if seconds is None else now + seconds
    return moment if moment is not None and 0 < moment <= LATEST else None


def _json(body: bytes) -> object:
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return None


def _table(found: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _word(found: object) -> str | None:
    return found.lower() if isinstance(found, str) and re.fullmatch(_CODE, found) else None


def _flag(found: object) -> bool | None:
    return found if isinstance(found, bool) else None


def _number(found: object) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _clipped(text: str) -> str:
    return on_one_line(text, MESSAGE_LIMIT)
