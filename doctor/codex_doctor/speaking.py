"""Say something on the standard streams: what the command line says when it is no `Door` of a command."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print *text*; what the terminal's encoding cannot show is replaced, never fatal."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def say_now(text: str) -> None:
    """Print *text*, and let whoever reads it have it at once."""
    say(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Print *text* and a line feed to standard error, as `say` does."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
