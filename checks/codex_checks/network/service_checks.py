"""Whether the service works, and serves whoever asks from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import diagnose
from codex_checks.network.gates import Served, answers, served
from codex_checks.network.telling import report, seen
from codex_checks.problems import service as problems
from codex_checks.turns.failed import FailedTurns, failed_turns
from codex_doctor.check import Check, check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.network.reach import Reach
    from codex_checks.network.status import Status
    from codex_doctor.model import Finding, Problem


@check(
    "service.answers-without-a-challenge",
    title="The service answers programs, not only browsers",
    needs=(answers, failed_turns.maybe()),
    reports=(problems.CLOUDFLARE_CHALLENGE_403,),
)
def answers_without_a_challenge(found: Reach, turns: FailedTurns | None) -> Iterator[Finding]:
    """Report a challenge that Codex recorded too; that only the doctor meets it proves nothing of Codex."""
    visits = diagnose(found).get(problems.CLOUDFLARE_CHALLENGE_403)
    if visits:
        rays = ", ".join(
            dict.fromkeys(
                visit.attempt.answer.headers["cf-ray"]
                for visit in visits
                if visit.attempt.answer is not None and "cf-ray" in visit.attempt.answer.headers
            )
        )
        yield report(challenge(turns), visits, found, cf_ray=rays, recorded=challenges_recorded(turns) or "")


def challenge(turns: FailedTurns | None) -> Problem:
    """Return the problem of a challenge: an error where a turn of Codex failed of one, else a note."""
    problem = problems.CLOUDFLARE_CHALLENGE_403
    return problem if challenges_recorded(turns) else problem.weighed(Severity.NOTE)


def challenges_recorded(turns: FailedTurns | None) -> str | None:
    """Return how often turns of Codex failed of a challenge, and when last, in words; None for never."""
    met = turns.of(problems.CLOUDFLARE_CHALLENGE_403.name) if turns is not None else None
    return met.words(turns.examined) if met is not None and turns is not None else None


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
    needs=(served,),
    reports=(problems.SERVICE_UNAVAILABLE,),
)
def is_up(found: Served) -> Iterator[Finding]:
    """Judge answers that say that the server itself is at fault, and what the service admits."""
    reach, status = found.reach, found.status
    visits = diagnose(reach).get(problems.SERVICE_UNAVAILABLE, ())
    if status.admits:
        visits = visits or tuple(
            visit for visit in reach.visits if visit.host.needed and visit.attempt.answer is None
        )
        yield report(
            problems.SERVICE_UNAVAILABLE,
            visits,
            reach,
            detail=f"Theirs, not yours: {admitted(status)}; {seen(visits, reach.origins)}",
            advice=wait(status),
            status_page=admitted(status),
        )
    elif visits:
        page = "it knows of no fault" if status.understood else "it could not be read"
        usual = any(visit.host.source == "default" for visit in visits)
        side = "Theirs, not yours" if usual else "That server's own fault, not this machine's"
        yield report(
            problems.SERVICE_UNAVAILABLE,
            visits,
            reach,
            detail=f"{side}: {seen(visits, reach.origins)}",
            status_page=page if status.asked else "",
        )


def admitted(status: Status) -> str:
    """Return what the service admits, in words: the incident and since when, else what does not work."""
    if not status.incidents:
        return f"the status page says that {', '.join(status.troubled)} does not work as it should"
    first = status.incidents[0]
    since = f" since {_moment(first.since)}" if first.since else ""
    more = f", and {len(status.incidents) - 1} more" if len(status.incidents) > 1 else ""
    return f"{first.name or 'an incident'}{since}{more}"


def wait(status: Status) -> str:
    """Return the advice: where to see that it is over, and what goes on meanwhile."""
    link = next((each.link for each in status.incidents if each.link), PAGE)
    return (
        f"Wait until {link} says that it is over; nothing on this machine needs mending. "
        "`codex resume` then finds your session again."
    )


PAGE: Final = "https://status.openai.com"


def _moment(since: str) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        return since
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return f"{aware.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return since


CHECKS: Final[tuple[Check, ...]] = (answers_without_a_challenge, country_is_served, is_up)
