from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
SIGN_IN = (README.parent / "docs" / "sign-in.md").read_text("utf-8")
COMMANDS_THERE = re.findall(
    r"codex-doctor ((?:login|refresh|import-auth|logout|explain)\b[^|>`\n]*)", SIGN_IN
)
COMMANDS = re.findall(r"^\| `(codex-doctor[^`]*)` \|", README.read_text("utf-8"), re.MULTILINE)
EXIT_CODES = re.findall(r"^\| (\d+) \|", README.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_one(line: str, tmp_path: Path) -> None:
    _, *args = shlex.split(line)
    needs_a_file = {"--wait-for", "--watch", "show", "verify", "diff", "--from-report", "--last"}
    if (
        {"--live", "--round-trip", "import-auth", "install", "login", "logout", "refresh", "repair"}
        | needs_a_file
    ) & set(args):
        args.append("--help")  # what it changes is tested where there is something to change
    elif args and args[0] == "run":  # what follows is another program's
        args = ["run", "--help"]
    elif not args or args[0] == "check" or args[:2] == ["report", "create"]:
        args.append("--offline")

    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", *args],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode in {0, 1}, done.stdout != "", done.stderr) == (True, True, "")


@pytest.mark.parametrize("line", COMMANDS_THERE)
def test_a_command_that_keeps_a_sign_in_is_one(line: str) -> None:
    argv = [sys.executable, "-m", "codex_doctor", *shlex.split(line), "--help"]

    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


UNITS = dict(
    zip(
        re.findall(r"(codex-doctor-refresh\.\w+)`:", SIGN_IN),
        re.findall(r"```ini\n(.*?)```", SIGN_IN, re.DOTALL),
        strict=True,
    )
)
"""The units of systemd in the documentation, by their names."""


def test_the_timer_of_the_documentation_says_what_to_do_and_when() -> None:
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for parser in (service, timer):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
    service.read_string(UNITS["codex-doctor-refresh.service"])
    timer.read_string(UNITS["codex-doctor-refresh.timer"])
    program, *words = service["Service"]["ExecStart"].split()

    assert (program, words) == ("%h/.local/bin/codex-doctor", ["refresh", "--within", "600"])
    assert (service["Service"]["Type"], service["Service"]["SuccessExitStatus"]) == ("oneshot", "3")
    assert timer["Timer"]["OnUnitActiveSec"] == "5min"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert "systemctl --user enable --now codex-doctor-refresh.timer" in SIGN_IN


def test_the_timer_of_the_documentation_is_one(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("%h/.local/bin/codex-doctor", "/bin/true"))

    done = subprocess.run(
        [analyze, "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_names_every_exit_code() -> None:
    assert EXIT_CODES == ["0", "1", "2", "3", "130"]


def test_the_picture_of_the_readme_fetches_nothing() -> None:
    picture = README.parent / "docs" / "picture.svg"
    addresses = re.findall(r"(?:href|src|url\()\W*(https?:[^\"' )]+)", picture.read_text("utf-8"))

    assert addresses == []
