"""The check runner: each probe once, all at once, within one deadline. It never hangs and never raises.

The examination runs on an event loop in a daemon thread, and the caller's thread only collects what
comes out of it. Whatever hangs in there (a probe, a thread, the loop itself), the collection ends
at the deadline and what is missing is reported as timed out.
"""

from __future__ import annotations

import queue
import re
import threading
import time
import traceback
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Finding, Outcome, Verdict
from codex_doctor.probe import Touches
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from codex_doctor.catalogue import Machine
    from codex_doctor.check import Check
    from codex_doctor.context import Context
    from codex_doctor.probe import Probe

TICK: Final = 0.08
"""Seconds between two looks of an observer: a spinner's pace."""

_WHY_NOT: Final[Mapping[Touches, str]] = {
    Touches.NETWORK: "needs the network, and --offline was given",
    Touches.ACCOUNT: "asks the service with your own sign-in, and --offline was given",
    Touches.SPENDS: "not proven: it would rotate a token or ask for a code; add --live to allow it",
}


class Observer(Protocol):
    """Someone who wants to watch an examination."""

    def finished(self, outcome: Outcome) -> None:
        """Take note of a finished check."""
        ...

    def tick(self, in_flight: Sequence[str]) -> None:
        """Take note that time passes while the checks *in_flight* are not finished."""
        ...


class Elsewhere(Protocol):
    """An examination that runs outside this process and hands its outcomes over as they come."""

    async def __call__(self, ctx: Context, tell: Callable[[Outcome], None]) -> None:
        """Run until done; what it does not tell by the deadline is lost."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to examine: built-in *checks*, and *elsewhere* by the name of each distribution."""

    checks: tuple[Check, ...]
    machine: Machine | None = None
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict[str, Elsewhere])


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What came of it: an outcome for every check, in the order of the plan, and words for the head."""

    outcomes: tuple[Outcome, ...]
    machine: Mapping[str, str | None]


class _Gap(Enum):
    """Why there is no fact."""

    UNAVAILABLE = auto()
    NOT_APPLICABLE = auto()
    NOT_ALLOWED = auto()
    TIMED_OUT = auto()
    CRASHED = auto()


@dataclass(frozen=True, slots=True)
class _Missing:
    gap: _Gap
    reason: str


@dataclass(frozen=True, slots=True)
class _Fact:
    value: Any


_Answer = _Fact | _Missing


def allowed_touches(*, offline: bool, live: bool) -> frozenset[Touches]:
    """Return what probes may touch: all but SPENDS by default."""
    allowed = {Touches.FILES, Touches.PROCESSES}
    if not offline:
        allowed |= {Touches.NETWORK, Touches.ACCOUNT}
        if live:
            allowed |= {Touches.SPENDS}
    return frozenset(allowed)


def examine(plan: Plan, ctx: Context, observer: Observer | None = None) -> Examination:
    """Examine *plan* until it is done or *ctx.deadline* has come. Blocks; never raises for a check.

    The context is closed before this returns: no program that a probe started is left.
    """
    inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    reading: set[str] = set()
    thread = threading.Thread(
        target=_loop, args=(plan, ctx, inbox.put, reading), daemon=True, name="examination"
    )
    thread.start()
    try:
        return _collect(plan, ctx, inbox, observer, reading)
    finally:
        ctx.close()


@dataclass(frozen=True, slots=True)
class _Done:
    """The examination has nothing more to say; *crash* is the traceback of its own fault."""

    crash: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    """The words for the report's head."""

    machine: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class _Visited:
    """The examination elsewhere that belongs to *name* has nothing more to say."""

    name: str


_Message = Outcome | _Head | _Visited | _Done


def _collect(
    plan: Plan,
    ctx: Context,
    inbox: queue.SimpleQueue[_Message],
    observer: Observer | None,
    reading: set[str],
) -> Examination:
    waiting = {check.id: check for check in plan.checks}
    away = set(plan.elsewhere)
    outcomes: list[Outcome] = []
    machine: Mapping[str, str | None] = {}
    crash = ""
    while (left := ctx.deadline - time.monotonic()) > 0:
        try:
            message = inbox.get(timeout=min(left, TICK) if observer else left)
        except queue.Empty:
            if observer:
                observer.tick(tuple(waiting))
            continue
        if isinstance(message, _Done):
            crash = message.crash
            break
        if isinstance(message, _Head):
            machine = message.machine
            continue
        if isinstance(message, _Visited):
            away.discard(message.name)
            continue
        waiting.pop(message.check, None)
        outcomes.append(message)
        if observer:
            observer.finished(message)
            observer.tick(tuple(waiting))
    outcomes += [_unfinished(check, reading, crash) for check in waiting.values()]
    outcomes += [_still_away(name, crash) for name in sorted(away)]
    order = {check.id: place for place, check in enumerate(plan.checks)}
    outcomes.sort(key=lambda outcome: (order.get(outcome.check, len(order)), outcome.check))
    return Examination(outcomes=tuple(outcomes), machine=machine)


def _unfinished(check: Check, reading: set[str], crash: str) -> Outcome:
    if crash:
        return _outcome(check, Verdict.CRASHED, reason=crash)
    at = sorted(probe for probe in _ids(check.needs) if probe in reading)
    where = f" while reading {', '.join(at)}" if at else ""
    return _outcome(check, Verdict.TIMED_OUT, reason=f"the deadline came{where}")


def _still_away(name: str, crash: str) -> Outcome:
    return Outcome(
        check=f"doctor.catalogue-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}",
        title=f"The checks of {name} can be run",
        area="doctor",
        verdict=Verdict.CRASHED if crash else Verdict.TIMED_OUT,
        reason=f"{name}: {crash or 'the deadline came'}",
        origin=name,
    )


def _ids(needs: Sequence[Probe[Any]]) -> set[str]:
    found: set[str] = set()
    for need in needs:
        actual = need.optional_of or need
        found |= {actual.id} | _ids(actual.needs)
    return found


def _loop(plan: Plan, ctx: Context, tell: Callable[[_Message], None], reading: set[str]) -> None:
    import anyio

    crash = ""
    try:
        anyio.run(_examine, plan, ctx, tell, reading)
    except BaseException as error:  # noqa: BLE001 - the collector must learn of it, whatever it is
        crash = _describe(error)
    tell(_Done(crash))


async def _examine(plan: Plan, ctx: Context, tell: Callable[[_Message], None], reading: set[str]) -> None:
    import anyio

    async with anyio.create_task_group() as group:
        readings = _Readings(ctx, group.start_soon, reading)
        for name, elsewhere in plan.elsewhere.items():
            group.start_soon(_visit, name, elsewhere, ctx, tell)
        for check in plan.checks:
            group.start_soon(_judge, check, readings, tell)
        if plan.machine is not None:
            group.start_soon(_describe_machine, plan.machine, readings, tell)


async def _visit(name: str, elsewhere: Elsewhere, ctx: Context, tell: Callable[[_Message], None]) -> None:
    await elsewhere(ctx, tell)
    tell(_Visited(name))


async def _describe_machine(machine: Machine, readings: _Readings, tell: Callable[[_Message], None]) -> None:
    answers = [await readings.of(need) for need in machine.needs]
    if not any(isinstance(answer, _Missing) for answer in answers):
        tell(_Head(machine.tell(*(cast("_Fact", answer).value for answer in answers))))


async def _judge(check: Check, readings: _Readings, tell: Callable[[_Message], None]) -> None:
    started = time.monotonic()
    facts: list[Any] = []
    for answer in [await readings.of(need) for need in check.needs]:
        if isinstance(answer, _Missing):
            tell(_not_judged(check, answer, time.monotonic() - started))
            return
        facts.append(answer.value)
    try:
        findings = check(*facts)
        _refuse_undeclared(check, findings)
    except NotApplicable as nothing:
        outcome = _outcome(check, Verdict.SKIPPED, reason=nothing.reason, started=started)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a crash is a result
        outcome = _outcome(check, Verdict.CRASHED, reason=_describe(error), started=started)
    else:
        verdict = Verdict.FOUND if findings else Verdict.HEALTHY
        outcome = _outcome(check, verdict, findings=findings, started=started)
    tell(outcome)


def _refuse_undeclared(check: Check, findings: tuple[Finding, ...]) -> None:
    declared = {problem.code for problem in check.reports}
    for finding in findings:
        if finding.problem.code not in declared:
            raise ValueError(f"{check.id} reports {finding.problem.name} without declaring it")


def _not_judged(check: Check, missing: _Missing, seconds: float) -> Outcome:
    match missing.gap:
        case _Gap.TIMED_OUT:
            verdict = Verdict.TIMED_OUT
        case _Gap.CRASHED:
            verdict = Verdict.CRASHED
        case _:
            verdict = Verdict.SKIPPED
    return Outcome(
        check=check.id,
        title=check.title,
        area=check.area,
        verdict=verdict,
        reason=missing.reason,
        seconds=seconds,
        could_be_blocked=missing.gap is _Gap.UNAVAILABLE,
    )


def _outcome(
    check: Check,
    verdict: Verdict,
    *,
    reason: str = "",
    findings: tuple[Finding, ...] = (),
    started: float | None = None,
) -> Outcome:
    return Outcome(
        check=check.id,
        title=check.title,
        area=check.area,
        verdict=verdict,
        reason=reason,
        findings=findings,
        seconds=0.0 if started is None else time.monotonic() - started,
    )


class _Readings:
    """What the probes answered, each asked once, whoever needs it."""

    def __init__(self, ctx: Context, start: Callable[..., object], reading: set[str]) -> None:
        self._ctx = ctx
        self._start = start
        self._reading = reading
        self._slots: dict[Probe[Any], _Slot] = {}
        self._allowed = allowed_touches(offline=ctx.offline, live=ctx.live)

    async def of(self, probe: Probe[Any]) -> _Answer:
        """Return what *probe* answers; an optional one answers None where there is no fact."""
        if probe.optional_of is not None:
            answer = await self.of(probe.optional_of)
            return answer if isinstance(answer, _Fact) else _Fact(None)
        return await self._slot(probe).wait()

    def _slot(self, probe: Probe[Any]) -> _Slot:
        """Return the place of *probe*'s answer; the first to ask starts the reading."""
        slot = self._slots.get(probe)
        if slot is None:
            slot = self._slots[probe] = _Slot()
            self._start(self._fill, probe, slot)
        return slot

    async def _fill(self, probe: Probe[Any], slot: _Slot) -> None:
        slot.put(await self._answer(probe))

    async def _answer(self, probe: Probe[Any]) -> _Answer:
        for touch in sorted(probe.touches - self._allowed):
            return _Missing(_Gap.NOT_ALLOWED, _WHY_NOT[touch])
        facts: list[Any] = []
        for need in probe.needs:  # all at once, so that the needs are read side by side
            self._slot(need.optional_of or need)
        for need in probe.needs:
            answer = await self.of(need)
            if isinstance(answer, _Missing):
                return answer
            facts.append(answer.value)
        self._reading.add(probe.id)
        try:
            return await self._read(probe, facts)
        finally:
            self._reading.discard(probe.id)

    async def _read(self, probe: Probe[Any], facts: Sequence[Any]) -> _Answer:
        import anyio

        limit = min(probe.limit, max(0.0, self._ctx.deadline - time.monotonic()))
        try:
            with anyio.move_on_after(limit):
                return _Fact(await self._called(probe, facts))
        except Unavailable as gap:
            kind = _Gap.NOT_APPLICABLE if isinstance(gap, NotApplicable) else _Gap.UNAVAILABLE
            return _Missing(kind, gap.reason)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a crash is a result
            return _Missing(_Gap.CRASHED, _describe(error))
        return _Missing(_Gap.TIMED_OUT, f"reading {probe.id} took longer than {limit:.3g} s")

    async def _called(self, probe: Probe[Any], facts: Sequence[Any]) -> Any:  # noqa: ANN401 - any fact
        if probe.blocking:
            return await in_thread(lambda: probe.read(self._ctx, *facts), name=probe.id)
        return await cast("Awaitable[Any]", probe.read(self._ctx, *facts))


class _Slot:
    """A place for one answer, and those who wait for it."""

    def __init__(self) -> None:
        import anyio

        self._ready = anyio.Event()
        self._answer: _Answer | None = None

    def put(self, answer: _Answer) -> None:
        self._answer = answer
        self._ready.set()

    async def wait(self) -> _Answer:
        await self._ready.wait()
        return cast("_Answer", self._answer)


def _describe(error: BaseException) -> str:
    """Return the error and the last place in the code that it passed: enough to report the bug."""
    if isinstance(error, BaseExceptionGroup):
        return _describe(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' if words else ''}{words[:300]}{where}"
