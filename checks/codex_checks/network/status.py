"""What the service says of itself on its status page, asked only where something at it looks wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.network.diagnosis import diagnose
from codex_checks.network.hosts import Service, addresses, target
from codex_checks.network.proxies import choose
from codex_checks.network.reach import SLACK, Reach, reach
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_checks.problems.network import OPENAI_UNREACHABLE
from codex_checks.problems.service import SERVICE_UNAVAILABLE
from codex_doctor import dial
from codex_doctor.cutting import cut
from codex_doctor.probe import Touches, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.context import Context

SUMMARY: Final = "/api/v2/summary.json"
"""The shape is Statuspage's: components, and the incidents that are not over (codex-environment 3.2)."""

LONGEST: Final = 2.0
"""Seconds: the page explains what is known already, and is not waited for."""

LIMIT: Final = 256 * 1024
"""Bytes of the summary: a hundred components take 40 KB."""

TOUCHING: Final = r"(?i)codex|responses|auth|log-?in|sign|chatgpt|\bapi"
"""Names of what concerns Codex; they change over time (codex-environment 3.2)."""

OVER: Final = frozenset({"completed", "postmortem", "resolved", "scheduled"})
"""States of an incident that explain nothing now."""

SEVERAL: Final = 2
"""So many hosts of OpenAI that fail while GitHub answers are not a fault of this machine's network."""


class Incident(Struct, frozen=True, kw_only=True):
    """Something that the service admits. *since* is RFC 3339 as it stands there; *link* leads to its page."""

    name: str
    since: str = ""
    components: tuple[str, ...] = ()
    link: str = ""


class Status(Struct, frozen=True, kw_only=True):
    """What the status page says; *asked* is False where nothing looked wrong, and nobody was asked.

    *incidents* are those that touch Codex and are not over, *troubled* the components that touch it and
    do not work. *understood* is False where the page could not be reached or made no sense.
    """

    asked: bool = False
    understood: bool = False
    incidents: tuple[Incident, ...] = ()
    troubled: tuple[str, ...] = ()

    @property
    def admits(self) -> bool:
        """Whether the service itself says that something is wrong with it."""
        return bool(self.incidents or self.troubled)


@probe("service.status", touches={Touches.NETWORK}, limit=10.0, needs=(reach, environment, roots))
async def status(ctx: Context, found: Reach, surroundings: Environment, trusted: Roots) -> Status:
    """Ask the status page, where something at the service looks wrong. No credential is sent."""
    if not looks_wrong(found):
        return Status()
    page = addresses(surroundings.variables, None)[Service.STATUS]
    if page.is_default and all(visit.host.source != "default" for visit in found.visits if visit.host.needed):
        return Status()  # a gateway of the user's own is sick, of which the page knows nothing
    url = page.url
    there = target(url, path=SUMMARY)
    choice = choose(surroundings.variables, url, ctx.vault.secret)
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if there is None or choice.impossible or seconds <= 0:
        return Status(asked=True)
    context = await in_thread(
        lambda: dial.trusting(trusted.certificates, system=trusted.own_store), name="load roots"
    )
    whole = replace(there, body_limit=LIMIT)
    attempt = await dial.dial(whole, proxy=choice.proxy, roots=context, seconds=seconds)
    if attempt.answer is None or attempt.answer.status != 200:  # noqa: PLR2004 - OK
        return Status(asked=True)
    return parse_summary(attempt.answer.body)


def looks_wrong(found: Reach) -> bool:
    """Return whether it may be the service: it says so, or its hosts fail where GitHub's answer."""
    diagnosis = diagnose(found)
    if SERVICE_UNAVAILABLE in diagnosis or OPENAI_UNREACHABLE in diagnosis:
        return True
    failed = [visit for visit in found.visits if visit.host.needed and visit.attempt.answer is None]
    github = [visit for visit in found.visits if visit.host.service.of_github]
    return len(failed) >= SEVERAL and any(visit.attempt.answer is not None for visit in github)


def parse_summary(body: bytes) -> Status:
    """Return what the summary says of what Codex needs; whatever makes no sense is passed over."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return Status(asked=True)
    if not isinstance(found, dict):
        return Status(asked=True)
    summary = cast("Mapping[str, object]", found)
    incidents = [
        _incident(each) for each in _objects(summary, "incidents") if _text(each, "status") not in OVER
    ]
    troubled = [
        _text(each, "name")
        for each in _objects(summary, "components")
        if _text(each, "status") not in ("", "operational") and re.search(TOUCHING, _text(each, "name"))
    ]
    return Status(
        asked=True,
        understood="components" in summary or "incidents" in summary,
        incidents=tuple(each for each in incidents if _touches(each)),
        troubled=tuple(troubled),
    )


def _incident(found: Mapping[str, object]) -> Incident:
    link = _text(found, "shortlink")
    return Incident(
        name=_text(found, "name"),
        since=_text(found, "started_at") or _text(found, "created_at"),
        components=tuple(_text(each, "name") for each in _objects(found, "components")),
        link=link if _is_address(link) else "",
    )


def _touches(incident: Incident) -> bool:
    return any(re.search(TOUCHING, name) for name in (incident.name, *incident.components))


def _is_address(link: str) -> bool:
    try:
        return urlsplit(link).scheme == "https"
    except ValueError:
        return False


def _objects(found: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    several = found.get(name)
    if not isinstance(several, list):
        return []
    return [
        cast("Mapping[str, object]", each) for each in cast("list[object]", several) if isinstance(each, dict)
    ]


def _text(found: Mapping[str, object], name: str) -> str:
    """Return a text in one line without control characters, at most as long as a headline."""
    value = found.get(name)
    return cut(" ".join(re.sub(_UNPRINTABLE, " ", value).split()), 200) if isinstance(value, str) else ""


_UNPRINTABLE: Final = r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+"
