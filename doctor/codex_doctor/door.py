"""The door of a command: the terminal, or whatever stands in its place."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, Final, TextIO

from codex_doctor.keyboard import enter_pressed, interruptions, line_typed
from codex_doctor.redact import Redactor, Vault
from codex_doctor.render.wrapping import hanging
from codex_doctor.terminal import style_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from codex_doctor.render.style import Style

_COLOUR: Final = re.compile(r"(\x1b\[(?:0|[12]|3[0-7])(?:;(?:[12]|3[0-7]))*m)")
"""The colours of `Style.paint`. Others may come from a file: one of them would make text invisible."""

_YES: Final = ("y", "yes")


class Terminal:
    """The standard streams of this process."""

    def __init__(self) -> None:
        self.style: Style = style_for(sys.stdout, ascii=False, no_color=False)
        self._vaults: list[Vault] = []
        self._home = ""
        self._passing = False

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

    def say(self, text: str, *, shown: str = "", under: int | None = None) -> None:
        """Print *text* and a line feed to standard output, without secrets but for *shown*.

        With *under* it is prose, which fits the terminal; its later lines begin at that column.
        """
        self._take_away()
        _write(sys.stdout, f"{self._fitting(self._clean(text, shown=shown), sys.stdout, under)}\n")

    def note(self, text: str, *, under: int | None = None) -> None:
        """Print *text* and a line feed to standard error, without secrets, as `say` does."""
        self._take_away()
        _write(sys.stderr, f"{self._fitting(self._clean(text), sys.stderr, under)}\n")

    def passing(self, text: str) -> None:
        """Show *text* on a line that goes away with what is said next, where somebody watches."""
        if not self.interactive or os.environ.get("TERM") == "dumb":
            return
        self._take_away()
        _write(sys.stdout, self._clean(text)[: self.style.width - 1])
        self._passing = True

    def ask(self, question: str) -> bool:
        """Ask *question*; the answer is no unless a person at a terminal says yes."""
        if not self.interactive:
            return False
        self._take_away()
        _write(sys.stdout, f"{self._clean(question)} [y/N] ")
        try:
            answer = line_typed()
        except (OSError, UnicodeError):  # the terminal has gone, or what was typed is no text
            answer = ""
        if not answer.endswith("\n"):  # the next line begins on its own
            _write(sys.stdout, "\n")
        return answer.strip().lower() in _YES

    def pressed(self) -> bool:
        """Whether somebody has pressed Enter since that was asked last; does not wait for it."""
        return self.interactive and enter_pressed()

    def calling_off(self) -> AbstractContextManager[Callable[[], bool]]:
        """Give what tells whether Ctrl-C was pressed; meanwhile only the second Ctrl-C ends the process."""
        return interruptions()

    def _take_away(self) -> None:
        """Take the line away that was shown in passing."""
        if self._passing:
            _write(sys.stdout, "\r\x1b[K")
            self._passing = False

    def _fitting(self, text: str, stream: TextIO, under: int | None) -> str:
        if under is None or not stream.isatty():
            return text
        return "\n".join(hanging(text, self.style.width, under=under))

    def _clean(self, text: str, *, shown: str = "") -> str:
        """Return *text* without secrets but *shown*, and without what moves a cursor; its colours stay."""
        known = {value for vault in self._vaults for value in vault.values()} - {shown}
        redactor = Redactor(known=tuple(known), home=self._home)
        kept = re.compile(rf"(?<![A-Za-z0-9])({re.escape(shown) or '(?!)'})(?![A-Za-z0-9])")
        pieces = _COLOUR.split(text)  # text, colour, text, ...
        for at, piece in enumerate(pieces[::2]):
            said = kept.split(piece)  # text, what is shown, text, ...
            pieces[2 * at] = "".join(part if n % 2 else redactor.text(part) for n, part in enumerate(said))
        return "".join(pieces)


def _write(stream: TextIO, text: str) -> None:
    """Write *text*; what the terminal's encoding cannot show is replaced, never fatal.

    Nor is it fatal that nobody reads any more (`| head`): a command that has begun comes to its end.
    """
    encoding = stream.encoding or "utf-8"
    with contextlib.suppress(OSError, ValueError):
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
