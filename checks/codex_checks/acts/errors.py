"""Why something could not be done to a stored sign-in, as one small tree.

DoctorError
└── ActError              it was not done; *problem* is the name of what stands in the way
    ├── LockHeld          another program works on the same sign-in and does not finish
    ├── StoreNotWritable  what is stored could not be replaced, known before anything is sent
    ├── NotRenewable      there is nothing here that could be renewed
    ├── Conflict          the sign-in changed meanwhile; nothing was written
    ├── NotSignedIn       no sign-in came about
    ├── CalledOff         the user, or who called, does not want it any more
    ├── SendError         the service could not be asked
    └── AppServerError    Codex itself could not be asked, or did not answer
        └── Silent        it said nothing in time

No message holds anything of a token or of an answer.
"""

from __future__ import annotations

from codex_doctor.errors import DoctorError


class ActError(DoctorError):
    """Something could not be done. *problem* is the name of a `Problem`, None where none fits.

    *kept*: new tokens had come already and wait in the journal; the next renewal stores them. *passing*:
    the same may succeed a little later. *next_step* is what to do now, empty where the problem says it.
    """

    passing: bool = False
    next_step: str = ""

    def __init__(self, problem: str | None, words: str) -> None:
        super().__init__(words)
        self.problem = problem
        self.words = words
        self.kept = False


class LockHeld(ActError):  # noqa: N818 - what it is, in the words of its problem
    """Another program holds a lock for longer than we wait. *holder* names it where that is known."""

    passing = True

    def __init__(self, words: str, *, holder: str | None = None) -> None:
        super().__init__("auth-lock-held", f"{words}, held by {holder}" if holder else words)
        self.holder = holder


class StoreNotWritable(ActError):  # noqa: N818 - the same
    """What is stored cannot be replaced here."""


class NotRenewable(ActError):  # noqa: N818 - the same
    """What is stored is no sign-in that can be renewed."""


class Conflict(ActError):  # noqa: N818 - the same
    """The sign-in changed between reading and writing: nothing was written."""

    passing = True

    def __init__(self, words: str) -> None:
        super().__init__("refresh-token-account-changed", words)


class NotSignedIn(ActError):  # noqa: N818 - the same
    """No sign-in came about; what was stored is as it was."""

    def __init__(
        self, problem: str | None, words: str, *, next_step: str = "", passing: bool = False
    ) -> None:
        super().__init__(problem, words)
        self.next_step = next_step
        self.passing = passing


class CalledOff(ActError):  # noqa: N818 - the same
    """It is not wanted any more; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(None, "called off")


class SendError(ActError):
    """There is no answer. *sent*: the service may have received the request all the same."""

    def __init__(self, problem: str | None, words: str, *, sent: bool) -> None:
        super().__init__(problem, words)
        self.sent = sent
        self.passing = problem != "base-url-overridden"


class AppServerError(ActError):
    """An app-server of Codex cannot be asked, or does not answer."""

    passing = True

    def __init__(self, words: str) -> None:
        super().__init__(None, words)


class Silent(AppServerError):  # noqa: N818 - an answer, not a fault
    """An app-server said nothing in time; it may still do so."""
