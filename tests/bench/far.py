"""Measures a healthy machine on a slow network: `nox -s bench`. It asserts nothing.

Each round trip takes 300 ms. The bar is four of them (connect, TLS, the question, the WebSocket) and half
a second for everything else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from rich.console import Console

import codex_cli
import machine_description as described
from bench.measure import servers
from codex_doctor.testing.raw import RawServer
from fakes.answers import Service
from fakes.openai import VARIABLES
from fakes.relay import FarRelay
from machine_build import build

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

    from machine_build import Built

ROUND_TRIP: Final = 0.3
SPARE: Final = 0.5
ROUND_TRIPS: Final = 4


def main() -> None:
    """Measure, and print one line for each figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    with servers() as (http, tls, authority), RawServer(_serve, tls=tls.identity) as server:
        cli = codex_cli.find_or_install()
        machine = described.read("healthy/chatgpt")
        try:
            with (
                FarRelay(port=server.port, round_trip=ROUND_TRIP) as relay,
                build("healthy/chatgpt", machine, cli=cli, http=http, tls=tls, authority=authority) as built,
            ):
                _measure(built, relay, authority, rounds)
        finally:
            shutil.rmtree(cli.homes, ignore_errors=True)


def _serve(_server: RawServer, client: socket.socket) -> None:
    """Answer as the healthy servers do, and keep the connection open, as the real ones do."""
    service = Service()
    rest = b""
    while got := client.recv(65536):
        *heads, rest = (rest + got).split(b"\r\n\r\n")
        for head in heads:
            client.sendall(_answer(service, head.decode("latin-1").split("\r\n")))


def _answer(service: Service, lines: Sequence[str]) -> bytes:
    method, path, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    answer = service.answer(
        method=method,
        path=path,
        bearer=headers.get("authorization", "").partition(" ")[2] or None,
        account=headers.get("chatgpt-account-id"),
        upgrade="upgrade" in headers,
        body=b"",
    )
    body = answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()
    sent = b"" if method == "HEAD" else body
    head = f"HTTP/1.1 {answer.status} Told\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + sent


def _measure(built: Built, relay: FarRelay, authority: Path, rounds: int) -> None:
    there = f"https://127.0.0.1:{relay.port}"
    env = {
        **built.env,
        **{name: there + path for name, path in VARIABLES.items()},
        "CODEX_CA_CERTIFICATE": str(authority),
    }
    seconds: list[float] = []
    report: dict[str, object] = {}
    before = 0
    for _ in range(rounds + 1):
        before = relay.connections
        argv = [sys.executable, "-m", "codex_doctor", "check", "--format", "json"]
        ran = subprocess.run(argv, env=env, cwd=built.cwd, capture_output=True, text=True, check=False)
        report = json.loads(ran.stdout)
        seconds.append(float(str(report["seconds"])))
    bar = ROUND_TRIPS * ROUND_TRIP + SPARE
    said = Console()
    said.print(f"status {report['status']}, {relay.connections - before} connections a run")
    said.print(
        f"median {statistics.median(seconds[1:]):.3f} s, slowest {max(seconds[1:]):.3f} s, bar {bar:.1f} s"
    )


if __name__ == "__main__":
    main()
