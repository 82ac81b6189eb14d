"""What a repair of the settings shows: the lines that change, and no secret from around them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the home is given as Unix has it")

PLAIN = "plain-Password-41"
ESCAPED = 'quote"Password\\42'
FIRST, SECOND = "first-Line-43-xyz", "second-Line-44-xyz"
CHANGED = "C:\\Users\\secret\\45"
SECRETS = (PLAIN, ESCAPED, 'quote\\"Password\\\\42', FIRST, SECOND, "secret\\45")

BROKEN = f'''\
[mcp_servers.a]
command = "x"
[mcp_servers.a.env]
ONE = "{PLAIN}"
TWO = "quote\\"Password\\\\42"
THREE = "{CHANGED}"
FOUR = """
{FIRST}
{SECOND}"""
'''

MISSPELT = f'''\
[mcp_servers.a]
url = "https://x"
bearer_tokne = "{PLAIN}"
env = {{ "A" = "quote\\"Password\\\\42" }}
enabeld = true
http_headers = {{ a = """
{FIRST}
{SECOND}""" }}
'''


def repair(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex_doctor", "repair", "--offline", *args],
        env={
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home.parent / "state"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(params=[("config-windows-backslash", BROKEN), ("config-unknown-key", MISSPELT)])
def case(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    name, text = request.param
    home = tmp_path / "home"
    (home / ".codex").mkdir(parents=True)
    (home / ".codex" / "config.toml").write_text(text, "utf-8")
    return home, name


@pytest.mark.parametrize("args", [("--dry-run",), ("--dry-run", "--format", "json"), ("--yes",)])
def test_the_difference_shows_no_secret(case: tuple[Path, str], args: tuple[str, ...]) -> None:
    home, name = case

    ran = repair(home, name, *args)
    shown = ran.stdout + ran.stderr

    assert "config.toml" in shown
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "+" in shown
    assert "***" in shown


def test_the_difference_shows_what_changes(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "config.toml").write_text('# mine\nlog_dir = "C:\\Sam"\nmodel = "x"\n', "utf-8")

    said: dict[str, Any] = json.loads(
        repair(tmp_path, "config-windows-backslash", "--dry-run", "--format", "json").stdout
    )

    (planned,) = said["plan"]
    (step,) = planned["steps"]
    assert (step["do"], step["target"]) == ("rewrite-file", "~/.codex/config.toml")
    assert step["diff"].splitlines() == [
        "--- ~/.codex/config.toml",
        "+++ ~/.codex/config.toml",
        "@@ -1,3 +1,3 @@",
        " # mine",
        '-log_dir = "C:\\Sam"',
        "+log_dir = 'C:\\Sam'",
        ' model = "x"',
    ]
    assert any("Restart the Codex windows" in told for told in planned["told"])


def test_several_slips_of_one_file_are_mended_in_one_go(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    path = tmp_path / ".codex" / "config.toml"
    before = 'modle = "x"\nno_such = 1\n[tui]\ntheem = "y"\n'
    path.write_text(before, "utf-8")

    ran = repair(tmp_path, "config-unknown-key", "--yes")
    mended = path.read_text("utf-8")
    repair(tmp_path, "--undo")

    assert ran.stdout.count("@@") == 2
    assert "is still there" not in ran.stdout
    assert mended == 'model = "x"\nno_such = 1\n[tui]\ntheme = "y"\n'
    assert path.read_text("utf-8") == before
