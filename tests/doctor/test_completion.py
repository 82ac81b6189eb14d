"""Tab completes every command, option and name: the shells ask with the scripts that are printed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor import cli
from codex_doctor.completing import VARIABLE, Shell, meant

if TYPE_CHECKING:
    from pathlib import Path

BASH = """
eval "$(codex-doctor completion bash)"
COMP_WORDS=({words}) COMP_CWORD={at}
_codex_doctor_completion codex-doctor
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what may stand in the place of the last of *words*."""
    monkeypatch.setenv(VARIABLE, "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))

    assert cli.run([]) == 0
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("codex-doctor re", {"repair", "refresh", "report"}),
        ("codex-doctor check --round", {"--round-trip"}),
        ("codex-doctor check --mod", {"--models"}),
        ("codex-doctor --off", {"--offline"}),
        ("codex-doctor --vers", {"--version"}),
        ("codex-doctor check --format j", {"json", "jsonl", "junit"}),
        ("codex-doctor check auth.file-is-v", {"auth.file-is-valid"}),
        ("codex-doctor check netw", {"network", "network-send-failed", "network-unreachable"}),
        ("codex-doctor explain CDX10", {"CDX101", "CDX102"}),
        ("codex-doctor repair refresh-token-reu", {"refresh-token-reused"}),
        ("codex-doctor login --ev", {"--events"}),
        ("codex-doctor report cr", {"create"}),
        ("codex-doctor completion f", {"fish"}),
    ],
)
def test_what_may_follow_is_told(
    words: str, there: set[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = completed(words, capsys, monkeypatch)

    assert there <= set(told)
    assert all(word.startswith(words.rsplit(" ", 1)[1]) for word in told)


@pytest.mark.parametrize("shell", list(Shell))
def test_each_shell_gets_a_script_that_asks_the_program(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["completion", shell]) == 0

    script = capsys.readouterr().out
    assert f"{VARIABLE}" in script
    assert f"complete_{shell}" in script
    assert script.endswith("\n")


@pytest.mark.parametrize(
    ("asked", "put"),
    [
        (
            {"COMP_WORDS": "codex-doctor --off", "COMP_CWORD": "1"},
            {"COMP_WORDS": "codex-doctor check --off", "COMP_CWORD": "2"},
        ),
        (
            {"_TYPER_COMPLETE_ARGS": "codex-doctor --format j"},
            {"_TYPER_COMPLETE_ARGS": "codex-doctor check --format j"},
        ),
        ({"_TYPER_COMPLETE_ARGS": "codex-doctor --vers"}, {"_TYPER_COMPLETE_ARGS": "codex-doctor --vers"}),
        ({"_TYPER_COMPLETE_ARGS": "codex-doctor check -"}, {"_TYPER_COMPLETE_ARGS": "codex-doctor check -"}),
        ({"_TYPER_COMPLETE_ARGS": "codex-doctor"}, {"_TYPER_COMPLETE_ARGS": "codex-doctor"}),
        ({}, {}),
    ],
)
def test_an_option_that_stands_alone_is_one_of_check(asked: dict[str, str], put: dict[str, str]) -> None:
    meant(asked)

    assert asked == put


def in_a_shell(argv: list[str], script: str, tmp_path: Path) -> str:
    program = tmp_path / "bin" / "codex-doctor"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m codex_doctor "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [*argv, script],
        env={"HOME": str(tmp_path), "PATH": f"{program.parent}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    script = BASH.format(words="codex-doctor check --from", at=2)

    told = in_a_shell(["bash", "--norc", "--noprofile", "-c"], script, tmp_path)

    assert told.split() == ["--from-report", "--from-codex-doctor"]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes_with_the_script(tmp_path: Path) -> None:
    script = "codex-doctor completion fish | source; complete -C 'codex-doctor check --from'"

    assert "--from-report" in in_a_shell(["fish", "--no-config", "-c"], script, tmp_path)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_reads_the_script(tmp_path: Path) -> None:
    load = 'autoload -U compinit; compinit -u -D; eval "$(codex-doctor completion zsh)"'
    script = f"{load}; print $_comps[codex-doctor]"

    assert in_a_shell(["zsh", "-f", "-c"], script, tmp_path) == "_codex_doctor_completion\n"
