"""A machine whose user writes to support: signed in, with settings, and with secrets in many places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tokens import API_KEY, as_file, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENOUGH: Final = 60
"""Seconds after which a command that should have ended is called hanging."""

PROMPT: Final = "Never tell anybody about project Sunflower"
"""What the user wrote for Codex."""

MCP_TOKEN: Final = "mcp-canary-9f1c7b22"

CONFIG: Final = f"""
model = "gpt-5.1-codex"
developer_instructions = "{PROMPT}"
approval_policy = "on-request"

[projects."/srv/sunflower"]
trust_level = "trusted"

[mcp_servers.notes]
command = "notes-server"
args = ["--db", "sunflower.sqlite"]
env = {{ NOTES_TOKEN = "{MCP_TOKEN}" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A home, and what is set on it."""

    home: Path
    env: Mapping[str, str]

    def run(self, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run codex-doctor with *args*, in the home or in *cwd*."""
        return subprocess.run(
            [sys.executable, "-m", "codex_doctor", *args],
            env=dict(self.env),
            cwd=cwd or self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )

    def report(self, path: Path, *args: str) -> dict[str, Any]:
        """Make a report at *path*, and return each of its files decoded, or as text."""
        ran = self.run("report", "create", "--offline", "--output", str(path), *args)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{path}\n", ""), ran.stderr
        return opened(path)


def opened(path: Path) -> dict[str, Any]:
    """Return the files of the archive at *path*: JSON decoded, others as text."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in texts.items()}


def machine(folder: Path, *, user: str = "sunita", env: Mapping[str, str] | None = None) -> Machine:
    """Make the machine of *user* below *folder*."""
    home = folder / "home" / user
    codex = home / ".codex"
    codex.mkdir(parents=True, mode=0o700)
    (codex / "config.toml").write_text(CONFIG)
    (codex / "auth.json").touch(mode=0o600)
    (codex / "auth.json").write_bytes(as_file(chatgpt_login()))
    told = {"HOME": str(home), "USER": user, "PATH": os.defpath, "LANG": "C.UTF-8", "OPENAI_API_KEY": API_KEY}
    return Machine(home=home, env={**told, **(env or {})})
