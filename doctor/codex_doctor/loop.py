"""An event loop in a thread of its own, for those who have no business on one."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from codex_doctor.threads import ring

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine


class Loop:
    """Runs coroutines side by side, in a daemon thread. *failed* hears what ended it, or one of them."""

    def __init__(self, failed: Callable[[BaseException], object]) -> None:
        self._failed = failed
        self._asked: SimpleQueue[Callable[[], Coroutine[object, object, None]]] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._ended = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="event loop", daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run the coroutine that *work* returns."""
        self._asked.put(work)
        self._wake()

    def end(self, patience: float) -> None:
        """Cancel what still runs, and wait at most *patience* seconds for its last words."""
        self._ended = True
        self._wake()
        self._thread.join(patience)

    def _wake(self) -> None:
        loop = self._loop
        if loop is None:  # it looks by itself as soon as it is there
            return
        try:
            loop.call_soon_threadsafe(self._take)
            ring(loop)
        except RuntimeError:  # it is closed
            return

    def _take(self) -> None:
        if self._loop is None or self._over is None:
            return
        if self._ended:
            self._over.set()
        while not self._ended:
            try:
                work = self._asked.get_nowait()
            except Empty:
                return
            task = self._loop.create_task(work())
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    def _run(self) -> None:
        import asyncio  # an examination that stays off the network does without

        async def serve() -> None:
            self._over = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            self._take()
            await self._over.wait()

        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - handed to who waits
            self._failed(error)
