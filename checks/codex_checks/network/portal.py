"""Whether somebody answers in the place of the hosts that Codex needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import diagnose, is_portal, redirected_to
from codex_checks.network.gates import ways
from codex_checks.network.telling import report
from codex_checks.problems.network import CAPTIVE_PORTAL
from codex_doctor.check import Check, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.network.reach import Reach
    from codex_doctor.model import Finding


@check(
    "network.nobody-answers-instead",
    title="The hosts that Codex needs answer themselves",
    needs=(ways,),
    reports=(CAPTIVE_PORTAL,),
)
def nobody_answers_instead(found: Reach) -> Iterator[Finding]:
    """Judge answers that are not of the host that was asked, over HTTPS or plain HTTP."""
    visits = diagnose(found).get(CAPTIVE_PORTAL)
    if visits:
        yield report(CAPTIVE_PORTAL, visits, found)
        return
    plain = found.portal
    if plain is None or plain.answer is None or not is_portal(plain.answer, plain.target.host):
        return
    elsewhere = redirected_to(plain.answer)
    said = f"with a redirection to {elsewhere}" if elsewhere else "with a page of its own"
    yield CAPTIVE_PORTAL.found(
        f"This network answered http://{plain.target.host}/ {said}, and breaks every HTTPS connection",
        evidence={f"http://{plain.target.host}/": str(plain)},
    )


CHECKS: Final[tuple[Check, ...]] = (nobody_answers_instead,)
