"""The help of each command fits a screen, and each of its examples runs."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest
import typer

import acts_install
import acts_store
import tokens
from codex_doctor import cli, clock, line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakes.openai import FakeOpenAI
    from fakes.publisher import Publisher

SCREEN: Final = (40, 80)
"""Lines and columns: a terminal that was made a little higher."""

EXAMPLE: Final = r"(?m)^ +codex-doctor (.+)$"

FINDS: Final = ("check --format", "triage")
"""On a machine without Codex, and in a folder without reports."""


def commands() -> Iterator[tuple[str, str]]:
    """Yield the words that lead to every command, and what stands at the end of its help."""
    root = typer.main.get_command(line.whole())
    waiting = [("", root)]
    while waiting:
        words, command = waiting.pop()
        yield words, command.epilog or ""
        inner = getattr(command, "commands", {})
        waiting += [(f"{words} {name}".strip(), each) for name, each in inner.items()]


HELPS: Final = dict(commands())


def helped(words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(SCREEN[1]))
    assert cli.run([*words.split(), "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("words", sorted(HELPS))
def test_a_help_fits_a_screen(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = helped(words, capsys, monkeypatch).splitlines()

    assert len(lines) <= SCREEN[0]
    assert [text for text in lines if len(text) > SCREEN[1]] == []


@pytest.mark.parametrize(
    "words", sorted(words for words in HELPS if words and not words.startswith("report "))
)
def test_a_help_has_an_example(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.findall(EXAMPLE, helped(words, capsys, monkeypatch).partition("Examples:")[2])


@pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")
@pytest.mark.parametrize(
    "example",
    sorted(example for epilog in HELPS.values() for example in re.findall(EXAMPLE, epilog)),
)
def test_an_example_runs(
    example: str,
    tmp_path: Path,
    openai: FakeOpenAI,
    publisher: Publisher,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publisher.publish("0.170.0")
    machine = acts_install.machine(tmp_path, {**openai.env, **publisher.env})
    openai.service.polls, openai.service.interval = 0, "1"
    home = tmp_path / "home"
    acts_store.put(home / ".codex", tokens.chatgpt_login(expires=time.time() + 3600))
    acts_store.put(tmp_path, tokens.chatgpt_login(expires=time.time() + 3600))
    for name, value in {**machine.env, "HOME": str(home), "XDG_STATE_HOME": str(tmp_path / "state")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "process_started", time.monotonic)  # the tests have run for longer
    pasted = io.BytesIO((tmp_path / "auth.json").read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(pasted))
    if example.startswith("run "):
        program = tmp_path / "codex"
        program.write_text("#!/bin/sh\necho codex-cli 0.169.0\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")

    code = cli.run(shlex.split(example))

    said = capsys.readouterr()
    assert code == (1 if example.startswith(FINDS) else 0), said.err
    assert "Usage:" not in said.err
    assert said.out or example.startswith("run ")
