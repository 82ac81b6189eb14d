"""What is said after a command that failed: what its output means, and which checks belong to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from codex_doctor.explain import answer
from codex_doctor.explain.knowledge import built_in, known, of_third_parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.explain.answer import Answer
    from codex_doctor.explain.knowledge import Knowledge
    from codex_doctor.run.ended import Ended

UNKNOWN: Final = (
    "codex-doctor: nothing that is known of Codex fits what it wrote; codex-doctor examines this machine"
)


def explained(ended: Ended, *, began: float) -> Answer:
    """Return what the end of the output means; where that says nothing, what was recorded since it *began*.

    *began* is in seconds since the epoch.
    """
    own = built_in()
    found = answer.answer(ended.output, own, known(own))
    if not found.sure and (theirs := of_third_parties(own)):
        every = (*own, *theirs)
        found = answer.answer(ended.output, every, known(every))
    if any(one.said for one in found.told):
        return found
    recorded = _recorded(own, since=began)
    return recorded if recorded.told else found


def _recorded(knowledge: Sequence[Knowledge], *, since: float) -> Answer:
    from codex_doctor.examination import Request, here

    ctx = here(Request(offline=True, since=time.monotonic()))
    try:
        found = [remembered for each in knowledge if (remembered := each.last(ctx))]
    finally:
        ctx.close()
    latest = max(found, key=lambda remembered: remembered.when, default=None)
    if latest is None or latest.when < int(since):
        return answer.Answer()
    return answer.answer(latest.heard, knowledge, known(knowledge), ours=True)
