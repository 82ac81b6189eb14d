"""What `run` is asked to run: everything after its own options, or after `--`, is the command's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class Wrapped(Struct, frozen=True, kw_only=True):
    """The command *argv*. *offline*: the checks that follow a failure stay off the network."""

    argv: tuple[str, ...]
    offline: bool = False


def plainly(args: Sequence[str]) -> Wrapped | None:
    """Return what *args*, those after `run`, ask to run, or None where they are not plain."""
    offline = False
    for at, word in enumerate(args):
        if word == "--offline":
            offline = True
            continue
        argv = tuple(args[at + 1 :] if word == "--" else args[at:])
        plain = argv and (word == "--" or not word.startswith("-"))
        return Wrapped(argv=argv, offline=offline) if plain else None
    return None
