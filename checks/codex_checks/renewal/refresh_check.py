"""Whether the service renews the sign-in: by trying it, else by what Codex recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.ending import Ending
from codex_checks.auth.again import renew, sign_in_again
from codex_checks.moments import moment, stamp
from codex_checks.problems import renewal as p
from codex_checks.problems.service import REGION_BLOCKED
from codex_checks.renewal.telling import record, times
from codex_checks.renewal.traces import Interrupted, Traces, traces
from codex_checks.renewal.trying import Tried, tried
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from codex_checks.recorded.seen import Seen
    from codex_doctor.context import Context
    from codex_doctor.fix import Fix
    from codex_doctor.model import Evidence, Finding, Problem

PROVE: Final = ("codex-doctor", "check", "auth.refresh-works", "--live")
NOT_PROVEN: Final = f"not proven; run `{' '.join(PROVE)}`"

_PROBLEMS: Final[Mapping[str, Problem]] = {problem.name: problem for problem in p.PROBLEMS}
_LOCK: Final = p.AUTH_LOCK_HELD.name
_REGION: Final = REGION_BLOCKED.name


class Renewing(Struct, frozen=True, kw_only=True):
    """What is known of renewals; *tried* is None where none was tried."""

    traces: Traces
    tried: Tried | None = None

    @property
    def tells(self) -> bool:
        """Whether there is anything to judge."""
        attempt = self.tried
        if attempt is not None and (attempt.ending is not None or attempt.kept or attempt.problem == _LOCK):
            return True
        return bool(self.traces.recorded or self.traces.interrupted or self.traces.lock)

    @property
    def obstacle(self) -> str | None:
        """Why a renewed sign-in could not be saved, so that none was asked for."""
        return self.tried.words if self.tried is not None else self.traces.obstacle


@blocking_probe("auth.renewing", touches={Touches.FILES}, limit=1.0, needs=(traces, tried.if_allowed()))
def renewing(ctx: Context, found: Traces, attempt: Tried | None) -> Renewing:  # noqa: ARG001 - a probe
    """Return what is known of renewals, where there is anything to judge or nothing in the way."""
    known = Renewing(traces=found, tried=attempt)
    if not known.tells and known.obstacle:
        raise Unavailable(f"nothing was sent: {known.obstacle}")
    return known


@check(
    "auth.refresh-works",
    title="The service renews your sign-in",
    needs=(renewing,),
    reports=(
        p.REFRESH_TOKEN_REUSED,
        p.REFRESH_TOKEN_EXPIRED,
        p.REFRESH_TOKEN_REVOKED,
        p.REFRESH_TOKEN_UNKNOWN,
        p.REFRESH_TOKEN_ACCOUNT_CHANGED,
        p.REFRESH_FAILED_FOR_NOW,
        p.REPAIR_INTERRUPTED,
        p.AUTH_LOCK_HELD,
        REGION_BLOCKED,
    ),
)
def refresh_works(found: Renewing) -> Generator[Finding, None, str]:
    """Judge what the service answered, and where nothing was asked what Codex recorded of its answers."""
    attempt, quiet = found.tried, True
    if attempt is not None and attempt.works:
        return _renewed(attempt)
    for finding in _of_attempt(found) if attempt is not None else ():
        quiet = False
        yield finding
    if attempt is None or attempt.ending is not Ending.REFUSED:
        for finding in _of_traces(found):
            quiet = False
            yield finding
    if quiet:
        left = attempt is not None and attempt.by_codex
        raise NotApplicable(f"not tried: {attempt.words}" if attempt and left else NOT_PROVEN)
    return ""


def _renewed(attempt: Tried) -> str:
    until = f"; the access token is good until {moment(attempt.expires)}" if attempt.expires else ""
    if attempt.ending is Ending.RENEWED:
        who = "the Codex that runs in the background" if attempt.by_codex else attempt.host
        return f"{who} renewed it just now{until}"
    return f"another program had renewed it just now, or an earlier attempt: nothing was sent{until}"


def _of_attempt(found: Renewing) -> Iterator[Finding]:
    attempt = found.tried
    if attempt is None:
        return
    seen = f"{attempt.host}: {attempt.words}"
    evidence = {**_evidence(found.traces), "asked": attempt.host}
    subjects = frozenset({attempt.host})
    if attempt.kept:
        yield p.REPAIR_INTERRUPTED.found(
            f"New tokens came and could not be stored: {attempt.words}",
            evidence=evidence,
            fix=_finish(found.traces),
        )
    elif attempt.ending is Ending.REFUSED:
        yield _PROBLEMS[attempt.problem or p.REFRESH_TOKEN_UNKNOWN.name].found(
            seen, evidence=evidence, fix=sign_in_again(found.traces.sign_in.login), subjects=subjects
        )
    elif attempt.problem == _REGION:
        yield REGION_BLOCKED.found(seen, evidence=evidence, advice=attempt.next_step, subjects=subjects)
    elif attempt.ending is not None and not attempt.by_codex:
        yield p.REFRESH_FAILED_FOR_NOW.found(
            seen,
            evidence={**evidence, "sign_of": attempt.problem},
            advice=attempt.next_step or None,
            fix=renew(found.traces.sign_in.login, "Renew it once more", force=True),
            subjects=subjects,
        )
    elif attempt.problem == _LOCK:
        yield p.AUTH_LOCK_HELD.found(f"{attempt.words}: nothing was sent", evidence=evidence)


def _of_traces(found: Renewing) -> Iterator[Finding]:
    known, nothing_ran = found.traces, found.tried is None or found.tried.ending is None
    if known.recorded:
        yield _recorded(known, known.recorded[0])
    if nothing_ran:
        yield from (_interrupted(known, one) for one in known.interrupted)
    if found.tried is None and known.lock is not None:
        yield p.AUTH_LOCK_HELD.found(known.lock, evidence=_evidence(known))


def _recorded(known: Traces, seen: Seen) -> Finding:
    problem = _PROBLEMS[seen.problem or ""]
    in_use = problem is p.REFRESH_TOKEN_ACCOUNT_CHANGED
    return problem.found(
        f"Codex recorded it {times(seen, known.examined)}, after the last renewal",
        evidence={**_evidence(known), **record(seen)},
        fix=None if in_use else sign_in_again(known.sign_in.login),
    )


def _interrupted(known: Traces, one: Interrupted) -> Finding:
    began = f"{_ACTS.get(one.act, 'Something')} that began at {moment(one.started)}"
    if one.act == "logout" and one.stored:
        words, severity = "is done here, and the service may not know it yet", Severity.NOTE
    elif one.stored:
        words, severity = "is stored, and only a note of it is left to remove", Severity.NOTE
    elif one.superseded:
        words, severity = "was overtaken by another sign-in, and only its note is left", Severity.NOTE
    elif one.answered and one.act == "import":
        words, severity = "was cut off, and is yet to be stored", Severity.WARNING
    elif one.answered:
        words, severity = "was answered, and the new tokens still wait to be stored", Severity.WARNING
    elif one.act != "refresh":
        words, severity = "came to nothing, and only its note is left", Severity.NOTE
    else:
        words, severity = "got no answer that was written down: its token may be used up", Severity.WARNING
    return p.REPAIR_INTERRUPTED.weighed(severity).found(
        f"{began} {words}", evidence={**_evidence(known), "began": stamp(one.started)}, fix=_finish(known)
    )


_ACTS: Final[Mapping[str, str]] = {
    "refresh": "A renewal",
    "login": "A sign-in",
    "import": "An import",
    "logout": "A sign-out",
}
"""What was interrupted, by the word that the journal has for it."""


def _finish(known: Traces) -> Fix:
    return renew(known.sign_in.login, "Finish it, and renew the sign-in if it is due")


def _evidence(known: Traces) -> dict[str, Evidence]:
    refreshed = known.sign_in.document.last_refresh
    return {
        "path": str(known.sign_in.login.file.path),
        "last_refresh": stamp(refreshed.timestamp()) if refreshed else None,
    }
