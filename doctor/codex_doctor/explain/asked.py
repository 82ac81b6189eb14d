"""What `explain` is asked for, and the plain ways to ask it: a message may begin with a dash.

Loading typer takes longer than an explanation; it is left to explain the command line where it is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

STREAM: Final = "-"
"""Standard input."""


class Asked(Struct, frozen=True, kw_only=True):
    """*words* are a name, a code, a file, `-` or a message; nothing means standard input.

    *last*: what went wrong most recently, as it was recorded.
    """

    words: tuple[str, ...] = ()
    format: Format = Format.TEXT
    last: bool = False
    ascii: bool = False
    no_color: bool = False

    @property
    def text(self) -> str:
        """What was asked, as one text: a message need not be quoted."""
        return " ".join(self.words)


def plainly(args: Sequence[str]) -> Asked | None:
    """Return what *args*, those after `explain`, ask for, or None where they are not plain."""
    if {"--help", "-h"} & {*args[:1], *args[-1:]}:
        return None
    words: list[str] = []
    told: dict[str, bool] = {}
    form = Format.TEXT
    rest = iter(args)
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--":
            words += rest
        elif name == "--format":
            value = value if equals else next(rest, "")
            if value not in list(Format):
                return None
            form = Format(value)
        elif word in {"--last", "--ascii", "--no-color"}:
            told[word[2:].replace("-", "_")] = True
        elif word.startswith("-") and word != STREAM and not words and not any(map(str.isspace, word)):
            return None
        else:
            words.append(word)
    if words and "last" in told:
        return None
    return Asked(words=tuple(words), format=form, **told)
