"""Read a few facts outside an examination: commands judge by the same ones as checks do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.readings import Gap, Missing, Readings
from codex_doctor.threads import run_apart

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.probe import Probe
    from codex_doctor.readings import Answer


def facts(ctx: Context, *probes: Probe[Any]) -> tuple[Any, ...]:
    """Return what *probes* answer, all read side by side, each within its own limit and the deadline. Blocks.

    :raises NotApplicable: there is nothing to read for one of them.
    :raises Unavailable: one of them could not be read; the reason says why.
    """

    async def read() -> tuple[Any, ...]:
        import asyncio  # it imports ssl, which quick answers do without

        answers: list[Answer] = []
        started: list[asyncio.Task[None]] = []
        async with asyncio.TaskGroup() as group:
            readings = Readings(ctx, lambda reading: started.append(group.create_task(reading)), set())
            answers += await readings.all(probes)
            for task in started:  # nobody needs what only an optional fact still waits for
                task.cancel()
        for answer in answers:
            if isinstance(answer, Missing):
                raise (NotApplicable if answer.gap is Gap.NOT_APPLICABLE else Unavailable)(answer.reason)
        return tuple(answer.value for answer in answers if not isinstance(answer, Missing))

    return run_apart(read)
