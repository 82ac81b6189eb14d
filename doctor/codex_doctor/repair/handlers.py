"""Which handler does which step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.fix import NAMES, Act, RunCommand, ShellLine, Tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_doctor.context import System
    from codex_doctor.examination import Loaded
    from codex_doctor.fix import Fix, Step
    from codex_doctor.repair.handler import Handler


def _modes() -> Handler:
    from codex_doctor.repair.modes import MODES

    return MODES


def _owners() -> Handler:
    from codex_doctor.repair.owners import OWNERS

    return OWNERS


def _folders() -> Handler:
    from codex_doctor.repair.folders import FOLDERS

    return FOLDERS


def _rewriting() -> Handler:
    from codex_doctor.repair.rewriting import REWRITING

    return REWRITING


def _removing() -> Handler:
    from codex_doctor.repair.removing import REMOVING

    return REMOVING


def _moving() -> Handler:
    from codex_doctor.repair.moving import MOVING

    return MOVING


def _running() -> Handler:
    from codex_doctor.repair.running import RUNNING

    return RUNNING


USUAL: Final[Mapping[str, Callable[[], Handler]]] = {
    "set-mode": _modes,
    "set-owner": _owners,
    "make-folder": _folders,
    "rewrite-file": _rewriting,
    "remove-file": _removing,
    "move-aside": _moving,
    "run-command": _running,
}
"""What loads the handlers that know nothing of the examined program, by the kind of their steps.

An examination asks only which there are.
"""

_POSIX_ONLY: Final = ("set-mode", "set-owner")
"""Windows has access lists instead, which permission bits do not describe."""

_ROOT_ONLY: Final = ("set-owner",)
_ROOT: Final = 0


def kind_of(step: Step) -> str:
    """Return the kind of *step*: the name of its handler, where there is one."""
    match step:
        case Act(kind=kind):
            return kind
        case RunCommand(undo=None):  # nobody knows how to take it back, so it is left to the user
            return NAMES[ShellLine]
        case _:
            return NAMES[type(step)]


class Handlers:
    """The handlers on a machine of *os*: those of files, and *acts*, which a catalogue loads, by kind.

    *user* is the numeric id of who repairs, None where there is none.
    """

    def __init__(
        self, acts: Mapping[str, Callable[[], Handler]], *, os: str, user: int | None = None
    ) -> None:
        self._acts = acts
        lacking = (*(_POSIX_ONLY if os == "windows" else ()), *(_ROOT_ONLY if user != _ROOT else ()))
        self._usual = {kind: one for kind, one in USUAL.items() if kind not in lacking}

    def by_kind(self, kind: str) -> Handler | None:
        """Return the handler called *kind*, or None where there is none."""
        load = self._usual.get(kind) or self._acts.get(kind)
        return None if load is None else load()

    def online(self, kind: str) -> bool:
        """Whether a step of this *kind* cannot be done without the network."""
        handler = self.by_kind(kind)
        return handler is not None and handler.online

    def can(self, fix: Fix) -> bool:
        """Whether all of *fix* can be done without the user, but for what is only told."""
        kinds = [kind_of(step) for step in fix.steps if not isinstance(step, Tell)]
        return bool(kinds) and all(kind in self._usual or kind in self._acts for kind in kinds)


def handlers_of(built_in: Sequence[Loaded], system: System) -> Handlers:
    """Return the handlers on this *system* with these catalogues."""
    acts = {kind: act for one in built_in for kind, act in one.catalogue.steps.items()}
    return Handlers(acts, os=system.os, user=system.user)
