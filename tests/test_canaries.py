"""No secret leaves by any output: hundreds are planted on one machine, and every output is searched."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, cast

import pytest

from canaries import Canaries, plant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ENOUGH: Final = 60
"""Seconds after which a command that should have ended is called hanging."""

SURFACES: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("check",),
    "all of the text": ("check", "--all"),
    "offline": ("check", "--all", "--offline"),
    "json": ("check", "--format", "json"),
    "markdown": ("check", "--format", "markdown"),
    "html": ("check", "--format", "html"),
    "markdown in a file": ("check", "--offline", "--format", "markdown", "--output", "{out}/report.md"),
    "preview": ("report", "create", "--preview"),
    "archive": ("report", "create", "--output", "{out}/report.zip"),
    "plan": ("repair", "--offline", "--dry-run"),
    "plan as json": ("repair", "--offline", "--dry-run", "--format", "json"),
    "repair": ("repair", "--offline", "--yes"),
    "events": ("refresh", "--events"),
}


class Machine:
    """The machine with canaries, and the server that says them to whoever asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home" / "sunita"
        self.project = folder / "project"
        self.out = folder / "out"
        self.out.mkdir()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Says)
        self.server.daemon_threads = True
        self.canaries, self.env = plant(self.home, self.project, self.server.server_port)
        _Says.words = self.canaries.everywhere("server answer", self.env["OPENAI_API_KEY"])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def said(self, *args: str) -> str:
        """Return everything that a command says, and everything in the files that it writes for others."""
        for path in self.out.iterdir():
            path.unlink()
        filled = [arg.replace("{out}", str(self.out)) for arg in args]
        ran = subprocess.run(
            [sys.executable, "-m", "codex_doctor", *filled],
            env=self.env,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )
        assert ran.returncode in {0, 1, 3}, ran.stderr
        written = [text for path in sorted(self.out.iterdir()) for text in _opened(path)]
        return "\n".join((ran.stdout, ran.stderr, *written))


class _Says(BaseHTTPRequestHandler):
    words = ""

    def do_GET(self) -> None:
        body = json.dumps({"error": {"message": self.words, "code": "odd", "type": self.words}}).encode()
        self.send_response(400)
        self.send_header("X-Request-Id", "req_1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the server's own name

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _opened(path: Path) -> Iterator[str]:
    if path.suffix != ".zip":
        yield path.read_text("utf-8")
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            yield text
            yield "\n".join(_strings(json.loads(text))) if name.endswith(".json") else ""


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in cast("dict[str, object]", data).items():
            yield key
            yield from _strings(value)
    elif isinstance(data, list):
        for item in cast("list[object]", data):
            yield from _strings(item)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("canaries"))
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_hundreds_of_secrets_are_planted(machine: Machine) -> None:
    assert len(machine.canaries.planted) >= 300


def test_a_secret_that_is_said_is_seen() -> None:
    canaries = Canaries()
    text = canaries.everywhere("here", canaries.known("here"))

    assert set(canaries.planted.values()) <= {seen.rpartition(" (")[0] for seen in canaries.seen_in(text)}


@pytest.mark.parametrize("surface", SURFACES)
def test_no_secret_is_in(surface: str, machine: Machine) -> None:
    said = machine.said(*SURFACES[surface])

    assert machine.canaries.seen_in(said) == []


def test_who_the_user_is_does_not_leave(machine: Machine) -> None:
    machine.said(*SURFACES["archive"])
    text = "\n".join(_opened(machine.out / "report.zip"))

    for told in ("sunita", str(machine.home), "sunita@example.org"):
        assert told not in text, told


def test_no_secret_is_in_the_journal_of_a_repair(machine: Machine) -> None:
    (machine.home / ".codex" / "auth.json").chmod(0o644)

    machine.said("repair", "--offline", "--yes", "auth-file-exposed")

    journals = [path.read_text("utf-8") for path in (machine.home / ".local" / "state").rglob("record.jsonl")]
    assert any("set-mode" in text for text in journals)
    assert [seen for text in journals for seen in machine.canaries.seen_in(text)] == []
