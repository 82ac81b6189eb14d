"""A terminal that calls itself dumb; the real Codex refuses it too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from codex_checks.problems import terminal as problems
from codex_checks.terminal.kind import Terminal, can_be_drawn_in, terminal
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from codex_cli import CodexCli


def test_a_dumb_terminal_is_a_note() -> None:
    (finding,) = can_be_drawn_in(answer(terminal, context(env={"TERM": "dumb"})))

    assert finding.problem is problems.TERMINAL_DUMB


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "screen", "vt100", None])
def test_any_other_terminal_is_healthy(term: str | None) -> None:
    assert can_be_drawn_in(Terminal(term=term)) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals there")
def test_the_real_codex_refuses_a_dumb_terminal(codex_cli: CodexCli) -> None:
    ran = codex_cli.run([], env={"TERM": "dumb"})

    assert ran.returncode != 0
    assert 'TERM is set to "dumb"' in ran.stderr
