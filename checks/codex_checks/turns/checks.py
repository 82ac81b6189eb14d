"""Whether the latest turns of Codex came to their end, and what stopped those that did not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.account.gates import Judged, answered
from codex_checks.config.settings import Layer, LayerKind, Settings, settings
from codex_checks.install.found import Installations, installations
from codex_checks.install.remedies import update
from codex_checks.network.diagnosis import diagnose
from codex_checks.network.reach import Reach, reach
from codex_checks.problems import limits as u
from codex_checks.problems import turns as p
from codex_checks.problems.network import GITHUB_UNREACHABLE
from codex_checks.renewal.telling import record, times
from codex_checks.turns.failed import FailedTurns, failed_turns, words
from codex_doctor.check import Check, check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.recorded.seen import Seen
    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding

EFFORTS: Final = ("model_reasoning_effort", "model_reasoning_summary")
"""Settings that become `reasoning.effort` and `reasoning.summary` in what Codex asks for."""


@check(
    "service.turns-are-completed",
    title="The latest turns of Codex were completed",
    needs=(failed_turns, settings.maybe(), installations.maybe()),
    reports=p.OF_THE_SERVICE,
)
def turns_are_completed(
    found: FailedTurns, configured: Settings | None, copies: Installations | None
) -> Iterator[Finding]:
    """Report what the service refused for what was asked of it: it stays refused until that is changed."""
    for problem in p.OF_THE_SERVICE:
        seen = found.of(problem.name)
        if seen is None:
            continue
        fix: Fix | None = None
        if problem is p.VERSION_TOO_OLD_FOR_MODEL and copies is not None and copies.chosen is not None:
            fix = update(copies.chosen, copies)
        if problem is p.REASONING_EFFORT_UNSUPPORTED and configured is not None:
            fix = _without_effort(seen, configured)
        yield problem.found(_told(seen, found), evidence=record(seen), fix=fix)


SOON_OVER: Final = 3600.0
"""Seconds after which what passes by itself is worth no more than a note."""

_PASSING: Final = (u.MODEL_AT_CAPACITY, u.SERVER_ERROR_PROCESSING)
_LASTING: Final = (u.API_QUOTA_EXCEEDED, u.MODEL_NOT_SUPPORTED_CHATGPT)


@check(
    "service.turns-are-served",
    title="The service had room and credit for the latest turns of Codex",
    needs=(failed_turns, answered.maybe()),
    reports=(*_LASTING, *_PASSING),
)
def turns_are_served(found: FailedTurns, told: Judged | None) -> Iterator[Finding]:
    """Report what only a turn is told, and no question beside it; a warning, for it may be over."""
    met = told.ruling.problem if told is not None and told.ruling is not None else None
    for problem in (*_LASTING, *_PASSING):
        seen = found.of(problem.name)
        if seen is None or problem is met:
            continue
        over = problem in _PASSING and found.examined - seen.last.when > SOON_OVER
        weighed = problem.weighed(Severity.NOTE if over else Severity.WARNING)
        yield weighed.found(_told(seen, found), evidence=record(seen))


@check(
    "network.turns-get-through",
    title="The latest turns of Codex got through to the service and back",
    needs=(failed_turns, reach.maybe()),
    reports=p.OF_THE_WAY,
)
def turns_get_through(found: FailedTurns, reached: Reach | None) -> Iterator[Finding]:
    """Report turns that were lost on the way; a note where the way is free now."""
    free = reached is not None and not set(diagnose(reached)) - {GITHUB_UNREACHABLE}
    for problem in p.OF_THE_WAY:
        seen = found.of(problem.name)
        if seen is None:
            continue
        passing = free and problem in p.OVER_WHERE_THE_WAY_IS_FREE
        now = "; the hosts that Codex needs answer now" if passing else ""
        weighed = problem.weighed(Severity.NOTE if passing else Severity.WARNING)
        yield weighed.found(_told(seen, found) + now, evidence=record(seen))


CHECKS: Final[tuple[Check, ...]] = (turns_are_completed, turns_are_served, turns_get_through)


def _told(seen: Seen, found: FailedTurns) -> str:
    often = times(seen, found.examined)
    return f"Codex recorded it {often}, and no turn was completed since: {words(seen.last.text)}"


def _without_effort(seen: Seen, configured: Settings) -> Fix | None:
    """Return the fix that deletes the setting which was refused, where one of the user's own files has it."""
    from codex_checks.config.mends.fixes import deleted

    named = re.search(r"reasoning\.(effort|summary)", seen.last.text)
    key = f"model_reasoning_{named[1]}" if named else None
    layer: Layer | None = next(
        (each for each in reversed(configured.layers) if each.applies and key in each.values), None
    )
    if key is None or layer is None or layer.kind is not LayerKind.USER:
        return None
    return deleted(layer, (key,), f"Delete {key}; Codex then uses what suits the model")
