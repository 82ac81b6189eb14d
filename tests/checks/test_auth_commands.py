"""The commands that are advised do what they say, in a real shell and with the real Codex."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auth_cases import TEXT
from codex_checks.auth import files, methods
from codex_checks.auth.document import Document
from codex_checks.auth.login import auth_file
from codex_doctor.files import status
from codex_doctor.fix import command
from engine import context
from signins import login
from tokens import API_KEY, chatgpt_login

if TYPE_CHECKING:
    from codex_doctor.model import Finding

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")


def _carry_out(finding: Finding, *, home: Path, path: str = os.defpath) -> None:
    """Run the commands of *finding* one after the other in one shell."""
    assert finding.fix is not None
    lines = [line for step in finding.fix.steps if (line := command(step, os="linux")) is not None]
    subprocess.run(
        ["/bin/sh", "-ec", "\n".join(lines)],
        env={"PATH": path, "HOME": str(home), "CODEX_HOME": str(home)},
        check=True,
        capture_output=True,
        timeout=30,
    )


def _odd_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "it's a home"
    folder.mkdir()
    return folder


def test_a_hard_link_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    path = _odd_folder(tmp_path) / "auth.json"
    path.write_bytes(TEXT)
    (tmp_path / "other.json").hardlink_to(path)
    found = login(chatgpt_login(), file={"path": path, "real": path, "status": status(path)})
    (finding,) = files.file_can_be_saved(found)

    _carry_out(finding, home=path.parent)

    assert path.stat().st_nlink == 1
    assert path.read_bytes() == TEXT


@pytest.mark.parametrize("written", ["{}={}", 'export {}="{}"', "{}='{}'"])
def test_a_key_from_the_file_of_variables_is_stored(tmp_path: Path, written: str) -> None:
    home = _odd_folder(tmp_path)
    env_file = home / ".env"
    env_file.write_text("OTHER=1\n" + written.format("OPENAI_API_KEY", API_KEY) + "\n", "utf-8")
    found = login(variables={"OPENAI_API_KEY": API_KEY}, where={"OPENAI_API_KEY": str(env_file)})
    (finding,) = methods.signed_in(found)

    _carry_out(finding, home=home, path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")

    document = auth_file(context(), home / "auth.json").document
    assert isinstance(document, Document)
    assert document.api_key is not None
    assert document.api_key.reveal() == API_KEY
