"""The door of a command: the terminal, or whatever stands in its place."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, TextIO

from codex_doctor.redact import Redactor, Vault
from codex_doctor.terminal import style_for

if TYPE_CHECKING:
    from codex_doctor.render.text import Style

_COLOUR: Final = re.compile(r"(\x1b\[[0-9;]*m)")
_YES: Final = ("y", "yes")


class Terminal:
    """The standard streams of this process."""

    def __init__(self) -> None:
        self.style: Style = style_for(sys.stdout, ascii=False, no_color=False)
        self._vaults: list[Vault] = []
        self._home = ""

    @property
    def interactive(self) -> bool:
        """Whether standard input and standard output are a terminal."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def hide(self, vault: Vault, *, home: str = "") -> None:
        """Say no secret of *vault* from now on, and *home* as `~`."""
        self._vaults.append(vault)
        self._home = home or self._home

    def restyle(self, *, ascii: bool = False, no_color: bool = False) -> None:
        """Use plain ASCII, or no colours, from now on."""
        self.style = style_for(sys.stdout, ascii=ascii, no_color=no_color)

    def say(self, text: str) -> None:
        """Print *text* and a line feed to standard output, without secrets."""
        _print(sys.stdout, self._clean(text))

    def note(self, text: str) -> None:
        """Print *text* and a line feed to standard error, without secrets."""
        _print(sys.stderr, self._clean(text))

    def ask(self, question: str) -> bool:
        """Ask *question*; the answer is no unless a person at a terminal says yes."""
        if not self.interactive:
            return False
        sys.stdout.write(f"{self._clean(question)} [y/N] ")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # the terminal was closed: the next line begins on its own
            sys.stdout.write("\n")
        return answer.strip().lower() in _YES

    def _clean(self, text: str) -> str:
        """Return *text* without secrets and without what moves a cursor; its colours stay."""
        known = {value for vault in self._vaults for value in vault.values()}
        redactor = Redactor(known=tuple(known), home=self._home)
        pieces = _COLOUR.split(text)  # text, colour, text, ...
        return "".join(piece if at % 2 else redactor.text(piece) for at, piece in enumerate(pieces))


def _print(stream: TextIO, text: str) -> None:
    """Print *text*; what the terminal's encoding cannot show is replaced, never fatal."""
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
    stream.flush()
