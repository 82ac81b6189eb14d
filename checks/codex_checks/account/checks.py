"""Whether the service accepts the sign-in, and what it lets the account do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.account.credential import Kind
from codex_checks.account.finding import again, evidence, report
from codex_checks.account.gates import answered, planned, said, told
from codex_checks.account.limits import limits_have_room
from codex_checks.account.preflight import turns_are_routed, workspace_settings_come
from codex_checks.account.rulings import Side
from codex_checks.network.diagnosis import diagnose
from codex_checks.network.reach import Reach, reach
from codex_checks.network.service_checks import challenge
from codex_checks.problems import account as a
from codex_checks.problems import limits as u
from codex_checks.problems import service as s
from codex_checks.problems.signin import ACCESS_TOKEN_EXPIRED
from codex_checks.problems.turns import ENTERPRISE_NETWORK_RULE_BLOCK
from codex_checks.turns.failed import FailedTurns, failed_turns
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.account.gates import Judged
    from codex_doctor.model import Finding, Problem

EXPIRED: Final = "token_expired"
"""The server's word for an access token that has ended (codex-auth 5.3)."""

_OF_THE_SERVICE: Final = (
    s.REGION_BLOCKED,
    s.CLOUDFLARE_CHALLENGE_403,
    s.SERVICE_UNAVAILABLE,
    u.SERVER_ERROR_PROCESSING,
    u.MODEL_AT_CAPACITY,
    u.MODEL_NOT_SUPPORTED_CHATGPT,
    a.ACCOUNT_REFUSED,
    ENTERPRISE_NETWORK_RULE_BLOCK,
)

_REFUSED_BY_KIND: Final[dict[Kind, Problem]] = {
    Kind.CHATGPT: a.AUTH_401_CHATGPT,
    Kind.API_KEY: a.AUTH_401_API_KEY,
    Kind.PERSONAL: a.ACCESS_TOKEN_AGENT_IDENTITY_401,
}


@check(
    "auth.session-accepted",
    title="The service accepts your sign-in",
    needs=(told,),
    reports=(
        a.AUTH_401_CHATGPT,
        a.AUTH_401_API_KEY,
        a.ACCESS_TOKEN_AGENT_IDENTITY_401,
        a.AUTH_MISSING_SCOPE_RESPONSES_WRITE,
        a.AUTH_MISSING_BEARER,
        ACCESS_TOKEN_EXPIRED,
    ),
)
def session_accepted(found: Judged) -> Iterator[Finding]:
    """Judge a refusal of the credential.

    One that the service calls expired is renewed by Codex at once (codex-auth 5.3): that is healthy,
    unless nothing can renew it.
    """
    session, held = found.session, found.session.held
    if session.status is None:
        yield _REFUSED_BY_KIND[held.kind].found(
            f"The {held.kind} in {held.source} holds {held.flaw}, so Codex cannot even send it",
            evidence=evidence(session),
            advice="Store it again, copied whole and without anything before or after it.",
            fix=again(session),
        )
    elif held.kind is Kind.CHATGPT and session.status == 401 and session.error.code == EXPIRED:  # noqa: PLR2004 - Unauthorized
        if not held.renewable:
            why = held.renewal.hindrance if held.renewal else "nothing renews it"
            yield ACCESS_TOKEN_EXPIRED.found(
                f"{session.host} answered 401 {EXPIRED}, and {why}",
                evidence=evidence(session),
                fix=again(session),
            )
    elif found.ruling is not None and found.ruling.side is Side.CREDENTIAL:
        yield from report(
            found,
            *_REFUSED_BY_KIND.values(),
            a.AUTH_MISSING_SCOPE_RESPONSES_WRITE,
            a.AUTH_MISSING_BEARER,
            fixes={a.AUTH_401_CHATGPT: again(session)},
        )


@check(
    "account.workspace-is-usable",
    title="The workspace of your sign-in can be used with Codex",
    needs=(planned,),
    reports=(a.WORKSPACE_DEACTIVATED, a.WORKSPACE_INVALID_SELECTED, a.WORKSPACE_CODEX_DISABLED),
)
def workspace_is_usable(found: Judged) -> Iterator[Finding]:
    """Judge refusals that name the workspace."""
    yield from report(
        found,
        a.WORKSPACE_INVALID_SELECTED,
        a.WORKSPACE_DEACTIVATED,
        a.WORKSPACE_CODEX_DISABLED,
        fixes={a.WORKSPACE_INVALID_SELECTED: again(found.session)},
    )


@check(
    "account.plan-includes-codex",
    title="Your ChatGPT plan includes Codex",
    needs=(planned,),
    reports=(a.PLAN_NOT_INCLUDED,),
)
def plan_includes_codex(found: Judged) -> Iterator[Finding]:
    """Judge the refusal that names the plan."""
    yield from report(found, a.PLAN_NOT_INCLUDED)


@check(
    "usage.requests-are-served",
    title="The service does not hold back your requests",
    needs=(answered,),
    reports=(u.RATE_LIMITED_429, u.API_QUOTA_EXCEEDED),
)
def requests_are_served(found: Judged) -> Iterator[Finding]:
    """Judge 429 where it is about the rate of requests or about credit, not about a plan's limit."""
    after, advice = found.session.retry_after or "", None
    if after.isdecimal() and found.ruling is not None and found.ruling.problem is u.RATE_LIMITED_429:
        advice = f"Wait {after} seconds, then run fewer sessions at once."
    yield from report(found, u.RATE_LIMITED_429, u.API_QUOTA_EXCEEDED, advice=advice)


@check(
    "service.serves-your-account",
    title="The service works for your account",
    needs=(answered, reach.maybe(), failed_turns.maybe()),
    reports=_OF_THE_SERVICE,
)
def serves_your_account(found: Judged, reached: Reach | None, turns: FailedTurns | None) -> Iterator[Finding]:
    """Judge what only shows once a credential is sent; what everyone meets is found without one."""
    known: set[Problem] = set() if reached is None else set(diagnose(reached))
    if s.SERVICE_UNAVAILABLE in known:
        known |= {u.SERVER_ERROR_PROCESSING, u.MODEL_AT_CAPACITY}
    if found.ruling is not None and found.ruling.problem in known:
        raise NotApplicable(f"{found.session.host} {said(found.session)}, as it does without a sign-in")
    for finding in report(found, *_OF_THE_SERVICE):
        if finding.problem is s.CLOUDFLARE_CHALLENGE_403:
            met = challenge(turns)  # by Codex too, or by the doctor alone
            yield met.found(finding.detail, evidence=finding.evidence, subjects=finding.subjects)
        else:
            yield finding


CHECKS: Final[tuple[Check, ...]] = (
    plan_includes_codex,
    workspace_is_usable,
    session_accepted,
    serves_your_account,
    limits_have_room,
    requests_are_served,
    turns_are_routed,
    workspace_settings_come,
)
