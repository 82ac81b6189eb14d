"""Read the probes of a machine one after the other, and compare what they do with what they declare."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codex_doctor.probe import Touches
from codex_doctor.readings import Fact, Gap, Missing, awaited, excused, refusal
from codex_doctor.testing.canaries import seen_in
from codex_doctor.testing.proving.steps import in_words
from codex_doctor.testing.proving.watch import Event, Kind, RefusedError
from codex_doctor.testing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_doctor.context import Context
    from codex_doctor.probe import Probe
    from codex_doctor.readings import Answer
    from codex_doctor.testing.proving.steps import Done, Steps

_NEEDS: Final[Mapping[Kind, frozenset[Touches]]] = {
    Kind.FILE: frozenset({Touches.FILES}),
    Kind.PROCESS: frozenset({Touches.PROCESSES, Touches.SPENDS}),
    Kind.NETWORK: frozenset({Touches.NETWORK, Touches.ACCOUNT, Touches.SPENDS}),
}
"""Of which one must be declared by who does it."""


class Read(Struct, frozen=True, kw_only=True):
    """What the probes answered, by their ids, and which of them must not be asked again."""

    answers: Mapping[str, Answer]


def read_all(probes: Iterable[Probe[Any]], ctx: Context, steps: Steps, *, patience: float) -> Read:
    """Read *probes*, each after what it needs, and note what they do that they may not.

    Where one did not answer within *patience* seconds, whatever needs it is not read.
    """
    loop = asyncio.new_event_loop()
    answers: dict[str, Answer] = {}
    try:
        for probe in probes:
            overdue = next((need.id for need in _actual(probe.needs) if need.id not in answers), None)
            if overdue is not None or probe.id in steps.overdue:
                continue
            done = steps.do(
                probe.id,
                "it is read" + (" offline" if ctx.offline else ""),
                partial(_answer, probe, ctx, answers, patience, loop),
            )
            if done.error is None:
                answers[probe.id] = done.value
            _judge_reading(probe, done, ctx, steps, patience)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    return Read(answers=answers)


def _answer(
    probe: Probe[Any],
    ctx: Context,
    answers: Mapping[str, Answer],
    patience: float,
    loop: asyncio.AbstractEventLoop,
) -> Answer:
    refused = refusal(probe, ctx)
    if refused is not None:
        return refused
    facts: list[Any] = []
    for need in probe.needs:
        answer = excused(need, answers[(need.optional_of or need).id])
        if isinstance(answer, Missing):
            return answer
        facts.append(answer.value)
    return loop.run_until_complete(asyncio.wait_for(awaited(ctx, probe, facts), patience))


def in_order(needs: Iterable[Probe[Any]]) -> list[Probe[Any]]:
    """Return *needs* and all that they need, each once and after what it needs itself."""
    found: dict[Probe[Any], None] = {}

    def visit(probe: Probe[Any]) -> None:
        if probe not in found:
            for need in _actual(probe.needs):
                visit(need)
            found[probe] = None

    for probe in _actual(needs):
        visit(probe)
    return list(found)


def _actual(needs: Iterable[Probe[Any]]) -> Iterator[Probe[Any]]:
    for need in needs:
        yield need.optional_of or need


def _judge_reading(probe: Probe[Any], done: Done, ctx: Context, steps: Steps, patience: float) -> None:
    for event in done.events:
        for rule, message in _undeclared(probe, event, offline=ctx.offline):
            steps.breach(rule, probe.id, message)
    answer = done.value
    if isinstance(done.error, TimeoutError):
        steps.overdue.add(probe.id)
        steps.breach(
            Rule.BOUNDED, probe.id, f"it did not answer within {patience:g} s, and declares {probe.limit:g} s"
        )
    elif done.error is not None:
        steps.breach(Rule.ENDS, probe.id, f"{in_words(done.error)} while it is read")
    elif isinstance(answer, Missing) and answer.gap is Gap.TIMED_OUT:
        steps.breach(Rule.BOUNDED, probe.id, f"it did not answer within its limit of {probe.limit:g} s")
    elif isinstance(answer, Missing) and answer.gap is Gap.CRASHED:
        words = answer.reason
        if words.startswith(RefusedError.__name__):
            return
        said = "calls sys.exit" if words.startswith("SystemExit") else f"raises {words}"
        steps.breach(
            Rule.ENDS, probe.id, f"{said} while it is read: what is expected is Unavailable or NotApplicable"
        )
    elif isinstance(answer, Fact) and (names := _unwrapped(answer.value, ctx, steps)):
        steps.breach(
            Rule.SECRETS,
            probe.id,
            f"its fact holds {', '.join(names)} as plain text: put it through ctx.vault.secret",
        )


def _unwrapped(fact: object, ctx: Context, steps: Steps) -> list[str]:
    """Return the names of the planted secrets that *fact* holds and that the vault does not know."""
    known = "\n".join(ctx.vault.values())
    unknown = {secret: name for secret, name in steps.secrets.items() if secret not in known}
    return seen_in(repr(fact), unknown)


def _undeclared(probe: Probe[Any], event: Event, *, offline: bool) -> Iterator[tuple[Rule, str]]:
    if event.kind is Kind.NETWORK and offline:
        yield Rule.OFFLINE, f"{event.what} although --offline was given: declare Touches.NETWORK"
    elif event.kind is Kind.CHANGE:
        yield Rule.HONEST, f"{event.what}: checking changes nothing; scratch files go into ctx.scratch()"
    elif event.kind is Kind.SLEEP and event.main and not probe.blocking:
        yield Rule.BOUNDED, f"{event.what} blocks the event loop: await asyncio.sleep, or use @blocking_probe"
    elif event.kind in _NEEDS and not probe.touches & _NEEDS[event.kind]:
        one = min(_NEEDS[event.kind])
        yield Rule.HONEST, f"{event.what} without declaring it: add Touches.{one.name} to what it touches"
