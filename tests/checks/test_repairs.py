"""A repair that was cut off is reported until the next one has finished it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from codex_doctor.locks import take

if TYPE_CHECKING:
    from pathlib import Path

CHECK = "doctor.repairs-finished"


def doctor(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(home / "state"),
    }
    argv = [sys.executable, "-m", "codex_doctor", *args, "--offline"]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def examined(home: Path) -> tuple[str, list[str]]:
    """Return the check's verdict, and the details of what it found."""
    report: dict[str, Any] = json.loads(doctor(home, "check", CHECK, "--format", "json").stdout)
    (check,) = report["checks"]
    return check["verdict"], [finding["detail"] for finding in report["findings"]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose sign-in others can read."""
    auth = tmp_path / ".codex" / "auth.json"
    auth.parent.mkdir()
    auth.write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-proj-0123456789abcdef"}', "utf-8")
    auth.chmod(0o644)
    return tmp_path


def cut_off(home: Path) -> None:
    """Repair, and leave its record as a kill would."""
    doctor(home, "repair", "auth-file-exposed", "--yes")
    (record,) = (home / "state" / "codex-doctor" / "repairs").glob("*/record.jsonl")
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:3]))


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the state stands elsewhere on other systems, and modes are those of Unix"
)


def test_where_nothing_was_repaired_there_is_nothing_to_judge(home: Path) -> None:
    assert examined(home) == ("skipped", [])


def test_a_repair_that_ended_is_well(home: Path) -> None:
    doctor(home, "repair", "auth-file-exposed", "--yes")

    assert examined(home) == ("healthy", [])


def test_a_repair_that_was_cut_off_is_reported_until_the_next_one(home: Path) -> None:
    cut_off(home)

    verdict, (detail,) = examined(home)
    doctor(home, "repair", "--yes")

    assert verdict == "found"
    assert detail.startswith("A repair that began at 20")
    assert detail.endswith("(auth-file-exposed) was cut off")
    assert examined(home) == ("healthy", [])


def test_a_repair_that_is_still_at_work_was_not_cut_off(home: Path) -> None:
    cut_off(home)
    descriptor = os.open(home / "state" / "codex-doctor" / "locks" / "repair.lock", os.O_RDWR)
    assert take(descriptor, byte=0)

    found = examined(home)
    os.close(descriptor)

    assert found == ("healthy", [])
