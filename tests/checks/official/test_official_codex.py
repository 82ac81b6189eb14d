"""What the real Codex's own doctor prints of a sick machine is told by our names, and of the report alone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

import official
from codex_doctor import cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_cli import CodexCli

HERE: Final = {"chatgpt_base_url": "{url}/backend-api", "openai_base_url": "{url}/v1"}
"""Where nothing listens: the real hosts are not for tests."""

SERVERS: Final = """
[mcp_servers.docs]
command = "no-such-program"
[mcp_servers.elsewhere]
command = "sh"
cwd = "/no/such"
"""

SICK: Final[dict[str, tuple[dict[str, str], dict[str, str], set[str]]]] = {
    "nothing in its home": ({}, {}, {"not-signed-in", "codex-doctor-says"}),
    "settings with a slip": ({"config.toml": "model = \n"}, {}, {"config-syntax"}),
    "settings with a wrong value": ({"config.toml": "model = 7\n"}, {}, {"config-refused"}),
    "settings with an unknown name": (
        {"config.toml": "modle = 'x'\n"},
        {},
        {"config-unknown-key", "not-signed-in", "codex-doctor-says"},
    ),
    "a sign-in that is no JSON": ({"auth.json": "{"}, {}, {"auth-json-invalid", "codex-doctor-says"}),
    "servers that cannot start": (
        {"config.toml": SERVERS},
        {},
        {"mcp-program-not-found", "mcp-cwd-missing", "not-signed-in", "codex-doctor-says"},
    ),
    "a damaged database": (
        {"state_5.sqlite": "this is no database at all"},
        {},
        {"state-db-corrupt", "not-signed-in", "codex-doctor-says"},
    ),
    "authorities in a file that is not there": (
        {},
        {"CODEX_CA_CERTIFICATE": "/no/such/file.pem"},
        {"tls-ca-file-unreadable", "not-signed-in"},
    ),
}  # fmt: skip
"""Files of the home, variables, and the names of the findings of a report of it."""


def report_of(cli: CodexCli, files: Mapping[str, str], env: Mapping[str, str], url: str, *flags: str) -> str:
    home = cli.scratch_home()
    for name, text in files.items():
        (home / name).write_text(text)
    there = [word for name, at in HERE.items() for word in ("-c", f'{name}="{at.format(url=url)}"')]
    return cli.run([*there, "doctor", *flags], home, env).stdout


def judged(given: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    # The deadline counts from the start of this process, which runs many tests.
    cli.run(["check", "--format", "json", "--deadline", "3600", "--from-codex-doctor", given])
    return dict(json.loads(capsys.readouterr().out))


def names(report: Mapping[str, Any]) -> set[str]:
    return {finding["name"] for finding in report["findings"]}


@pytest.fixture
def nowhere(refusing_port: Any) -> str:  # noqa: ANN401 - a fixture of the house
    return str(refusing_port.url)


@pytest.mark.parametrize("what", SICK)
def test_a_sick_machine_is_told_by_name(
    what: str, codex_cli: CodexCli, nowhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, env, expected = SICK[what]
    given = tmp_path / "report.json"
    given.write_text(report_of(codex_cli, files, env, nowhere, "--json"))

    report = judged(str(given), capsys)

    assert names(report) == expected
    assert all(str(given) in finding["detail"] for finding in report["findings"])
    assert report["machine"]["codex"] == "0.169.0"


def test_what_is_copied_off_the_screen_tells_the_same(
    codex_cli: CodexCli, nowhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, env, expected = SICK["servers that cannot start"]
    given = tmp_path / "report.txt"
    given.write_text(report_of(codex_cli, files, env, nowhere), encoding="utf-8")

    assert names(judged(str(given), capsys)) == expected


def test_nothing_of_this_machine_is_examined(
    codex_cli: CodexCli,
    nowhere: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "config.toml").write_text("[[[")
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    given = tmp_path / "report.json"
    given.write_text(report_of(codex_cli, {}, {}, nowhere, "--json"))

    report = judged(str(given), capsys)

    assert [check["id"] for check in report["checks"]] == ["doctor.given-report-is-content"]
    assert report["machine"]["codex_home"].startswith(str(codex_cli.homes))


def test_a_report_comes_through_a_pipe(
    capsys: pytest.CaptureFixture[str],
    codex_cli: CodexCli,
    nowhere: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = report_of(codex_cli, {}, {}, nowhere, "--json").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))

    report = judged("-", capsys)

    assert "not-signed-in" in names(report)
    assert report["findings"][0]["evidence"]["report"] == "standard input"


def test_a_pipe_into_which_nobody_writes_ends_with_the_deadline() -> None:
    argv = [sys.executable, "-m", "codex_doctor", "check", "--format", "json", "--from-codex-doctor", "-"]
    with subprocess.Popen(
        [*argv, "--deadline", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stdout is not None
        report = json.loads(waiting.stdout.read())
        code = waiting.wait()

    assert (code, report["checks"][0]["verdict"]) == (3, "timed-out")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "it does not exist"),
        ("", "it is empty"),
        ("hello", "no part of a report of `codex doctor` stands in it"),
        ("x" * (1024 * 1024 + 1), "it holds more than 1048576 bytes, which is no report"),
    ],
)
def test_what_is_no_report_is_said(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "report.json"
    if content is not None:
        given.write_text(content)

    report = judged(str(given), capsys)

    assert names(report) == {"codex-doctor-report-incomplete"}
    assert report["findings"][0]["detail"] == f"{given}: {said}"


def test_no_secret_that_stands_in_a_report_is_said_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"sk-proj-{'Ab3dE6gH' * 6}"
    row = official.check(
        "mcp.config", "warning", f"a key: {key}", details={key: f"Bearer {key}"}, remediation=f"use {key}"
    )
    given = tmp_path / "report.json"
    given.write_text(json.dumps(official.report(row)))

    cli.run(["check", "--all", "--deadline", "3600", "--from-codex-doctor", str(given)])

    assert key not in capsys.readouterr().out


def test_a_report_and_a_live_examination_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.run(["check", "--live", "--from-codex-doctor", str(tmp_path / "x")])

    assert code == cli.USAGE
    assert "--from-codex-doctor judges what it is given" in capsys.readouterr().err


def test_the_help_of_check_tells_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["check", "--help"])

    assert "--from-codex-doctor" in capsys.readouterr().out
