"""What a check must leave as it was: the state that a process shares with everything in it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codex_doctor.orphans import children

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGUSR1", "SIGQUIT")

_STANDARD: Final = 3
"""Standard input, output and error."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """The environment, the working directory, the mask of modes, the handlers of signals, what is open."""

    env: Mapping[str, str]
    cwd: str
    umask: int
    handlers: Mapping[str, Callable[..., Any] | int | None]
    opened: frozenset[int]

    @classmethod
    def now(cls) -> Surroundings:
        """Return them as they are."""
        umask = os.umask(0o077)
        os.umask(umask)
        return cls(
            env=dict(os.environ),
            cwd=os.getcwd(),  # noqa: PTH109 - quick
            umask=umask,
            handlers={
                name: signal.getsignal(getattr(signal, name)) for name in _SIGNALS if hasattr(signal, name)
            },
            opened=frozenset(_opened()),
        )

    def changed(self) -> Iterator[str]:
        """Yield in words what is different now, and put it back where that is possible."""
        now = Surroundings.now()
        names = sorted(name for name in {*self.env, *now.env} if self.env.get(name) != now.env.get(name))
        if names:
            yield f"changes the environment ({', '.join(names)}): give `env` to ctx.run instead"
            os.environ.clear()
            os.environ.update(self.env)
        if now.cwd != self.cwd:
            yield f"changes the working directory to {now.cwd}: give `cwd` to ctx.run instead"
            os.chdir(self.cwd)
        if now.umask != self.umask:
            yield f"changes the umask to {now.umask:03o}"
            os.umask(self.umask)
        for name, handler in self.handlers.items():
            if now.handlers[name] is not handler:
                yield f"changes what {name} does: signals are the doctor's"
                with contextlib.suppress(TypeError, ValueError):
                    signal.signal(getattr(signal, name), handler)
        lost = sorted(self.opened - now.opened)
        if lost:
            yield f"closes descriptors that it did not open ({', '.join(map(str, lost[:8]))})"
        for pid, words in running():
            yield f"leaves a process running ({words}): start programs with ctx.run, which ends them"
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def running() -> Iterator[tuple[int, str]]:
    """Yield the processes that this one has started, or adopted, and that still run, with their commands."""
    import psutil

    for pid in children():
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                yield pid, " ".join(process.cmdline())[:80] or process.name()


def _opened() -> Iterator[int]:
    """Yield the numbers of what is open; of the standard streams alone where the system does not say."""
    try:
        names = os.listdir("/proc/self/fd")  # noqa: PTH208 - names, not paths
    except OSError:
        names = [str(number) for number in range(_STANDARD)]
    for name in names:
        with contextlib.suppress(OSError):  # the one by which the list was read
            os.fstat(int(name))
            yield int(name)
