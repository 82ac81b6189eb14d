"""What Codex can do without, and waits for where it is broken: WebSockets and IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import is_page, problem_of
from codex_checks.network.gates import ways
from codex_checks.network.reach import PATIENCE, Reach, reach
from codex_checks.network.remedies import without_ipv6
from codex_checks.network.telling import way
from codex_checks.problems.network import IPV6_BROKEN, WEBSOCKET_BLOCKED
from codex_doctor.check import Check, check
from codex_doctor.dial import Fault, Stage
from codex_doctor.probe import NotApplicable, Touches, Unavailable, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.network.proxies import Choice
    from codex_checks.network.reach import Visit
    from codex_checks.network.variables import Origins
    from codex_doctor.context import Context
    from codex_doctor.dial import Answer, Attempt
    from codex_doctor.model import Finding

STALLED: Final = 0.8 * PATIENCE
"""Seconds of silence that tell: answers to the question before took a tenth of it."""

FAR_SLOWER: Final = 5
"""How many times as long as the question before it an upgrade must have waited to count as stalled."""

BROKEN_OFF: Final = frozenset({Fault.CLOSED, Fault.HTTP_GARBAGE, Fault.RESET})

DEAD: Final = frozenset({Fault.CONNECT_FAILED, Fault.REFUSED, Fault.RESET, Fault.TIMEOUT})
"""What an IPv6 address that leads nowhere does. No route at all is none of it: that makes no one wait."""


@probe("network.upgrades", touches={Touches.NETWORK}, limit=1.0, needs=(reach,))
async def upgrades(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where a host that answers was asked to go on as a WebSocket."""
    asked = [visit for visit in found.visits if visit.host.upgrade is not None]
    if not asked:
        raise NotApplicable("no host is known that takes the turns")
    if all(visit.attempt.answer is None for visit in asked):
        raise Unavailable("the host that takes the turns did not answer")
    if all(visit.upgrade is None for visit in asked):
        raise NotApplicable("a WebSocket takes another way than we can try")
    return found


@check(
    "network.websockets-get-through",
    title="WebSockets get through to the host that takes the turns",
    needs=(upgrades,),
    reports=(WEBSOCKET_BLOCKED,),
)
def websockets_get_through(found: Reach) -> Iterator[Finding]:
    """Judge upgrades that broke off where HTTPS works; a refusal by the host itself is an answer."""
    for visit in found.visits:
        words = blocked(visit, found.origins)
        if words is not None:
            yield WEBSOCKET_BLOCKED.found(
                f"{visit.host.name} answers over HTTPS, but {words}",
                evidence={visit.host.name: way(visit), "websocket": str(visit.upgrade)},
                subjects=visit.host.subjects,
            )


def blocked(visit: Visit, origins: Origins) -> str | None:
    """Return what stops WebSockets, in words that follow `it answers, but`; None where nothing shows that.

    Without a credential the host itself refuses the upgrade (401, 403, 405), or says that it has none
    (426): each shows that the question came through. Only who breaks off, keeps silent, or answers in
    its place stands in the way.
    """
    upgrade, plain = visit.upgrade, visit.attempt.answer
    if upgrade is None or plain is None or problem_of(visit) is not None:
        return None
    if upgrade.answer is not None:
        return _answered_by_another(upgrade.answer, plain)
    if visit.socket is not None and visit.socket.proxy != visit.choice.proxy:
        return _led_astray(upgrade, visit.socket, origins)
    return _broken_off(upgrade, usual=visit.attempt.steps[-1].seconds)


def _led_astray(upgrade: Attempt, way_taken: Choice, origins: Origins) -> str | None:
    """Return what the proxy did that only a WebSocket goes through, or None where it did nothing."""
    failure, setting = upgrade.failure, way_taken.setting
    if failure is None or failure.fault is None or setting is None or not failure.fault.startswith("proxy"):
        return None
    return (
        f"a WebSocket goes through {setting.variable} (set in {origins.where(setting.variable)}), "
        f"{setting.shown}, which does not lead there ({failure.words})"
    )


def _broken_off(upgrade: Attempt, *, usual: float) -> str | None:
    """Return how an upgrade ended on a way that led there a moment ago, in *usual* seconds; or None."""
    failure = upgrade.failure
    if failure is None or failure.stage is not Stage.HTTP:
        return None
    if failure.fault in BROKEN_OFF:
        return f"a WebSocket does not come about: {failure.words}"
    if failure.fault is Fault.HTTP_TIMEOUT and failure.seconds > max(STALLED, FAR_SLOWER * usual):
        return f"nothing answered the question for a WebSocket within {failure.seconds:.1f} seconds"
    return None


def _answered_by_another(upgrade: Answer, plain: Answer) -> str | None:
    """Return who answered the upgrade in place of the host that answered before it, or None."""
    if upgrade.status >= 500:  # noqa: PLR2004 - server errors
        return f"the question for a WebSocket was answered with {upgrade.status}"
    if upgrade.status >= 400 and is_page(upgrade) and not is_page(plain) and "cf-ray" not in upgrade.headers:  # noqa: PLR2004 - refusals
        return (
            f"a page was put in the place of an answer to the question for a WebSocket, with {upgrade.status}"
        )
    if upgrade.status >= 400 and "cf-ray" in plain.headers and "cf-ray" not in upgrade.headers:  # noqa: PLR2004 - refusals
        by = upgrade.headers.get("server") or upgrade.headers.get("via") or "something on the way"
        return f"{by} answered the question for a WebSocket in its place, with {upgrade.status}"
    return None


@probe("network.families", touches={Touches.NETWORK}, limit=1.0, needs=(ways,))
async def families(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where a host that is connected to straight has an IPv6 address."""
    straight = [visit for visit in found.visits if visit.choice.proxy is None]
    if not any(":" in address for visit in straight for address in visit.attempt.addresses):
        raise NotApplicable("no host that is connected to straight has an IPv6 address")
    return found


@check(
    "network.ipv6-leads-there",
    title="IPv6 addresses lead to the hosts as IPv4 ones do",
    needs=(families,),
    reports=(IPV6_BROKEN,),
)
def ipv6_leads_there(found: Reach) -> Iterator[Finding]:
    """Judge IPv6 where only IPv4 led to a host that has addresses of both kinds."""
    tried = found.sixth
    if tried is None or tried.fault not in DEAD or tried.failure is None:
        return
    visit = next(visit for visit in found.visits if tried.target.host in visit.attempt.addresses)
    how = "is silent" if tried.fault is Fault.TIMEOUT else f"fails ({tried.failure.words})"
    yield IPV6_BROKEN.found(
        f"{visit.host.name} answers at {visit.attempt.address}, and connecting to {tried.target.host} {how}",
        evidence={"IPv4": str(visit.attempt), "IPv6": str(tried)},
        fix=without_ipv6(found),
        subjects=visit.host.subjects,
    )


CHECKS: Final[tuple[Check, ...]] = (ipv6_leads_there, websockets_get_through)
