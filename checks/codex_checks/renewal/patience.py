"""When there is too little time left to send anything: silence would then say nothing."""

from __future__ import annotations

from typing import Final

SLACK: Final = 0.5
"""Seconds kept back before the deadline, so that what came of it is judged and said."""

ENOUGH: Final = 2.0
"""Seconds without which nothing is sent: an answer that comes too late may hold the only good token."""


async def until_the_deadline() -> None:
    """Wait to be timed out: what was not tried is not known, and must not count as healthy or sick."""
    import anyio

    await anyio.sleep_forever()
