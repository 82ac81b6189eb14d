"""One report as a row: what is wrong with a machine, and what machine it is. Nothing in it is believed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from codex_doctor.bundle.archive import BundleError
from codex_doctor.model import AREAS, Role, Severity, Status
from codex_doctor.redact import Redactor

HEALTHY: Final = "healthy"
"""The group of the reports that tell of no fault."""

INCOMPLETE: Final = "incomplete"
"""The group of the reports that tell of no fault, but were not completed."""

NONE: Final = "none"
"""The version of Codex where none runs."""

UNKNOWN: Final = "unknown"
"""What a report does not say."""

FIRST: Final = datetime(2025, 4, 1, tzinfo=UTC)
"""No report is older: Codex itself is of that month."""

LONGEST: Final = 60
"""Characters of a version, a platform or a channel."""

LONGEST_TITLE: Final = 200
"""Characters of a problem's title."""

MOST_FINDINGS: Final = 100
"""Findings of one report that are kept; a machine has a dozen."""

_CODE: Final = re.compile(r"[A-Z]{2,8}[0-9]{3}")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Row(Struct, frozen=True, kw_only=True):
    """One report, as it is stored, and written to Parquet (docs/triage.md).

    *source* is where it stands, *kind* `report`, `bundle` or `foreign`, *made* an instant in UTC or None.
    *cause* is the name of the root cause, `healthy` or `incomplete`; *known*: this codex-doctor knows it.
    """

    source: str
    kind: str
    made: datetime | None
    tool: str | None
    codex: str
    platform: str
    arch: str
    channel: str
    status: str
    cause: str
    code: str | None
    area: str | None
    severity: str | None
    title: str
    known: bool
    findings: tuple[Found, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """One finding of a report."""

    code: str
    name: str
    severity: str
    role: str


class Unreadable(Struct, frozen=True, kw_only=True):
    """What was given and is no report, and why not."""

    path: str
    error: str


class Skimmed(Struct, frozen=True, kw_only=True):
    """What triage takes of a report, which is passed over otherwise."""

    schema: int
    tool: Tool
    started: str
    machine: Machine
    status: Status
    findings: tuple[Skim, ...]


class Tool(Struct, frozen=True):
    """Which codex-doctor made it."""

    version: str


class Machine(Struct, frozen=True, kw_only=True):
    """The machine that was examined."""

    os: str
    arch: str
    codex: str | None
    channel: str | None = None


class Skim(Struct, frozen=True, kw_only=True):
    """A finding, as far as it is taken."""

    code: str
    name: str
    area: str
    severity: Severity
    role: Role
    title: str


_DECODER: Final = msgspec.json.Decoder(Skimmed)
_ENCODER: Final = msgspec.json.Encoder()


def skimmed(content: bytes) -> Skimmed:
    """Return what triage takes of the report in *content*.

    :raises BundleError: it has another form than codex-doctor writes.
    """
    try:
        report = _DECODER.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BundleError(f"it is not what codex-doctor writes: {str(error)[:200]}") from None
    if report.schema != 1:
        raise BundleError(f"it has schema {report.schema}, and this codex-doctor reads schema 1")
    for finding in report.findings:
        # What is remembered has to be short, for a report may hold megabytes of a name.
        short = len(finding.code) <= LONGEST and len(finding.name) <= LONGEST and len(finding.area) <= LONGEST
        if not (short and _possible(finding.code, finding.name, finding.area)):
            raise BundleError("a finding has a name, a code or an area that none can have")
    return report


def row(report: Skimmed, *, source: str, kind: str, known: frozenset[str]) -> Row:
    """Return the row of *report*, which stands at *source*; *known* are names and codes."""
    cause, code, area, severity, title = _cause(report)
    return Row(
        source=source,
        kind=kind,
        made=_instant(report.started),
        tool=plain(report.tool.version),
        codex=plain(report.machine.codex or (UNKNOWN if kind == "foreign" else NONE)),
        platform=plain(report.machine.os) or UNKNOWN,
        arch=plain(report.machine.arch) or UNKNOWN,
        channel=plain(report.machine.channel or UNKNOWN),
        status=report.status,
        cause=cause,
        code=code,
        area=area,
        severity=severity,
        title=title,
        known=cause == HEALTHY or cause in known or code in known,
        findings=tuple(
            Found(code=each.code, name=each.name, severity=each.severity, role=each.role)
            for each in report.findings[:MOST_FINDINGS]
        ),
    )


def _cause(report: Skimmed) -> tuple[str, str | None, str | None, str | None, str]:
    first = next(iter(report.findings), None)
    if first is not None and first.severity is not Severity.NOTE:
        return first.name, first.code, first.area, first.severity, plain(first.title, LONGEST_TITLE)
    if report.status is Status.INCOMPLETE:
        return INCOMPLETE, None, None, None, "The examination was not completed, and nothing else was found"
    return HEALTHY, None, None, None, "No fault was found"


@lru_cache(maxsize=4096)
def _possible(code: str, name: str, area: str) -> bool:
    """Whether a finding can be called so: names are looked up, and may hold nothing else."""
    return area in AREAS and bool(_CODE.fullmatch(code) and _NAME.fullmatch(name))


def plain(text: str, most: int = LONGEST) -> str:
    """Return *text* as one line of bounded length, without secrets and without what moves a cursor."""
    return _plain(text[: most * 4], most)


@lru_cache(maxsize=4096)
def _plain(text: str, most: int) -> str:
    return " ".join(_REDACTOR.text(text).split())[:most]


def shown(path: str) -> str:
    """Return *path* fit to be shown: it is of whoever reads the reports, and may hold anything."""
    folder, slash, name = path.rpartition("/")
    fits = len(path) <= _LONGEST_ORDINARY and not path.startswith(_HOME)
    if fits and _is_ordinary(folder + slash) and _ORDINARY.fullmatch(name):
        return path
    return _REDACTOR.text(path[:4096])


@lru_cache(maxsize=256)
def _is_ordinary(folder: str) -> bool:
    """Whether no part of *folder* holds anything to be hidden; thousands of reports stand in the same."""
    return all(_ORDINARY.fullmatch(part) for part in folder.split("/"))


_HOME: Final = str(Path.home())
_REDACTOR: Final = Redactor(home=_HOME)
_LONGEST_ORDINARY: Final = 200

_ORDINARY: Final = re.compile(
    r"(?!.*(?:[rsk]k[-_]|rt[-_.]|at-|(?i:key|token|secret|pass|auth|cookie|bearer|basic)|eyJ|AIza|A[KS]IA"
    r"|gh[a-z]_|_pat_|npm_|hf_|xox|xapp|glpat))[\w. !\-]*",
    re.ASCII,
)
"""A part of a path in which nothing is a secret by any rule: thousands are, and all take time."""


def _instant(text: str) -> datetime | None:
    """Return the instant in *text* in UTC, or None where no report can be of that time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        within = FIRST <= instant <= datetime.now(UTC) + timedelta(days=1)
        return instant.astimezone(UTC).replace(tzinfo=None) if within else None
    except OverflowError:
        return None


def add_line(found: Row | Unreadable, lines: bytearray) -> None:
    """Write *found* at the end of *lines*, as a line of JSON."""
    _ENCODER.encode_into(found, lines, -1)
    lines += b"\n"
