"""End a program of Python like a kill, at any one of its calls that write: a fault injected without strace.

As a program, `python counted.py MODULE [ARGUMENT]...` reads numbers, one a line: for each it runs the module
in a process of its own that ends at the call of that number (0: it lives), and says how that ended and how
many calls there were.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

KILLED: Final = 137

CALLS: Final = ("write", "fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "chmod", "fchmod", "link")


class Counted:
    """A program that is run again and again."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, last: int = 0) -> tuple[int, int]:
        """Run it up to its call number *last*; return how it ended, and how many calls there were."""
        to, said = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        print(last, file=to, flush=True)
        code, calls = json.loads(said.readline())
        return code, calls


@contextlib.contextmanager
def counted(argv: Sequence[str], *, env: Mapping[str, str], folder: Path) -> Generator[Counted]:
    """Give the program *argv*, which begins with its module and says what it says to a file in *folder*."""
    path = os.pathsep.join([str(Path(__file__).parent), env.get("PYTHONPATH", "")])
    with (
        (folder / "said").open("wb") as heard,
        subprocess.Popen(
            [sys.executable, __file__, *argv],
            env={**env, "PYTHONPATH": path},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=heard,
            text=True,
        ) as process,
    ):
        yield Counted(process)


def _main() -> None:
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            _run(int(line), os.fdopen(writing, "w"))
        os.close(writing)
        with os.fdopen(reading) as heard:
            said = heard.read()
        _, status = os.waitpid(child, 0)
        calls, modules = cast("tuple[int, list[str]]", json.loads(said) if said else (0, []))
        for name in modules:  # the next one need not load them
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        print(json.dumps([os.waitstatus_to_exitcode(status), calls]), flush=True)  # noqa: T201 - it is a program


def _run(last: int, tell: IO[str]) -> None:
    made = 0
    leave = os._exit

    def count(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        @functools.wraps(real)
        def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as it is called
            nonlocal made
            made += 1
            if made == last:
                leave(KILLED)
            return real(*args, **options)

        return call

    def leaving(code: int) -> None:
        with tell:
            json.dump([made, [name for name in sys.modules if not name.startswith("_")]], tell)
        leave(code)

    for name in CALLS:
        setattr(os, name, count(name))
    setattr(os, "_exit", leaving)  # noqa: B010 - a type checker knows that it does not return
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
