"""A door on a terminal: lines that go away, a key that is waited for by nobody, Ctrl-C as a wish."""

from __future__ import annotations

import os
import sys
import threading
from signal import SIGINT, SIGUSR1

import pytest

from codex_doctor.door import Terminal
from codex_doctor.keyboard import interruptions
from codex_doctor.redact import Vault
from terminals import CTRL_C, OnTerminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is Unix's")

CODE = "ABCD-12345"


def at_the_door(script: str, **env: str) -> OnTerminal:
    """Run the Python *script* on a terminal, with a `door`."""
    before = "from codex_doctor.door import Terminal; import time, sys; door = Terminal()"
    return OnTerminal([sys.executable, "-c", f"{before}\n{script}"], env={"PATH": os.environ["PATH"], **env})


def test_what_the_user_is_to_read_is_shown_though_it_is_a_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    vault = Vault()
    vault.secret(CODE)
    vault.secret("another-secret")
    door = Terminal()
    door.hide(vault)

    door.say(f"enter {CODE} not another-secret", shown=CODE)
    door.say(CODE)

    assert capsys.readouterr().out == f"enter {CODE} not ***\n***\n"


def test_nothing_is_shown_in_passing_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().passing("14:59 left")

    assert capsys.readouterr().out == ""


def test_a_line_shown_in_passing_goes_away_with_what_is_said_next() -> None:
    with at_the_door('door.passing("one"); door.passing("two"); door.say("three"); door.note("four")') as ran:
        assert ran.end() == 0

    assert ran.shown == "one\r\x1b[Ktwo\r\x1b[Kthree\r\nfour\r\n"


def test_a_line_shown_in_passing_never_breaks() -> None:
    with at_the_door('door.passing("x" * 200); door.say("")', COLUMNS="40") as ran:
        ran.end()

    assert ran.shown.partition("\r")[0] == "x" * 39


def test_a_terminal_that_cannot_take_lines_away_shows_none() -> None:
    with at_the_door('door.passing("one"); door.say("two")', TERM="dumb") as ran:
        ran.end()

    assert ran.shown == "two\r\n"


def test_what_is_no_text_is_no_yes() -> None:
    script = 'print("answer", door.ask("Do it?"), flush=True)'
    with at_the_door(script, PYTHONIOENCODING="utf-8:strict") as ran:
        ran.wait_for("[y/N] ")
        ran.press_bytes(b"\xff\n")
        ran.wait_for("answer False")
        assert ran.end() == 0


def test_each_line_of_a_paste_answers_one_question() -> None:
    script = 'print("answers", door.ask("This?"), door.ask("That?"), door.ask("More?"), flush=True)'
    with at_the_door(script) as ran:
        ran.wait_for("This? [y/N] ")
        ran.press("y\nyes\nn\n")
        ran.wait_for("answers True True False")
        assert ran.end() == 0


def test_a_signal_that_does_not_wake_the_question_ends_it_all_the_same() -> None:
    # Another thread takes it, as if it had come just before the system began to wait.
    script = """
import signal, threading
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
door.ask("Do it?")
"""
    with at_the_door(script) as ran:
        ran.wait_for("[y/N] ")
        ran.process.send_signal(SIGINT)
        assert ran.end() != 0

    assert "KeyboardInterrupt" in ran.shown


def test_a_signal_that_ends_nothing_leaves_the_question_open() -> None:
    script = """
import os, signal
signal.signal(signal.SIGUSR1, lambda number, frame: os.write(1, b"heard"))
print("answer", door.ask("Do it?"), flush=True)
"""
    with at_the_door(script) as ran:
        ran.wait_for("[y/N] ")
        ran.process.send_signal(SIGUSR1)
        ran.wait_for("heard")
        ran.press("y\n")
        ran.wait_for("answer True")
        assert ran.end() == 0


def test_a_file_cannot_hide_its_words_among_the_colours(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().say("\x1b[31;1mred\x1b[0m \x1b[8mhidden\x1b[0;7mturned")

    assert capsys.readouterr().out == "\x1b[31;1mred\x1b[0m \\x1b[8mhidden\\x1b[0;7mturned\n"


def test_enter_is_noticed_once_and_not_waited_for() -> None:
    script = """
print("before", door.pressed(), flush=True)
while not door.pressed(): time.sleep(0.01)
print("after", door.pressed(), flush=True)
"""
    with at_the_door(script) as ran:
        ran.wait_for("before False")
        ran.press("\n")
        ran.wait_for("after False")
        assert ran.end() == 0


def test_nobody_presses_anything_where_nobody_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert (Terminal().pressed(), capsys.readouterr().out) == (False, "")


def test_the_first_ctrl_c_is_a_wish_and_the_second_one_ends_it() -> None:
    script = """
with door.calling_off() as called_off:
    print("ready", called_off(), flush=True)
    while not called_off(): time.sleep(0.01)
    print("heard", flush=True)
    time.sleep(60)
"""
    with at_the_door(script) as ran:
        ran.wait_for("ready False")
        ran.press(CTRL_C)
        ran.wait_for("heard")
        ran.press(CTRL_C)
        assert ran.end() != 0

    assert "KeyboardInterrupt" in ran.shown


def test_afterwards_ctrl_c_does_what_it_did() -> None:
    script = """
with door.calling_off(): pass
print("ready", flush=True)
time.sleep(60)
"""
    with at_the_door(script) as ran:
        ran.wait_for("ready")
        ran.press(CTRL_C)
        assert ran.end() != 0


def test_in_another_thread_ctrl_c_is_left_alone() -> None:
    seen: list[bool] = []

    def work() -> None:
        with interruptions() as called_off:
            seen.append(called_off())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [False]


LONG = "  note  Use it on one machine only. On the other one `codex logout` would end it here too."


@pytest.mark.parametrize("way", ["say", "note"])
def test_prose_fits_the_terminal_and_a_command_in_it_stays_whole(way: str) -> None:
    with at_the_door(f"door.{way}({LONG!r}, under=8)", COLUMNS="50") as ran:
        assert ran.end() == 0

    assert ran.shown.splitlines() == [
        "  note  Use it on one machine only. On the other",
        "        one `codex logout` would end it here too.",
    ]


@pytest.mark.parametrize("columns", ["5", "27", "1000"])
def test_prose_on_a_terminal_of_any_width_loses_no_word(columns: str) -> None:
    with at_the_door(f"door.say({LONG!r}, under=8)", COLUMNS=columns) as ran:
        assert ran.end() == 0

    assert ran.shown.split() == LONG.split()


def test_prose_that_nobody_watches_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().note(LONG * 5, under=8)

    assert capsys.readouterr().err == f"{LONG * 5}\n"
