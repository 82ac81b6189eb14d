"""Whether the service works, and serves whoever asks from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import diagnose
from codex_checks.network.gates import answers
from codex_checks.network.telling import report
from codex_checks.problems import service as problems
from codex_doctor.check import Check, check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.network.reach import Reach
    from codex_doctor.model import Finding


@check(
    "service.answers-without-a-challenge",
    title="The service answers programs, not only browsers",
    needs=(answers,),
    reports=(problems.CLOUDFLARE_CHALLENGE_403,),
)
def answers_without_a_challenge(found: Reach) -> Iterator[Finding]:
    """Note a challenge: that the doctor meets it does not prove that Codex does."""
    visits = diagnose(found).get(problems.CLOUDFLARE_CHALLENGE_403)
    if visits:
        rays = ", ".join(
            dict.fromkeys(
                visit.attempt.answer.headers["cf-ray"]
                for visit in visits
                if visit.attempt.answer is not None and "cf-ray" in visit.attempt.answer.headers
            )
        )
        noted = problems.CLOUDFLARE_CHALLENGE_403.weighed(Severity.NOTE)
        yield report(noted, visits, found, cf_ray=rays)


@check(
    "service.country-is-served",
    title="OpenAI serves the country that this connection comes from",
    needs=(answers,),
    reports=(problems.REGION_BLOCKED,),
)
def country_is_served(found: Reach) -> Iterator[Finding]:
    """Judge refusals that name the country."""
    visits = diagnose(found).get(problems.REGION_BLOCKED)
    if visits:
        straight = [visit.host.name for visit in visits if visit.choice.proxy is None]
        yield report(problems.REGION_BLOCKED, visits, found, without_a_proxy=", ".join(straight))


@check(
    "service.is-up",
    title="The service has no fault of its own",
    needs=(answers,),
    reports=(problems.SERVICE_UNAVAILABLE,),
)
def is_up(found: Reach) -> Iterator[Finding]:
    """Judge answers that say that the server itself is at fault."""
    visits = diagnose(found).get(problems.SERVICE_UNAVAILABLE)
    if visits:
        yield report(problems.SERVICE_UNAVAILABLE, visits, found)


CHECKS: Final[tuple[Check, ...]] = (answers_without_a_challenge, country_is_served, is_up)
