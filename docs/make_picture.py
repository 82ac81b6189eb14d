"""Draw docs/picture.svg from a real run on a machine with a dead proxy: `python docs/make_picture.py`.

It needs codex-doctor installed, and nothing else: the proxy is a port of this machine on which
nobody listens.
"""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

COLUMNS: Final = 100
PICTURE: Final = Path(__file__).with_name("picture.svg")
COMMAND: Final = "codex-doctor"


def main() -> None:
    """Run the doctor in a home of its own and write what it said as a picture."""
    with tempfile.TemporaryDirectory() as folder:
        said = _run(Path(folder))
    PICTURE.write_text(_drawn(said), "utf-8")


def _run(home: Path) -> str:
    """Return what the doctor writes on a terminal, with the codes of its colours."""
    auth = home / ".codex" / "auth.json"
    auth.parent.mkdir()
    auth.write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-of-nobody-at-all"}')
    auth.chmod(0o644)
    env = {
        **os.environ,
        "HOME": str(home),
        "HTTPS_PROXY": f"http://127.0.0.1:{_free_port()}",
        "TERM": "xterm-256color",
    }
    argv = ["script", "-qec", f"stty cols {COLUMNS}; {sys.executable} -m codex_doctor", os.devnull]
    done = subprocess.run(argv, env=env, capture_output=True, check=False)  # noqa: S603 - our own words
    return done.stdout.decode().rpartition("\r\x1b[K")[2].replace("\r", "")  # without the line of progress


def _drawn(said: str) -> str:
    """Return the picture; the reader's own monospaced font is used, and nothing is fetched."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {COMMAND}\n{said}"))
    svg = console.export_svg(title=COMMAND, unique_id="codex-doctor")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
