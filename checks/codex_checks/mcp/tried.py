"""What became of starting a server, or of asking one, for its first answer."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Ending(StrEnum):
    """How it ended."""

    ANSWERED = "answered"
    WRONG = "wrong"
    """It answered with an error, or with what is no answer to `initialize`."""
    CLOSED = "closed"
    """It ended, or closed its output or the connection, before it answered."""
    SILENT = "silent"
    """No answer came in the time that there was."""
    NOT_STARTED = "not-started"
    """The system refused to start it."""
    UNREACHABLE = "unreachable"
    """The connection broke before anything could be asked."""
    STATUS = "status"
    """An HTTP status that is no success."""
    NOT_MCP = "not-mcp"
    """A success whose content is neither JSON nor a stream of events."""
    DROPPED = "dropped"
    """It answered, and failed at the next message, with which the exchange begins."""
    NOT_ASKED = "not-asked"
    """Nothing was started or sent, for the reason in *words*."""


class Tried(Struct, frozen=True, kw_only=True):
    """What became of one server. *seconds* is how long it took to answer, or was waited for.

    *words* say what was wrong and *said* what it printed last on standard error; both may hold anything.
    *code* is the exit code of a program that ended, *noise* how many lines of other text it printed where
    only messages may stand, and *glued*: its answer stood behind such text in one line.
    """

    server: str
    ending: Ending
    seconds: float = 0.0
    words: str = ""
    said: str = ""
    code: int | None = None
    noise: int = 0
    first_noise: str = ""
    glued: bool = False
    http: Refused | None = None

    @property
    def works(self) -> bool:
        """Whether it answered as it should."""
        return self.ending is Ending.ANSWERED


class Refused(Struct, frozen=True, kw_only=True):
    """What an HTTP server answered that is no success.

    *error* is its own short word, *scope* what it says it wants. *challenged*: it named a way to sign in.
    *sent* says what was sent to sign in with: `stored` (a sign-in of Codex), `own` (the settings') or
    nothing. *metadata*: whether it says where to sign in, None where that was not asked.
    """

    status: int
    error: str = ""
    scope: str = ""
    challenged: bool = False
    sent: str = ""
    metadata: bool | None = None


class Proved(Struct, frozen=True, kw_only=True):
    """Every server that was tried."""

    tried: tuple[Tried, ...]

    def of(self, name: str) -> Tried | None:
        """Return what became of the server *name*."""
        return next((each for each in self.tried if each.server == name), None)
