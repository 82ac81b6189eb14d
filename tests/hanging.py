"""A machine on which everything hangs at once, and that has more of everything than anybody should."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from machine_build import build
from machine_description import Machine

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from machine_build import Built

SERVERS: Final = 20
SESSIONS: Final = 30_000
LOGS: Final = 400 * 1024 * 1024
"""Bytes."""

WRITTEN: Final = 1_793_000_000
"""Seconds since the epoch: the records are of the past, for none is looked at that is being written."""

DEADLINE: Final = 3.0

_SERVERS: Final = "".join(
    f'[mcp_servers.program{number}]\ncommand = "sh"\nargs = ["-c", "sleep 600"]\nrequired = true\n'
    f'[mcp_servers.address{number}]\nurl = "{{{{proxy}}}}/mcp/{number}"\n'
    for number in range(SERVERS // 2)
)

DESCRIBED: Final = f"""
about = "Everything hangs at once"

[files]
".codex/auth.json" = {{ from = "chatgpt.json" }}
".codex/config.toml" = {{ text = '''
[projects."{{{{cwd}}}}"]
trust_level = "trusted"
{_SERVERS}''' }}
"{{{{cwd}}}}/.codex/config.toml" = {{ special = "fifo" }}
".codex/hooks.json" = {{ special = "fifo" }}

[env]
HTTPS_PROXY = "{{{{proxy}}}}"
NO_PROXY = "localhost,127.0.0.1,::1"

[codex]
install = "hangs"

[network]
fakes = false
proxy = "swallows"

[expect]
findings = []
exit = 1
"""

LOCK: Final = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("CREATE TABLE threads (id TEXT, cli_version TEXT)")
db.execute("BEGIN EXCLUSIVE")
db.execute("INSERT INTO threads VALUES ('a', '0.169.0')")
print("locked", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What an examination came to: how long it took from its start to its end with every pipe closed."""

    code: int
    report: dict[str, Any]
    seconds: float

    @property
    def names(self) -> list[str]:
        """The names of the findings, in their order."""
        return [each["name"] for each in self.report["findings"]]


@contextlib.contextmanager
def hanging(cli: CodexCli, *, http: FakeOpenAI, tls: FakeOpenAI, authority: Path) -> Generator[Built]:
    """Build that machine; it is gone when the context ends."""
    machine = msgspec.toml.decode(DESCRIBED, type=Machine)
    with build("sick/everything-hangs", machine, cli=cli, http=http, tls=tls, authority=authority) as built:
        _record(built.codex_home / "sessions")
        _log(built.codex_home / "logs_2.sqlite")
        locker = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(built.codex_home / "state_5.sqlite")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with locker:
            assert locker.stdout is not None
            assert locker.stdout.readline() == "locked\n"
            yield built


def _record(folder: Path) -> None:
    """Write the records of many sessions, of thirty days."""
    for number in range(SESSIONS):
        day = folder / "2026" / "10" / f"{number % 30 + 1:02}"
        if number < 30:
            day.mkdir(parents=True)
        path = day / f"rollout-2026-10-{number % 30 + 1:02}T00-00-00-{number:032x}.jsonl"
        path.write_bytes(b"{}\n")
        os.utime(path, (WRITTEN + number, WRITTEN + number))


def _log(path: Path) -> None:
    """Write a database of logs that Codex never cleared."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, ts INTEGER, ts_nanos INTEGER, level TEXT, "
            "target TEXT, feedback_log_body TEXT)"
        )
        line = "x" * 4000
        database.executemany(
            "INSERT INTO logs VALUES (?, ?, 0, 'ERROR', 'codex_core::responses_retry', ?)",
            ((number, int(time.time()), line) for number in range(LOGS // 4096)),
        )
        database.commit()


@contextlib.contextmanager
def settings_readable(built: Built) -> Generator[None]:
    """Take the pipe among the settings away for a while: behind it, no server of the settings is known."""
    pipe = built.cwd / ".codex" / "config.toml"
    pipe.unlink()
    yield
    os.mkfifo(pipe)


def examine(built: Built, *more: str, deadline: float = DEADLINE) -> Ended:
    """Examine that machine."""
    argv = [sys.executable, "-m", "codex_doctor", "check", "--format", "json"]
    began = time.perf_counter()
    ran = subprocess.run(
        [*argv, "--deadline", f"{deadline:g}", *more],
        env=built.env,
        cwd=built.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60.0,
        check=False,
    )
    seconds = time.perf_counter() - began
    return Ended(code=ran.returncode, report=msgspec.json.decode(ran.stdout), seconds=seconds)


def left_behind(built: Built) -> list[str]:
    """Return the command line of every process that runs for this machine still: it names its home."""
    import psutil

    found: list[str] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if process.environ().get("HOME") == str(built.home):
                found.append(" ".join(words))
    return found
