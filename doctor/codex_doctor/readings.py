"""What the probes of one examination answered: each is read once, whoever needs it."""

from __future__ import annotations

import time
from collections import deque
from enum import Enum, auto
from functools import cache, partial
from heapq import heappop, heappush
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.loop import Loop
from codex_doctor.probe import Touches
from codex_doctor.threads import Crew, in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

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


@cache
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


def refusal(probe: Probe[Any], ctx: Context) -> Missing | None:
    """Return why the user did not allow to read *probe*, or None where they did."""
    allowed = allowed_touches(offline=ctx.offline, live=ctx.live, round_trip=ctx.round_trip)
    for touch in sorted(probe.touches - allowed):
        return Missing(Gap.NOT_ALLOWED, _WHY_NOT[touch])
    return None


async def awaited(ctx: Context, probe: Probe[Any], facts: Sequence[Any]) -> Answer:
    """Read *probe*, which is given *facts*, on the running event loop and within its limit."""
    import asyncio  # an examination that stays off the network does without

    limit = _limit(ctx, probe)
    timer = asyncio.timeout(limit)
    try:
        async with timer:
            if probe.blocking:
                return Fact(await in_thread(lambda: probe.read(ctx, *facts), name=probe.id))
            return Fact(await cast("Awaitable[Any]", probe.read(ctx, *facts)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a crash is a result
        if timer.expired() and isinstance(error, TimeoutError):
            return _overdue(probe, limit)
        return _failed(error)


def _limit(ctx: Context, probe: Probe[Any]) -> float:
    return min(probe.limit, max(0.0, ctx.deadline - time.monotonic()))


def _overdue(probe: Probe[Any], limit: float) -> Missing:
    return Missing(Gap.TIMED_OUT, f"reading {probe.id} took longer than {limit:.3g} s")


def _failed(error: Exception | SystemExit) -> Missing:
    if isinstance(error, Unavailable):
        kind = Gap.NOT_APPLICABLE if isinstance(error, NotApplicable) else Gap.UNAVAILABLE
        return Missing(kind, error.reason)
    return Missing(Gap.CRASHED, describe(error))


class _Want(Struct, eq=False):
    """Somebody who waits for all of *probes*, and is to be told what they answer."""

    probes: tuple[Probe[Any], ...]
    then: Callable[[Sequence[Answer]], None]
    at_once: bool
    told: bool = False


class Readings:
    """What the probes answered, each asked once, whoever needs it.

    All of it is called in one thread, which starts the readings and takes their answers in `run`. A probe
    that may block has a thread to itself, which is abandoned at its limit; the others share an event loop,
    which is there only if there are any. *reading* holds the ids of what is being read, *tell* hears each
    answer.
    """

    def __init__(
        self,
        ctx: Context,
        reading: set[str],
        tell: Callable[[Probe[Any], Answer], None] = lambda _probe, _answer: None,
    ) -> None:
        self._ctx = ctx
        self._reading = reading
        self._tell = tell
        self._answers: dict[Probe[Any], Answer] = {}
        self._waiting: dict[Probe[Any], list[_Want]] = {}
        self._came: SimpleQueue[tuple[Probe[Any] | None, Answer | BaseException]] = SimpleQueue()
        self._limits: list[tuple[float, int, Probe[Any], float]] = []
        self._number = count()
        self._due: deque[tuple[_Want, list[Answer]]] = deque()
        self._crew = Crew()
        self._loop: Loop | None = None

    def want(self, probes: Sequence[Probe[Any]], then: Callable[[Sequence[Answer]], None]) -> None:
        """Have *probes* read, all side by side, and *then* called in `run` with what they answer.

        An optional one answers None where there is no fact. The first that is missing decides: it is the
        last of the answers then, and the others are not waited for.
        """
        self._want(_Want(tuple(probes), then, at_once=False))

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Go on until nothing is being read any more, or *until* says that it is enough. Blocks.

        Readings that are under way then are abandoned.
        """
        try:
            while not until():
                if self._came.empty() and self._due:  # what was learnt leads on; judging can wait
                    wanted, answers = self._due.popleft()
                    wanted.then(answers)
                elif self._waiting:
                    self._take()
                else:
                    return
        finally:
            self._crew.dismiss()
            if self._loop is not None:
                self._loop.end(max(0.0, self._ctx.deadline - time.monotonic()))

    def _want(self, wanted: _Want) -> None:
        for probe in wanted.probes:
            actual = probe.optional_of or probe
            if actual not in self._answers:
                if actual not in self._waiting:
                    self._waiting[actual] = []
                    self._begin(actual)
                if actual not in self._answers:
                    self._waiting[actual].append(wanted)
        self._satisfy(wanted)

    def _begin(self, probe: Probe[Any]) -> None:
        refused = refusal(probe, self._ctx)
        if refused is not None:
            self._put(probe, refused)
        elif probe.needs:
            self._want(_Want(probe.needs, lambda answers: self._fed(probe, answers), at_once=True))
        else:
            self._read(probe, ())

    def _fed(self, probe: Probe[Any], answers: Sequence[Answer]) -> None:
        facts: list[Any] = []
        for answer in answers:
            if isinstance(answer, Missing):
                self._put(probe, answer)
                return
            facts.append(answer.value)
        self._read(probe, facts)

    def _satisfy(self, wanted: _Want) -> None:
        """Tell *wanted* what it waits for, if that is known."""
        if wanted.told:
            return
        answers: list[Answer] = []
        for probe in wanted.probes:
            answer = self._answers.get(probe.optional_of or probe)
            if answer is None:
                return
            answers.append(excused(probe, answer))
            if isinstance(answers[-1], Missing):
                break
        wanted.told = True
        if wanted.at_once:
            wanted.then(answers)
        else:
            self._due.append((wanted, answers))

    def _put(self, probe: Probe[Any], answer: Answer) -> None:
        self._reading.discard(probe.id)
        self._answers[probe] = answer
        self._tell(probe, answer)
        for wanted in self._waiting.pop(probe):
            self._satisfy(wanted)

    def _read(self, probe: Probe[Any], facts: Sequence[Any]) -> None:
        self._reading.add(probe.id)
        if not probe.blocking:
            if self._loop is None:
                self._loop = Loop(lambda error: self._came.put((None, error)))
            self._loop.start(lambda: self._await(probe, facts))
            return
        limit = _limit(self._ctx, probe)
        end = time.monotonic() + limit
        try:
            self._crew.call(partial(self._call, probe, facts), name=probe.id)
        except RuntimeError as error:  # the system grants no more threads
            self._put(probe, _failed(error))
        else:
            heappush(self._limits, (end, next(self._number), probe, limit))

    async def _await(self, probe: Probe[Any], facts: Sequence[Any]) -> None:
        self._came.put((probe, await awaited(self._ctx, probe, facts)))

    def _call(self, probe: Probe[Any], facts: Sequence[Any]) -> None:
        came: Answer | BaseException
        try:
            came = Fact(probe.read(self._ctx, *facts))
        except BaseException as error:  # noqa: BLE001 - handed to who waits
            came = error
        self._came.put((probe, came))

    def _take(self) -> None:
        """Wait for an answer, or until a limit has come."""
        while self._limits and self._limits[0][2] in self._answers:
            heappop(self._limits)
        try:
            left = max(0.0, self._limits[0][0] - time.monotonic()) if self._limits else None
            probe, came = self._came.get(timeout=left)
        except Empty:
            _end, _number, probe, limit = heappop(self._limits)
            came = _overdue(probe, limit)
        if isinstance(came, BaseException):
            if probe is None or not isinstance(came, Exception | SystemExit):
                raise came
            came = _failed(came)
        if probe is not None and probe not in self._answers:  # else it came after its limit
            self._put(probe, came)


def describe(error: BaseException) -> str:
    """Return the error and the last place in the code that it passed: enough to report the bug."""
    if isinstance(error, BaseExceptionGroup):
        return describe(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    import traceback  # a tokenizer comes along

    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' if words else ''}{words[:300]}{where}"
