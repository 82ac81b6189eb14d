"""What the bench must reach, and what it says of a machine that was not judged as it should be."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

import msgspec

from bench.faults import known
from bench.faults.known import Fault  # noqa: TC001 - msgspec reads the annotation at run time
from bench.faults.ours import Said, Verdict  # noqa: TC001 - the same
from codex_checks.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NAMED: Final = 0.95
"""The share of single faults, and of pairs, that must be named."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A machine, and what became of its examination."""

    fault: Fault
    said: Said
    verdict: Verdict


def complaints(seen: Seen) -> Iterator[str]:
    """Yield what is to be said of this machine, if it was not judged as it should be."""
    name, said = seen.fault.name, seen.said
    if said.unfinished:
        yield f"{name}: unfinished: {', '.join(said.unfinished)}"
    several = seen.fault.kind == "single" and len(said.causes) > 1
    wrong = seen.fault.kind != "healthy" and not seen.verdict.named
    if seen.verdict.false_alarms or wrong or several:
        yield f"{name}: expected {', '.join(seen.fault.roots) or 'nothing'}, found {', '.join(said.causes)}"


def missed(every: Sequence[Seen], *, whole: bool) -> list[str]:
    """Return in words every bar that was missed; *whole*: the bench was, so that each check has its turn."""
    found = [*_shares(every)]
    alarms = sum(seen.verdict.false_alarms for seen in every if seen.fault.kind in {"healthy", "note"})
    if alarms:
        found.append(f"{alarms} false alarms on healthy machines")
    causes = [len(seen.said.causes) for seen in every if seen.fault.kind == "single"]
    if causes and statistics.median(causes) != 1:
        found.append(f"the median single fault has {statistics.median(causes):g} causes")
    if whole:
        found += [f"no machine triggers {id_}" for id_ in _silent(every)]
    return found


def untriggered() -> list[str]:
    """Return the ids of the checks that no machine, and no test of another system, is to trigger."""
    return _without(known.triggered())


def _shares(every: Sequence[Seen]) -> Iterator[str]:
    for kind in ("single", "pair"):
        named = [seen.verdict.named for seen in every if seen.fault.kind == kind]
        if named and sum(named) / len(named) < NAMED:
            yield f"{sum(named)} of {len(named)} of kind {kind} are named, the bar is {NAMED:.0%}"


def _silent(every: Iterable[Seen]) -> list[str]:
    """Return the ids of the checks whose problems were found on no machine, here or in the tests."""
    found = {name for seen in every for name in (*(each.name for each in seen.said.found), *seen.said.notes)}
    return _without(found | known.several())


def _without(names: set[str]) -> list[str]:
    elsewhere = known.elsewhere()
    return [
        check.id
        for check in catalogue().checks
        if not {problem.name for problem in check.reports} & names and check.id not in elsewhere
    ]
