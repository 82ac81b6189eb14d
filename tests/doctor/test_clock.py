from __future__ import annotations

import shlex
import subprocess
import sys

import pytest


def test_the_deadline_counts_from_the_start_of_the_process_not_from_the_import() -> None:
    code = (
        "import time; began = time.monotonic(); time.sleep(0.2)\n"
        "from codex_doctor import clock\n"
        "print(clock.process_started() <= began + 0.02)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout == "True\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a program takes no other's place there")
def test_what_another_program_did_before_in_this_process_does_not_count() -> None:
    code = (
        "from codex_doctor import clock; import time; print(time.monotonic() - clock.process_started() < 1.2)"
    )
    python = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)}"

    done = subprocess.run(
        ["/bin/sh", "-c", f"sleep 1.5; {python}"], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout == "True\n"
