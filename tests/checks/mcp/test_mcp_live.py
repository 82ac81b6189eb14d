"""The real command on servers that hang, linger and leak: it ends in time, leaves and tells nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from codex_doctor.testing.raw import RawServer
from gone import gone
from mcp_cases import PROGRAM, set_up

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are looked for as on Unix")

LONGEST: Final = 12.0
"""Seconds: far more than the deadline, and far less than the patience of Codex with any server."""

MANY: Final = 20


def examine(home: Path, openai: FakeOpenAI, *words: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run `codex-doctor check mcp` *words* and return the report."""
    ran = subprocess.run(
        [sys.executable, "-m", "codex_doctor", "check", "mcp", "--format", "json", *words],
        env={"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", **openai.env, **(env or {})},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def program(name: str, *words: str, more: str = "") -> str:
    args = json.dumps([str(PROGRAM), *words])
    return f"[mcp_servers.{name}]\ncommand = {json.dumps(sys.executable)}\nargs = {args}\n{more}"


def wait_without_end(server: RawServer, _: socket.socket) -> None:
    server.released.wait(60)


def test_twenty_servers_that_hang_do_not_hold_up_the_deadline(tmp_path: Path, openai: FakeOpenAI) -> None:
    numbers = [tmp_path / f"number-{each}" for each in range(MANY)]
    with RawServer(wait_without_end) as server:
        programs = [program(f"program-{each}", "stays", str(path)) for each, path in enumerate(numbers)]
        silent = [
            f'[mcp_servers.address-{each}]\nurl = "http://127.0.0.1:{server.port}/mcp"\n'
            for each in range(MANY)
        ]
        set_up(tmp_path, "".join((*programs, *silent)))

        report = examine(tmp_path, openai, "--live", "--deadline", "6")

    names = {each["name"] for each in report["findings"]}
    verdicts = {each["id"]: each["verdict"] for each in report["checks"]}
    assert names == {"mcp-server-hangs"}
    assert len(report["findings"]) >= MANY
    assert verdicts["mcp.programs-answer"] == "found"
    assert all(gone(int(path.read_text())) for path in numbers if path.exists())


def test_without_live_no_server_is_started_and_none_is_asked(tmp_path: Path, openai: FakeOpenAI) -> None:
    address = f'[mcp_servers.address]\nurl = "{openai.url}/mcp"\n'
    set_up(tmp_path, program("a", "tells", str(tmp_path / "told")) + address)

    report = examine(tmp_path, openai)

    assert report["findings"] == []
    assert not (tmp_path / "told").exists()
    assert [each for each in openai.asked if each.path == "/mcp"] == []


def test_offline_no_address_is_gone_to(tmp_path: Path, openai: FakeOpenAI) -> None:
    with RawServer(wait_without_end) as server:
        set_up(tmp_path, f'[mcp_servers.address]\nurl = "http://127.0.0.1:{server.port}/mcp"\n')

        examine(tmp_path, openai, "--offline")

        assert server.accepted == 0


def test_what_a_file_of_the_working_directory_names_is_neither_started_nor_asked(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "project" / ".codex").mkdir(parents=True)
    with RawServer(wait_without_end) as server:
        far = f'url = "http://127.0.0.1:{server.port}/mcp"\nbearer_token_env_var = "TOKEN"\n'
        (tmp_path / "project" / ".codex" / "config.toml").write_text(
            program("theirs", "tells", str(tmp_path / "told"))
            + f"[mcp_servers.far]\n{far}"
            + f"[mcp_servers.mine]\nargs = {json.dumps([str(PROGRAM), 'tells', str(tmp_path / 'told')])}\n"
        )
        trust = f'[projects."{tmp_path}/project"]\ntrust_level = "trusted"\n'
        set_up(home, f"{trust}[mcp_servers.mine]\ncommand = {json.dumps(sys.executable)}\n")
        ran = subprocess.run(
            [sys.executable, "-m", "codex_doctor", "check", "mcp", "--live", "--format", "json"],
            env={"HOME": str(home), "PATH": os.defpath, "TOKEN": "a-token-of-mine", **openai.env},
            cwd=tmp_path / "project",
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )

        assert server.accepted == 0
    told = {each["id"]: each["reason"] for each in json.loads(ran.stdout)["checks"]}
    assert "mine: a project's file sets it up" in told["mcp.programs-answer"]
    assert not (tmp_path / "told").exists()


def test_nothing_that_a_server_knows_is_said(tmp_path: Path, openai: FakeOpenAI) -> None:
    words = ("a-secret-argument", "xyz", "handed-secret")
    more = 'env = { SHORT = "xyz" }\nenv_vars = ["HANDED"]\n'
    args = json.dumps([str(PROGRAM), "dies", "--token", *words])
    set_up(
        tmp_path,
        f"[mcp_servers.leaks]\ncommand = {json.dumps(sys.executable)}\nargs = {args}\n{more}"
        f'[mcp_servers.far]\nurl = "{openai.url}/0123456789abcdef0123/mcp?key=secret-of-query"\n',
    )
    openai.sicken("/0123456789abcdef0123/mcp", 404, "0123456789abcdef0123 secret-of-query")

    report = examine(tmp_path, openai, "--live", env={"HANDED": "handed-secret"})
    said = json.dumps(report)

    assert {each["name"] for each in report["findings"]} == {
        "mcp-handshake-closed",
        "mcp-http-handshake-failed",
    }
    assert "cannot find the key" in said
    assert [each for each in (*words, "0123456789abcdef0123", "secret-of-query") if each in said] == []
