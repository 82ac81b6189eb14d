"""Follows `writing-a-check.md` literally in a fresh environment and says how long that takes: `nox -s bench`.

Every block of the page goes into a shell as it stands; the first command that fails ends it. What a person
takes to read and to copy is not measured.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "troubleshooting" / "writing-a-check.md"

BAR: Final = 600
"""Seconds that the page promises, reading included."""


def main() -> None:
    """Install the doctor into a new environment, and run each block there."""
    doctor = sys.argv[1] if len(sys.argv) > 1 else str(PAGE.parents[2])
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        home = here / "home"
        home.mkdir()
        began = time.perf_counter()
        venv.create(here / "venv", with_pip=True)
        programs = here / "venv" / "bin"
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", doctor], check=True)
        told = [("set-up", time.perf_counter() - began)]
        env = {**os.environ, "HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        env.pop("PYTHONPATH", None)
        cwd = str(home)
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
            began = time.perf_counter()
            ran = subprocess.run(
                ["/bin/sh", "-e"], input=f"{block}\npwd\n", cwd=cwd, env=env, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            if ran.returncode:
                raise SystemExit(f"it fails:\n\n{block}\n{ran.stdout}")
            cwd = ran.stdout.splitlines()[-1]
            told.append((block.splitlines()[0], time.perf_counter() - began))
    for what, seconds in told:
        print(f"{seconds:6.1f} s  {what}")  # noqa: T201 - that is what it is for
    total = sum(seconds for _, seconds in told)
    print(f"{total:6.1f} s  in all, of {BAR} s")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
