"""An MCP server on standard input and output, well or ill; its first argument says how it behaves.

It is run as a program, `python mcp_program.py MANNER [MORE]...`, and imports only the standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE: Final = 600.0
"""Seconds: longer than any test, should nobody end it."""


def answer(message: dict[str, Any], **changes: object) -> str:
    """Return the answer to `initialize`."""
    result: dict[str, object] = {
        "protocolVersion": message["params"]["protocolVersion"],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "fake", "version": "1"},
    }
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result, **changes})


def say(text: str, end: str = "\n") -> None:
    """Write to standard output at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def serve() -> None:
    """Answer whatever is asked, until the input ends."""
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "initialize":
            say(answer(message))
        elif "id" in message:
            say(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": []}}))


def first() -> dict[str, Any]:
    """Return the first message."""
    message: dict[str, Any] = json.loads(sys.stdin.readline())
    return message


def pause() -> None:
    """Do nothing, without end."""
    time.sleep(PAUSE)


def good() -> None:
    """Answer as one should."""
    serve()


def tells(path: str) -> None:
    """Write down in what surroundings it was started."""
    Path(path).write_text(json.dumps({"env": dict(os.environ), "cwd": str(Path.cwd())}), "utf-8")
    serve()


def banner() -> None:
    """Print a line for people first."""
    say("Server is running on stdio")
    serve()


def glued() -> None:
    """Print text for people first, without a line break."""
    say("Starting ... ", end="")
    serve()


def slow(seconds: str) -> None:
    """Answer late."""
    time.sleep(float(seconds))
    serve()


def talks() -> None:
    """Print a line for people, and never answer."""
    say("Listening on http://localhost:3000")
    pause()


def mute() -> None:
    """Close the output, and stay."""
    os.close(1)
    pause()


def dies(*words: str) -> None:
    """End at the first question, with last words."""
    first()
    sys.stderr.write(f"first words\ncannot find the key {' '.join(words)}\n\n")
    sys.exit(3)


def refuses() -> None:
    """Answer with an error."""
    say(json.dumps({"jsonrpc": "2.0", "id": first()["id"], "error": {"code": -32602, "message": "no"}}))
    pause()


def wrong_id() -> None:
    """Answer another question."""
    say(answer({**first(), "id": 99}))
    pause()


def empty() -> None:
    """Answer without what belongs in it."""
    say(answer(first(), result={}))
    pause()


def endless() -> None:
    """Print a line that has no end."""
    while True:
        say("x" * 65536, end="")


def leaves(path: str) -> None:
    """Answer, and leave a child behind in a session of its own."""
    child = subprocess.Popen([sys.executable, __file__, "pause"], start_new_session=True)
    Path(path).write_text(f"{os.getpid()} {child.pid}", "utf-8")
    serve()


def stays(path: str) -> None:
    """Write its number down, and not end when its input does."""
    Path(path).write_text(str(os.getpid()), "utf-8")
    pause()


MANNERS: Final[tuple[Callable[..., None], ...]] = (
    good, tells, banner, glued, slow, pause, talks, mute,
    dies, refuses, wrong_id, empty, endless, leaves, stays,
)  # fmt: skip

if __name__ == "__main__":
    {manner.__name__: manner for manner in MANNERS}[sys.argv[1]](*sys.argv[2:])
