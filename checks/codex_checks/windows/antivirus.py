"""Whether Windows Defender took a file of Codex for a threat, as it wrote into its own log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.moments import moment
from codex_checks.problems.windows import ANTIVIRUS_BLOCKED
from codex_checks.windows.asking import ask
from codex_doctor.check import check
from codex_doctor.model import Severity
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

LOG: Final = "Microsoft-Windows-Windows Defender/Operational"

QUESTION: Final = "*[System[(EventID=1116 or EventID=1117)]]"
"""A threat was found, and something was done about it."""

OLDEST: Final = 30 * 86_400
"""Seconds: a file that was taken away stays away."""

OURS: Final = r"(?i)[\\/](?:@openai[\\/]codex|codex)[^;]*?[\\/](codex[\w.-]*)"
"""A file of Codex, in a folder of that name."""


class Blocked(Struct, frozen=True, kw_only=True):
    """A file of Codex that was taken for *threat*; *when* is in seconds since the epoch."""

    path: str
    threat: str
    when: float


class Defended(Struct, frozen=True, kw_only=True):
    """What Defender did to files of Codex in the last weeks, the newest first."""

    blocked: tuple[Blocked, ...]


@blocking_probe("install.antivirus", touches={Touches.PROCESSES}, limit=2.0)
def antivirus(ctx: Context) -> Defended:
    """Read what Windows Defender did of late."""
    if ctx.system.os != "windows":
        raise NotApplicable("this is not Windows")
    said = ask(ctx, "wevtutil.exe", "qe", LOG, f"/q:{QUESTION}", "/c:40", "/rd:true", "/f:xml")
    since = ctx.now() - OLDEST
    return Defended(blocked=tuple(each for each in read_events(said) if each.when >= since))


@check(
    "install.no-antivirus-interferes",
    title="Windows Defender has taken no file of Codex for a threat",
    needs=(antivirus, installations),
    reports=(ANTIVIRUS_BLOCKED,),
)
def no_antivirus_interferes(found: Defended, copies: Installations) -> Iterator[Finding]:
    """Report the newest event; an error where Codex does not start for want of that file."""
    if not found.blocked:
        return
    last = found.blocked[0]
    copy = copies.chosen
    whole = copy is not None and copy.startable_on(copies.system)
    yield (ANTIVIRUS_BLOCKED.weighed(Severity.WARNING) if whole else ANTIVIRUS_BLOCKED).found(
        f"Windows Defender took {last.path} for {last.threat} ({moment(last.when)})",
        evidence={"path": last.path, "threat": last.threat, "times": len(found.blocked)},
    )


def read_events(said: str) -> Iterator[Blocked]:
    """Yield the events in what wevtutil prints that are about a file of Codex."""
    for event in re.findall(r"(?s)<Event .*?</Event>", said):
        data = dict(re.findall(r"<Data Name=['\"]([^'\"]+)['\"]>([^<]*)<", event))
        path = re.search(OURS, data.get("Path", ""))
        when = _instant(re.search(r"SystemTime=['\"]([^'\"]+)['\"]", event))
        if path is not None and when is not None:
            whole = data["Path"].partition("file:_")[2].partition(";")[0] or path[0]
            yield Blocked(path=whole, threat=data.get("Threat Name") or "a threat", when=when)


def _instant(found: re.Match[str] | None) -> float | None:
    if found is None:
        return None
    try:
        # Seven digits of a second, where Python before 3.11 took six at most.
        return datetime.strptime(found[1][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
