"""A baseline: the problems that a machine had on the day it was written, which are notes from then on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003 - msgspec reads the annotation at run time
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta, Struct

from codex_doctor.errors import UsageError
from codex_doctor.model import Severity
from codex_doctor.settings.problems import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.model import Report

SCHEMA: Final = 1

OWN: Final = frozenset(problem.code for problem in PROBLEMS)
"""What is wrong with the settings is to be mended, and never known."""


class Known(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a *check* found a problem. More of the same are new, and then all are shown."""

    code: str
    name: str
    check: str
    count: Annotated[int, Meta(ge=1)] = 1


class Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: *schema* is 1."""

    schema: Annotated[int, Meta(ge=SCHEMA, le=SCHEMA)]
    findings: tuple[Known, ...]


class Baseline(Struct, frozen=True, kw_only=True):
    """What is known, and the *file* that says so."""

    file: Path
    findings: tuple[Known, ...]

    def covers(self, findings: Sequence[Traced]) -> frozenset[tuple[str, str]]:
        """Return the codes and details of those of *findings* that are known."""
        seen = _counted(findings)
        known = {
            (each.code, each.check) for each in self.findings if seen[each.code, each.check] <= each.count
        }
        return frozenset(
            (each.finding.problem.code, each.finding.detail)
            for each in findings
            if (each.finding.problem.code, each.check) in known
        )

    def gone(self, findings: Sequence[Traced]) -> tuple[Known, ...]:
        """Return what there is less of among *findings* than is known here."""
        seen = _counted(findings)
        return tuple(each for each in self.findings if seen[each.code, each.check] < each.count)


def _counted(findings: Sequence[Traced]) -> Counter[tuple[str, str]]:
    return Counter((each.finding.problem.code, each.check) for each in findings)


def read(file: Path) -> Baseline:
    """Return the baseline in *file*.

    :raises UsageError: it cannot be read, or is none.
    """
    try:
        written = msgspec.json.decode(file.read_bytes(), type=Written)
    except OSError as error:
        raise UsageError(
            f"the baseline {file} cannot be read: {error.strerror or error} (--write-baseline writes one)"
        ) from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{file} is no baseline: {error}") from None
    return Baseline(file=file, findings=written.findings)


def as_json(report: Report) -> str:
    """Return a baseline of what *report* found at error or warning level."""
    found = Counter(
        (each.code, each.name, each.check)
        for each in report.findings
        if each.severity is not Severity.NOTE and each.code not in OWN
    )
    rows = tuple(
        Known(code=code, name=name, check=check, count=count)
        for (code, name, check), count in sorted(found.items())
    )
    encoded = msgspec.json.encode(Written(schema=SCHEMA, findings=rows))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"
