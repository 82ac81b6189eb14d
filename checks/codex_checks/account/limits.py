"""How much of the plan's limits is used, and when they reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.account.finding import evidence, report, until
from codex_checks.account.gates import limited
from codex_checks.problems import limits as u
from codex_doctor.check import check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.account.answer import Limit, Usage, Window
    from codex_checks.account.gates import Judged
    from codex_checks.account.session import Session
    from codex_doctor.model import Finding

NEAR: Final = 90.0
"""Percent used from which Codex itself warns (codex-environment 8: less than 10 % left)."""

REACHED: Final = {
    "workspace_owner_credits_depleted": "Add credits to your workspace, or wait for the reset.",
    "workspace_member_credits_depleted": "Ask the owner of your workspace to add credits.",
    "workspace_owner_usage_limit_reached": "Raise the spending limit of your workspace, or wait.",
    "workspace_member_usage_limit_reached": "Ask the owner of your workspace to raise your spending limit.",
}
"""What to do where the service says what was reached (codex-environment 8)."""


@check(
    "usage.limits-have-room",
    title="The limits of your plan leave room for a turn",
    needs=(limited,),
    reports=(u.USAGE_LIMIT_HIT, u.USAGE_LIMIT_NEAR, u.USAGE_LIMIT_STALE_PLAN),
)
def limits_have_room(found: Judged) -> Iterator[Finding]:
    """Judge how much is used of each limit.

    Where the account has credits, a turn goes on beyond its limit, and that is only worth knowing. A
    limit of one model leaves the others.
    """
    session = found.session
    if (resets := session.error.resets_at) is not None:
        advice = f"Wait for the reset ({until(resets, session.examined)}), or buy credits or change the plan."
        yield from report(found, u.USAGE_LIMIT_HIT, advice=advice)
    else:
        yield from report(found, u.USAGE_LIMIT_HIT)
    usage = session.usage
    if usage is None:
        return
    hit = [limit for limit in usage.limits if limit.used_up]
    for limit in usage.limits:
        if limit in hit:
            yield _hit(session, usage, limit)
        elif limit.fullest is not None and limit.fullest.used_percent >= NEAR and not hit:
            yield _near(session, limit, limit.fullest)
    yield from _stale_plan(session, usage)


def _hit(session: Session, usage: Usage, limit: Limit) -> Finding:
    if limit.name is not None:
        problem = u.USAGE_LIMIT_HIT.weighed(Severity.WARNING)
    else:
        problem = u.USAGE_LIMIT_HIT.weighed(Severity.NOTE) if usage.credits else u.USAGE_LIMIT_HIT
    window = limit.fullest
    resets = window.resets_at if window else None
    when = "" if resets is None else f"; it resets {until(resets, session.examined)}"
    instead = "; credits are used now" if usage.credits and limit.name is None else ""
    advice = REACHED.get(usage.reached or "")
    if advice is None and resets is not None:  # when it is, the detail has just said
        advice = "Wait for the reset, or buy credits or change the plan."
    return problem.found(
        f"The {_name(limit, window)} of {_plan(session)} is used up{when}{instead}",
        evidence=_evidence(session, usage),
        advice=advice,
    )


def _near(session: Session, limit: Limit, window: Window) -> Finding:
    resets = window.resets_at
    when = "" if resets is None else f"; it resets {until(resets, session.examined)}"
    return u.USAGE_LIMIT_NEAR.found(
        f"{window.used_percent:.0f} % of the {_name(limit, window)} of {_plan(session)} is used{when}",
        evidence=evidence(session),
    )


def _stale_plan(session: Session, usage: Usage) -> Iterator[Finding]:
    """Note a sign-in that was made on another plan: the service counts by its own."""
    written, told = (session.held.plan or "").lower(), usage.plan or ""
    if written and told and written != told and "unknown" not in (written, told):
        yield u.USAGE_LIMIT_STALE_PLAN.found(
            f"The sign-in in {session.held.source} says {written}, and {session.host} says {told}",
            evidence=evidence(session, plan_of_sign_in=written),
        )


def _evidence(session: Session, usage: Usage) -> dict[str, str | int | float | bool | tuple[str, ...] | None]:
    found = evidence(session)
    if usage.reached:
        found["reached"] = usage.reached
    return found


def _name(limit: Limit, window: Window | None) -> str:
    name = window.name if window else "limit"
    return name if limit.name is None else f"{name} for {limit.name}"


def _plan(session: Session) -> str:
    return f"the plan {session.plan}" if session.plan else "your plan"
