"""Show, check and compare reports that were sent: the commands `report show`, `verify` and `diff`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from codex_doctor.formats import Format
from codex_doctor.speaking import say
from codex_doctor.wanted import ReportFormat

if TYPE_CHECKING:
    from codex_doctor.model import Report
    from codex_doctor.redact import RedactedReport

File = Annotated[Path, typer.Argument(parser=Path, metavar="FILE", help="A report, or the JSON of one.")]


def show(
    file: File,
    *,
    format: Annotated[
        ReportFormat, typer.Option(metavar="FORMAT", help=f"{', '.join(ReportFormat)}.")
    ] = ReportFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option(parser=Path, metavar="FILE", help="Write it into this file instead.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show healthy checks and evidence too.")] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> None:
    """Show a report that was sent to you."""
    from codex_doctor.bundle.reading import read
    from codex_doctor.output import write
    from codex_doctor.render.formats import How, rendered
    from codex_doctor.terminal import style_for

    style = style_for(sys.stdout, ascii=ascii, no_color=no_color)
    how = How(
        style=style if output is None else replace(style, colour=False), everything=everything, streamed=False
    )
    text = rendered(harmless(read(file).report()), format, how)
    if output is None:
        say(text)
    else:
        write(output, text)
    raise typer.Exit(0)


def verify(file: File) -> None:
    """Compare a report with its manifest: exit code 0 where every file is as it was written, else 1."""
    from codex_doctor.bundle.reading import differences, read
    from codex_doctor.redact import Redactor

    bundle = read(file)
    found = differences(bundle)
    lines = found or (f"{len(bundle.files) - 1} files are as they were written",)
    say(Redactor().text("\n".join(lines)) + "\n")
    raise typer.Exit(1 if found else 0)


def diff(
    before: Annotated[Path, typer.Argument(parser=Path, metavar="A", help="The earlier report.")],
    after: Annotated[Path, typer.Argument(parser=Path, metavar="B", help="The later one.")],
    *,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.TEXT,
) -> None:
    """Say what changed from one report to another: exit code 0 where nothing did, else 1."""
    from codex_doctor.bundle.archive import as_json
    from codex_doctor.bundle.diff import as_data, as_text, changes
    from codex_doctor.bundle.reading import read

    found = changes(*(harmless(read(file).report()).report for file in (before, after)))
    say(as_json(as_data(found)).decode() if format is Format.JSON else as_text(found))
    raise typer.Exit(1 if found else 0)


def harmless(report: Report) -> RedactedReport:
    """Return a *report* that came from somebody else fit to be shown: whatever it holds, it is only text."""
    from codex_doctor.redact import Vault, redact

    clean = redact(report, vault=Vault(), home="")
    return clean.counting(report.redactions)
