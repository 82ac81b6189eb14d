"""What the system refuses, it refuses before anything has changed places."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acts_install import Installing
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount, and become somebody else"
)

NOBODY: Final = 65534
AS_NOBODY: Final = (
    shutil.which("setpriv") or "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
)

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


@pytest.fixture
def machine(publisher: Publisher) -> Iterator[Installing]:
    """A machine that an unprivileged user can reach; the folders of pytest are root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="codex-doctor-test-")).resolve()
    folder.chmod(0o777)
    publisher.publish("0.170.0")
    made = acts_install.machine(folder, publisher.env)
    made.env = {**made.env, "XDG_CACHE_HOME": str(folder / "cache")}
    yield made
    shutil.rmtree(folder)


def _mounted(machine: Installing, script: str, **arguments: str) -> int:
    """Install in a mount namespace in which *script* ran first; `$1` is the home in it."""
    tools = "own=$PATH; PATH=/usr/sbin:/usr/bin:/sbin:/bin"  # those of the machine do not mount
    line = f'{tools}; {script} && PATH=$own && shift && exec "$@"'
    inside = (shutil.which("unshare") or "unshare", "--mount", "/bin/sh", "-c", line, "sh", str(machine.home))
    probe = subprocess.run([*inside, "/bin/true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"nothing may be mounted here: {probe.stderr.decode()}")
    return acts_install.child(machine, before=inside, **arguments)


def _said(machine: Installing) -> str:
    return " ".join(machine.door.said)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('mkdir -p "$1/.codex" && mount -t tmpfs -o size=4k none "$1/.codex"', "the disk is full"),
        ('mkdir -p "$1/../cache" && mount -t tmpfs -o size=4k none "$1/../cache"', "the disk is full"),
        ('mkdir -p "$1/.codex" && mount -t tmpfs -o ro none "$1/.codex"', "Read-only file system"),
        (
            'mkdir -p "$1/.codex" && mount -t tmpfs -o noexec none "$1/.codex"',
            "the system does not let a program run",
        ),
    ],
    ids=["full", "full cache", "read-only", "noexec"],
)
def test_a_disk_that_does_not_take_a_release_keeps_what_it_has(
    machine: Installing, publisher: Publisher, script: str, words: str
) -> None:
    large = {**tiny_codex.release("0.170.0"), "codex-resources/large": (os.urandom(64 * 1024), 0o644)}
    publisher.publish("0.170.0", release=large)

    code = _mounted(machine, script, via="standalone")

    assert (code, words in _said(machine)) == (1, True), _said(machine)
    left = {path.name for path in machine.home.rglob("*")} - {".codex"}
    assert left == set()


@needs_npm
def test_a_disk_that_is_full_is_told_by_npm_too(machine: Installing, publisher: Publisher) -> None:
    large = {**tiny_codex.release("0.170.0"), "codex-resources/large": (os.urandom(256 * 1024), 0o644)}
    publisher.publish("0.170.0", release=large)

    script = 'mkdir -p "$1/.npm-global" && mount -t tmpfs -o size=64k none "$1/.npm-global"'
    code = _mounted(machine, script, via="npm")

    assert (code, "the disk is full" in _said(machine)) == (1, True), _said(machine)
    assert [path.name for path in machine.home.rglob("*")] == [".npm-global"]


@needs_npm
def test_a_prefix_of_root_is_not_touched_by_a_user(machine: Installing) -> None:
    prefix = machine.home / ".npm-global"
    (prefix / "lib" / "node_modules").mkdir(parents=True)
    os.chown(machine.home, NOBODY, NOBODY)
    before = acts_install.traces(prefix)

    code = acts_install.child(machine, before=AS_NOBODY, via="npm")

    assert (code, "Permission denied" in _said(machine)) == (1, True), _said(machine)
    assert acts_install.traces(prefix) == before


@needs_npm
def test_a_user_whose_npm_belongs_to_root_gets_the_standalone_release(machine: Installing) -> None:
    (machine.home / ".npm-global" / "lib" / "node_modules").mkdir(parents=True)
    os.chown(machine.home, NOBODY, NOBODY)

    code = acts_install.child(machine, before=AS_NOBODY, via="npm", otherwise="standalone")

    assert code == 0, _said(machine)
    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"


def test_what_root_installs_in_a_users_home_is_the_users(machine: Installing) -> None:
    os.chown(machine.home, NOBODY, NOBODY)

    machine.do(via="standalone")

    owners = {path.lstat().st_uid for path in machine.home.rglob("*") if path.name != "install.lock"}
    assert owners == {NOBODY}


@needs_npm
def test_what_root_installs_with_npm_in_a_users_home_is_the_users(machine: Installing) -> None:
    os.chown(machine.home, NOBODY, NOBODY)

    machine.do(via="npm")

    assert {path.lstat().st_uid for path in machine.home.rglob("*")} == {NOBODY}
