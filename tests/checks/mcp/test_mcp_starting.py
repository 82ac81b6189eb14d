"""Servers that are programs, started for real and asked for their first answer; each in its own way."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.mcp.messages import INITIALIZE, Kind, understood
from codex_checks.mcp.needs import Needs
from codex_checks.mcp.servers import Program, Server
from codex_checks.mcp.starting import SHOWN, start_and_ask
from codex_checks.mcp.tried import Ending, Tried
from codex_doctor.redact import Secret
from engine import context
from gone import gone
from mcp_cases import PROGRAM

if TYPE_CHECKING:
    from codex_doctor.context import Context

LONG: Final = 20.0
"""Seconds: no test waits so long, unless the machine is in trouble."""

SHORT: Final = 1.0
"""Seconds in which nothing is to come."""


def needs_of(program: Program, folder: Path) -> Needs:
    server = Server(name="fake", where="here", transport=program)
    return Needs(server=server, path=Path(program.command), folder=folder)


def ask(
    folder: Path,
    *words: str,
    seconds: float = LONG,
    env: dict[str, str] | None = None,
    ctx: Context | None = None,
) -> Tried:
    """Start the fake program behaving as *words* say, with *env* set for it, and ask it."""
    given = {name: Secret(value) for name, value in (env or {}).items()}
    program = Program(command=sys.executable, args=(str(PROGRAM), *words), env=given)
    ctx = ctx or context(folder, seconds=60.0)
    return start_and_ask(
        ctx,
        needs_of(program, folder),
        program,
        {"PATH": os.defpath, "LANG": "C.UTF-8"},
        time.monotonic() + seconds,
    )


def test_a_server_that_answers_works(tmp_path: Path) -> None:
    tried = ask(tmp_path, "good")

    assert (tried.ending, tried.works, tried.noise) == (Ending.ANSWERED, True, 0)


def test_other_text_before_the_answer_is_counted_and_passed_over(tmp_path: Path) -> None:
    tried = ask(tmp_path, "banner")

    assert (tried.ending, tried.noise, tried.first_noise) == (
        Ending.ANSWERED,
        1,
        "Server is running on stdio",
    )


def test_an_answer_behind_other_text_in_its_line_is_missed_as_codex_misses_it(tmp_path: Path) -> None:
    tried = ask(tmp_path, "glued", seconds=SHORT + 2)

    assert (tried.ending, tried.glued) == (Ending.SILENT, True)
    assert tried.first_noise.startswith("Starting ...")


@pytest.mark.parametrize("manner", ["pause", "talks"])
def test_a_server_that_never_answers_is_silent(tmp_path: Path, manner: str) -> None:
    tried = ask(tmp_path, manner, seconds=SHORT)

    assert tried.ending is Ending.SILENT


def test_the_last_words_of_a_server_that_dies_are_told(tmp_path: Path) -> None:
    tried = ask(tmp_path, "dies")

    assert (tried.ending, tried.code, tried.said) == (Ending.CLOSED, 3, "cannot find the key")


def test_a_server_that_only_closes_its_output_has_no_exit_code(tmp_path: Path) -> None:
    tried = ask(tmp_path, "mute")

    assert (tried.ending, tried.code) == (Ending.CLOSED, None)


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("refuses", "error -32602: no"),
        ("wrong_id", "its answer has the id 99 in place of 0"),
        ("empty", "its answer has no protocolVersion and no capabilities and no serverInfo"),
    ],
)
def test_an_answer_that_is_none_is_wrong(tmp_path: Path, manner: str, words: str) -> None:
    tried = ask(tmp_path, manner)

    assert (tried.ending, tried.words) == (Ending.WRONG, words)


def test_a_line_without_end_fills_nothing(tmp_path: Path) -> None:
    tried = ask(tmp_path, "endless", seconds=SHORT)

    assert tried.ending is Ending.SILENT
    assert len(tried.first_noise) <= SHOWN


def test_what_the_system_does_not_start_is_told(tmp_path: Path) -> None:
    script = tmp_path / "server"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    program = Program(command=str(script))

    tried = start_and_ask(
        context(tmp_path), needs_of(program, tmp_path), program, {}, time.monotonic() + LONG
    )

    assert (tried.ending, tried.words) == (Ending.NOT_STARTED, "No such file or directory")


def test_a_server_sees_what_codex_would_give_it_and_nothing_else(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    program = Program(
        command=sys.executable,
        args=(str(PROGRAM), "tells", str(told)),
        env={"OWN": Secret("1")},
        passed=("HANDED",),
    )
    variables = {
        "PATH": os.defpath,
        "HOME": "/h",
        "HANDED": "2",
        "OPENAI_API_KEY": "sk-x",
        "CODEX_HOME": "/c",
    }

    until = time.monotonic() + LONG
    start_and_ask(context(tmp_path), needs_of(program, tmp_path), program, variables, until)
    seen = json.loads(told.read_text())

    assert seen["cwd"] == str(tmp_path)
    assert set(seen["env"]) - {"CODEX_DOCTOR_CHILD", "LC_CTYPE"} == {"PATH", "HOME", "HANDED", "OWN"}


def test_no_value_of_its_variables_is_in_what_a_server_says(tmp_path: Path) -> None:
    tried = ask(tmp_path, "dies", "abc", "a-long-value", env={"SHORT": "abc", "LONG": "a-long-value"})

    assert tried.said == "cannot find the key *** ***"


@pytest.mark.parametrize("manner", ["leaves", "stays"])
def test_no_process_of_a_server_is_left(tmp_path: Path, manner: str) -> None:
    numbers = tmp_path / "numbers"
    script = (
        "import sys, time; sys.path[:0] = sys.argv[1:3]\n"
        "from pathlib import Path\n"
        "from codex_doctor.processes import Children\n"
        "from msgspec.structs import replace\n"
        "import engine, mcp_cases\n"
        "from codex_checks.mcp.starting import start_and_ask\n"
        "folder = Path(sys.argv[3])\n"
        "ctx = replace(engine.context(folder), children=Children(adopt=True))\n"
        "server = mcp_cases.manner(sys.argv[4], str(folder / 'numbers'))\n"
        "needs = mcp_cases.needs(server, path=Path(sys.executable), folder=folder)\n"
        "start_and_ask(ctx, needs, server.transport, {'PATH': '/usr/bin:/bin'}, time.monotonic() + 3.0)\n"
    )
    # In a process of its own: adopting what others abandon concerns the whole process.
    here = Path(__file__).parents[2]
    ran = context(tmp_path, seconds=60.0).children.run(
        [sys.executable, "-c", script, str(here), str(here / "fakes"), str(tmp_path), manner],
        env=dict(os.environ),
        seconds=LONG,
    )

    assert (ran.code, ran.stderr) == (0, b"")
    assert all(gone(int(number)) for number in numbers.read_text().split())


def test_a_server_that_is_being_asked_ends_with_the_examination(tmp_path: Path) -> None:
    numbers, ctx = tmp_path / "numbers", context(tmp_path, seconds=60.0)
    os.mkfifo(numbers)
    asking = threading.Thread(target=lambda: ask(tmp_path, "stays", str(numbers), ctx=ctx), daemon=True)
    asking.start()
    number = int(numbers.read_text())

    ctx.close()

    assert gone(number)
    asking.join(LONG)
    assert not asking.is_alive()


def test_what_is_asked_is_one_line_of_json() -> None:
    asked = json.loads(INITIALIZE)

    assert b"\n" not in INITIALIZE
    assert (asked["method"], asked["id"]) == ("initialize", 0)
    assert asked["params"]["clientInfo"]["name"] == "codex-doctor"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}', Kind.OTHER),
        (b'{"level":"info"}', Kind.OTHER),
        (b"[]", Kind.OTHER),
        (b"hello", Kind.NOISE),
        (b"\xff\xfe", Kind.NOISE),
        (b'hello {"level": 1}', Kind.NOISE),
        (b"[" * 100_000, Kind.NOISE),
    ],
)
def test_what_a_line_is(line: bytes, kind: Kind) -> None:
    assert understood(line).kind is kind


@given(line=st.binary())
def test_any_bytes_are_a_message_or_none(line: bytes) -> None:
    assert understood(line).kind in Kind


def test_what_a_server_refuses_with_is_told_in_part_only(tmp_path: Path) -> None:
    tried = replace(ask(tmp_path, "dies", "x" * 5000), server="fake")

    assert len(tried.said) <= SHOWN
