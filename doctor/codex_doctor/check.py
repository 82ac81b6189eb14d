"""Checks judge facts. They are pure: same facts, same findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from msgspec import Struct

from codex_doctor.probe import Probe, Touches, touched_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codex_doctor.model import Finding, Problem

__all__ = ["Check", "check"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


class Check(Struct, frozen=True, kw_only=True, eq=False):
    """A claim about a healthy machine, and the judgement whether it holds.

    *id* is `area.claim-in-words`, *title* the healthy claim. Calling the check judges facts
    directly, which is how a test does it. Where it is not *by_default*, it is made only if it is named, or
    enabled by a profile or by settings.
    """

    id: str
    title: str
    needs: tuple[Probe[Any], ...]
    reports: tuple[Problem, ...]
    judge: Callable[..., Iterable[Finding]]
    by_default: bool = True

    @property
    def area(self) -> str:
        """The first word of the id."""
        return self.id.partition(".")[0]

    @property
    def touches(self) -> frozenset[Touches]:
        """Everything that reading its facts touches."""
        return touched_by(self.needs)

    def __call__(self, *facts: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - the facts differ by check
        """Judge *facts* and return what was found."""
        return self.conclude(*facts)[0]

    def conclude(self, *facts: Any) -> tuple[tuple[Finding, ...], str]:  # noqa: ANN401 - the same
        """Judge *facts*; return what was found, and what is to be said where that is nothing.

        The latter is what a judgement written as a generator returns, if it returns a text.
        """
        judged = iter(self.judge(*facts))
        found: list[Finding] = []
        while True:
            try:
                found.append(next(judged))
            except StopIteration as end:
                return tuple(found), end.value if isinstance(end.value, str) else ""


# fmt: off
@overload
def check(id: str, *, title: str, needs: tuple[Probe[A]], reports: tuple[Problem, ...], by_default: bool = True) -> Callable[[Callable[[A], Iterable[Finding]]], Check]: ...
@overload
def check(id: str, *, title: str, needs: tuple[Probe[A], Probe[B]], reports: tuple[Problem, ...], by_default: bool = True) -> Callable[[Callable[[A, B], Iterable[Finding]]], Check]: ...
@overload
def check(id: str, *, title: str, needs: tuple[Probe[A], Probe[B], Probe[C]], reports: tuple[Problem, ...], by_default: bool = True) -> Callable[[Callable[[A, B, C], Iterable[Finding]]], Check]: ...
@overload
def check(id: str, *, title: str, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D]], reports: tuple[Problem, ...], by_default: bool = True) -> Callable[[Callable[[A, B, C, D], Iterable[Finding]]], Check]: ...
@overload
def check(id: str, *, title: str, needs: tuple[Probe[A], Probe[B], Probe[C], Probe[D], Probe[E]], reports: tuple[Problem, ...], by_default: bool = True) -> Callable[[Callable[[A, B, C, D, E], Iterable[Finding]]], Check]: ...
# fmt: on
def check(
    id: str,
    *,
    title: str,
    needs: tuple[Probe[Any], ...],
    reports: tuple[Problem, ...],
    by_default: bool = True,
) -> Callable[[Callable[..., Iterable[Finding]]], Check]:
    """Declare a generator of findings as a check; healthy is silence."""
    return lambda judge: Check(
        id=id, title=title, needs=needs, reports=reports, judge=judge, by_default=by_default
    )
