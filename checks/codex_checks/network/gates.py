"""How far the ways led: a check is judged only where one got as far as what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.network.diagnosis import cut_off, diagnose
from codex_checks.network.reach import Reach, reach
from codex_checks.network.status import Status, status
from codex_checks.problems.network import GITHUB_UNREACHABLE
from codex_doctor.dial import Stage
from codex_doctor.probe import NotApplicable, Touches, Unavailable, probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 1.0
"""Seconds: nothing is read any more."""


@probe("network.connected", touches={Touches.NETWORK}, limit=LIMIT, needs=(reach,))
async def connected(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where this machine has any way to the hosts."""
    if not found.visits:
        raise Unavailable("no host could be tried")
    if len(cut_off(found)) == len(found.visits):
        raise Unavailable("this machine has no way to any host")
    return found


@probe("network.dialled", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected,))
async def dialled(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where at least one of the needed hosts could be tried without a proxy."""
    if all(visit.choice.proxy for visit in found.visits) and not any(_reached(found, Stage.TLS, Stage.HTTP)):
        raise Unavailable("the proxy led to no host that Codex needs")
    if not any(_reached(found, Stage.CONNECT)):
        raise Unavailable("no host that Codex needs has an address to connect to")
    return found


@probe("network.named-directly", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected,))
async def named_directly(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where this machine itself turns a host's name into an address."""
    if all(visit.choice.proxy for visit in found.visits):
        raise NotApplicable("the proxy finds the addresses of the hosts")
    return found


@probe("network.ways", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected,))
async def ways(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where at least one of the needed hosts was connected to."""
    if not any(_reached(found, Stage.TLS, Stage.HTTP)):
        raise Unavailable("no connection to a host that Codex needs was made")
    return found


@probe("network.secured", touches={Touches.NETWORK}, limit=LIMIT, needs=(ways,))
async def secured(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where TLS was tried."""
    if not any(_reached(found, Stage.TLS)):
        raise NotApplicable("no host that Codex needs is spoken to over TLS here")
    return found


@probe("network.answers", touches={Touches.NETWORK}, limit=LIMIT, needs=(ways,))
async def answers(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where at least one of the needed hosts answered."""
    if all(visit.attempt.answer is None for visit in found.visits if not visit.host.service.of_github):
        raise Unavailable("no host that Codex needs answered")
    return found


class Served(Struct, frozen=True, kw_only=True):
    """What was reached, and what the service says of itself."""

    reach: Reach
    status: Status


@probe("service.served", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected, status))
async def served(ctx: Context, found: Reach, said: Status) -> Served:  # noqa: ARG001 - a probe
    """Return what tells of the service: that one of its hosts answered, or that it admits a fault."""
    unheard = all(visit.attempt.answer is None for visit in found.visits if not visit.host.service.of_github)
    if unheard and not said.admits:
        raise Unavailable("no host that Codex needs answered")
    return Served(reach=found, status=said)


@probe("network.clocks", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected,))
async def clocks(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where at least one host told the time."""
    if all(visit.skew is None for visit in found.visits):
        raise Unavailable("no host told the time")
    return found


@probe("network.github", touches={Touches.NETWORK}, limit=LIMIT, needs=(connected,))
async def github(ctx: Context, found: Reach) -> Reach:  # noqa: ARG001 - a probe
    """Return what was reached, where GitHub was, or fails for reasons of its own."""
    asked = [visit for visit in found.visits if visit.host.service.of_github]
    if all(visit.attempt.answer is None for visit in asked) and GITHUB_UNREACHABLE not in diagnose(found):
        raise Unavailable("GitHub was not reached either")
    return found


def _reached(found: Reach, *stages: Stage) -> list[bool]:
    """Return, for each way to a host that is not GitHub's, whether it led to one of *stages*."""
    return [
        any(step.stage in stages for step in visit.attempt.steps)
        for visit in found.visits
        if not visit.host.service.of_github
    ]
