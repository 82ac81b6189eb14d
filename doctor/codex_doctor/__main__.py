"""`codex-doctor` and `python -m codex_doctor` begin here, and from here on an interruption is quiet."""

from __future__ import annotations

import gc
import os

_INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of the signal, as shells count and as `cli` does later."""


def main() -> None:
    """Run the command line and end the process; importing it is the half of a quick answer.

    Until it is there to do so itself, Ctrl-C ends the process at once: nothing has begun yet.
    """
    gc.disable()  # a short life: looking for garbage costs more time than the garbage costs memory
    try:
        import signal

        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(_INTERRUPTED))
        from codex_doctor import cli
    except KeyboardInterrupt:
        os._exit(_INTERRUPTED)
    cli.main()


if __name__ == "__main__":
    main()
