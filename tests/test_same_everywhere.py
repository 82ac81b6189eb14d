"""The same facts at the same time are the same bytes in every format, whatever Python runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import same_everywhere
from codex_checks.config.hooks.reading import why_not_json
from codex_doctor.wanted import ReportFormat

HERE: Final = Path(__file__).parent
GOLDEN: Final = HERE / "golden" / "everywhere"
WRITTEN: Final = same_everywhere.written(same_everywhere.report(*same_everywhere.fixed()))

OTHERS: Final = os.environ.get("CODEX_DOCTOR_TEST_PYTHONS", "").split(os.pathsep)
"""Other Pythons in which codex-doctor is installed."""


@pytest.mark.parametrize("format", ReportFormat)
def test_a_report_is_the_same_bytes_as_ever(format: ReportFormat) -> None:
    # After a change of a format: PYTHONPATH=tests python tests/same_everywhere.py tests/golden/everywhere
    assert WRITTEN[format] == (GOLDEN / f"{format}.txt").read_bytes()


def digests(python: str, seed: str) -> dict[str, str]:
    done = subprocess.run(
        [python, str(HERE / "same_everywhere.py"), "digest"],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE), "TZ": "Asia/Tokyo", "LANG": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_what_the_checks_find_is_the_same_in_any_order_of_sets_and_any_place() -> None:
    assert digests(sys.executable, "1") == digests(sys.executable, "2")


@pytest.mark.skipif(OTHERS == [""], reason="CODEX_DOCTOR_TEST_PYTHONS names no other Python")
@pytest.mark.parametrize("python", OTHERS)
def test_what_the_checks_find_is_the_same_on_another_python(python: str) -> None:
    assert digests(python, "0") == digests(sys.executable, "0")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": [1,]}', "line 1, column 10: it is no JSON (trailing comma)"),
        (b"{'a': 1}", "line 1, column 2: it is no JSON (key must be a string)"),
        (b"\n{", "line 2, column 1: it is no JSON (EOF while parsing an object)"),
    ],
)
def test_what_is_no_json_is_told_in_words_that_no_python_changes(content: bytes, words: str) -> None:
    assert why_not_json(content) == words
