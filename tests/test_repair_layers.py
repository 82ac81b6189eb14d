"""A Codex that came with the image of a container is mended, though its folders cannot be renamed there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import acts_install
from codex_checks.acts.install.change import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acts_install import Installing
    from fakes.openai import FakeOpenAI
    from fakes.publisher import Publisher

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]

LAYERS: Final = (
    "own=$PATH; PATH=/usr/sbin:/usr/bin:/sbin:/bin; "
    'mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4" '
    '&& PATH=$own && shift 4 && exec "$@"'
)

LOOK: Final = """
import json, sys
from pathlib import Path
import acts_install
found = acts_install.traces(Path(sys.argv[1]))
print(json.dumps({name: [*kept, repr(content)] for name, (*kept, content) in found.items()}))
"""


class Container:
    """A machine whose home is an image below, and what was changed since above it."""

    def __init__(self, machine: Installing) -> None:
        self.machine = machine
        folder = machine.home.parent
        self.layers = [folder / name for name in ("image", "changes", "work")]
        for layer in self.layers[1:]:
            layer.mkdir()

    def build(self) -> None:
        """Make an image of what stands in the home now."""
        shutil.move(self.machine.home, self.layers[0])
        self.machine.home.mkdir()

    def run(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program in the container."""
        inside = [shutil.which("unshare") or "unshare", "--mount", "/bin/sh", "-c", LAYERS, "sh"]
        env = {**self.machine.env, "PYTHONPATH": str(Path(__file__).parent)}
        return subprocess.run(
            [*inside, *map(str, (*self.layers, self.machine.home)), *argv],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def repair(self, *args: str) -> tuple[int, str]:
        """Run the command in the container."""
        ran = self.run([sys.executable, "-m", "codex_doctor", "repair", *args])
        return ran.returncode, ran.stdout + ran.stderr

    def traces(self) -> dict[str, Any]:
        """Return what stands in the home, as the container sees it."""
        ran = self.run([sys.executable, "-c", LOOK, str(self.machine.home)])
        if ran.returncode:
            pytest.skip(f"nothing may be mounted here: {ran.stderr}")
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


def test_a_codex_of_the_image_is_mended_and_comes_back(
    tmp_path: Path, publisher: Publisher, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    publisher.publish("0.170.0")
    machine = acts_install.machine(tmp_path, {**openai.env, **publisher.env})
    machine.env = {
        **machine.env,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    machine.do(via="npm")
    package = machine.home / ".npm-global/lib/node_modules/@openai/codex"
    shutil.rmtree(package / "node_modules")
    container = Container(machine)
    container.build()
    before = container.traces()

    code, said = container.repair("npm-optional-dep-missing", "--yes")
    mended = container.traces()

    assert code == 0, said
    assert [name for name in mended if name.endswith("/bin/codex") and "vendor" in name] != []

    code, said = container.repair("--undo")

    assert code == 0, said
    assert container.traces() == before
    assert [name for name in container.traces() if PREFIX in name] == []
