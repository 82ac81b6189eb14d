"""Renewing the stored sign-in as a step of a repair: it can be finished, and never taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.errors import ActError
from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Handler, Note, Tools, known

if TYPE_CHECKING:
    from codex_checks.acts.failures import Failure
    from codex_doctor.fix import Act

SPENT: Final = (
    "a renewal cannot be taken back: the old refresh token is spent, and whoever uses it again is signed out"
)


class _Noted(Struct, frozen=True, kw_only=True):
    home: str


def _do(step: Act, tools: Tools) -> None:
    from codex_checks.acts.failures import of_error, of_renewal
    from codex_checks.acts.here import look
    from codex_checks.acts.renewing import renew

    needs_network("a renewal", tools, otherwise="codex-doctor refresh")
    here = look(tools.context)
    tools.remember({"home": str(here.home.path)})
    try:
        failure = of_renewal(renew(here, force=step.arguments.get("force") == "yes"), here)
    except ActError as error:
        raise told(of_error(error, here)) from error
    if failure is not None:
        raise told(failure)


def needs_network(what: str, tools: Tools, *, otherwise: str) -> None:
    """Stop before *what* is begun where nothing may be sent; *otherwise* is the command that may send.

    :raises RepairError: the network is kept away.
    """
    if tools.context.offline:
        words = f"{what} needs the network, and --offline keeps it away"
        raise RepairError(words, transient=True, command=otherwise)


def told(failure: Failure) -> RepairError:
    """Return *failure* as a repair tells it."""
    is_command = failure.next_step.startswith("codex-doctor ")
    words = failure.words if is_command or not failure.next_step else f"{failure.words}. {failure.next_step}"
    return RepairError(words, transient=failure.passing, command=failure.next_step if is_command else None)


def _objection(_note: Note, _tools: Tools) -> str | None:
    return SPENT


def _undo(_note: Note, _tools: Tools) -> None:
    raise RepairError(SPENT)


def _finish(note: Note, tools: Tools) -> str:
    from codex_checks.acts.here import look_at
    from codex_checks.acts.recovery import Fate, recover

    store = look_at(tools.context, Path(known(note, _Noted).home)).store()
    with store.alone("codex-doctor repair"):
        fates = recover(store)
    if Fate.STORED in fates:
        return "the renewal had been answered: its new tokens are stored now"
    if Fate.KEPT in fates:
        return "the new tokens of the renewal were overtaken by another sign-in"
    return "the renewal had come to its end, or to no answer: what is stored is whole"


HANDLER: Final = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection, online=True)
