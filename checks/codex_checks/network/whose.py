"""Whose fault it is that hosts of OpenAI do not answer: theirs, or that of what lies on this side.

The service's status page says so where it can be read. Else the pattern does: GitHub is another company in
other buildings, so what keeps both away is on this side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_checks.network.reach import Reach
    from codex_checks.network.status import Status


def whose(found: Reach, status: Status | None) -> str:
    """Return in words whose fault it is, with what shows it; empty where nothing does.

    *status* is None where it is not known what the page says.
    """
    visits = [visit for visit in found.visits if visit.host.needed and not visit.host.own]
    github = [visit for visit in found.visits if visit.host.service.of_github]
    if not visits or not github or any(visit.attempt.answer is not None for visit in visits):
        return ""
    if all(visit.attempt.answer is None for visit in github):
        return "this side, not theirs: GitHub does not answer either"
    if status is not None and status.understood:
        return (
            "on the way rather than theirs: GitHub answers, and the service's status page knows of no fault, "
            "so a firewall or a filter may keep OpenAI alone away"
        )
    return (
        "theirs, or a filter that keeps OpenAI alone away: GitHub answers, none of OpenAI's hosts does, "
        "and the service's status page could not be read"
    )
