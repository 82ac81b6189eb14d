"""Run a call that may block for ever, without letting it outlive anything.

A pool's threads are joined at exit, and a cancelled await leaves its thread running inside the
pool. A daemon thread for each call is abandoned when nobody waits for it any more, and never holds
up the end of the process.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")


async def in_thread(call: Callable[[], T], *, name: str) -> T:
    """Run *call* in a daemon thread of its own and return what it returns, or raise what it raises.

    Cancelling this coroutine abandons the thread; whatever it still returns is dropped.
    """
    import asyncio  # an examination that stays off the network does without

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type] # None only when T allows it

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except StopIteration as stop:  # a future cannot carry it
            error = RuntimeError(f"{name} raised StopIteration({stop.value!r})")
        except BaseException as caught:  # noqa: BLE001 - handed to whoever waits
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
            ring(loop)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    threading.Thread(target=work, name=name, daemon=True).start()
    return await answer


def ring(loop: object) -> None:
    """Wake *loop* where asyncio cannot: it writes to a socket of its own with send(2).

    The sandbox of Codex forbids that call to every command in it, and the loop would sleep on until its
    next timer; write(2) to the same socket is allowed there.
    """
    bell = getattr(loop, "_csock", None)
    if bell is None or os.name != "posix":
        return
    with contextlib.suppress(OSError):  # it is full, and so rung already; or just closed
        try:
            bell.send(b"\0")
        except PermissionError:
            os.write(bell.fileno(), b"\0")


class Crew:
    """Daemon threads for calls that may block for ever: who has come back is sent again, nobody else."""

    def __init__(self) -> None:
        self._idle: SimpleQueue[None] = SimpleQueue()
        self._calls: SimpleQueue[tuple[Callable[[], object], str] | None] = SimpleQueue()
        self._size = 0

    def call(self, call: Callable[[], object], *, name: str) -> None:
        """Have *call*, which raises nothing, called in a thread that bears *name* meanwhile.

        :raises RuntimeError: the system grants no more threads.
        """
        try:
            self._idle.get_nowait()
        except Empty:
            threading.Thread(target=self._work, args=(call, name), daemon=True).start()
            self._size += 1
        else:
            self._calls.put((call, name))

    def dismiss(self) -> None:
        """Let everybody go, as soon as they have come back."""
        for _ in range(self._size):
            self._calls.put(None)

    def _work(self, call: Callable[[], object], name: str) -> None:
        thread = threading.current_thread()
        while True:
            thread.name = name
            call()
            self._idle.put(None)
            following = self._calls.get()
            if following is None:
                return
            call, name = following


def in_background(work: Callable[[], object]) -> threading.Thread:
    """Start *work* in a daemon thread and return the thread; what it returns is dropped."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Return what *calls* return, each in a thread of its own, or raise what one raises. Blocks."""
    came: list[T | None] = [None] * len(calls)
    failed: list[BaseException] = []

    def run(place: int) -> None:
        try:
            came[place] = calls[place]()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    for thread in [in_background(partial(run, place)) for place in range(len(calls))]:
        thread.join()
    if failed:
        raise failed[0]
    return cast("list[T]", came)


def run_apart(work: Callable[[], Awaitable[T]]) -> T:
    """Run the coroutine that *work* returns to its end, on an event loop in a thread of its own. Blocks.

    It works wherever the caller stands, on an event loop too, and raises what the coroutine raises.
    """
    import anyio

    return within(None, lambda: anyio.run(work))


def within(seconds: float | None, call: Callable[[], T]) -> T:
    """Run *call* in a thread of its own and return what it returns, or raise what it raises. Blocks.

    :raises TimeoutError: it took longer than *seconds*; its thread is abandoned.
    """
    came: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            came.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    in_background(run).join(seconds)
    if failed:
        raise failed[0]
    if not came:
        raise TimeoutError(f"it took longer than {seconds} s")
    return came[0]
