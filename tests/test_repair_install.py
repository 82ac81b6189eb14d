"""`codex-doctor repair` where Codex is missing, broken or old: the real command, and small fakes of Codex."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex
from acts_install import Installing
from fakes.publisher import PATIENCE, Sick

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from fakes.openai import FakeOpenAI
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")

NOBODY: Final = 65534
AS_NOBODY: Final = (
    shutil.which("setpriv") or "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
)

ARCHIVE: Final = f"codex-package-{tiny_codex.TARGET}.tar.gz"


@pytest.fixture
def machine(tmp_path: Path, publisher: Publisher, openai: FakeOpenAI) -> Installing:
    """A machine with npm, and with nothing in its home."""
    publisher.publish("0.170.0")
    made = acts_install.machine(tmp_path, {**openai.env, **publisher.env})
    made.env = {
        **made.env,
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    return made


@pytest.fixture
def without_npm(machine: Installing) -> Installing:
    """The same machine without npm."""
    (machine.home.parent / "tools" / "npm").unlink(missing_ok=True)
    return machine


@contextlib.contextmanager
def _started(machine: Installing, *args: str, before: Sequence[str] = ()) -> Generator[subprocess.Popen[str]]:
    argv = [*before, sys.executable, "-m", "codex_doctor", "repair", *args]
    with subprocess.Popen(
        argv,
        env=machine.env,
        cwd=machine.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def _repair(machine: Installing, *args: str, before: Sequence[str] = ()) -> tuple[int, str]:
    """Run the command; return how it ended and what it said."""
    with _started(machine, *args, before=before) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def _version(machine: Installing) -> str | None:
    """Return the version that a shell would run, asked without Node."""
    prefix, own = machine.home / ".npm-global", machine.home / ".local/bin/codex"
    found = [own] if own.exists() else list(prefix.glob("lib/node_modules/@openai/codex/**/bin/codex"))
    return acts_install.version(found[0]) if found else None


def test_a_missing_codex_is_installed_and_taken_back(without_npm: Installing) -> None:
    machine = without_npm
    before = acts_install.traces(machine.home)

    code, said = _repair(machine, "binary-not-found", "--yes")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said
    assert "CDX601 binary-not-found is mended" in said

    code, said = _repair(machine, "--undo")

    assert code == 0, said
    assert acts_install.traces(machine.home) == before


@needs_npm
def test_a_missing_codex_is_installed_with_npm_where_that_is_usual(machine: Installing) -> None:
    code, said = _repair(machine, "binary-not-found", "--yes")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said
    assert (machine.home / ".npm-global/bin/codex").exists()


def test_the_plan_names_the_way_and_a_line_to_copy(without_npm: Installing) -> None:
    code, said = _repair(without_npm, "binary-not-found", "--dry-run", "--format", "json")

    (planned,) = json.loads(said)["plan"]
    (step,) = planned["steps"]
    assert (code, planned["for"], planned["destructive"]) == (0, "binary-not-found", False)
    assert (step["do"], step["command"]) == (
        "install",
        "curl -fsSL https://chatgpt.com/codex/install.sh | sh",
    )
    assert list(without_npm.home.iterdir()) == []


def test_nothing_is_downloaded_unasked(without_npm: Installing, publisher: Publisher) -> None:
    code, said = _repair(without_npm, "binary-not-found")

    assert (code, publisher.asked) == (1, [])
    assert "add --yes" in said


@needs_npm
def test_a_launcher_without_its_program_is_mended_and_comes_back(machine: Installing) -> None:
    _repair(machine, "binary-not-found", "--yes")
    shutil.rmtree(machine.home / ".npm-global/lib/node_modules/@openai/codex/node_modules")
    before = acts_install.traces(machine.home)

    code, said = _repair(machine, "npm-optional-dep-missing", "--yes")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said

    _repair(machine, "--undo")

    assert acts_install.traces(machine.home) == before


@needs_npm
def test_a_program_that_was_emptied_is_mended(machine: Installing) -> None:
    _repair(machine, "binary-not-found", "--yes")
    native = next((machine.home / ".npm-global").glob("lib/**/bin/codex"))
    native.write_bytes(b"")

    code, said = _repair(machine, "--yes", "vendor-binary-removed")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said


def test_an_old_version_is_updated_only_where_it_is_named(
    without_npm: Installing, publisher: Publisher
) -> None:
    machine = without_npm
    _repair(machine, "binary-not-found", "--yes")
    publisher.publish("0.171.0")
    (machine.home / ".codex/version.json").write_text('{"latest_version": "0.171.0"}')

    _repair(machine, "--yes", "--offline")
    unasked = _version(machine)
    code, said = _repair(machine, "version-outdated", "--yes")

    assert (unasked, code, _version(machine)) == ("codex-cli 0.170.0", 0, "codex-cli 0.171.0"), said


def test_a_copied_program_gives_way_to_a_whole_release(without_npm: Installing, publisher: Publisher) -> None:
    machine = without_npm
    copied = machine.home / ".local/bin/codex"
    copied.parent.mkdir(parents=True)
    copied.write_bytes(tiny_codex.program("codex-cli 0.169.0"))
    copied.chmod(0o755)
    before = acts_install.traces(machine.home)

    code, said = _repair(machine, "code-mode-host-missing", "--yes")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said
    assert publisher.asked != []

    _repair(machine, "--undo")

    assert acts_install.traces(machine.home) == before


def test_a_wrong_checksum_is_said_and_nothing_is_installed(
    without_npm: Installing, publisher: Publisher
) -> None:
    machine = without_npm
    publisher.sick[ARCHIVE] = Sick(content=b"another archive")

    code, said = _repair(machine, "binary-not-found", "--yes")

    assert code == 1
    assert "its checksum differs" in said
    assert "CDX601 binary-not-found was not mended" in said
    assert list(machine.home.iterdir()) == []


def test_where_nobody_can_be_reached_it_was_not_tried(without_npm: Installing, publisher: Publisher) -> None:
    publisher.sick["latest"] = Sick(status=503)

    code, said = _repair(without_npm, "binary-not-found", "--yes")

    assert (code, list(without_npm.home.iterdir())) == (3, []), said


@pytest.mark.parametrize(("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("via", ["release", pytest.param("npm", marks=needs_npm)])
def test_who_interrupts_it_finds_everything_as_before(
    machine: Installing, publisher: Publisher, which: signal.Signals, code: int, via: str
) -> None:
    if via == "release":
        (machine.home.parent / "tools" / "npm").unlink()
    before = acts_install.traces(machine.home)
    hanging = publisher.sick["codex" if via == "npm" else ARCHIVE] = Sick(hangs=True)

    with _started(machine, "binary-not-found", "--yes") as process:
        assert hanging.asked.wait(PATIENCE)
        process.send_signal(which)
        process.communicate(timeout=PATIENCE)

    assert process.returncode == code
    assert acts_install.traces(machine.home) == before


def test_who_kills_it_has_it_finished_by_the_next_repair(
    without_npm: Installing, publisher: Publisher
) -> None:
    machine = without_npm
    hanging = publisher.sick[ARCHIVE] = Sick(hangs=True)
    with _started(machine, "binary-not-found", "--yes") as process:
        assert hanging.asked.wait(PATIENCE)
        process.kill()
        process.communicate(timeout=PATIENCE)
    publisher.sick.clear()

    code, said = _repair(machine, "binary-not-found", "--yes")

    assert (code, _version(machine)) == (0, "codex-cli 0.170.0"), said
    assert "Codex was not installed, and nothing is left of the attempt" in said


@needs_npm
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become somebody else"
)
def test_what_root_has_installed_is_left_to_root(publisher: Publisher, openai: FakeOpenAI) -> None:
    folder = Path(tempfile.mkdtemp(prefix="codex-doctor-test-")).resolve()
    folder.chmod(0o777)
    try:
        publisher.publish("0.170.0")
        machine = acts_install.machine(folder, {**openai.env, **publisher.env})
        _repair(machine, "binary-not-found", "--yes")
        shutil.rmtree(machine.home / ".npm-global/lib/node_modules/@openai/codex/node_modules")
        for path in (machine.home, machine.home / ".local", machine.home / ".local/state"):
            path.chmod(0o777)
        shutil.rmtree(machine.home / ".local/state/codex-doctor")
        before = acts_install.traces(machine.home / ".npm-global")

        code, said = _repair(machine, "npm-optional-dep-missing", "--yes", before=AS_NOBODY)

        assert code == 1, said
        assert "sudo npm install -g @openai/codex@latest --include=optional --ignore-scripts" in said
        assert acts_install.traces(machine.home / ".npm-global") == before
    finally:
        shutil.rmtree(folder)
