"""The turns that failed and that no completed one followed: what whoever asks has probably just seen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.config.settings import Settings, settings
from codex_checks.recorded.current import still_said
from codex_checks.recorded.errors import DAY, RecordedErrors, recorded_errors
from codex_checks.recorded.seen import Seen, group
from codex_doctor.cutting import on_one_line
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

LONGEST: Final = 240
"""Characters of Codex's words that a finding repeats."""


class FailedTurns(Struct, frozen=True, kw_only=True):
    """What the turns failed of, the newest first. *examined* is in seconds since the epoch.

    A turn that failed before another was completed is over, and so is what was before the settings were
    changed last, or more than a day ago.
    """

    seen: tuple[Seen, ...] = ()
    examined: float = 0.0

    def of(self, problem: str) -> Seen | None:
        """Return the turns that failed of *problem*."""
        return next((seen for seen in self.seen if seen.problem == problem), None)


@blocking_probe(
    "service.failed-turns", touches={Touches.FILES}, limit=1.0, needs=(recorded_errors, settings.maybe())
)
def failed_turns(ctx: Context, records: RecordedErrors, configured: Settings | None) -> FailedTurns:
    """Find the turns that failed of late in what Codex recorded."""
    lately = (
        records.newer_than(ctx.now() - DAY) if configured is None else still_said(ctx, configured, records)
    )
    since = records.completed or 0
    return FailedTurns(
        seen=group(error for error in lately if error.turn and error.when > since), examined=ctx.now()
    )


def words(text: str) -> str:
    """Return what the service said in *text*, which may be its whole answer as JSON."""
    plain = text
    start = text.find("{")
    if start >= 0:
        try:
            answer, _ = json.JSONDecoder().raw_decode(text[start:])
        except (ValueError, RecursionError):  # cut off, as a rule
            broken_off = re.search(r"\"(?:message|detail)\"\s*:\s*\"((?:[^\"\\]|\\.)+)", text)
            plain = text if broken_off is None else broken_off[1]
        else:
            plain = _message(answer) or text
    return on_one_line(plain, LONGEST, more="...")


def _message(answer: object) -> str | None:
    """Return the message in an answer: `error.message`, `message` or `detail`."""
    if not isinstance(answer, dict):
        return None
    members = cast("dict[str, object]", answer)
    for name in ("error", "message", "detail"):
        value = members.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, dict) and (inner := _message(cast("dict[str, object]", value))):
            return inner
    return None
