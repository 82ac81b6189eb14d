"""What Codex itself recorded of MCP servers that did not start: its background program and its screen do so.

A success is not recorded, so a failure says only what was so at that time: one that happened before the
settings were changed last, or more than a day ago, is passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.settings import Settings, judged_settings
from codex_checks.mcp.found import servers
from codex_checks.recorded.current import still_said
from codex_checks.recorded.errors import DAY, RecordedErrors, recorded_errors
from codex_checks.recorded.seen import ago
from codex_doctor.cutting import cut
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_checks.mcp.servers import Servers
    from codex_checks.recorded.errors import RecordedError
    from codex_doctor.context import Context

APPS: Final = "codex_apps"
"""The server that Codex brings along itself: the apps of ChatGPT."""

LONGEST: Final = 200
"""Characters of Codex's words that are handed on."""


class Failure(Struct, frozen=True, kw_only=True):
    """A server that did not start, *count* times. *problem* is its name, *words* are Codex's last ones.

    *last* is in seconds since the epoch, and *ago* says in words how long that is.
    """

    server: str
    problem: str | None
    count: int
    last: int
    ago: str
    words: str

    @property
    def often(self) -> str:
        """How often, and when last, in words."""
        return f"once, {self.ago}" if self.count == 1 else f"{self.count} times, last {self.ago}"


class Failures(Struct, frozen=True, kw_only=True):
    """Every server that did not start of late, the newest failure first."""

    found: tuple[Failure, ...] = ()

    def of(self, name: str) -> Failure | None:
        """Return what was recorded of the server *name*."""
        return next((each for each in self.found if each.server == name), None)


@blocking_probe(
    "mcp.recorded", touches={Touches.FILES}, limit=1.0, needs=(servers, judged_settings, recorded_errors)
)
def recorded(ctx: Context, known: Servers, settings: Settings, errors: RecordedErrors) -> Failures:
    """Look through what Codex recorded for the servers that are set up now."""
    names = {each.name for each in known.found}
    found = _failures(still_said(ctx, settings, errors), now=ctx.now())
    return Failures(found=tuple(each for each in found if each.server in names))


@blocking_probe("mcp.recorded-apps", touches={Touches.FILES}, limit=1.0, needs=(recorded_errors,))
def recorded_apps(ctx: Context, errors: RecordedErrors) -> Failure:
    """Look through what Codex recorded for its own apps."""
    lately = errors.newer_than(ctx.now() - DAY)
    failure = Failures(found=tuple(_failures(lately, now=ctx.now()))).of(APPS)
    if failure is None:
        raise NotApplicable("Codex recorded no failure of its apps")
    return failure


def _failures(errors: Iterable[RecordedError], *, now: float) -> Iterator[Failure]:
    said: dict[str, list[tuple[int, str, str]]] = {}
    for error in errors:
        failed = _failed(error.text)
        if failed is not None:
            said.setdefault(failed[0], []).append((error.when, failed[1], error.text))
    yield from (_failure(name, members, now) for name, members in said.items())


def _failure(name: str, members: Sequence[tuple[int, str, str]], now: float) -> Failure:
    from codex_checks.recorded.signatures import problem_of

    when, words, text = max(members)
    return Failure(
        server=name,
        problem=problem_of(text=text, code=None, kind=None, status=None),
        count=len(members),
        last=when,
        ago=ago(now - when),
        words=words,
    )


def _failed(text: str) -> tuple[str, str] | None:
    """Return the server of which *text* says that it did not start, and what was wrong with it."""
    found = re.search(r"MCP server startup failed server_name=\"([^\"]+)\" error=(.+)", text, re.DOTALL)
    if found is None:
        return None
    plain = re.sub(r"Send message error Transport \[[^\]]*\]+ error: ", "", found[2])
    first, _, _ = plain.partition(", when send ")
    return found[1], cut(first.strip(), LONGEST)
