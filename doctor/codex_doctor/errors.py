"""The errors of the engine, as one small tree.

DoctorError
├── UsageError         what was asked for does not exist, or contradicts itself (exit code 2)
├── CatalogueError     a catalogue is malformed or cannot be loaded; it names the distribution
├── FrameError         what a worker process said does not have the agreed form; it says where
└── Unavailable        a probe could not read its part of the world; a cause may explain why
    └── NotApplicable  there is nothing to read or to judge here, and that is fine

Only the command line turns an error into text and an exit code.
"""


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
