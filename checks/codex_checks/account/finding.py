"""How a ruling becomes a finding: what was seen, the evidence, and the next step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codex_checks.account.credential import Kind
from codex_checks.account.gates import said
from codex_checks.auth.again import sign_in_again
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.account.gates import Judged
    from codex_checks.account.session import Session
    from codex_doctor.fix import Fix
    from codex_doctor.model import Evidence, Finding, Problem


def report(
    found: Judged,
    *problems: Problem,
    advice: str | None = None,
    fixes: Mapping[Problem, Fix | None] | None = None,
) -> Iterator[Finding]:
    """Yield what the table says of the answer, if it is one of *problems*.

    :raises NotApplicable: it is another: an answer tells one thing, and nothing of the rest.
    """
    if found.ruling is None or found.ruling.problem is None:
        return
    if found.ruling.problem not in problems:
        raise NotApplicable(f"{found.session.host} {said(found.session)}")
    yield found.ruling.problem.found(
        seen(found.session),
        evidence=evidence(found.session, nature=found.ruling.nature.value),
        advice=advice,
        fix=(fixes or {}).get(found.ruling.problem),
        subjects=found.session.subjects,
    )


def seen(session: Session) -> str:
    """Say in words what was asked and answered."""
    words = f": {session.error.message}" if session.error.message else ""
    return f"{session.host} {said(session)} to the {session.held.kind} in {session.held.source}{words}"


def evidence(session: Session, **more: str) -> dict[str, Evidence]:
    """Return what was seen; never the credential itself. Times are RFC 3339 in UTC."""
    resets = session.error.resets_at
    kept: dict[str, Evidence] = {
        "credential": f"{session.held.kind} in {session.held.source}",
        "asked": session.url,
        "status": session.status,
        "code": session.error.word,
        "plan": session.plan,
        "resets": None if resets is None else f"{_utc(resets):%Y-%m-%dT%H:%M:%SZ}",
        "retry_after": session.retry_after,
        "cf_ray": session.ray,
        "request_id": session.request,
        "way": session.way or None,
        **more,
    }
    return {name: value for name, value in kept.items() if value is not None}


def again(session: Session) -> Fix | None:
    """Return how to sign in again, where what was refused is the stored ChatGPT sign-in."""
    return sign_in_again(session.login) if session.held.kind is Kind.CHATGPT else None


def until(moment: float, now: float) -> str:
    """Return a moment in words: `in 2 hours 5 minutes, at 2026-11-20 10:41 UTC`. Both in seconds."""
    at = f"at {_utc(moment):%Y-%m-%d %H:%M} UTC"
    minutes = max(0, round((moment - now) / 60))
    if minutes == 0:
        return f"now, {at}"
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (0 if days else minutes, "minute")]
    words = " ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count)
    return f"in {words}, {at}"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
