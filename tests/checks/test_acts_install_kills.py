"""A kill at any instant leaves the old Codex or the new one, and the next repair knows which."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

import acts_install
from acts_install import DIED, NPM_STEPS, STEPS
from codex_checks.acts.install import exchange as exchanging
from codex_checks.acts.install.change import PREFIX
from codex_checks.acts.install.swaps import Swap
from fakes.publisher import PATIENCE, Sick

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
STRACE = shutil.which("strace")

INTERRUPTIBLE = ("begun", "downloaded", "unpacked", "installed", "prepared")
"""Steps after which nothing has changed places yet, and an attempt is taken back."""


@pytest.fixture
def machine(tmp_path: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Installing:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    publisher.publish("0.170.0")
    made = acts_install.machine(tmp_path, publisher.env)
    made.env = {**made.env, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return made


def _runs(command: Path) -> str | None:
    """Return what a shell that looks for *command* would run, by its version."""
    return acts_install.version(command) if command.exists() else None


@pytest.mark.parametrize(
    ("step", "times"), [*((step, 1) for step in STEPS), ("swapped", 2), ("swapped", 3), ("swapped", 4)]
)
def test_a_first_installation_that_dies_is_completed_or_taken_back(
    machine: Installing, step: str, times: int
) -> None:
    before = acts_install.traces(machine.home)

    code = acts_install.child(machine, "--die-at", step, "--times", str(times), via="standalone")

    said = machine.finish()
    command = machine.home / ".local/bin/codex"
    assert code == DIED
    if step in INTERRUPTIBLE:
        assert said == "Codex was not installed, and nothing is left of the attempt"
        assert acts_install.traces(machine.home) == before
    else:
        assert "is installed" in said or "was installed" in said
        assert _runs(command) == "codex-cli 0.170.0"
        machine.undo()
        assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize(("step", "times"), [*((step, 1) for step in STEPS), ("swapped", 2)])
def test_an_update_that_dies_leaves_the_old_codex_or_the_new_one(
    machine: Installing, publisher: Publisher, step: str, times: int
) -> None:
    command = machine.home / ".local/bin/codex"
    machine.do(via="standalone")
    before = acts_install.traces(machine.home)
    publisher.publish("0.171.0")

    acts_install.child(machine, "--die-at", step, "--times", str(times), via="standalone")
    between = _runs(command)
    machine.finish()

    assert between in {"codex-cli 0.170.0", "codex-cli 0.171.0"}
    assert _runs(command) == f"codex-cli 0.17{0 if step in INTERRUPTIBLE else 1}.0"
    if step not in INTERRUPTIBLE:
        machine.undo()
    assert acts_install.traces(machine.home) == before


@needs_npm
@pytest.mark.parametrize("step", NPM_STEPS)
def test_an_update_by_npm_that_dies_leaves_the_old_package_or_the_new_one(
    machine: Installing, publisher: Publisher, step: str
) -> None:
    machine.do(via="npm")
    before = acts_install.traces(machine.home)
    native = next((machine.home / ".npm-global").glob("lib/**/bin/codex"))
    publisher.publish("0.171.0")

    acts_install.child(machine, "--die-at", step, via="npm")
    between = _runs(native)
    machine.finish()

    assert between == f"codex-cli 0.17{0 if step in (*INTERRUPTIBLE, 'ready') else 1}.0"
    assert _runs(native) == f"codex-cli 0.17{0 if step in INTERRUPTIBLE else 1}.0"
    if step not in INTERRUPTIBLE:
        machine.undo()
    assert acts_install.traces(machine.home) == before


def test_finishing_twice_is_finishing_once(machine: Installing) -> None:
    before = acts_install.traces(machine.home)
    acts_install.child(machine, "--die-at", "unpacked", via="standalone")

    said = [machine.finish(), machine.finish()]

    assert said[0] == said[1]
    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize("put_back", [0, 1])
def test_an_undo_that_dies_can_be_done_again(
    machine: Installing, publisher: Publisher, put_back: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.do(via="standalone")
    before = acts_install.traces(machine.home)
    publisher.publish("0.171.0")
    machine.do(via="standalone")
    undo, left = Swap.undo, put_back

    def dying(swap: Swap) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        undo(swap)

    with monkeypatch.context() as patch:
        patch.setattr(Swap, "undo", dying)
        with pytest.raises(KeyboardInterrupt):
            machine.undo()

    machine.undo()

    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize("killed_after", [1, 2])
def test_a_kill_between_the_renames_of_an_old_file_system_loses_nothing(
    machine: Installing, publisher: Publisher, killed_after: int
) -> None:
    machine.do(via="standalone")
    before = acts_install.traces(machine.home)
    publisher.publish("0.171.0")
    acts_install.child(machine, "--die-at", "ready", via="standalone")
    swap = machine.change().swaps[-1]
    swap.place.rename(exchanging.moving(swap.spare))
    if killed_after > 1:
        swap.spare.rename(swap.place)

    machine.finish()

    assert _runs(machine.home / ".local/bin/codex") == "codex-cli 0.171.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def _works_on(process: psutil.Process, home: Path) -> bool:
    try:
        return any(str(home) in word for word in process.cmdline())
    except psutil.Error:
        return False


@needs_npm
def test_an_interruption_ends_npm_and_takes_the_attempt_back(
    machine: Installing, publisher: Publisher
) -> None:
    before = acts_install.traces(machine.home)
    hanging = publisher.sick["codex"] = Sick(hangs=True)
    with acts_install.start(machine, via="npm") as process:
        assert hanging.asked.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert [one.pid for one in psutil.process_iter() if _works_on(one, machine.home)] == []
    assert acts_install.traces(machine.home) == before


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_everything_is_on_the_disk_before_the_first_rename(machine: Installing, tmp_path: Path) -> None:
    log = tmp_path / "strace"
    acts_install.child(
        machine,
        via="standalone",
        before=(
            STRACE or "",
            "-f",
            "-y",
            "-s",
            "300",
            "-e",
            "trace=fsync,rename,renameat,renameat2",
            "-o",
            str(log),
        ),
    )

    lines = log.read_text().splitlines()
    renamed = next(number for number, line in enumerate(lines) if re.search(rf"rename.*{PREFIX}", line))
    synced = [line for line in lines[:renamed] if "fsync" in line]
    assert any(re.search(rf"{PREFIX}\w+/0\.170\.0-[^/]*/bin/codex>", line) for line in synced)
    assert any(re.search(rf"{PREFIX}\w+/0\.170\.0-[^/]*/bin>", line) for line in synced)
