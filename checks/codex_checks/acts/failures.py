"""What went wrong, for people and programs: its name, what was seen, and what to do now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.errors import ActError
from codex_checks.acts.events import Failed
from codex_doctor.fix import quote

if TYPE_CHECKING:
    from codex_checks.acts.here import Here
    from codex_checks.acts.refresh import Renewed
    from codex_doctor.errors import DoctorError
    from codex_doctor.model import Problem

SIGN_IN: Final = frozenset(
    {
        "access-token-expired",
        "auth-json-invalid",
        "not-signed-in",
        "refresh-token-expired",
        "refresh-token-missing",
        "refresh-token-reused",
        "refresh-token-revoked",
        "refresh-token-unknown",
    }
)
"""Problems that only another sign-in ends."""

FOR_NOW: Final = "refresh-failed-for-now"


class Failure(Struct, frozen=True, kw_only=True):
    """Something was not done. *problem* is None where no problem fits; *words* say what was seen.

    *next_step* is a command to copy or a sentence, empty where nothing can be said. *passing*: nothing was
    changed, and the same may succeed a little later.
    """

    problem: Problem | None
    words: str
    next_step: str
    passing: bool

    @property
    def event(self) -> Failed:
        """The same as an event."""
        found = self.problem
        return Failed(
            name=found.name if found else None, code=found.code if found else None, detail=self.words
        )


def of_error(error: DoctorError, here: Here | None = None) -> Failure:
    """Return what *error* means; *here* is the machine, where it could be looked at."""
    if not isinstance(error, ActError):
        return Failure(problem=None, words=str(error), next_step="", passing=False)
    words = error.words
    if error.kept:
        words += "; new tokens had come already, and the next `codex-doctor refresh` stores them"
    return _failure(error.problem, words, error.next_step, here, passing=error.passing)


def of_renewal(ended: Renewed, here: Here) -> Failure | None:
    """Return what came of a renewal that did not succeed, None of one that did."""
    from codex_checks.acts.ending import Ending

    match ended.ending:
        case Ending.REFUSED:
            return _failure(ended.problem, ended.words, "", here, passing=False)
        case Ending.POSTPONED:
            return _failure(ended.problem or FOR_NOW, ended.words, ended.next_step, here, passing=True)
        case _:
            return None


def command(words: str, here: Here | None) -> str:
    """Return the command line `codex-doctor` *words* for the CODEX_HOME that is meant, fit to be copied."""
    if here is None or here.home.source != "--codex-home":
        return f"codex-doctor {words}"
    return f"codex-doctor {words} --codex-home {quote(str(here.home.path), os=here.ctx.system.os)}"


def _failure(name: str | None, words: str, next_step: str, here: Here | None, *, passing: bool) -> Failure:
    from codex_checks.problems import PROBLEMS

    problem = next((one for one in PROBLEMS if one.name == name), None)
    if not next_step and problem is not None:
        next_step = command("login", here) if name in SIGN_IN else problem.advice
    return Failure(problem=problem, words=words, next_step=next_step, passing=passing)
