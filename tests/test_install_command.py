"""`codex-doctor install`, and its Python function: a verified Codex, for the shell or for a host alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex
from fakes.publisher import PATIENCE, Sick

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing
    from fakes.openai import FakeOpenAI
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")

ARCHIVE: Final = f"codex-package-{tiny_codex.TARGET}.tar.gz"

CALL: Final = """
import json, sys
from pathlib import Path
from codex_checks.installing import install
said = []
done = install(into=Path(sys.argv[1]), version="0.170.0", say=said.append)
print(json.dumps([str(done.program), done.repair, said]))
"""


@pytest.fixture
def machine(tmp_path: Path, publisher: Publisher, openai: FakeOpenAI) -> Installing:
    """A machine without npm, and with nothing in its home."""
    publisher.publish("0.170.0")
    made = acts_install.machine(tmp_path, {**openai.env, **publisher.env})
    (tmp_path / "tools" / "npm").unlink(missing_ok=True)
    made.env = {
        **made.env,
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    return made


def doctor(machine: Installing, *argv: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, *argv],
        env=machine.env,
        cwd=machine.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def install(machine: Installing, *options: str) -> subprocess.CompletedProcess[str]:
    return doctor(machine, "-m", "codex_doctor", "install", *options)


def undo(machine: Installing) -> int:
    return doctor(machine, "-m", "codex_doctor", "repair", "--undo").returncode


def test_a_missing_codex_is_installed_and_taken_back(machine: Installing) -> None:
    before = acts_install.traces(machine.home)

    ran = install(machine)

    assert ran.returncode == 0, ran
    assert "program  ~/.local/bin/codex" in ran.stdout
    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"
    assert undo(machine) == 0
    assert acts_install.traces(machine.home) == before


def test_where_there_is_one_nothing_is_done(machine: Installing, publisher: Publisher) -> None:
    install(machine)
    publisher.asked.clear()

    ran = install(machine)

    assert (ran.returncode, publisher.asked) == (0, [])
    assert ran.stdout == "Nothing to do: Codex is there already (~/.local/bin/codex).\n"


def test_a_host_keeps_a_copy_that_no_command_leads_to(machine: Installing, publisher: Publisher) -> None:
    before = acts_install.traces(machine.home)

    first = install(machine, "--into", "mine", "--release", "0.170.0")
    asked = [path for path in publisher.asked if path.endswith(".tar.gz")]
    again = install(machine, "--into", str(machine.home / "mine"), "--release", "0.170.0")

    assert (first.returncode, again.returncode) == (0, 0), (first, again)
    assert "program  ~/mine/current/bin/codex" in first.stdout
    assert acts_install.version(machine.home / "mine/current/bin/codex") == "codex-cli 0.170.0"
    assert sorted(path.name for path in machine.home.iterdir()) == ["mine"]
    assert [path for path in publisher.asked if path.endswith(".tar.gz")] == asked
    undo(machine)
    assert undo(machine) == 0
    assert acts_install.traces(machine.home) == before


def test_a_copy_of_a_host_is_brought_to_the_newest_version(machine: Installing, publisher: Publisher) -> None:
    install(machine, "--into", "mine")
    publisher.publish("0.171.0")

    ran = install(machine, "--into", "mine")

    assert ran.returncode == 0, ran
    assert acts_install.version(machine.home / "mine/current/bin/codex") == "codex-cli 0.171.0"


@pytest.mark.parametrize("options", [(), ("--into", "mine")])
def test_a_wrong_checksum_installs_nothing(
    machine: Installing, publisher: Publisher, options: tuple[str, ...]
) -> None:
    publisher.sick[ARCHIVE] = Sick(content=b"another archive")

    ran = install(machine, *options)

    assert ran.returncode == 1
    assert "its checksum differs" in ran.stderr
    assert list(machine.home.iterdir()) == []


def test_where_nobody_can_be_reached_it_was_not_tried(machine: Installing, publisher: Publisher) -> None:
    publisher.sick["latest"] = Sick(status=503)

    ran = install(machine, "--into", "mine")

    assert (ran.returncode, list(machine.home.iterdir())) == (3, []), ran


def test_a_file_in_the_place_of_the_folder_is_said(machine: Installing) -> None:
    (machine.home / "mine").write_text("here", "utf-8")

    ran = install(machine, "--into", "mine")

    assert (ran.returncode, (machine.home / "mine").read_text("utf-8")) == (1, "here"), ran


def test_a_program_calls_it_and_hears_what_is_done(machine: Installing) -> None:
    ran = doctor(machine, "-c", CALL, str(machine.home / "mine"))

    program, repair, said = json.loads(ran.stdout)
    assert acts_install.version(machine.home / "mine/current/bin/codex") == "codex-cli 0.170.0"
    assert program == str(machine.home / "mine/current/bin/codex")
    assert "Codex 0.170.0 is installed" in said
    assert repair
