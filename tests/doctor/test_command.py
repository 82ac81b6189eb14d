"""Commands that a catalogue brings: they get the options they name, and a door."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pytest
import typer

from codex_doctor import cli, examination, line
from codex_doctor.catalogue import Catalogue, discover
from codex_doctor.command import Command, Door
from codex_doctor.door import Terminal
from codex_doctor.redact import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "hunter2-and-more"


def greet(
    door: Door,
    whom: Annotated[str, typer.Argument(help="Who is greeted.")],
    *,
    often: Annotated[int, typer.Option(help="How often.")] = 1,
    into: Annotated[Path | None, typer.Option(parser=Path, metavar="FILE")] = None,
) -> int:
    """Greet somebody, as often as is asked."""
    for _ in range(often):
        door.say(f"hello {whom} {into or ''}".rstrip())
    return 3 if door.ask("Really?") else 0


@pytest.fixture
def _brought(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A doctor whose one catalogue brings `greet`."""
    catalogue = Catalogue(
        checks=(), problems=(), page=lambda _: None, commands=lambda: (Command(name="greet", run=greet),)
    )
    source = discover()[0]
    loaded = (examination.Loaded(source=source, catalogue=catalogue),)
    monkeypatch.setattr(examination, "load", lambda: loaded)
    before = list(line.app.registered_commands)
    for each in before:  # `check` is given the options of the catalogues that are there
        monkeypatch.setattr(each, "callback", each.callback)
    yield
    line.app.registered_commands[:] = before


@pytest.mark.usefixtures("_brought")
def test_a_command_of_a_catalogue_gets_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(["greet", "Ada", "--often", "2", "--into", "x"])

    assert (code, capsys.readouterr().out) == (0, "hello Ada x\nhello Ada x\n")


@pytest.mark.usefixtures("_brought")
def test_the_help_lists_the_commands_of_catalogues(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["--help"])

    assert "Greet somebody, as often as is asked." in capsys.readouterr().out


@pytest.mark.usefixtures("_brought")
def test_wrong_options_of_such_a_command_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(["greet", "Ada", "--often", "many"])

    assert (code, "'many' is not a valid int" in capsys.readouterr().err) == (2, True)


def test_what_is_said_holds_no_secret_and_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    vault = Vault()
    vault.secret(KEY)
    door = Terminal()
    door.hide(vault)

    door.say(f"\x1b[31mred\x1b[0m {KEY} \x1b[2Jgone")
    door.note("Bearer abcdefgh12345678")

    printed = capsys.readouterr()
    assert printed.out == "\x1b[31mred\x1b[0m *** \\x1b[2Jgone\n"
    assert printed.err == "Bearer ***\n"


def test_nobody_says_yes_where_nobody_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert (Terminal().ask("Delete it?"), capsys.readouterr().out) == (False, "")
