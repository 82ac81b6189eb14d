"""A real browser, which shows a page as it shows it to a person. Tests that need one skip without."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAMED: Final = "CODEX_DOCTOR_TEST_BROWSER"
BROWSERS: Final = (os.environ.get(NAMED, ""), "chromium", "chromium-browser", "google-chrome")
"""Where a browser may be: the variable names one that is not in the PATH."""

PATIENCE: Final = 120
"""Seconds: it starts a dozen processes, on a machine that may be busy."""


def browser() -> str:
    """Return the program of a browser, or skip the test."""
    for name in BROWSERS:
        if name and (found := shutil.which(name)):
            return found
    pytest.skip(f"no Chromium is installed here; {NAMED} may name one")


def in_browser(page: Path, folder: Path, *options: str) -> str:
    """Return the document as a browser has it once *page* has loaded; *folder* is for what it keeps."""
    return _ran(page, folder, "--dump-dom", *options)


def printed(page: Path, folder: Path) -> bytes:
    """Return *page* as PDF, which is how it prints."""
    file = folder / "printed.pdf"
    _ran(page, folder, f"--print-to-pdf={file}")
    return file.read_bytes()


def _ran(page: Path, folder: Path, *options: str) -> str:
    shown = subprocess.run(
        [
            browser(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return shown.stdout
