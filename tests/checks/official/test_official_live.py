"""With `--live`, Codex's own doctor is heard too: beside what was found here, and where only it knows."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from machine_build import build
from machine_description import Machine
from machine_examine import examine
from support import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from machine_build import Built

DESCRIBED: Final = """
about = "A server whose program is absent, and a background server that does not answer"
live = true

[files]
".codex/auth.json" = { from = "chatgpt.json" }
".codex/config.toml" = { text = '''
[mcp_servers.docs]
command = "no-such-program"
''' }
".codex/app-server-control/app-server-control.sock" = { link = "{{home}}/socket" }
"socket" = { text = "" }

[expect]
findings = []
exit = 0
"""

SAYS: Final = "Codex's own doctor says"


@pytest.fixture
def built(
    codex_cli: CodexCli, openai: FakeOpenAI, openai_tls: FakeOpenAI, authority_file: Path
) -> Iterator[Built]:
    machine = msgspec.toml.decode(DESCRIBED, type=Machine)
    with build(
        "sick/own-doctor-warns-live",
        machine,
        cli=codex_cli,
        http=openai,
        tls=openai_tls,
        authority=authority_file,
    ) as found:
        yield found


def test_what_was_found_here_too_has_its_words_as_evidence_and_the_rest_is_found(built: Built) -> None:
    report = examine(built).report

    found = {finding["name"]: finding for finding in report["findings"] if finding["severity"] == "warning"}
    assert set(found) == {"mcp-program-not-found", "codex-doctor-says"}
    assert found["mcp-program-not-found"]["check"] == "mcp.programs-exist"
    assert found["mcp-program-not-found"]["evidence"][SAYS].startswith(
        'MCP configuration has optional issues; docs: stdio command "no-such-program" is not resolvable'
    )
    assert found["codex-doctor-says"]["detail"].startswith(f"{SAYS}: background server socket is stale")


def test_a_codex_that_knows_no_doctor_is_passed_over(built: Built) -> None:
    old = built.home.parent / "own" / "codex"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo codex-cli 0.150.0 || { echo no >&2; exit 2; }\n')
    old.chmod(old.stat().st_mode | stat.S_IXUSR)

    report = examine(replace(built, env={**built.env, "CODEX_BIN": str(old)})).report

    (check,) = (each for each in report["checks"] if each["id"] == "doctor.codex-doctor-is-content")
    assert (check["verdict"], check["reason"]) == ("skipped", "Codex 0.150.0 knows no `doctor --json`")


def test_a_report_for_support_takes_in_what_it_said(built: Built, tmp_path: Path) -> None:
    archive = tmp_path / "report.zip"
    argv = [sys.executable, "-m", "codex_doctor", "report", "create", "--live", "--output", str(archive)]

    ran = subprocess.run(argv, env=built.env, cwd=built.cwd, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, f"{archive}\n"), ran.stderr
    assert "--live changes something" in ran.stderr
    files = opened(archive)
    rows = {
        row["id"]: row for row in files["codex-doctor.json"]["facts"]["official.own-report"]["fact"]["rows"]
    }
    assert rows["mcp.config"]["summary"] == "MCP configuration has optional issues"
    assert "details" not in rows["mcp.config"]
    assert "codex-doctor-says" in {each["name"] for each in files["report.json"]["findings"]}
