"""The check runner: each probe once, all at once, within one deadline. It never hangs and never raises.

The examination runs in a daemon thread, and the caller's thread only collects what comes out of it.
Whatever hangs in there (a probe, a check, an event loop), the collection ends at the deadline and what
is missing is reported as timed out.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from msgspec import Struct, field

from codex_doctor.errors import NotApplicable
from codex_doctor.model import Finding, Outcome, Verdict
from codex_doctor.readings import Fact, Gap, Missing, Readings, describe
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_doctor.catalogue import Machine
    from codex_doctor.check import Check
    from codex_doctor.context import Context
    from codex_doctor.probe import Probe
    from codex_doctor.readings import Answer

TICK: Final = 0.08
"""Seconds between two looks of an observer: a spinner's pace."""


class Observer(Protocol):
    """Someone who wants to watch an examination."""

    def finished(self, outcome: Outcome) -> None:
        """Take note of a finished check."""
        ...

    def tick(self, in_flight: Sequence[str]) -> None:
        """Take note that nothing is to be told for now, while the checks *in_flight* are not finished."""
        ...


class Elsewhere(Protocol):
    """An examination that runs outside this process and hands its outcomes over as they come."""

    def examine(self, ctx: Context, tell: Callable[[Outcome], None]) -> None:
        """Run until done; what it does not tell by the deadline is lost. Blocks."""
        ...


class Plan(Struct, frozen=True, kw_only=True):
    """What to examine: built-in *checks*, and *elsewhere* by the name of each distribution."""

    checks: tuple[Check, ...]
    machine: Machine | None = None
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict[str, Elsewhere])


class Examination(Struct, frozen=True, kw_only=True):
    """What came of it: an outcome for every check, in the order of the plan, and words for the head.

    *answers* are what the probes of this process answered, by their ids.
    """

    outcomes: tuple[Outcome, ...]
    machine: Mapping[str, str | None]
    answers: Mapping[str, Answer] = field(default_factory=dict[str, "Answer"])


def examine(plan: Plan, ctx: Context, observer: Observer | None = None) -> Examination:
    """Examine *plan* until it is done or *ctx.deadline* has come. Blocks; never raises for a check.

    The context is closed before this returns: no program that a probe started is left.
    """
    inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    reading: set[str] = set()
    thread = threading.Thread(
        target=_conduct, args=(plan, ctx, inbox.put, reading), daemon=True, name="examination"
    )
    thread.start()
    try:
        return _collect(plan, ctx, inbox, observer, reading)
    finally:
        ctx.close()


class _Done(Struct, frozen=True):
    """The examination has nothing more to say; *crash* is the traceback of its own fault."""

    crash: str = ""


class _Head(Struct, frozen=True):
    """The words for the report's head."""

    machine: Mapping[str, str | None]


class _Answered(Struct, frozen=True):
    """What the probe with this id answered."""

    probe: str
    answer: Answer


class _Visited(Struct, frozen=True):
    """The examination elsewhere that belongs to *name* has nothing more to say; *crash* as in `_Done`."""

    name: str
    crash: str = ""


_Message = Outcome | _Head | _Answered | _Visited | _Done


def _collect(
    plan: Plan,
    ctx: Context,
    inbox: queue.SimpleQueue[_Message],
    observer: Observer | None,
    reading: set[str],
) -> Examination:
    heard = _Heard(plan)
    while heard.expects_more and (left := ctx.deadline - time.monotonic()) > 0:
        try:
            message = inbox.get(timeout=min(left, TICK) if observer else left)
        except queue.Empty:
            if observer:
                observer.tick(tuple(heard.waiting))
            continue
        heard.take(message)
        if observer and isinstance(message, Outcome):
            observer.finished(message)
            if inbox.empty():  # else a thousand checks would be listed a thousand times
                observer.tick(tuple(heard.waiting))
    return heard.concluded(reading)


class _Heard:
    """What the collector has heard so far. *waiting* are the checks without an outcome, by their ids."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._away = set(plan.elsewhere)
        self._done: _Done | None = None
        self._outcomes: list[Outcome] = []
        self._answers: dict[str, Answer] = {}
        self._machine: Mapping[str, str | None] = {}
        self.waiting = {check.id: check for check in plan.checks}

    @property
    def expects_more(self) -> bool:
        """Whether somebody has not said yet that there is nothing more to say."""
        return self._done is None or bool(self._away)

    def take(self, message: _Message) -> None:
        match message:
            case _Answered():
                self._answers[message.probe] = message.answer
            case Outcome():
                self.waiting.pop(message.check, None)
                self._outcomes.append(message)
            case _Head():
                self._machine = message.machine
            case _Visited():
                self._away.discard(message.name)
                if message.crash:
                    self._outcomes.append(_lost(message.name, Verdict.CRASHED, message.crash))
            case _Done():
                self._done = message

    def concluded(self, reading: set[str]) -> Examination:
        """Return the examination as it stands; *reading* are the probes that have not answered."""
        crash = self._done.crash if self._done is not None else ""
        outcomes = [
            *self._outcomes,
            *(_unfinished(check, reading, crash) for check in self.waiting.values()),
            *(_lost(name, Verdict.TIMED_OUT, "the deadline came") for name in sorted(self._away)),
        ]
        order = {check.id: place for place, check in enumerate(self._plan.checks)}
        outcomes.sort(key=lambda outcome: (order.get(outcome.check, len(order)), outcome.check))
        return Examination(outcomes=tuple(outcomes), machine=self._machine, answers=self._answers)


def _unfinished(check: Check, reading: set[str], crash: str) -> Outcome:
    if crash:
        return _outcome(check, Verdict.CRASHED, reason=crash)
    at = sorted(probe for probe in _ids(check.needs) if probe in reading)
    where = f" while reading {', '.join(at)}" if at else ""
    return _outcome(check, Verdict.TIMED_OUT, reason=f"the deadline came{where}")


def _lost(name: str, verdict: Verdict, reason: str) -> Outcome:
    return Outcome(
        check=f"doctor.catalogue-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}",
        title=f"The checks of {name} can be run",
        area="doctor",
        verdict=verdict,
        reason=f"{name}: {reason}",
        origin=name,
    )


def _ids(needs: Sequence[Probe[Any]]) -> set[str]:
    found: set[str] = set()
    for need in needs:
        actual = need.optional_of or need
        found |= {actual.id} | _ids(actual.needs)
    return found


def _conduct(plan: Plan, ctx: Context, tell: Callable[[_Message], None], reading: set[str]) -> None:
    crash = ""
    try:
        for name, elsewhere in plan.elsewhere.items():
            in_background(partial(_visit, name, elsewhere, ctx, tell))
        readings = Readings(ctx, reading, lambda probe, answer: tell(_Answered(probe.id, answer)))
        if plan.machine is not None:  # first: its programs take longest to answer
            readings.want(plan.machine.needs, partial(_describe_machine, plan.machine, tell))
        for check in plan.checks:
            readings.want(check.needs, partial(_judge, check, tell, time.monotonic()))
        readings.run()
    except BaseException as error:  # noqa: BLE001 - the collector must learn of it, whatever it is
        crash = describe(error)
    tell(_Done(crash))


def _visit(name: str, elsewhere: Elsewhere, ctx: Context, tell: Callable[[_Message], None]) -> None:
    crash = ""
    try:
        elsewhere.examine(ctx, tell)
    except BaseException as error:  # noqa: BLE001 - the collector must learn of it, whatever it is
        crash = describe(error)
    tell(_Visited(name, crash))


def _describe_machine(machine: Machine, tell: Callable[[_Message], None], answers: Sequence[Answer]) -> None:
    if not any(isinstance(answer, Missing) for answer in answers):
        tell(_Head(machine.tell(*(cast("Fact", answer).value for answer in answers))))


def _judge(check: Check, tell: Callable[[_Message], None], started: float, answers: Sequence[Answer]) -> None:
    tell(judged(check, answers, started=started))


def judged(check: Check, answers: Sequence[Answer], *, started: float) -> Outcome:
    """Return what *check* makes of the *answers* to what it needs; *started* is of `time.monotonic`."""
    facts: list[Any] = []
    for answer in answers:
        if isinstance(answer, Missing):
            return _not_judged(check, answer, time.monotonic() - started)
        facts.append(answer.value)
    try:
        findings, said = check.conclude(*facts)
        _refuse_undeclared(check, findings)
    except NotApplicable as nothing:
        return _outcome(check, Verdict.SKIPPED, reason=nothing.reason, started=started)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a crash is a result
        return _outcome(check, Verdict.CRASHED, reason=describe(error), started=started)
    verdict = Verdict.FOUND if findings else Verdict.HEALTHY
    return _outcome(check, verdict, reason="" if findings else said, findings=findings, started=started)


def _refuse_undeclared(check: Check, findings: tuple[Finding, ...]) -> None:
    declared = {problem.code for problem in check.reports}
    for finding in findings:
        if finding.problem.code not in declared:
            raise ValueError(f"{check.id} reports {finding.problem.name} without declaring it")


def _not_judged(check: Check, missing: Missing, seconds: float) -> Outcome:
    match missing.gap:
        case Gap.TIMED_OUT:
            verdict = Verdict.TIMED_OUT
        case Gap.CRASHED:
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
        could_be_blocked=missing.gap is Gap.UNAVAILABLE,
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
