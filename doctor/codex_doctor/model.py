"""The nouns: what can be wrong, what was found, what a check concluded, and the whole report."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from enum import StrEnum
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from codex_doctor.fix import Fix  # noqa: TC001 - msgspec reads these annotations at run time

__all__ = [
    "AREAS",
    "SCHEMA",
    "Evidence",
    "Finding",
    "Hearsay",
    "Outcome",
    "Problem",
    "Report",
    "ReportCheck",
    "ReportDocs",
    "ReportFinding",
    "ReportFix",
    "ReportMachine",
    "ReportTool",
    "Role",
    "Severity",
    "Status",
    "Verdict",
]

SCHEMA: Final = 1
"""The version of the report's shape; it changes only when a reader would break."""

AREAS: Final = (
    "install",
    "config",
    "files",
    "auth",
    "account",
    "network",
    "tls",
    "service",
    "usage",
    "models",
    "sandbox",
    "mcp",
    "state",
    "terminal",
    "hosts",
    "doctor",
)
"""Every area, in the order in which a fault stops the main job: a turn of Codex."""

_CODE: Final = re.compile(r"[A-Z]{2,8}[0-9]{3}")
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Evidence = str | int | float | bool | tuple[str, ...] | None
"""One observed value. Never a secret: those stay inside `Secret`."""


class Severity(StrEnum):
    """How much a problem matters: fails now, will fail, worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """What became of a check."""

    HEALTHY = "healthy"
    FOUND = "found"
    SKIPPED = "skipped"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"


class Role(StrEnum):
    """Whether a finding is a root cause or follows from one."""

    CAUSE = "cause"
    BLOCKED = "blocked"


class Status(StrEnum):
    """The whole examination in a word."""

    HEALTHY = "healthy"
    WARNING = "warning"
    ERROR = "error"
    INCOMPLETE = "incomplete"


class Problem(Struct, frozen=True, kw_only=True):
    """Something that can be wrong, declared once.

    *explains* names the problems that follow from this one, and *blocks* the ids of the checks that
    cannot be judged while it stands; both take shell-style patterns. *url* is where its page is published.
    """

    code: str
    name: str
    area: str
    severity: Severity
    title: str
    advice: str
    explains: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse a problem whose form breaks the contract.

        :raises ValueError: the code, name, area, title or url has the wrong form.
        """
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"{self.code}: a code is capital letters and three digits")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name}: a name is kebab-case")
        if self.area not in AREAS:
            raise ValueError(f"{self.name}: {self.area} is not an area")
        if not self.title or self.title.endswith("."):
            raise ValueError(f"{self.name}: a title is one sentence without a full stop")
        if self.url is not None and not self.url.startswith("https://"):
            raise ValueError(f"{self.name}: its url does not begin with https://")

    def weighed(self, severity: Severity) -> Problem:
        """Return this problem with another *severity*, where what was seen weighs less or more than usual."""
        return replace(self, severity=severity)

    def found(
        self,
        detail: str,
        *,
        evidence: Mapping[str, Evidence] | None = None,
        advice: str | None = None,
        fix: Fix | None = None,
        subjects: frozenset[str] = frozenset(),
        hearsay: Hearsay | None = None,
    ) -> Finding:
        """Return this problem as found on a machine.

        *detail* says what was seen here. *advice* replaces the general one where the machine allows
        a more exact one. *subjects* are the hosts, files or servers concerned: a cause explains a
        finding only if they share one, or if either names none. *hearsay* says who tells it, where it
        was not seen.
        """
        return Finding(
            problem=self,
            detail=detail,
            evidence=dict(evidence or {}),
            advice=advice or self.advice,
            fix=fix,
            subjects=subjects,
            hearsay=hearsay,
        )


class Hearsay(Struct, frozen=True, kw_only=True):
    """That something was not seen here but is told by *source*, in its *words*.

    *about* are patterns of problem names and areas: a finding of one of them that was seen is taken for the
    same thing, and then what is told stands in its evidence and is no finding of its own.
    """

    source: str
    words: str
    about: frozenset[str]


class Finding(Struct, frozen=True, kw_only=True):
    """A problem on this machine, with what was seen and what to do."""

    problem: Problem
    detail: str
    evidence: Mapping[str, Evidence]
    advice: str
    fix: Fix | None = None
    subjects: frozenset[str] = frozenset()
    hearsay: Hearsay | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What one check concluded, and in how many seconds.

    *reason* says why it was skipped, crashed or timed out. *could_be_blocked* marks a check that was
    skipped because something could not be read, rather than because there is nothing to judge.
    *origin* is the distribution whose catalogue holds the check.
    """

    check: str
    title: str
    area: str
    verdict: Verdict
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    could_be_blocked: bool = False
    origin: str = ""


class ReportTool(Struct, frozen=True, kw_only=True):
    """Which program made the report."""

    name: str
    version: str


class ReportMachine(Struct, frozen=True, kw_only=True):
    """The examined machine. *codex* is the version that runs, or None, and *channel* how it was installed."""

    os: str
    arch: str
    python: str
    codex: str | None
    codex_home: str | None
    channel: str | None = None


class ReportDocs(Struct, frozen=True, kw_only=True):
    """Where the fix is documented: the page, and its address if one is published.

    *page* is in the project, or `<distribution>/<name>.md` of a third party, or the file of the user's
    own checks.
    """

    page: str
    url: str | None


class ReportFix(Struct, frozen=True, kw_only=True):
    """How to mend it. *automatic*: `codex-doctor repair` can do it."""

    summary: str
    commands: tuple[str, ...]
    automatic: bool
    destructive: bool


class ReportFinding(Struct, frozen=True, kw_only=True):
    """A finding as it is reported; *caused_by* is the code of its cause, *blocks* are check ids."""

    code: str
    name: str
    area: str
    severity: Severity
    role: Role
    caused_by: str | None
    blocks: tuple[str, ...]
    check: str
    title: str
    detail: str
    evidence: Mapping[str, Evidence]
    advice: str
    docs: ReportDocs
    fix: ReportFix | None


class ReportCheck(Struct, frozen=True, kw_only=True):
    """A check as it is reported; *blocked_by* is the code of the cause that kept it from running."""

    id: str
    title: str
    area: str
    verdict: Verdict
    reason: str
    blocked_by: str | None
    seconds: float


class Report(Struct, frozen=True, kw_only=True):
    """Everything an examination has to say; `findings[0]` is the answer.

    *started* is RFC 3339 in UTC, *seconds* the time from the start of the process.
    """

    schema: int
    tool: ReportTool
    started: str
    seconds: float
    machine: ReportMachine
    status: Status
    exit_code: int
    findings: tuple[ReportFinding, ...]
    checks: tuple[ReportCheck, ...]
    redactions: Mapping[str, int] = field(default_factory=dict[str, int])
