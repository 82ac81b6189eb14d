"""A report of Codex's own doctor that the user gives: a file, or what comes on standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct

from codex_checks.official.report import LIMIT, Report
from codex_doctor.context import Context  # noqa: TC001 - the same
from codex_doctor.errors import NotApplicable
from codex_doctor.files import NotAFileError, TooLargeError
from codex_doctor.probe import Touches, blocking_probe

OPTION: Final = "from-codex-doctor"

PATIENCE: Final = 3600.0
"""Seconds: the deadline says how long somebody who still prints is waited for."""


class Given(Struct, frozen=True, kw_only=True):
    """What was given, and *where* it stood; *report* is None where *fault* says why there is none."""

    where: str
    report: Report | None = None
    fault: str = ""


@blocking_probe("official.given", touches={Touches.FILES}, limit=PATIENCE)
def given(ctx: Context) -> Given:
    """Read the report that the user gave."""
    source = ctx.options.get(OPTION)
    if source is None:
        raise NotApplicable("no report was given")
    where = "standard input" if source == "-" else source
    try:
        content = ctx.standard_input(limit=LIMIT) if source == "-" else ctx.read(Path(source), limit=LIMIT)
    except FileNotFoundError:
        return Given(where=where, fault="it does not exist")
    except NotAFileError as error:
        return Given(where=where, fault=f"it is {error.kind}, not a file")
    except TooLargeError:
        return Given(where=where, fault=f"it holds more than {LIMIT} bytes, which is no report")
    except (OSError, ValueError) as error:
        return Given(where=where, fault=f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    from codex_checks.official.reading import read  # its patterns are for those who have something to read

    report = read(content)
    if report is None:
        fault = "it is empty" if not content.strip() else "no part of a report of `codex doctor` stands in it"
        return Given(where=where, fault=fault)
    return Given(where=where, report=report)
