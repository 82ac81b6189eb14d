"""The whole command line, as typer understands it: every command, its options and its help."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.models import TyperInfo

from codex_doctor import __version__
from codex_doctor.checking.command import check, with_options
from codex_doctor.checking.pace import PACE
from codex_doctor.completing import Shell, a_shell_asks, problems, script, selectable
from codex_doctor.examples import EXAMPLES, epilog
from codex_doctor.formats import Format
from codex_doctor.settings.command import profiles, settings
from codex_doctor.speaking import note, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from typer.models import CommandInfo

USAGE: Final = 2
"""The exit code for wrong usage, as click has it too."""

REPORT: Final = "report"
"""The command that has commands of its own."""

TRIAGE: Final = "triage"
"""The command that is loaded where it is meant."""

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
        # Whoever asks what may follow may mean any command.
        command = typer.main.get_command(whole() if a_shell_asks() else _with_commands_for(wanted))
        command.main(args=wanted, prog_name="codex-doctor")
    except SystemExit as leaving:
        if leaving.code == USAGE and args and _is_strange(args[0], [*_own_commands(), REPORT, TRIAGE]):
            note(f"Is it an area or a problem? Then: codex-doctor check {args[0]}")
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0


def _with_command(args: Sequence[str]) -> list[str]:
    """Return *args* as they are meant: `check` before options that stand alone, `help` as an option."""
    own = {"-h", "--help", "--version", "--install-completion", "--show-completion"}
    if args and args[0] == "help":
        return [*args[1:], "--help"]
    if not args or (args[0].startswith("-") and args[0].partition("=")[0] not in own):
        args = ["check", *args]
    return list(_with_pace(args)) if args[0] == "check" else list(args)


def _with_pace(args: Sequence[str]) -> Iterator[str]:
    """Yield *args* with a number behind each `--watch` that stands alone: only numbers belong to it."""
    for word, following in zip(args, [*args[1:], ""], strict=True):
        alone = word == "--watch" and not following.replace(".", "", 1).isdecimal()
        yield f"{word}={PACE}" if alone else word


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
            line.registered_commands[0].callback = with_options(check)
        return line
    if args[0] == REPORT:
        from codex_doctor.bundle.command import app as report

        line = copy(app)
        line.registered_commands = []
        line.registered_groups = [TyperInfo(report)]
        return line
    if args[0] == TRIAGE:
        from codex_doctor.triage.command import triage

        line = copy(app)
        line.registered_commands = []
        line.command(TRIAGE, epilog=epilog(EXAMPLES[TRIAGE]))(triage)
        return line
    return app if args[0] == "--version" else whole()


def whole() -> typer.Typer:
    """Return the command line with every command that there is."""
    from codex_doctor.bundle.command import app as report
    from codex_doctor.command import Command, bound
    from codex_doctor.door import Terminal
    from codex_doctor.examination import load
    from codex_doctor.repair.command import repair
    from codex_doctor.scaffold.command import new_check
    from codex_doctor.triage.command import triage

    known = _own_commands()
    own = (
        Command(name="repair", run=repair, examples=EXAMPLES["repair"]),
        Command(name="new-check", run=new_check, examples=EXAMPLES["new-check"]),
    )
    brought = (command for loaded in load() for command in loaded.catalogue.commands())
    for command in (*own, *brought):
        if command.name not in known:
            app.command(command.name, epilog=epilog(command.examples))(bound(command, Terminal))
    if TRIAGE not in known:
        app.command(TRIAGE, epilog=epilog(EXAMPLES[TRIAGE]))(triage)
    for each in app.registered_commands:
        if each.callback is check:
            each.callback = with_options(check)
    app.registered_groups = [TyperInfo(report)]
    return app


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


app.command(epilog=epilog(EXAMPLES["check"]))(check)


@app.command(epilog=epilog(EXAMPLES["explain"]))
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|CODE|MESSAGE|FILE|-",
            help="A problem's name or code, a message in quotes, a log, or - for standard input.",
            autocompletion=problems,
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
    from codex_doctor.explain.command import explain as answer

    if words and last:
        raise typer.BadParameter("what went wrong last is recorded already", param_hint="'--last'")
    asked = Asked(words=tuple(words or ()), last=last, format=format, ascii=ascii, no_color=no_color)
    raise typer.Exit(answer(asked))


@app.command("run", epilog=epilog(EXAMPLES["run"]), context_settings={"allow_interspersed_args": False})
def run_command(
    command: Annotated[list[str], typer.Argument(metavar="[--] COMMAND...", help="The command, unchanged.")],
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Let the checks that follow stay off the network.")
    ] = False,
) -> None:
    """Run a command unchanged; if it fails, explain the end of its output and run the checks for it."""
    from codex_doctor.run.asked import Wrapped
    from codex_doctor.run.command import wrap

    raise typer.Exit(wrap(Wrapped(argv=tuple(command), offline=offline)))


@app.command(epilog=epilog(EXAMPLES["checks"]))
def checks(
    select: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SELECT]...",
            help="Checks, areas, or problems by name or code.",
            autocompletion=selectable,
        ),
    ] = None,
    *,
    format: Annotated[Format, typer.Option(help="How to write the list.")] = Format.TEXT,
) -> None:
    """List what would be examined, what it reads and what it touches."""
    from codex_doctor.examination import load
    from codex_doctor.guests import guests
    from codex_doctor.listing import as_json, as_text, listing

    patterns = tuple(select or ())
    built_in = load()
    strangers = guests(built_in, patterns=patterns)
    rows = listing(built_in, strangers, patterns)
    for stranger in strangers:
        if stranger.fault:
            note(f"codex-doctor: {stranger.fault}")
        for mistake in stranger.described.mistakes if stranger.described else ():
            note(f"codex-doctor: {mistake}")
    say(as_json(rows) if format is Format.JSON else as_text(rows))


app.command(epilog=epilog(EXAMPLES["profiles"]))(profiles)
app.command(epilog=epilog(EXAMPLES["settings"]))(settings)


@app.command(epilog=epilog(EXAMPLES["completion"]))
def completion(
    shell: Annotated[Shell, typer.Argument(help="For which shell.")],
) -> None:
    """Print what a shell reads to complete words with Tab; --install-completion puts it there."""
    say(script(shell))
