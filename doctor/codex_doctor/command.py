"""Commands that a catalogue brings to the command line, and the door through which they speak."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from codex_doctor.redact import Vault
    from codex_doctor.render.style import Style

DONE: Final = 0
"""Exit code: done, or there was nothing to do."""

FAILED: Final = 1
"""Exit code: it failed, or the user declined."""

NOT_TRIED: Final = 3
"""Exit code: it could not be tried now (a lock is held, a service is out of reach); nothing changed."""


INTERRUPTED: Final = 130
"""Exit code: the user called it off (Ctrl-C)."""


class Door(Protocol):
    """How a command speaks with the user; it prints nothing by any other way.

    *interactive*: a person sits at a terminal and can be asked. *style* says what standard output can show.
    """

    @property
    def interactive(self) -> bool:
        """Whether standard input and standard output are a terminal."""
        ...

    @property
    def style(self) -> Style:
        """What standard output can show."""
        ...

    def say(self, text: str, *, shown: str = "", under: int | None = None) -> None:
        """Print *text* and a line feed to standard output; every secret known to the door is taken out.

        *shown* is one that the user is to read; it stays. With *under*, the text is prose: on a terminal its
        lines are made to fit, and those that follow the first begin at that column.
        """
        ...

    def passing(self, text: str) -> None:
        """Show *text* on a line that goes away with what is said next, where somebody watches."""
        ...

    def note(self, text: str, *, under: int | None = None) -> None:
        """Print *text* and a line feed to standard error, as `say` does."""
        ...

    def hide(self, vault: Vault, *, home: str = "") -> None:
        """Say no secret of *vault* from now on, and *home* as `~`."""
        ...

    def restyle(self, *, ascii: bool = False, no_color: bool = False) -> None:
        """Use plain ASCII, or no colours, from now on."""
        ...

    def ask(self, question: str) -> bool:
        """Ask a question that is answered with yes or no; no unless somebody is there and says yes."""
        ...

    def pressed(self) -> bool:
        """Whether somebody has pressed Enter since that was asked last; does not wait for it."""
        ...

    def calling_off(self) -> AbstractContextManager[Callable[[], bool]]:
        """Give what tells whether Ctrl-C was pressed; meanwhile only the second Ctrl-C ends the process."""
        ...


class Command(Struct, frozen=True, kw_only=True):
    """A command of the command line.

    *run* takes a `Door` first and then the options, as parameters that typer understands, and returns
    the exit code; its docstring is the help. It is called for this one command only, so whatever is heavy
    is imported inside it. *examples* stand at the end of the help, each without the name of the program.
    """

    name: str
    run: Callable[..., int]
    examples: tuple[str, ...] = ()


def bound(command: Command, open_door: Callable[[], Door]) -> Callable[..., None]:
    """Return *command* as a function that typer can take: without the door, which is opened for it."""
    import typer

    signature = inspect.signature(command.run, eval_str=True)
    rest = list(signature.parameters.values())[1:]

    @functools.wraps(command.run)
    def run(**options: Any) -> None:  # noqa: ANN401 - each command has its own
        raise typer.Exit(command.run(open_door(), **options))

    run.__signature__ = signature.replace(parameters=rest, return_annotation=None)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in rest}
    del run.__wrapped__  # its hints would be looked up in its own module
    return run
