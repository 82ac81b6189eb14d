"""The errors of the engine, as one small tree.

DoctorError
├── UsageError         what was asked for does not exist, or contradicts itself (exit code 2)
├── CatalogueError     a catalogue is malformed or cannot be loaded; it names the distribution
├── FrameError         what a worker process said does not have the agreed form; it says where
├── PrivateFolderError our own state cannot be kept here, privately
├── RepairError        a step of a repair could not be done, or be undone
│   ├── CalledOffError the user does not want it any more: nothing else is done either
│   └── RecordError    what is done cannot be written down, so nothing more may be done
└── Unavailable        a probe could not read its part of the world; a cause may explain why
    └── NotApplicable  there is nothing to read or to judge here, and that is fine

Only the command line turns an error into text and an exit code.
"""

__all__ = [
    "CalledOffError",
    "CatalogueError",
    "DoctorError",
    "NotApplicable",
    "RepairError",
    "Unavailable",
    "UsageError",
]


class DoctorError(Exception):
    """Anything the engine raises on purpose."""


class UsageError(DoctorError):
    """What the user asked for does not exist, or contradicts itself."""


class CatalogueError(DoctorError):
    """A catalogue is malformed or cannot be loaded.

    *distribution* names the installed package at fault, as its own metadata spells it, and *message*
    says what is wrong with it.
    """

    def __init__(self, distribution: str, message: str) -> None:
        super().__init__(f"{distribution}: {message}")
        self.distribution = distribution
        self.message = message


class FrameError(DoctorError):
    """What a worker process said, or is to be told, does not have the agreed form."""


class PrivateFolderError(DoctorError):
    """Our own state cannot be kept where it belongs, readable by its owner alone."""


class RepairError(DoctorError):
    """A step of a repair could not be done, or could not be undone; the message says why, in one line.

    *transient*: nothing was tried, and trying again later may well work (a lock is held, a service is
    out of reach). *command* is what the user can run instead, where there is something.
    *unfinished*: what was changed until then could not be taken back, so the next repair finishes it.
    *perhaps*: nobody can tell how much was changed by then; looking at the machine again decides.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        command: str | None = None,
        unfinished: bool = False,
        perhaps: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient
        self.command = command
        self.unfinished = unfinished
        self.perhaps = perhaps


class CalledOffError(RepairError):
    """The user does not want it any more (Ctrl-C); what the step had begun is as it was before."""


class RecordError(RepairError):
    """What a repair does cannot be written down, so it may do nothing more."""


class Unavailable(DoctorError):  # noqa: N818 - an answer, not a fault: "the fact is unavailable"
    """A probe could not read its part of the world.

    The checks that need the fact are skipped with this reason. Where a finding explains the gap,
    they are listed as blocked by it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotApplicable(Unavailable):
    """There is nothing to read or to judge on this machine, and that is fine.

    Raised by a probe or by a check; the check is skipped and never counts as blocked.
    """
