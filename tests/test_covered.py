"""The table of what hosts say to their users: every command is one, and every proof is there."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from codex_checks.catalogue import CHECKS
from codex_checks.problems import PROBLEMS
from codex_doctor import cli
from codex_doctor.catalogue import select

TESTS: Final = Path(__file__).parent
TABLE: Final = (TESTS.parent / "docs" / "covered.md").read_text("utf-8")
ROWS: Final = re.findall(r"^\| (.+) \| `(codex-doctor [^|]+)` \| `([^`|]+)` \|$", TABLE, re.MULTILINE)

TAKES_A_VALUE: Final = {"--models", "--within", "--into"}


@cache
def proofs_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_row_of_the_table_is_read() -> None:
    lines = [line for line in TABLE.splitlines() if line.startswith("| ") and "proved by" not in line]

    assert len(ROWS) == len(lines) > 60


@pytest.mark.parametrize("command", sorted({command for _, command, _ in ROWS}))
def test_a_command_of_the_table_is_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, *args = shlex.split(command)
    asked = args if args[0] == "explain" and args[1] != "-" else [*args, "--help"]

    assert cli.run(asked) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    "command", sorted({command for _, command, _ in ROWS if command.split()[1] in {"check", "repair"}})
)
def test_what_a_command_of_the_table_selects_is_there(command: str) -> None:
    _, _, *words = shlex.split(command)
    values = {words[at + 1] for at, word in enumerate(words) if word in TAKES_A_VALUE}
    patterns = [word for word in words if not word.startswith("--") and word not in values]

    assert select(CHECKS, patterns, PROBLEMS)


@pytest.mark.parametrize("proof", sorted({proof for _, _, proof in ROWS}))
def test_a_proof_of_the_table_is_there(proof: str) -> None:
    file, _, name = proof.partition("::")

    assert name in proofs_in(file) if name else (TESTS / file / "machine.toml").is_file()
