"""Which problems the recorded errors are signs of, how often each was seen, and when last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.recorded.signatures import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_checks.recorded.errors import RecordedError

UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class Seen(Struct, frozen=True, kw_only=True):
    """Errors that mean the same. *problem* is its name, or None where the words fit none.

    *last* is the newest of them; *first* and *last_at* are in seconds since the epoch.
    """

    problem: str | None
    count: int
    first: int
    last: RecordedError

    def words(self, now: float) -> str:
        """Return `seen 3 times, last 2 hours ago`."""
        times = {1: "once", 2: "twice"}.get(self.count, f"{self.count} times")
        last = f"last {ago(now - self.last.when)}" if self.count > 1 else ago(now - self.last.when)
        return f"seen {times}, {last}"


def classify(error: RecordedError) -> str | None:
    """Return the name of the problem that *error* is a sign of, or None where its words fit none."""
    return problem_of(text=error.text, code=error.code, kind=error.kind, status=error.http_status)


def group(errors: Iterable[RecordedError]) -> tuple[Seen, ...]:
    """Return *errors* by problem, and those of no known problem by their words; the newest group first."""
    groups: dict[tuple[str | None, str], list[RecordedError]] = {}
    for error in errors:
        problem = classify(error)
        groups.setdefault((problem, "" if problem else error.text), []).append(error)
    made = [
        Seen(
            problem=problem,
            count=len(members),
            first=min(error.when for error in members),
            last=max(members, key=lambda error: error.when),
        )
        for (problem, _), members in groups.items()
    ]
    return tuple(sorted(made, key=lambda seen: (-seen.last.when, seen.problem or "")))


def ago(seconds: float) -> str:
    """Return how long ago something was, in the largest unit that fits; a future moment is `just now`."""
    for unit, length in UNITS:
        count = int(seconds // length)
        if count > 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
