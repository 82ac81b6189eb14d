"""Examine a third-party catalogue in a process of its own, and believe nothing that comes from there.

Whatever a catalogue does (it cannot be imported, hangs, exits, prints, talks nonsense, claims to be
the doctor's own), the other checks go on, its unfinished checks become outcomes that name it as the
culprit, and nothing that it started is left.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from codex_doctor import wire
from codex_doctor.catalogue import RESERVED
from codex_doctor.claims import Claims, without
from codex_doctor.errors import CatalogueError, DoctorError, FrameError
from codex_doctor.model import AREAS, Outcome, Verdict
from codex_doctor.talk import WorkerOverdueError, talk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_doctor.catalogue import Source
    from codex_doctor.context import Context
    from codex_doctor.frames import Frame
    from codex_doctor.model import Problem
    from codex_doctor.taken import Taken

HEAD_START: Final = 0.1
"""Seconds by which a worker ends its examination before it is killed, to say what is unfinished."""

_CHECK_ID: Final = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")


class Worker(Struct, frozen=True, kw_only=True):
    """The examination of *source* in a process of its own; an `Elsewhere` of the runner.

    *patterns* select its checks as in `select`, but one that names nothing here is passed over. *claims* are
    shared with the other third parties.
    """

    source: Source
    taken: Taken
    patterns: tuple[str, ...] = ()
    claims: Claims = field(default_factory=Claims)

    def examine(self, ctx: Context, tell: Callable[[Outcome], None]) -> None:
        """Tell an outcome for every selected check, or one for the whole catalogue if it has none. Blocks."""
        hearing = _Hearing(self, ctx, tell)
        try:
            with talk("examine", _request(self.source, self.patterns, ctx, self.taken), ctx) as said:
                for frame in said:
                    hearing.take(frame)
        except WorkerOverdueError as error:
            hearing.give_up(Verdict.TIMED_OUT, str(error))
        except (DoctorError, OSError) as error:
            hearing.give_up(Verdict.CRASHED, str(error))
        else:
            hearing.give_up(Verdict.CRASHED, "its worker said nothing about this")
        finally:
            self.claims.over(self.source)


def describe(source: Source, ctx: Context, *, taken: Taken, patterns: Sequence[str] = ()) -> wire.Described:
    """Return what *source* knows, pages included, without running any of its checks. Blocks.

    Nobody asks here whether another third party uses the same words.

    :raises CatalogueError: it cannot be loaded in time, or is not acceptable.
    """
    described: wire.Described | None = None
    pages: dict[str, str] = {}
    try:
        with talk("describe", _request(source, patterns, ctx, taken), ctx) as said:
            for frame in said:
                if frame.kind == "catalogue":
                    described = _accepted(frame, source, taken)
                elif frame.kind == "page":
                    page = wire.read(frame.data, wire.Page)
                    pages[page.name] = page.text
    except (DoctorError, OSError) as error:
        raise CatalogueError(source.distribution, str(error)) from error
    if described is None:
        raise CatalogueError(source.distribution, "its worker described nothing")
    names = {problem.name for problem in described.problems}
    return replace(described, pages={name: text for name, text in pages.items() if name in names})


def asked(source: Source, patterns: Sequence[str], ctx: Context, *, taken: Taken) -> wire.Described | None:
    """Return what *source* says of *patterns*, or None where it cannot be loaded: it may know any of them.

    It has a third of the time that is left to say so: the examination itself is still to come.
    """
    hurried = replace(ctx, deadline=ctx.deadline - ctx.time_left() * 2 / 3)
    try:
        return describe(source, hurried, taken=taken, patterns=patterns)
    except CatalogueError:
        return None


def _request(source: Source, patterns: Sequence[str], ctx: Context, taken: Taken) -> wire.Request:
    return wire.Request(
        distribution=source.distribution,
        entry=source.name,
        value=source.value,
        patterns=tuple(patterns),
        env=dict(ctx.env),
        home=str(ctx.home),
        cwd=str(ctx.cwd),
        root=str(ctx.root),
        system=ctx.system,
        options=dict(ctx.options),
        offline=ctx.offline,
        live=ctx.live,
        round_trip=ctx.round_trip,
        seconds=max(0.0, ctx.time_left() - HEAD_START),
        sent=time.time(),
        taken=taken if source.own else None,
    )


class _Hearing:
    """What a worker said so far, and what it still owes."""

    def __init__(self, worker: Worker, ctx: Context, tell: Callable[[Outcome], None]) -> None:
        self._source = worker.source
        self._taken = worker.taken
        self._claims = worker.claims
        self._ctx = ctx
        self._tell = tell
        self._started = time.monotonic()
        self._described: wire.Described | None = None
        self._owed: dict[str, wire.DescribedCheck] = {}
        self._refused: frozenset[str] = frozenset()

    def take(self, frame: Frame) -> None:
        """Take note of *frame*.

        :raises FrameError: it may not be said, or not now.
        """
        if frame.kind == "catalogue":
            if self._described is not None:
                raise FrameError("it described its catalogue twice")
            self._described = self._alone(_accepted(frame, self._source, self._taken))
            self._owed = dict(self._described.asked_for)
        elif frame.kind == "outcome":
            judged = wire.read(frame.data, wire.Judged)
            if judged.check in self._refused:
                return
            if self._described is None or judged.check not in self._owed:
                raise FrameError("it judged a check that it was not asked for, or has judged already")
            outcome = wire.outcome_of(judged, self._described)
            owed = self._owed.pop(outcome.check)
            self._ctx.vault.count(judged.removed)
            self._tell(self._named(outcome, owed.origin))

    def _alone(self, described: wire.Described) -> wire.Described:
        """Return what of *described* no other third party used before.

        :raises FrameError: some of it is used, and it is not the user's own: then all of it is refused.
        """
        clashes = self._claims.claim(self._source, described, seconds=self._ctx.time_left() / 2)
        if not clashes:
            return described
        words = "; ".join(map(str, clashes))
        if not self._source.own:
            raise FrameError(words)
        kept = without(described, clashes)
        self._refused = frozenset(described.asked_for.keys() - kept.asked_for.keys())
        self._tell_of(self._whole, Verdict.CRASHED, words)
        return kept

    def give_up(self, verdict: Verdict, reason: str) -> None:
        """Tell what is still owed as *verdict*, because of *reason*."""
        owed = [self._whole] if self._described is None else self._owed.values()
        for check in owed:
            self._tell_of(check, verdict, reason)

    @property
    def _whole(self) -> wire.DescribedCheck:
        """What stands for the catalogue as a whole, where something is wrong with that."""
        name = re.sub(r"[^a-z0-9]+", "-", self._source.name.lower()).strip("-")
        title = f"The checks of {self._source.distribution} can be run"
        return wire.DescribedCheck(
            id=f"doctor.catalogue-{name}", title=title, needs=(), touches=(), reports=()
        )

    def _tell_of(self, check: wire.DescribedCheck, verdict: Verdict, reason: str) -> None:
        outcome = Outcome(
            check=check.id,
            title=check.title,
            area=check.area,
            verdict=verdict,
            reason=reason,
            seconds=time.monotonic() - self._started,
        )
        self._tell(self._named(outcome, check.origin))

    def _named(self, outcome: Outcome, origin: str) -> Outcome:
        distribution = self._source.distribution
        if self._source.own and origin:
            distribution = origin
        blamed = outcome.verdict in {Verdict.CRASHED, Verdict.TIMED_OUT}
        reason = f"{distribution}: {outcome.reason}" if blamed else outcome.reason
        passed = time.monotonic() - self._started
        seconds = min(max(0.0, outcome.seconds), passed)
        return replace(outcome, origin=distribution, reason=reason, seconds=seconds)


def _accepted(frame: Frame, source: Source, taken: Taken) -> wire.Described:
    """Return the catalogue of *source* that *frame* describes.

    :raises FrameError: it uses what is not its own, or contradicts itself.
    """
    described = wire.read(frame.data, wire.Described)
    checks = described.checks
    problems = [problem for problem in described.problems if not (source.own and _is_ours(problem))]
    _only_own("code", [problem.code for problem in problems], taken.codes)
    _only_own("name", [problem.name for problem in problems], taken.names)
    _only_own("check id", [check.id for check in checks], taken.checks)
    for problem in problems:
        if _is_ours(problem):
            raise FrameError(f"its code {problem.code} starts with {RESERVED}, which is the doctor's own")
    codes = {problem.code for problem in described.problems}
    for check in checks:
        if not _CHECK_ID.fullmatch(check.id) or check.area not in AREAS:
            raise FrameError(
                f"its check id {check.id!r} is not an area, a full stop and a claim in kebab-case"
            )
        for code in sorted(set(check.reports) - codes):
            raise FrameError(f"its check {check.id} reports {code}, which its catalogue does not list")
    return described


def _is_ours(problem: Problem) -> bool:
    return problem.code.startswith(RESERVED)


def _only_own(what: str, used: Sequence[str], taken: frozenset[str]) -> None:
    for word in sorted(set(used) & taken):
        raise FrameError(f"it uses the {what} {word}, which is not its own")
    for word in sorted(word for word, times in Counter(used).items() if times > 1):
        raise FrameError(f"it uses the {what} {word} twice")
