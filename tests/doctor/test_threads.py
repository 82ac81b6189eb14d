"""Calls that may block for ever: they answer, they raise, or they are left behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

import machine_sandbox
from codex_doctor.threads import Crew, in_thread, within

if TYPE_CHECKING:
    from codex_cli import CodexCli

WAIT_WITH_A_FAR_TIMER = """
import asyncio, time
from codex_doctor.threads import in_thread
def call():
    time.sleep(0.2)  # until the loop sleeps too
    return "answered"
print(asyncio.run(asyncio.wait_for(in_thread(call, name="call"), 60)))
"""


def test_a_call_gives_what_it_returns() -> None:
    assert asyncio.run(in_thread(threading.get_ident, name="call")) != threading.get_ident()


def test_a_thread_bears_the_name_of_its_call() -> None:
    assert asyncio.run(in_thread(lambda: threading.current_thread().name, name="auth.file")) == "auth.file"


def test_a_call_within_a_time_gives_what_it_returns_and_raises_what_it_raises() -> None:
    assert within(60, lambda: "answered") == "answered"
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)


def test_a_call_that_takes_longer_is_left_behind() -> None:
    over = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: over.wait(60))
    over.set()


class OwnError(BaseException):
    """Something that a plug-in might raise."""


@pytest.mark.parametrize("error", [ValueError("wrong"), OwnError("odd"), TimeoutError()])
def test_what_a_call_raises_reaches_who_waits(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        asyncio.run(in_thread(call, name="call"))

    assert caught.value is error


def test_a_stray_stop_iteration_becomes_an_error_that_names_the_call() -> None:
    with pytest.raises(RuntimeError, match=r"auth.file raised StopIteration\(5\)"):
        asyncio.run(in_thread(_stop, name="auth.file"))


def _stop() -> None:
    raise StopIteration(5)


def test_who_stops_waiting_goes_on_and_what_still_comes_is_dropped() -> None:
    started, released = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def call() -> None:
        threads.append(threading.current_thread())
        started.set()
        released.wait()

    complaints: list[object] = []

    async def wait_briefly() -> str:
        asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
        task = asyncio.create_task(in_thread(call, name="call"))
        await asyncio.sleep(0)
        started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released.set()
        threads[0].join()
        await asyncio.sleep(0)
        return "went on"

    assert asyncio.run(wait_briefly()) == "went on"
    assert complaints == []


def test_a_thread_that_answers_after_the_loop_is_closed_does_no_harm() -> None:
    started, released = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def call() -> None:
        threads.append(threading.current_thread())
        started.set()
        released.wait()

    async def give_up() -> None:
        task = asyncio.create_task(in_thread(call, name="call"))
        await asyncio.sleep(0)
        started.wait()
        task.cancel()

    asyncio.run(give_up())
    released.set()
    threads[0].join()

    assert not threads[0].is_alive()  # and pytest fails the test for an exception in a thread


def test_a_call_that_never_ends_does_not_hold_up_the_end_of_the_process() -> None:
    program = """
import asyncio, threading
from codex_doctor.threads import in_thread
async def main():
    try:
        await asyncio.wait_for(in_thread(threading.Event().wait, name="stuck"), 0.01)
    except TimeoutError:
        print("gave up")
asyncio.run(main())
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert (ran.stdout, ran.stderr) == ("gave up\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="it is the sandbox of Linux that forbids it")
def test_an_answer_wakes_who_waits_inside_the_sandbox_of_codex_too(codex_cli: CodexCli) -> None:
    if not machine_sandbox.possible(codex_cli.native):
        pytest.skip("where the tests run no sandbox can start")
    argv = ["sandbox", "-P", ":workspace", "--", sys.executable, "-c", WAIT_WITH_A_FAR_TIMER]

    assert codex_cli.run(argv, seconds=20.0).stdout == "answered\n"


def _named_by(crew: Crew, name: str) -> tuple[str, int]:
    said: SimpleQueue[tuple[str, int]] = SimpleQueue()
    crew.call(lambda: said.put((threading.current_thread().name, threading.get_ident())), name=name)
    return said.get(timeout=60)


def test_who_has_come_back_is_sent_again_under_another_name() -> None:
    crew = Crew()
    before = set(threading.enumerate())

    seen = [_named_by(crew, f"probe {number}") for number in range(50)]
    sent = set(threading.enumerate()) - before
    crew.dismiss()

    assert [name for name, _ in seen] == [f"probe {number}" for number in range(50)]
    assert len({thread for _, thread in seen}) < 50
    for thread in sent:
        thread.join(60)
    assert [thread for thread in sent if thread.is_alive()] == []


def test_nobody_waits_for_who_does_not_come_back() -> None:
    crew, never = Crew(), threading.Event()
    crew.call(never.wait, name="stuck")

    assert _named_by(crew, "next")[0] == "next"
    never.set()
    crew.dismiss()
