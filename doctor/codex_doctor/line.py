"""The whole command line, as typer understands it: every command, its options and its help."""

from __future__ import annotations

import functools
import inspect
import math
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.models import TyperInfo

from codex_doctor import __version__, cli
from codex_doctor.wanted import (
    LONGEST_DEADLINE,
    SHORTEST_DEADLINE,
    Format,
    ReportFormat,
    Target,
    Wanted,
    targets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from typer.models import CommandInfo

REPORT: Final = "report"
"""The command that has commands of its own."""

app = typer.Typer(
    name="codex-doctor",
    help="Says why Codex is broken on this machine, and what to do. Without a command: examine it (check).",
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(args: Sequence[str]) -> int:
    """Run what *args* mean and return the exit code.

    :raises DoctorError: it cannot be done, for the reason in the message.
    """
    wanted = _with_command(args)
    try:
        command = typer.main.get_command(_with_commands_for(wanted))
        command.main(args=wanted, prog_name="codex-doctor")
    except SystemExit as leaving:
        if leaving.code == cli.USAGE and args and _is_strange(args[0], [*_own_commands(), REPORT]):
            cli.note(f"Is it an area or a problem? Then: codex-doctor check {args[0]}")
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0


def _with_command(args: Sequence[str]) -> list[str]:
    """Return *args* as they are meant: `check` before options that stand alone, `help` as an option."""
    own = {"-h", "--help", "--version", "--install-completion", "--show-completion"}
    if args and args[0] == "help":
        return [*args[1:], "--help"]
    if not args or (args[0].startswith("-") and args[0].partition("=")[0] not in own):
        return ["check", *args]
    return list(args)


def _own_commands() -> dict[str, CommandInfo]:
    """Return the commands that the command line knows now, by name."""
    return {
        command.name or str(getattr(command.callback, "__name__", "")): command
        for command in app.registered_commands
    }


def _with_commands_for(args: Sequence[str]) -> typer.Typer:
    """Return the command line as far as *args* may mean it: one command of its own, or all there are.

    Loading those of the built-in catalogues takes longer than all the rest of it, and an examination
    needs none; nor does it need what the other commands can be told.
    """
    known = _own_commands()
    if args[0] in known:
        line = copy(app)
        line.registered_commands = [known[args[0]]]
        if args[0] == "check":
            line.registered_commands = [copy(known["check"])]
            line.registered_commands[0].callback = _with_options(check)
        return line
    if args[0] == REPORT:
        from codex_doctor.bundle.command import app as report

        line = copy(app)
        line.registered_commands = []
        line.registered_groups = [TyperInfo(report)]
        return line
    if args[0] != "--version":
        from codex_doctor.bundle.command import app as report
        from codex_doctor.command import Command, bound
        from codex_doctor.door import Terminal
        from codex_doctor.examination import load
        from codex_doctor.repair.command import repair

        brought = (command for loaded in load() for command in loaded.catalogue.commands())
        for command in (Command(name="repair", run=repair), *brought):
            if command.name not in known:
                app.command(command.name)(bound(command, Terminal))
        app.registered_groups = [TyperInfo(report)]
    return app


_INSTEAD: Final = "codex-doctor.instead"
"""Where a line keeps what it was given by the options of the catalogues."""


def _with_options(run: Callable[..., None]) -> Callable[..., None]:
    """Return *run*, which is `check`, with the options that the built-in catalogues bring to it."""
    from codex_doctor.examination import load

    options = [option for loaded in load() for option in loaded.catalogue.options]
    names = {option.name.replace("-", "_"): option.name for option in options}

    @functools.wraps(run)
    def told(**words: Any) -> None:  # noqa: ANN401 - each option has its own
        instead = {name: words.pop(word) for word, name in names.items()}
        line: typer.Context = words["line"]
        line.meta[_INSTEAD] = {name: value for name, value in instead.items() if value is not None}
        run(**words)

    signature = inspect.signature(run, eval_str=True)
    own = list(signature.parameters.values())
    more = [
        inspect.Parameter(
            word,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None, typer.Option(f"--{option.name}", metavar=option.metavar, help=option.help)
            ],
        )
        for word, option in zip(names, options, strict=True)
    ]
    told.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    told.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *more)}
    del told.__wrapped__  # its hints would be looked up in its own module
    return told


def _is_strange(word: str, commands: Iterable[str]) -> bool:
    """Whether *word* is neither an option, nor a command, nor one that is misspelt."""
    from difflib import get_close_matches

    return not word.startswith("-") and not get_close_matches(word, list(commands))


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"codex-doctor {__version__}")
        raise typer.Exit


@app.callback()
def entry(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Say why Codex is broken on this machine, and what to do. Without a command: examine it (check)."""


@app.command()
def check(  # noqa: PLR0913 - one parameter for each option of the contract
    line: typer.Context,
    select: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SELECT]...", help="A check, an area (auth, network ...), or a problem's name or code."
        ),
    ] = None,
    *,
    format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT[=FILE]",
            help=f"How to write the report, may be given several times: {', '.join(ReportFormat)}.",
            autocompletion=lambda: list(ReportFormat),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(parser=Path, metavar="FILE", help="Write it into this file instead.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show healthy checks and evidence too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Stay off the network altogether.")] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Prove by doing: renew the sign-in, ask for a device code, start MCP servers."
        ),
    ] = False,
    deadline: Annotated[
        float | None,
        typer.Option(
            min=SHORTEST_DEADLINE,
            max=LONGEST_DEADLINE,
            metavar="SECONDS",
            help="End by then, whatever hangs: 5, or 30 with --live, if not given.",
        ),
    ] = None,
    # A parser of its own: typer's looks whether the file is there, and a dead disk would keep it looking.
    codex_bin: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Examine this codex.")
    ] = None,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Examine this CODEX_HOME.")
    ] = None,
    from_report: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="FILE", help="Judge this saved report, not this machine."),
    ] = None,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> None:
    """Examine this machine and name the one cause. Without --live, it changes nothing."""
    if deadline is not None and math.isnan(deadline):  # it is in every range
        raise typer.BadParameter("it is not a number of seconds", param_hint="'--deadline'")
    if live and offline:
        raise typer.BadParameter("--live needs the network, and --offline forbids it")
    if live and from_report:
        raise typer.BadParameter("--live proves by doing, and a saved report cannot be done to")
    wanted = Wanted(
        select=tuple(select or ()),
        targets=_targets(format, output),
        everything=everything,
        strict=strict,
        offline=offline,
        live=live,
        deadline=deadline,
        codex_bin=codex_bin,
        codex_home=codex_home,
        from_report=from_report,
        ascii=ascii,
        no_color=no_color,
        instead=line.meta.get(_INSTEAD, {}),
    )
    raise typer.Exit(cli.examine(wanted))


def _targets(formats: Sequence[str] | None, output: Path | None) -> tuple[Target, ...]:
    try:
        return targets(formats or (), output)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--format'") from None


@app.command()
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|CODE|MESSAGE|FILE|-",
            help="A problem's name or code, a message in quotes, a log, or - for standard input.",
        ),
    ] = None,
    *,
    last: Annotated[
        bool, typer.Option("--last", help="Explain what went wrong last, as Codex recorded it.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to write the answer.")] = Format.TEXT,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> None:
    """Say what a message means, why, and what to do; or show the page of a problem."""
    from codex_doctor.explain.asked import Asked

    if words and last:
        raise typer.BadParameter("what went wrong last is recorded already", param_hint="'--last'")
    asked = Asked(words=tuple(words or ()), last=last, format=format, ascii=ascii, no_color=no_color)
    raise typer.Exit(cli.explain(asked))


@app.command("run", context_settings={"allow_interspersed_args": False})
def run_command(
    command: Annotated[list[str], typer.Argument(metavar="[--] COMMAND...", help="The command, unchanged.")],
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Let the checks that follow stay off the network.")
    ] = False,
) -> None:
    """Run a command unchanged; if it fails, explain the end of its output and run the checks for it."""
    from codex_doctor.run.asked import Wrapped

    raise typer.Exit(cli.wrap(Wrapped(argv=tuple(command), offline=offline)))


@app.command()
def checks(
    select: Annotated[list[str] | None, typer.Argument(metavar="[SELECT]...")] = None,
    *,
    format: Annotated[Format, typer.Option(help="How to write the list.")] = Format.TEXT,
) -> None:
    """List what would be examined, what it reads and what it touches."""
    from codex_doctor.examination import guests, load
    from codex_doctor.listing import as_json, as_text, listing

    patterns = tuple(select or ())
    built_in = load()
    strangers = guests(built_in, patterns=patterns)
    rows = listing(built_in, strangers, patterns)
    for stranger in strangers:
        if stranger.fault:
            cli.note(f"codex-doctor: {stranger.fault}")
    cli.say(as_json(rows) if format is Format.JSON else as_text(rows))
