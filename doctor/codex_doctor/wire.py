"""What crosses between the doctor and a worker process, as plain data and back, strictly checked.

Results cross as data and never as pickled objects. A finding names its problem by code; the problem
itself crosses once, with the catalogue. A `Secret` is no data, so none can cross.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar, cast

from msgspec import Struct, field

from codex_doctor.context import System  # noqa: TC001 - msgspec reads these annotations at run time
from codex_doctor.errors import FrameError
from codex_doctor.fix import KINDS, NAMES, Fix, Step
from codex_doctor.model import Evidence, Finding, Outcome, Problem, Verdict
from codex_doctor.probe import Touches  # noqa: TC001 - msgspec reads these annotations at run time
from codex_doctor.taken import Taken  # noqa: TC001 - the same

T = TypeVar("T")


class Request(Struct, frozen=True, kw_only=True):
    """What a worker is asked: the frames `examine` and `describe`.

    *entry* is the entry point's name, *value* what it points to. *seconds* are left from the instant
    *sent*, in seconds since the epoch. *taken* is there where the source is the doctor's own. The rest is
    the `Context` of the examination; paths are text.
    """

    distribution: str
    entry: str
    value: str
    patterns: tuple[str, ...]
    env: Mapping[str, str]
    home: str
    cwd: str
    root: str
    system: System
    options: Mapping[str, str]
    offline: bool
    live: bool
    round_trip: bool
    seconds: float
    sent: float
    taken: Taken | None = None


class DescribedCheck(Struct, frozen=True, kw_only=True):
    """A check of a third party. *needs* are probe ids, *reports* the codes of problems.

    *origin* is the file that it stands in, where it is the user's own.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    touches: tuple[Touches, ...]
    reports: tuple[str, ...]
    origin: str = ""

    @property
    def area(self) -> str:
        """The first word of the id."""
        return self.id.partition(".")[0]


class Described(Struct, frozen=True, kw_only=True, dict=True):
    """A catalogue of a third party as data: the frame `catalogue`.

    *selected* are the ids of the checks that the patterns of the request name, *unmatched* the
    patterns that name none. *mistakes* are as in `Catalogue`. *pages* come in frames of their own, by the
    problem's name, and *signatures* are by which messages the problems are known.
    """

    checks: tuple[DescribedCheck, ...]
    problems: tuple[Problem, ...]
    retired: Mapping[str, str]
    selected: tuple[str, ...]
    unmatched: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict[str, str])
    signatures: str = ""

    def problem(self, code: str) -> Problem:
        """Return the problem with *code*.

        :raises FrameError: the catalogue does not list it.
        """
        if code not in self._problems:
            raise FrameError(f"its catalogue does not list the problem {code}")
        return self._problems[code]

    @cached_property
    def asked_for(self) -> Mapping[str, DescribedCheck]:
        """The selected checks by their ids: one is looked up for each outcome."""
        selected = frozenset(self.selected)
        return {check.id: check for check in self.checks if check.id in selected}

    @cached_property
    def _problems(self) -> Mapping[str, Problem]:
        return {problem.code: problem for problem in self.problems}


class Page(Struct, frozen=True, kw_only=True):
    """The text of a problem's page: the frame `page`."""

    name: str
    text: str


class Failed(Struct, frozen=True, kw_only=True):
    """Why a worker gives up: the frame `failed`."""

    reason: str


class _Fix(Struct, frozen=True, kw_only=True):
    summary: str
    steps: tuple[dict[str, Any], ...]
    destructive: bool


class _Finding(Struct, frozen=True, kw_only=True):
    problem: str
    detail: str
    evidence: Mapping[str, Evidence]
    advice: str
    fix: _Fix | None
    subjects: frozenset[str]


class Judged(Struct, frozen=True, kw_only=True):
    """What became of one check: the frame `outcome`.

    *removed* says how many secrets were taken out of it before it was sent, by kind.
    """

    check: str
    verdict: Verdict
    reason: str
    findings: tuple[_Finding, ...]
    seconds: float
    could_be_blocked: bool
    removed: Mapping[str, int] = field(default_factory=dict[str, int])


def data_of(thing: object) -> dict[str, Any]:
    """Return a struct of this module as plain data.

    :raises FrameError: it holds something that is not plain data, such as a `Secret`; the message
        says where.
    """
    if isinstance(
        thing, Described
    ):  # a thousand checks in a tenth of the time; no fact of a machine is in it
        import msgspec

        with suppress(TypeError):
            return cast("dict[str, Any]", msgspec.to_builtins(thing, order="deterministic"))
    place = type(thing).__name__.lower()
    return {name: _plain(getattr(thing, name), f"{place}.{name}") for name in _fields(thing)}


def read(data: Mapping[str, Any], shape: type[T]) -> T:
    """Return *data* as a *shape*, a struct of this module.

    :raises FrameError: it has another form; the message says where.
    """
    import msgspec

    try:
        return msgspec.convert(data, shape)
    except (msgspec.ValidationError, RecursionError) as error:
        raise FrameError(f"{shape.__name__.lower()}: {error}") from error


def outcome_of(judged: Judged, described: Described) -> Outcome:
    """Return *judged* as the outcome of a check of *described*.

    :raises FrameError: no such check was asked for, or it may not report what it found.
    """
    check = described.asked_for.get(judged.check)
    if check is None:
        raise FrameError("it judged a check that was not asked for")
    if (judged.verdict is Verdict.FOUND) != bool(judged.findings):
        raise FrameError(f"the verdict of {check.id} contradicts its findings")
    for finding in judged.findings:
        if finding.problem not in check.reports:
            raise FrameError(f"{check.id} reports {finding.problem} without declaring it")
    return Outcome(
        check=check.id,
        title=check.title,
        area=check.area,
        verdict=judged.verdict,
        reason=judged.reason,
        findings=tuple(_finding_of(finding, described) for finding in judged.findings),
        seconds=judged.seconds,
        could_be_blocked=judged.could_be_blocked,
    )


def judged_of(outcome: Outcome) -> Judged:
    """Return *outcome* in the shape in which it crosses."""
    return Judged(
        check=outcome.check,
        verdict=outcome.verdict,
        reason=outcome.reason,
        findings=tuple(
            _Finding(
                problem=finding.problem.code,
                detail=finding.detail,
                evidence=finding.evidence,
                advice=finding.advice,
                fix=None if finding.fix is None else _fix(finding.fix),
                subjects=finding.subjects,
            )
            for finding in outcome.findings
        ),
        seconds=outcome.seconds,
        could_be_blocked=outcome.could_be_blocked,
    )


def _fix(fix: Fix) -> _Fix:
    steps = tuple(
        {"do": NAMES[type(step)], **{name: getattr(step, name) for name in _fields(step)}}
        for step in fix.steps
    )
    return _Fix(summary=fix.summary, steps=steps, destructive=fix.destructive)


def _finding_of(finding: _Finding, described: Described) -> Finding:
    fix = finding.fix
    return Finding(
        problem=described.problem(finding.problem),
        detail=finding.detail,
        evidence=dict(finding.evidence),
        advice=finding.advice,
        fix=None
        if fix is None
        else Fix(summary=fix.summary, steps=tuple(map(_step_of, fix.steps)), destructive=fix.destructive),
        subjects=finding.subjects,
    )


def _step_of(data: Mapping[str, Any]) -> Step:
    shape = KINDS.get(str(data.get("do")))
    if shape is None:
        raise FrameError("a fix has a step of an unknown kind")
    return read({key: value for key, value in data.items() if key != "do"}, shape)


def _plain(thing: object, place: str) -> Any:  # noqa: ANN401 - any JSON value
    match thing:
        case None | bool() | int() | float():
            return thing
        case str():
            return str(thing)
        case list() | tuple():
            return [_plain(item, place) for item in cast("tuple[object, ...]", thing)]
        case frozenset() | set():
            return sorted(_word(item, place) for item in cast("frozenset[object]", thing))
        case Mapping():  # after the others: asking an abstract class takes ten times as long
            items = cast("Mapping[object, object]", thing).items()
            return {_word(key, place): _plain(value, f"{place}[{key!r}]") for key, value in items}
        case _ if _fields(thing):
            return {name: _plain(getattr(thing, name), f"{place}.{name}") for name in _fields(thing)}
        case _:
            raise FrameError(f"{place} is a {type(thing).__name__}, which is not plain data")


def _word(thing: object, place: str) -> str:
    if not isinstance(thing, str):
        raise FrameError(f"{place} holds a {type(thing).__name__} instead of a word")
    return str(thing)


def _fields(thing: object) -> tuple[str, ...]:
    return tuple(getattr(type(thing), "__struct_fields__", ()))
