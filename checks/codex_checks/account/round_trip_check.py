"""Whether the model answers: proved by asking it, where the user wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.account.finding import again, evidence
from codex_checks.account.gates import Judged, answered, said
from codex_checks.account.round_trip import End, RoundTrip, round_trip
from codex_checks.account.rulings import rule
from codex_checks.models.retired import RETIRED
from codex_checks.problems import account as a
from codex_checks.problems import limits as u
from codex_checks.problems import models as m
from codex_checks.problems import service as s
from codex_checks.problems import turns as t
from codex_checks.recorded.signatures import problem_of
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Generator

    from codex_doctor.model import Finding, Problem

OF_THE_REQUEST: Final = (
    t.VERSION_TOO_OLD_FOR_MODEL,
    t.MODEL_NOT_FOUND,
    t.ORG_NOT_VERIFIED,
    u.MODEL_NOT_SUPPORTED_CHATGPT,
    m.MODEL_RETIRED,
)
"""What the service refuses for the model that is asked."""

OF_THE_ACCOUNT: Final = (
    a.AUTH_401_CHATGPT,
    a.AUTH_401_API_KEY,
    a.ACCESS_TOKEN_AGENT_IDENTITY_401,
    a.AUTH_MISSING_SCOPE_RESPONSES_WRITE,
    a.WORKSPACE_DEACTIVATED,
    a.WORKSPACE_INVALID_SELECTED,
    a.WORKSPACE_CODEX_DISABLED,
    a.PLAN_NOT_INCLUDED,
    a.ACCOUNT_REFUSED,
    u.USAGE_LIMIT_HIT,
    u.API_QUOTA_EXCEEDED,
    u.RATE_LIMITED_429,
    u.MODEL_AT_CAPACITY,
    u.SERVER_ERROR_PROCESSING,
    s.SERVICE_UNAVAILABLE,
    s.REGION_BLOCKED,
    s.CLOUDFLARE_CHALLENGE_403,
    t.ENTERPRISE_NETWORK_RULE_BLOCK,
)
"""What it refuses whatever is asked."""

_REPORTS: Final = (*OF_THE_REQUEST, *OF_THE_ACCOUNT, t.STREAM_CLOSED_EARLY)


@check(
    "service.model-answers",
    title="The model answers a request of your account",
    needs=(round_trip, answered.maybe()),
    reports=_REPORTS,
)
def model_answers(found: RoundTrip, otherwise: Judged | None) -> Generator[Finding, None, str | None]:
    """Judge the answer to one small request.

    What the service says to every question is found without one, and a turn fails now: so nothing of it is
    a warning.
    """
    if found.end is End.ANSWERED:
        cost = f" for {found.tokens} tokens" if found.tokens is not None else ""
        return f"{found.model} answered{cost}"
    problem = meaning(found)
    if otherwise is not None and problem in _known(otherwise):
        raise NotApplicable(f"{found.session.host} {said(found.session)}, as it does to other questions")
    grave = problem if problem.severity is Severity.ERROR else problem.weighed(Severity.ERROR)
    yield grave.found(
        _told(found),
        evidence={**evidence(found.session), "model": found.model},
        fix=again(found.session) if problem is a.AUTH_401_CHATGPT else None,
        subjects=found.session.subjects,
    )
    return None


def meaning(found: RoundTrip) -> Problem:
    """Return what an answer that is none means: by the server's words, then by the table of refusals."""
    session = found.session
    if found.end is End.CUT_OFF:
        return t.STREAM_CLOSED_EARLY
    name = problem_of(
        text=session.error.message, code=session.error.word, kind=None, status=session.status or None
    )
    if name == u.MODEL_NOT_SUPPORTED_CHATGPT.name and found.model in RETIRED:
        return m.MODEL_RETIRED
    for problem in OF_THE_REQUEST:
        if problem.name == name:
            return problem
    ruling = rule(session)
    if ruling is not None and ruling.problem is not None and ruling.problem in _REPORTS:
        return ruling.problem
    return next((problem for problem in _REPORTS if problem.name == name), a.ACCOUNT_REFUSED)


def _known(otherwise: Judged) -> set[Problem]:
    """Return what the answer to another question has said already."""
    known: set[Problem] = set()
    if otherwise.ruling is not None and otherwise.ruling.problem is not None:
        known.add(otherwise.ruling.problem)
    usage = otherwise.session.usage
    if usage is not None and any(limit.used_up for limit in usage.limits):
        known.add(u.USAGE_LIMIT_HIT)
    return known


def _told(found: RoundTrip) -> str:
    session = found.session
    words = f": {session.error.message}" if session.error.message else ""
    if found.end is End.CUT_OFF:
        return f"{session.host} began to answer a request to {found.model}, and broke off"
    if found.end is End.FAILED:
        word = f" ({session.error.word})" if session.error.word else ""
        return f"{session.host} took a request to {found.model}, and failed{word}{words}"
    return f"{session.host} {said(session)} to a request to {found.model}{words}"


CHECKS: Final[tuple[Check, ...]] = (model_answers,)
