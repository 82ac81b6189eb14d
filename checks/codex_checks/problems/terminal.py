"""Problems of the terminal, and of the pipe in its place: CDX66x."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

EXEC_STDIN_HANG: Final = Problem(
    code="CDX660",
    name="exec-stdin-hang",
    area="terminal",
    severity=Severity.WARNING,
    title="A `codex exec` waits for the end of its input, and nobody ends it",
    advice="Start it with `< /dev/null`, or let the program that starts it close its input.",
)

STDIN_NOT_TERMINAL: Final = Problem(
    code="CDX659",
    name="stdin-not-terminal",
    area="terminal",
    severity=Severity.ERROR,
    title="A session of Codex was started where nobody can type",
    advice="Use `codex exec` in scripts and CI; give a container a terminal with `docker run -it`.",
)

TERMINAL_CURSOR_POSITION: Final = Problem(
    code="CDX661",
    name="terminal-cursor-position",
    area="terminal",
    severity=Severity.WARNING,
    title="The terminal does not tell Codex where its cursor is",
    advice="Update Codex, which does without the answer by now, or start it in another terminal.",
)

TERMINAL_OSC_LEAK: Final = Problem(
    code="CDX662",
    name="terminal-osc-leak",
    area="terminal",
    severity=Severity.NOTE,
    title="What the terminal answers about its colours appears as typed text",
    advice="Update Codex, and start it in tmux or in another terminal where the line is slow.",
)

TERMINAL_MULTIPLEXER_RENDERING: Final = Problem(
    code="CDX663",
    name="terminal-multiplexer-rendering",
    area="terminal",
    severity=Severity.NOTE,
    title="Inside tmux or Zellij Codex loses its backgrounds or what has scrolled away",
    advice="Update the multiplexer, let tmux pass on what programs ask, or start Codex with --no-alt-screen.",
)

TERMINAL_DUMB: Final = Problem(
    code="CDX668",
    name="terminal-dumb",
    area="terminal",
    severity=Severity.NOTE,
    title="The terminal calls itself dumb, and Codex opens no session in such a one",
    advice="Start Codex in another terminal, or set TERM to what this one is; `codex exec` does without.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    STDIN_NOT_TERMINAL,
    EXEC_STDIN_HANG,
    TERMINAL_CURSOR_POSITION,
    TERMINAL_OSC_LEAK,
    TERMINAL_MULTIPLEXER_RENDERING,
    TERMINAL_DUMB,
)
