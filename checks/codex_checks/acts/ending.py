"""What can come of a renewal."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """What came of it."""

    NOT_DUE = "not-due"
    RENEWED = "renewed"
    ADOPTED = "adopted"
    """Another program, or an earlier attempt that was interrupted, had renewed it: nothing was sent."""
    REFUSED = "refused"
    """The service will never take this refresh token again: only signing in helps."""
    POSTPONED = "postponed"
    """It could not be done now; what is stored is as it was."""
