"""Read a few facts outside an examination: commands judge by the same ones as checks do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.readings import Gap, Missing, Readings

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.probe import Probe
    from codex_doctor.readings import Answer


def facts(ctx: Context, *probes: Probe[Any]) -> tuple[Any, ...]:
    """Return what *probes* answer, all read side by side, each within its own limit and the deadline. Blocks.

    :raises NotApplicable: there is nothing to read for one of them.
    :raises Unavailable: one of them could not be read; the reason says why.
    """
    answers: list[Answer] = []
    readings = Readings(ctx, set())
    readings.want(probes, answers.extend)
    readings.run(until=lambda: bool(answers))  # nobody needs what only an optional fact still waits for
    for answer in answers:
        if isinstance(answer, Missing):
            raise (NotApplicable if answer.gap is Gap.NOT_APPLICABLE else Unavailable)(answer.reason)
    return tuple(answer.value for answer in answers if not isinstance(answer, Missing))
