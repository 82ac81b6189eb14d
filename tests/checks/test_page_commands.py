"""Every command that a page of a problem tells: it is one, and what may run in a test does."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import pytest
import typer

from codex_checks import pages
from codex_checks.problems import PROBLEMS
from codex_doctor import cli, line
from commands import surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

NAMES: Final = tuple(problem.name for problem in PROBLEMS)
SHELL: Final = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
POWERSHELL: Final = re.compile(r"^```powershell\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE: Final = re.compile(r"`((?:codex|codex-doctor) [^`\n]*)`")
ENDS: Final = frozenset({"|", "||", "&&", ";", "<", ">", ">>", "--", "(", ")"})
"""Words before which a command ends."""

EXAMPLES: Final = frozenset({"NAME", "FILE", "ACME101", "ACME901", "own-checks-invalid"})
"""What stands in a page for what only its reader has, or is there only where a reader has own checks."""


def told(name: str) -> Iterator[str]:
    """Yield the lines that the page of *name* gives to a shell, and the commands in its sentences."""
    text = pages.page(name) or ""
    for block in (*SHELL.findall(text), *POWERSHELL.findall(text)):
        yield from block.splitlines()
    yield from INLINE.findall(text)


@cache
def commands(program: str) -> tuple[tuple[str, ...], ...]:
    """Return the words behind *program* wherever a page calls it, each once."""
    found: dict[tuple[str, ...], None] = {}
    for text in (text for name in NAMES for text in told(name) if f"{program} " in text):
        command: list[str] = []
        for word in (*_words(text), ";"):
            if word in ENDS:
                if command[:1] == [program] and "..." not in command:
                    found[tuple(command[1:])] = None
                command = []
            else:
                command.append(word)
    return tuple(found)


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.commenters = "#"
    lexer.wordchars += ",$@\\%"
    try:
        return list(lexer)
    except ValueError:  # a quotation over several lines
        return []


@cache
def understanding() -> Callable[..., object]:
    """Return what runs the command line, whose commands understand what they are given, and do nothing."""
    whole = typer.main.get_command(line.whole())
    at = [whole]
    while at:
        command = at.pop()
        at += getattr(command, "commands", {}).values()
        if command is not whole:
            command.callback = None
    return whole.main


def test_what_a_page_gives_to_a_shell_is_of_its_language() -> None:
    blocks = [block for name in NAMES for block in SHELL.findall(pages.page(name) or "")]
    script = "".join(f"one_{number}() {{\n{block}\n}}\n" for number, block in enumerate(blocks))

    for shell in filter(None, map(shutil.which, ("sh", "bash"))):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", commands("codex-doctor"), ids=" ".join)
def test_the_doctor_understands_what_a_page_tells_of_it(words: tuple[str, ...]) -> None:
    understanding()([*words], standalone_mode=False)


def test_what_a_page_tells_to_explain_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [words for words in commands("codex-doctor") if words[:1] == ("explain",) and words[1:]]

    for words in asked:
        assert words[1] in EXAMPLES or cli.run(words) == 0, words
        assert words[1] in EXAMPLES or capsys.readouterr().out.strip(), words


def test_what_a_page_tells_to_check_is_checked(tmp_path: Path, openai: FakeOpenAI) -> None:
    asked = {
        word
        for words in commands("codex-doctor")
        if words[:1] == ("check",) and not {"--from-codex-doctor", "--baseline", "--models"} & {*words}
        for word in takewhile(lambda word: not word.startswith("-"), words[1:])
    } - EXAMPLES

    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", "check", *sorted(asked), "--offline"],
        env=surroundings(tmp_path, openai),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(asked) > 100
    assert (done.returncode in {0, 1}, done.stderr) == (True, "")


def test_codex_has_what_a_page_tells_of_it(codex_cli: CodexCli) -> None:
    helps: dict[tuple[str, ...], str] = {}
    strange = [words for words in commands("codex") if not known(words, codex_cli, helps)]

    assert strange == []


def known(words: tuple[str, ...], codex: CodexCli, helps: dict[tuple[str, ...], str]) -> bool:
    """Whether *codex* has the command and the options of *words*; what it says of a command is in *helps*."""
    path: tuple[str, ...] = ()
    for word in words:
        if path not in helps:
            helps[path] = codex.run([*path, "--help"]).stdout
        if word.startswith("-"):
            if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", helps[path]):
                return False
        elif re.search(rf"^  {re.escape(word)}(?: |$)", helps[path], re.MULTILINE):
            path = (*path, word)
    return bool(path) or words[0].startswith("-") or " " in words[0]
