"""`codex-doctor triage`: thousands of reports at once, grouped by what is wrong."""

from __future__ import annotations

import gc
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.speaking import say

if TYPE_CHECKING:
    from codex_doctor.render.style import Style
    from codex_doctor.triage.store import Store
    from codex_doctor.triage.summary import Triage


class TriageFormat(StrEnum):
    """How a triage is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PARQUET = "parquet"


class Target(Struct, frozen=True, kw_only=True):
    """A format, and the file it is written into: standard output if None."""

    format: TriageFormat
    file: Path | None


NOTHING_READABLE = 1
"""Exit code: nothing that was given is a report."""


def triage(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Folders, reports, archives of them, globs, or - for stdin."),
    ] = None,
    *,
    format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT[=FILE]",
            help=f"How to write it, may be given several times: {', '.join(TriageFormat)}.",
            autocompletion=lambda: list(TriageFormat),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(parser=Path, metavar="FILE", help="Write it into this file instead.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every group, and everything that could not be read.")
    ] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> None:
    """Group many reports by root cause, version, platform and channel, what is unknown first.

    A report is what `report create` or `check --format json` wrote, or a saved or pasted one of
    `codex doctor`. Of what cannot be read, the reason is told; the rest goes on.
    """
    from codex_doctor.terminal import style_for
    from codex_doctor.triage.asking import summarise
    from codex_doctor.triage.bar import bar_for
    from codex_doctor.triage.gathering import gather
    from codex_doctor.triage.store import Store

    targets = _targets(format or [], output)
    given = _paths(paths or [])
    style = style_for(sys.stdout, ascii=ascii, no_color=no_color)
    gc.freeze()  # what is loaded stays: looking through all of it again and again takes a tenth of the time
    with Store() as store:
        bar = bar_for(ascii=style.ascii)
        try:
            for found in gather(given, bar):
                store.add(found)
        finally:
            if bar is not None:
                bar.clear()
        told = summarise(store)
        for target in targets:
            _write(target, told, store, style=style, everything=everything)
    raise typer.Exit(0 if told.reports else NOTHING_READABLE)


def _paths(paths: list[str]) -> list[str]:
    if not paths and sys.stdin.isatty():
        raise typer.BadParameter("name a folder, a file or a glob, or give a report on standard input")
    return paths or ["-"]


def _targets(formats: list[str], output: Path | None) -> list[Target]:
    wanted: list[Target] = []
    for each in formats or [TriageFormat.TEXT]:
        name, named, file = each.partition("=")
        if name not in list(TriageFormat):
            raise _wrong(f"{name!r} is not one of {', '.join(TriageFormat)}")
        if named and not file:
            raise _wrong(f"{each} names no file")
        target = Target(format=TriageFormat(name), file=Path(file) if named else output)
        if target.format is TriageFormat.PARQUET and target.file is None:
            raise _wrong("parquet needs a file: --format parquet=FILE")
        if any(other.file == target.file for other in wanted):
            raise _wrong(f"only one can be written to {target.file or 'standard output'}")
        wanted.append(target)
    return wanted


def _wrong(words: str) -> typer.BadParameter:
    return typer.BadParameter(words, param_hint="'--format'")


def _write(target: Target, told: Triage, store: Store, *, style: Style, everything: bool) -> None:
    from codex_doctor.output import write

    if target.format is TriageFormat.PARQUET and target.file is not None:
        store.parquet(target.file)
        return
    text = _rendered(
        target.format,
        told,
        style=style if target.file is None else replace(style, colour=False),
        everything=everything,
    )
    if target.file is None:
        say(text)
    else:
        write(target.file, text)


def _rendered(format: TriageFormat, told: Triage, *, style: Style, everything: bool) -> str:
    if format is TriageFormat.JSON:
        from codex_doctor.bundle.archive import as_json

        return as_json(told).decode()
    if format is TriageFormat.HTML:
        from codex_doctor.triage import page

        return page.render(told)
    from codex_doctor.triage import text

    return text.render(told, style=style, everything=everything)
