"""What the probes of one examination answered: each is read once, whoever needs it."""

from __future__ import annotations

import time
import traceback
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from codex_doctor.context import Context
    from codex_doctor.probe import Probe

_WHY_NOT: Final[Mapping[Touches, str]] = {
    Touches.NETWORK: "needs the network, and --offline was given",
    Touches.ACCOUNT: "asks the service with your own sign-in, and --offline was given",
    Touches.SPENDS: "not proven: it would spend or start something of yours; add --live to allow it",
    Touches.MODEL: "not proven: it would ask the model once, which costs usage; add --round-trip to allow it",
}


class Gap(Enum):
    """Why there is no fact."""

    UNAVAILABLE = auto()
    NOT_APPLICABLE = auto()
    NOT_ALLOWED = auto()
    TIMED_OUT = auto()
    CRASHED = auto()


class Missing(Struct, frozen=True):
    """No fact, with the reason in words."""

    gap: Gap
    reason: str


class Fact(Struct, frozen=True):
    """What a probe returned."""

    value: Any


Answer = Fact | Missing


def excused(probe: Probe[Any], answer: Answer) -> Answer:
    """Return what *answer* means to who needs *probe*: None may do where there is no fact."""
    if probe.optional_of is None or isinstance(answer, Fact):
        return answer
    if probe.unless_forbidden and answer.gap is not Gap.NOT_ALLOWED:
        return answer
    return Fact(None)


def allowed_touches(*, offline: bool, live: bool, round_trip: bool = False) -> frozenset[Touches]:
    """Return what probes may touch: all but SPENDS and MODEL by default."""
    allowed = {Touches.FILES, Touches.PROCESSES}
    if not offline:
        allowed |= {Touches.NETWORK, Touches.ACCOUNT}
        if live:
            allowed |= {Touches.SPENDS}
        if round_trip:
            allowed |= {Touches.MODEL}
    return frozenset(allowed)


class Readings:
    """What the probes answered, each asked once, whoever needs it."""

    def __init__(
        self,
        ctx: Context,
        start: Callable[[Coroutine[Any, Any, None]], object],
        reading: set[str],
        tell: Callable[[Probe[Any], Answer], None] = lambda _probe, _answer: None,
    ) -> None:
        self._ctx = ctx
        self._start = start
        self._reading = reading
        self._tell = tell
        self._slots: dict[Probe[Any], _Slot] = {}
        self._allowed = allowed_touches(offline=ctx.offline, live=ctx.live, round_trip=ctx.round_trip)

    async def of(self, probe: Probe[Any]) -> Answer:
        """Return what *probe* answers; an optional one answers None where there is no fact."""
        if probe.optional_of is not None:
            return excused(probe, await self.of(probe.optional_of))
        return await self._slot(probe).wait()

    async def all(self, probes: Sequence[Probe[Any]]) -> list[Answer]:
        """Return what *probes* answer, all read side by side."""
        self._begin(probes)
        return [await self.of(probe) for probe in probes]

    def _begin(self, probes: Sequence[Probe[Any]]) -> None:
        for probe in probes:
            self._slot(probe.optional_of or probe)

    def _slot(self, probe: Probe[Any]) -> _Slot:
        """Return the place of *probe*'s answer; the first to ask starts the reading."""
        slot = self._slots.get(probe)
        if slot is None:
            slot = self._slots[probe] = _Slot()
            self._start(self._fill(probe, slot))
        return slot

    async def _fill(self, probe: Probe[Any], slot: _Slot) -> None:
        answer = await self._answer(probe)
        slot.put(answer)
        self._tell(probe, answer)

    async def _answer(self, probe: Probe[Any]) -> Answer:
        for touch in sorted(probe.touches - self._allowed):
            return Missing(Gap.NOT_ALLOWED, _WHY_NOT[touch])
        facts: list[Any] = []
        self._begin(probe.needs)
        for need in probe.needs:
            answer = await self.of(need)
            if isinstance(answer, Missing):
                return answer
            facts.append(answer.value)
        self._reading.add(probe.id)
        try:
            return await self._read(probe, facts)
        finally:
            self._reading.discard(probe.id)

    async def _read(self, probe: Probe[Any], facts: Sequence[Any]) -> Answer:
        import asyncio

        limit = min(probe.limit, max(0.0, self._ctx.deadline - time.monotonic()))
        timer = asyncio.timeout(limit)
        try:
            async with timer:
                return Fact(await self._called(probe, facts))
        except Unavailable as gap:
            kind = Gap.NOT_APPLICABLE if isinstance(gap, NotApplicable) else Gap.UNAVAILABLE
            return Missing(kind, gap.reason)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a crash is a result
            if timer.expired() and isinstance(error, TimeoutError):
                return Missing(Gap.TIMED_OUT, f"reading {probe.id} took longer than {limit:.3g} s")
            return Missing(Gap.CRASHED, describe(error))

    async def _called(self, probe: Probe[Any], facts: Sequence[Any]) -> Any:  # noqa: ANN401 - any fact
        if probe.blocking:
            return await in_thread(lambda: probe.read(self._ctx, *facts), name=probe.id)
        return await cast("Awaitable[Any]", probe.read(self._ctx, *facts))


class _Slot:
    """A place for one answer, and those who wait for it."""

    def __init__(self) -> None:
        import asyncio

        self._ready = asyncio.Event()
        self._answer: Answer | None = None

    def put(self, answer: Answer) -> None:
        self._answer = answer
        self._ready.set()

    async def wait(self) -> Answer:
        await self._ready.wait()
        return cast("Answer", self._answer)


def describe(error: BaseException) -> str:
    """Return the error and the last place in the code that it passed: enough to report the bug."""
    if isinstance(error, BaseExceptionGroup):
        return describe(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' if words else ''}{words[:300]}{where}"
