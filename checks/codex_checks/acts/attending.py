"""Who attends to an act that takes its time: is told how it goes, may call it off, and has a clock."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, field

from codex_checks.acts.errors import CalledOff
from codex_checks.acts.events import Event, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TICK: Final = 0.1
"""Seconds after which it is noticed at the latest that the act was called off."""


def _nobody(_: Event) -> None:
    return None


def _never() -> bool:
    return False


class Attending(Struct, frozen=True, kw_only=True):
    """Who attends to an act.

    *tell* is told what happens, *cancelled* says whether it is called off. *now* returns seconds since the
    epoch, *passed* seconds that never go back, and *sleep* lets some pass. *told* holds the seconds that
    were told last.
    """

    tell: Callable[[Event], None] = _nobody
    cancelled: Callable[[], bool] = _never
    now: Callable[[], float] = time.time
    passed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    told: list[int] = field(default_factory=list[int])

    def check(self) -> None:
        """Go on, unless the act is called off.

        :raises CalledOff: it is.
        """
        if self.cancelled():
            raise CalledOff

    def wait(self, seconds: float, *, until: float, name: str | None = None) -> None:
        """Let *seconds* pass, and tell each second how many are left *until* that instant of `passed`.

        :raises CalledOff: the act is called off meanwhile.
        """
        end = self.passed() + seconds
        while True:
            self.check()
            now = self.passed()
            if now >= end:
                return
            self.tell_left(until - now, name=name)
            self.sleep(min(TICK, end - now))

    def tell_left(self, seconds: float, *, name: str | None = None) -> None:
        """Tell how many seconds are left, unless that was told already."""
        whole = max(0, math.ceil(seconds))
        if self.told != [whole]:
            self.told[:] = [whole]
            self.tell(Waiting(seconds_left=whole, name=name))

    def during(self, call: Callable[[], T], *, until: float | None = None) -> T:
        """Return what *call* returns, or raise what it raises, in a thread that is left behind if called off.

        It is told how many seconds are left *until* that instant of `passed`, if any.

        :raises CalledOff: the act is called off meanwhile.
        """
        done = threading.Event()
        came: list[T] = []
        failed: list[BaseException] = []

        def work() -> None:
            try:
                came.append(call())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                failed.append(error)
            finally:
                done.set()

        threading.Thread(target=work, daemon=True).start()
        while not done.wait(TICK):
            self.check()
            if until is not None:
                self.tell_left(until - self.passed())
        if failed:
            raise failed[0]
        return came[0]
