"""Measures the doctor beside what it is compared with: `nox -s bench`. It asserts nothing.

Both sides run in turn, so that whatever else the machine does falls on both alike; the figures are
medians, in seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trustme
from rich.console import Console
from rich.table import Table

import codex_cli
import machine_description as described
from fakes.openai import HOSTS, FakeOpenAI
from machine_build import Built, build

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

DEADLINE: Final = 5.0
"""The doctor's default, in seconds from the start of its process."""

PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two commands of a comparison."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None

    def seconds(self) -> float:
        """Run it once and return how long it took."""
        began = time.perf_counter()
        started = subprocess.Popen(
            self.argv,
            env=self.env,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Waiting with a time limit looks again only every 50 ms, which is half of what is measured.
        watch = threading.Timer(PATIENCE, started.kill)
        watch.start()
        started.wait()
        watch.cancel()
        return time.perf_counter() - began


def main() -> None:
    """Measure everything and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=20, help="runs of each side")
    options.add_argument("--slow-rounds", type=int, default=3, help="the same, where a run takes seconds")
    asked = options.parse_args()
    table = Table("what", "side", "median", "slowest", title=f"{asked.rounds} runs of each, in turn")
    with servers() as (http, tls, authority):
        cli = codex_cli.find_or_install()
        try:
            _fill(table, asked, cli=cli, http=http, tls=tls, authority=authority)
        finally:
            shutil.rmtree(cli.homes, ignore_errors=True)
    Console().print(table)


def _fill(
    table: Table,
    asked: argparse.Namespace,
    *,
    cli: codex_cli.CodexCli,
    http: FakeOpenAI,
    tls: FakeOpenAI,
    authority: Path,
) -> None:
    python, doctor = sys.executable, str(Path(sys.executable).with_name("codex-doctor"))
    _measure(
        table,
        "start-up",
        asked.rounds,
        Side(name="python -c pass", argv=[python, "-c", "pass"]),
        Side(name="codex-doctor --version", argv=[doctor, "--version"]),
    )
    for what, machine, args, rounds in (
        ("healthy, --offline", "healthy/chatgpt", ["--offline"], asked.rounds),
        ("healthy, online", "healthy/chatgpt", [], asked.rounds),
        (f"silent proxy, deadline {DEADLINE:g} s", "sick/proxy-silent", [], asked.slow_rounds),
    ):
        description = described.read(machine)
        with build(machine, description, cli=cli, http=http, tls=tls, authority=authority) as built:
            _measure(
                table,
                what,
                rounds,
                Side(
                    name="codex doctor --json",
                    argv=_codex_doctor(built),
                    env=_codex_env(built),
                    cwd=built.cwd,
                ),
                Side(name="codex-doctor", argv=[doctor, "check", *args], env=built.env, cwd=built.cwd),
            )


def _measure(table: Table, what: str, rounds: int, *sides: Side) -> None:
    for side in sides:
        side.seconds()  # warm
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            times[side.name].append(side.seconds())
    for side in sides:
        measured = times[side.name]
        table.add_row(what, side.name, f"{statistics.median(measured):.3f}", f"{max(measured):.3f}")
    table.add_section()


def _codex_doctor(built: Built) -> list[str]:
    """Return the built-in command as its user runs it: through npm's launcher."""
    launcher = shutil.which("codex", path=built.env["PATH"]) or str(built.cli.launcher)
    there = built.openai.codex_args if built.machine.network.fakes else []
    return [launcher, *there, "doctor", "--json"]


def _codex_env(built: Built) -> dict[str, str]:
    return {**built.env, **(built.openai.codex_env if built.machine.network.fakes else {})}


@contextlib.contextmanager
def servers() -> Generator[tuple[FakeOpenAI, FakeOpenAI, Path]]:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1", *HOSTS)
    with certificate.private_key_and_cert_chain_pem.tempfile() as pem:
        tls.load_cert_chain(pem)
    servers = FakeOpenAI(), FakeOpenAI(tls=tls)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "authority.pem"
        authority.cert_pem.write_to_path(str(path))
        for server in servers:
            server.start()
        try:
            yield (*servers, path)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    main()
