"""A saved report, judged again on another machine, names the same root causes as the machine did."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

import machine_description as described
from machine_build import build
from support import opened

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

MACHINES: Final = (
    "sick/account-service-down",
    "sick/auth-truncated",
    "sick/chatgpt-refused",
    "sick/config-backslash",
    "sick/config-broken",
    "sick/config-unknown-key",
    "sick/database-damaged",
    "sick/hooks-that-fail",
    "sick/key-hides-sign-in",
    "sick/mcp-set-up-wrongly",
    "sick/provider-not-running",
    "sick/proxy-refused",
    "sick/proxy-wants-password",
    "sick/refresh-reused-recorded",
    "sick/region-of-account",
)

UNHURRIED: Final = ("--deadline", "30")
"""A machine that runs other tests too may need longer than a person would wait."""

ENOUGH: Final = 60
"""Seconds after which a command that should have ended is called hanging."""


def roots(report: dict[str, Any]) -> list[tuple[str, str, str | None, str]]:
    return [(each["code"], each["role"], each["caused_by"], each["severity"]) for each in report["findings"]]


@pytest.mark.parametrize("name", MACHINES)
def test_a_saved_report_names_the_same_causes(  # noqa: PLR0913, PLR0917 - what a machine is built of
    name: str,
    codex_cli: CodexCli,
    openai_server: FakeOpenAI,
    openai_tls_server: FakeOpenAI,
    authority: trustme.CA,
    authority_file: Path,
    tmp_path: Path,
) -> None:
    del authority
    machine = described.read(name)
    saved = tmp_path / "report.zip"
    with build(
        name, machine, cli=codex_cli, http=openai_server, tls=openai_tls_server, authority=authority_file
    ) as built:
        made = subprocess.run(
            [
                *built.as_its_user,
                sys.executable,
                "-m",
                "codex_doctor",
                "report",
                "create",
                *UNHURRIED,
                *built.args,
            ],
            env=built.env,
            cwd=built.cwd,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )
        assert (made.returncode, made.stderr) == (0, "")
        (built.cwd / made.stdout.strip()).rename(saved)
        secrets = frozenset(built.words.secrets)
    files = opened(saved)
    again = subprocess.run(
        [sys.executable, "-m", "codex_doctor", "check", "--from-report", str(saved), "--format", "json"],
        env={"HOME": str(tmp_path), "PATH": "", "LANG": "C.UTF-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )

    then, now = files["report.json"], json.loads(again.stdout)
    assert roots(now) == roots(then)
    assert set(machine.expect.findings[:1]) <= {each["name"] for each in then["findings"]}
    assert {each["id"]: each["verdict"] for each in now["checks"]} == {
        each["id"]: each["verdict"] for each in then["checks"]
    }
    assert again.returncode == then["exit_code"]
    assert [secret for secret in secrets if any(secret in str(content) for content in files.values())] == []
    judged = [each for probes in files.values() if "facts" in probes for each in probes["facts"].values()]
    assert sum(not each.get("withheld") for each in judged) > len(judged) * 0.8, files["manifest.json"]
