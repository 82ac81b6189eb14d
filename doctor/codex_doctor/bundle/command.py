"""`codex-doctor report`: make a report for support staff, and read one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from msgspec.structs import replace

from codex_doctor.bundle import showing
from codex_doctor.checking.answering import LIVE_SAYS
from codex_doctor.checking.options import CodexBin, CodexHome  # noqa: TC001 - typer reads them
from codex_doctor.examples import EXAMPLES, epilog
from codex_doctor.speaking import note, say
from codex_doctor.wanted import LONGEST_DEADLINE, SHORTEST_DEADLINE, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.bundle.contents import Contents
    from codex_doctor.examination import Request, Seen

app = typer.Typer(
    name="report",
    help="Make a report for support staff, and read one. Nothing of it is sent anywhere.",
    epilog=epilog(EXAMPLES["create"]),
    no_args_is_help=True,
    rich_markup_mode=None,
)

REFUSED: Final = 1
"""Exit code: the report was not written, because something in it must not leave."""


@app.command(epilog=epilog(EXAMPLES["create"]))
def create(  # noqa: PLR0913 - one parameter for each option
    *,
    output: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="FILE", help="Write it there, not into the working directory."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show every file and field that would leave; write nothing.")
    ] = False,
    include: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this file: report, page, facts ...")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="NAME", help="All but this file.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Stay off the network altogether.")] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Prove by doing, as check --live does, and take in what `codex doctor` says."
        ),
    ] = False,
    deadline: Annotated[
        float | None,
        typer.Option(
            min=SHORTEST_DEADLINE,
            max=LONGEST_DEADLINE,
            metavar="SECONDS",
            help="End the examination by then: 5, or 30 with --live, if not given.",
        ),
    ] = None,
    codex_bin: CodexBin = None,
    codex_home: CodexHome = None,
) -> None:
    """Examine this machine, and write what support staff need into one file. You decide who gets it."""
    from codex_doctor.bundle.contents import contents, disclosed, named
    from codex_doctor.examination import load, look, report_of

    if live and offline:
        raise typer.BadParameter("--live needs the network, and --offline forbids it")

    disclosure = disclosed(loaded.catalogue.discloses() for loaded in load())
    wanted = _wanted(named(disclosure), include or (), exclude or ())
    asked = Wanted(live=live, offline=offline, deadline=deadline, codex_bin=codex_bin, codex_home=codex_home)
    request = _request(asked)
    if live:
        note(LIVE_SAYS)
    seen = look(request)
    made = contents(seen, report_of(seen, request), disclosure, wanted=wanted)
    if preview:
        say("\n".join(_preview(made)) + "\n")
        raise typer.Exit(REFUSED if made.remains else 0)
    if made.remains:
        for line in _refusal(made):
            note(line)
        raise typer.Exit(REFUSED)
    say(f"{_written(made, seen, output)}\n")
    raise typer.Exit(0)


app.command()(showing.show)
app.command()(showing.verify)
app.command()(showing.diff)


def _request(asked: Wanted) -> Request:
    """Return the examination that is *asked* for; how the user weighs problems is not for others.

    :raises UsageError: the user's settings forbid it.
    """
    from codex_doctor.checking.deciding import decided, requested

    wanted, settings = decided(asked)
    return replace(requested(wanted, settings), rulings=None, leaves=False)


def _wanted(names: Sequence[str], include: Sequence[str], exclude: Sequence[str]) -> tuple[str, ...]:
    for word in (*include, *exclude):
        if word not in names:
            raise typer.BadParameter(f"there is no file {word!r}; there are {', '.join(names)}")
    return tuple(name for name in names if (not include or name in include) and name not in exclude)


def _preview(made: Contents) -> Iterator[str]:
    from codex_doctor.bundle.archive import packed

    size = len(packed(made.members, created=made.created))
    yield f"This would leave: {len(made.members)} files, about {_size(size)} as one archive."
    yield "Nothing is written yet; the files hold these fields and no others."
    for member in made.members:
        yield ""
        yield f"{member.file}   {_size(len(member.content))}"
        if taken := ", ".join(f"{count} {kind}" for kind, count in sorted(member.redactions.items())):
            yield f"  taken out  {taken}"
        yield from (f"  {line}" for line in _fields(member.fields))
    for left in made.left_out:
        yield ""
        yield f"{left.what}   not in it: {left.why}"
    if made.remains:
        yield ""
        yield from _refusal(made)


def _fields(fields: Sequence[str]) -> Iterator[str]:
    """Yield *fields*, `module:Type.field` each, a line for each type."""
    by_type: dict[str, list[str]] = {}
    for field in fields:
        kind, _, name = field.rpartition(".")
        by_type.setdefault(kind.rpartition(":")[2] or "the report", []).append(name)
    yield from (f"{kind}: {', '.join(names)}" for kind, names in by_type.items())


def _refusal(made: Contents) -> Iterator[str]:
    yield "codex-doctor: no report is written, because something in it must not leave this machine:"
    for each in made.remains:
        yield f"  {each.file}: {'a secret of this machine' if each.kind == 'known' else each.kind}"
    names = sorted(
        {"page" if each.file.endswith(".html") else each.file.removesuffix(".json") for each in made.remains}
    )
    yield f"Leave it out: codex-doctor report create {' '.join(f'--exclude {name}' for name in names)}"


def _written(made: Contents, seen: Seen, output: Path | None) -> Path:
    from codex_doctor.bundle.archive import packed
    from codex_doctor.output import write

    path = output or Path(f"codex-doctor-report-{seen.started:%Y%m%dT%H%M%SZ}.zip")
    write(path, packed(made.members, created=made.created))
    return path


def _size(size: int) -> str:
    return f"{size} bytes" if size < 10_000 else f"{size // 1000} kB"  # noqa: PLR2004 - as a person reads it
