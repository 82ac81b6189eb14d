"""Installing Codex in scratch homes: in this process, or in another one that dies at a step."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from codex_checks.acts.install import handler
from codex_checks.acts.install.change import Change
from codex_checks.acts.install.noted import Noted
from codex_doctor.context import Context, System
from codex_doctor.errors import RepairError
from codex_doctor.fix import Act
from codex_doctor.repair.handler import Tools, known
from repairs import Listener

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


DIED: Final = 9

STEPS: Final = ("begun", "downloaded", "unpacked", "prepared", "ready", "swapped", "done")
"""Every step of installing a standalone release; `swapped` comes once for each of its renames."""

NPM_STEPS: Final = ("begun", "installed", "prepared", "ready", "swapped", "done")


@dataclass(kw_only=True)
class Installing:
    """Installations in one scratch home; *notes* is what was remembered, the last one counts."""

    home: Path
    env: Mapping[str, str]
    door: Listener = field(default_factory=Listener)
    offline: bool = False
    notes: list[Mapping[str, Any]] = field(default_factory=list["Mapping[str, Any]"])
    system: System = field(default_factory=System.here)

    @property
    def tools(self) -> Tools:
        """What the handler may use here."""
        folder = self.home.parent / "step"
        folder.mkdir(exist_ok=True)
        context = Context(
            env=self.env,
            home=self.home,
            cwd=self.home,
            system=self.system,
            deadline=time.monotonic() + 100,
            offline=self.offline,
        )
        return Tools(context=context, door=self.door, folder=folder, remember=self._remember)

    def do(self, **arguments: str) -> None:
        """Install Codex as *arguments* say."""
        handler.do(act(**arguments), self.tools)

    def undo(self) -> None:
        """Take back what was done last."""
        objection = handler.objection(self.notes[-1], self.tools)
        assert objection is None, objection
        handler.undo(self.notes[-1], self.tools)

    def finish(self) -> str:
        """Finish what was killed."""
        return handler.finish(self.notes[-1], self.tools)

    def change(self) -> Change:
        """Return the change that was remembered last."""
        return Change.of(known(self.notes[-1], Noted), self._remember)

    def _remember(self, note: Mapping[str, Any]) -> None:
        self.notes.append(json.loads(json.dumps(note)))


def act(**arguments: str) -> Act:
    """Return the step that asks for an installation."""
    return Act(kind="install", words="Install Codex", arguments=arguments)


def machine(folder: Path, published: Mapping[str, str]) -> Installing:
    """Make a home with nothing in it, from where *published* (variables) leads to a publisher."""
    home = folder / "home"
    home.mkdir()
    tools = folder / "tools"
    tools.mkdir()
    for name in ("node", "npm", "sh", "env"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    prefix = home / ".npm-global"
    return Installing(
        home=home,
        env={
            "HOME": str(home),
            "PATH": os.pathsep.join(map(str, (home / ".local/bin", prefix / "bin", tools))),
            "npm_config_prefix": str(prefix),
            "npm_config_fetch_retries": "0",
            **published,
        },
    )


def traces(home: Path) -> Mapping[str, tuple[object, ...]]:
    """Return what stands in *home*: for each path its mode, time, and content or target."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (home, *sorted(home.rglob("*"))):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        name = str(path.relative_to(home))
        found[name] = (oct(status.st_mode), status.st_mtime_ns, status.st_uid, content)
    return found


def version(program: Path) -> str:
    """Return what *program* says it is."""
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.strip()


def child(machine: Installing, *options: str, before: Sequence[str] = (), **arguments: str) -> int:
    """Install in another process, and return how it ended; its notes are read into *machine*."""
    with start(machine, *options, before=before, **arguments) as process:
        _, err = process.communicate()
    assert "Traceback" not in err, err
    heard(machine)
    machine.door.said += err.splitlines()
    return process.returncode


def start(
    machine: Installing, *options: str, before: Sequence[str] = (), **arguments: str
) -> subprocess.Popen[str]:
    """Start a process that installs; *before* stands before its command line."""
    notes = machine.home.parent / "notes.jsonl"
    argv = [*before, sys.executable, __file__, str(machine.home), str(notes), json.dumps(arguments), *options]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    env = {**machine.env, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def heard(machine: Installing) -> None:
    """Read what another process remembered into *machine*."""
    notes = machine.home.parent / "notes.jsonl"
    if notes.exists():
        machine.notes += [json.loads(line) for line in notes.read_text("utf-8").splitlines()]
    notes.unlink(missing_ok=True)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("notes", type=Path)
    parser.add_argument("arguments", type=json.loads)
    parser.add_argument("--die-at")
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    left = asked.times

    def remember(note: Mapping[str, Any]) -> None:
        with asked.notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(note) + "\n")

    def step(name: str) -> None:
        nonlocal left
        left -= name == asked.die_at
        if name == asked.die_at and not left:
            os._exit(DIED)

    machine = Installing(home=asked.home, env=dict(os.environ))
    tools = machine.tools
    tools = Tools(context=tools.context, door=tools.door, folder=tools.folder, remember=remember)
    try:
        handler.do(act(**asked.arguments), tools, step=step)
    except RepairError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    _main()
