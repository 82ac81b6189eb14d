from __future__ import annotations

import subprocess
import sys


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
