"""The real Codex CLI answers the way the other tests rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_cli import VERSION, CodexCli

if TYPE_CHECKING:
    from collections.abc import Mapping

TESTS = Path(__file__).parent


def _pytest_without_npm(tmp_path: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one test that needs the CLI where it is neither cached nor installable."""
    argv = [sys.executable, "-m", "pytest", "-rs", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*argv, f"{TESTS / 'test_codex_cli.py'}::test_the_native_program_tells_its_version"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "CODEX_DOCTOR_TEST_CACHE": str(tmp_path), **env},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_native_program_tells_its_version(codex_cli: CodexCli) -> None:
    ran = codex_cli.run(["--version"])

    assert (ran.stdout, ran.returncode) == (f"codex-cli {VERSION}\n", 0)


def test_the_launcher_runs_the_same_version(codex_cli: CodexCli) -> None:
    ran = codex_cli.run(["--version"], through_launcher=True)

    assert (ran.stdout, ran.returncode) == (f"codex-cli {VERSION}\n", 0)


def test_a_scratch_home_draws_no_complaint(codex_cli: CodexCli) -> None:
    ran = codex_cli.run(["login", "status"], codex_cli.scratch_home())

    assert (ran.stderr, ran.returncode) == ("Not logged in\n", 1)


def test_a_program_that_outlives_its_seconds_is_killed(codex_cli: CodexCli) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        codex_cli.run(["app-server"], seconds=0.001)


@pytest.mark.skipif(os.name == "nt", reason="an empty PATH means something else there")
def test_without_a_cli_a_test_is_skipped_with_the_reason(tmp_path: Path) -> None:
    ran = _pytest_without_npm(tmp_path, {})

    assert ran.returncode == 0, ran.stdout
    assert "there is no npm to install it with" in ran.stdout


@pytest.mark.skipif(os.name == "nt", reason="an empty PATH means something else there")
def test_without_a_cli_a_test_fails_where_the_cli_is_needed(tmp_path: Path) -> None:
    ran = _pytest_without_npm(tmp_path, {"CODEX_DOCTOR_TESTS_NEED_CLI": "1"})

    assert ran.returncode == 1, ran.stdout
    assert "there is no npm to install it with" in ran.stdout
