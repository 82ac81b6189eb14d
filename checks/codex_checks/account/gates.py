"""What an answer allows to be judged: each gate lets through what is known, or says why it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.account.credential import Kind
from codex_checks.account.rulings import Ruling, Side, rule
from codex_checks.account.session import Session, session
from codex_checks.problems.account import (
    PLAN_NOT_INCLUDED,
    WORKSPACE_CODEX_DISABLED,
    WORKSPACE_DEACTIVATED,
    WORKSPACE_INVALID_SELECTED,
)
from codex_checks.problems.limits import USAGE_LIMIT_HIT
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 1.0
"""Seconds: nothing is read any more."""


class Judged(Struct, frozen=True, kw_only=True):
    """An answer and what the table says of it; *ruling* is None where it is a healthy one."""

    session: Session
    ruling: Ruling | None = None

    @property
    def expired(self) -> bool:
        """Whether the access token has ended and nothing can renew it."""
        renewal = self.session.held.renewal
        return (
            renewal is not None
            and renewal.hindrance is not None
            and renewal.expired(self.session.login.examined)
        )


def judged(found: Session) -> Judged:
    """Return *found* with what the table says of it."""
    return Judged(session=found, ruling=rule(found))


@probe("account.answered", touches={Touches.ACCOUNT}, limit=LIMIT, needs=(session,))
async def answered(ctx: Context, found: Session) -> Judged:  # noqa: ARG001 - a probe
    """Return what the service answered, where it was asked and the answer means something."""
    if found.status is None:
        raise Unavailable(f"the {found.held.kind} cannot be sent")
    known = judged(found)
    if known.ruling is None and not found.accepted:
        raise Unavailable(f"{found.host} {said(found)}, which tells nothing")
    return known


@probe("account.told", touches={Touches.ACCOUNT}, limit=LIMIT, needs=(session,))
async def told(ctx: Context, found: Session) -> Judged:  # noqa: ARG001 - a probe
    """Return an answer that tells whether the credential is accepted."""
    known = judged(found)
    if found.status is None or found.accepted:
        return known
    if known.ruling is None or known.ruling.side is Side.SERVICE:
        raise Unavailable(
            f"{found.host} {said(found)}, which does not tell whether it accepts the {found.held.kind}"
        )
    if known.ruling.side is Side.CREDENTIAL and known.expired:
        raise Unavailable("the access token has expired, and the service refused it")
    return known


@probe("account.accepted", touches={Touches.ACCOUNT}, limit=LIMIT, needs=(told,))
async def accepted(ctx: Context, found: Judged) -> Judged:  # noqa: ARG001 - a probe
    """Return an answer to a credential that was accepted."""
    if found.session.status is None or (found.ruling is not None and found.ruling.side is Side.CREDENTIAL):
        raise Unavailable(f"the service does not accept the {found.session.held.kind}")
    return found


@probe("account.plan", touches={Touches.ACCOUNT}, limit=LIMIT, needs=(accepted,))
async def planned(ctx: Context, found: Judged) -> Judged:  # noqa: ARG001 - a probe
    """Return an answer about an account with a plan."""
    if found.session.held.kind is Kind.API_KEY:
        raise NotApplicable("an API key has no ChatGPT plan")
    if found.ruling is not None and found.ruling.problem not in OF_PLANS:
        raise Unavailable(f"{found.session.host} {said(found.session)}")
    return found


OF_PLANS: Final = (
    None,
    PLAN_NOT_INCLUDED,
    USAGE_LIMIT_HIT,
    WORKSPACE_CODEX_DISABLED,
    WORKSPACE_DEACTIVATED,
    WORKSPACE_INVALID_SELECTED,
)
"""What only an account with a plan is told."""


@probe("account.limits", touches={Touches.ACCOUNT}, limit=LIMIT, needs=(planned,))
async def limited(ctx: Context, found: Judged) -> Judged:  # noqa: ARG001 - a probe
    """Return an answer that tells of limits, or of one that was hit."""
    if found.ruling is not None and found.ruling.problem is not USAGE_LIMIT_HIT:
        raise Unavailable(f"{found.session.host} {said(found.session)}")
    if found.ruling is None and (found.session.usage is None or not found.session.usage.limits):
        raise NotApplicable("the service told no limits")
    return found


def said(found: Session) -> str:
    """Return in words what came: `answered 403 invalid_workspace_selected`."""
    if found.redirected:
        return f"answered {found.status} and led elsewhere, where nothing was sent"
    extra = found.error.word or ("with a page" if found.page else "")
    return f"answered {found.status} {extra}".rstrip()
