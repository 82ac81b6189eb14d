"""Whether Codex finds the hosts it needs and gets through to them; and every check of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network import portal, proxy_checks, service_checks, shortcuts, tls_checks
from codex_checks.network.diagnosis import diagnose
from codex_checks.network.gates import clocks, dialled, github, named_directly, ways
from codex_checks.network.reach import Reach, reach
from codex_checks.network.remedies import remedy, set_clock
from codex_checks.network.status import Status, status
from codex_checks.network.telling import named, report, seen, stages
from codex_checks.network.whose import whose
from codex_checks.problems import network as problems
from codex_checks.problems.turns import ENTERPRISE_NETWORK_RULE_BLOCK
from codex_doctor.check import Check, check
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from codex_checks.network.reach import Visit
    from codex_doctor.model import Finding


@check(
    "network.machine-is-connected",
    title="This machine has a way to the network",
    needs=(reach,),
    reports=(problems.NETWORK_UNREACHABLE,),
)
def machine_is_connected(found: Reach) -> Iterator[Finding]:
    """Judge whether anything outside can be reached at all: one finding, whatever else fails for it."""
    visits = diagnose(found).get(problems.NETWORK_UNREACHABLE)
    if not visits:
        return
    if found.links.route is False:
        why = "There is no route but to this machine itself"
    elif found.links.interface is False:
        why = "There is no network interface with an address but the loopback"
    else:
        why = "The system has no route to any of the hosts"
    yield report(problems.NETWORK_UNREACHABLE, visits, found, detail=f"{why}; needed for {named(visits)}")


@check(
    "network.hosts-resolve",
    title="The hosts that Codex needs have addresses",
    needs=(named_directly,),
    reports=(problems.DNS_FAILURE, problems.DNS_FAILURE_WSL),
)
def hosts_resolve(found: Reach) -> Iterator[Finding]:
    """Judge the names that the system's resolver could not turn into addresses."""
    for problem in (problems.DNS_FAILURE, problems.DNS_FAILURE_WSL):
        visits = diagnose(found).get(problem)
        if visits:
            fix = remedy(problem, visits, found)
            yield report(problem, visits, found, fix=fix, name_servers="; ".join(found.servers))


@check(
    "network.hosts-accept-connections",
    title="The hosts that Codex needs accept connections and keep them",
    needs=(dialled, status.maybe()),
    reports=(problems.CONNECTION_REFUSED, problems.CONNECTION_TIMEOUT, problems.CONNECTION_RESET),
)
def hosts_accept_connections(found: Reach, said: Status | None) -> Iterator[Finding]:
    """Judge the connections that were refused, met with silence or cut off; say whose fault it seems."""
    diagnosis = diagnose(found)
    for problem in (problems.CONNECTION_REFUSED, problems.CONNECTION_TIMEOUT, problems.CONNECTION_RESET):
        visits = diagnosis.get(problem)
        if visits:
            detail = _with_whose(visits, found, said)
            yield report(problem, visits, found, detail=detail, fix=remedy(problem, visits, found))


def _with_whose(visits: Sequence[Visit], found: Reach, said: Status | None) -> str:
    """Return what was seen, and whose fault that is as far as it shows; what the page admits stands apart."""
    words = seen(visits, found.origins)
    side = "" if said is not None and said.admits else whose(found, said)
    return f"{words}; {side}" if side else words


@check(
    "network.github-is-reached",
    title="GitHub answers",
    needs=(github,),
    reports=(problems.GITHUB_UNREACHABLE,),
)
def github_is_reached(found: Reach) -> Generator[Finding, None, str]:
    """Judge what fails for GitHub alone; say how long each stage of the ways took."""
    visits = diagnose(found).get(problems.GITHUB_UNREACHABLE)
    if visits:
        yield report(problems.GITHUB_UNREACHABLE, visits, found)
    return stages(visit for visit in found.visits if visit.host.service.of_github)


@check(
    "network.openai-is-reached",
    title="The hosts that Codex needs answer in HTTP",
    needs=(ways, status.maybe()),
    reports=(problems.OPENAI_UNREACHABLE, ENTERPRISE_NETWORK_RULE_BLOCK),
)
def openai_is_reached(found: Reach, said: Status | None) -> Generator[Finding, None, str]:
    """Judge hosts that give no usable answer, or refuse by a rule; say how long each stage took."""
    diagnosis = diagnose(found)
    visits = diagnosis.get(problems.OPENAI_UNREACHABLE)
    if visits:
        yield report(problems.OPENAI_UNREACHABLE, visits, found, detail=_with_whose(visits, found, said))
    refused = diagnosis.get(ENTERPRISE_NETWORK_RULE_BLOCK)
    if refused:
        yield report(ENTERPRISE_NETWORK_RULE_BLOCK, refused, found)
    return stages(visit for visit in found.visits if not visit.host.service.of_github)


SKEW: Final = 300.0
"""Seconds: the leeway that services commonly grant to a token's times."""

GRAVE: Final = 3600.0
"""Seconds: about the life of the shortest tokens; beyond, what is valid counts as expired or the reverse."""


@check(
    "network.clock-is-right",
    title="The clock of this machine agrees with the servers",
    needs=(clocks,),
    reports=(problems.CLOCK_SKEW,),
)
def clock_is_right(found: Reach) -> Iterator[Finding]:
    """Judge our clock by those of the servers: all that told must disagree with it, in the same direction."""
    skews = [visit.skew for visit in found.visits if visit.skew is not None]
    if not skews or min(map(abs, skews)) <= SKEW or min(skews) * max(skews) < 0:
        return
    skew = min(skews, key=abs)
    problem = problems.CLOCK_SKEW if abs(skew) > GRAVE else problems.CLOCK_SKEW.weighed(Severity.WARNING)
    direction = "behind" if skew > 0 else "ahead of"
    names = ", ".join(visit.host.name for visit in found.visits if visit.skew is not None)
    yield problem.found(
        f"This machine is {_duration(abs(skew))} {direction} {names}",
        evidence={"seconds": round(skew)},
        fix=set_clock(found),
    )


def _duration(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"


CHECKS: Final[tuple[Check, ...]] = (
    clock_is_right,
    github_is_reached,
    hosts_accept_connections,
    hosts_resolve,
    machine_is_connected,
    openai_is_reached,
    *portal.CHECKS,
    *proxy_checks.CHECKS,
    *service_checks.CHECKS,
    *shortcuts.CHECKS,
    *tls_checks.CHECKS,
)
