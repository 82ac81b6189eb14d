"""What a server needs on this machine, looked for as the system does that starts it; nothing is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.mcp.checks import folders_exist, programs_exist, variables_are_set
from codex_checks.mcp.given import environment_of, folder_of, search_path
from codex_checks.mcp.looking import first_word
from codex_checks.mcp.needs import Looked
from codex_checks.mcp.programs import started_programs
from codex_checks.mcp.servers import Address, Program, Server
from codex_checks.problems import mcp as p
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine
from codex_doctor.model import Severity
from codex_doctor.redact import Secret
from engine import context
from mcp_cases import address, look, program

if TYPE_CHECKING:
    from codex_doctor.context import Context

WINDOWS: Final = System(os="windows", arch="x86_64", release="10", user=None)


def script(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def here(home: Path, **env: str) -> Context:
    return context(home, env={"PATH": f"{home}/bin", **env})


def started(server: Server, **more: object) -> Server:
    assert isinstance(server.transport, Program)
    return replace(server, transport=replace(server.transport, **more))


def test_a_program_is_found_on_path(tmp_path: Path) -> None:
    there = script(tmp_path / "bin" / "docs")

    (needs,) = look(here(tmp_path), program("docs")).needs

    assert (needs.path, needs.fault, needs.starts) == (there, None, True)


def test_what_is_not_on_path_is_missing_and_its_place_elsewhere_is_told(tmp_path: Path) -> None:
    there = script(tmp_path / ".local" / "bin" / "uvx")

    looked = look(here(tmp_path), program("uvx"))
    (finding,) = programs_exist(looked)

    assert finding.problem.name == "mcp-program-not-found"
    assert finding.problem.severity is Severity.WARNING
    assert "no folder of the PATH holds `uvx`" in finding.detail
    assert str(there) in finding.advice


def test_a_required_server_without_its_program_is_an_error(tmp_path: Path) -> None:
    (finding,) = programs_exist(look(here(tmp_path), program("nonesuch", required=True)))

    assert finding.problem.severity is Severity.ERROR


def test_the_path_that_a_server_s_own_env_sets_counts(tmp_path: Path) -> None:
    script(tmp_path / "own" / "docs")
    own = started(program("docs"), env={"PATH": Secret(f"{tmp_path}/own")})
    empty = started(program("docs"), env={"PATH": Secret("")})
    script(tmp_path / "bin" / "docs")

    first, second = look(here(tmp_path), own, empty).needs

    assert first.path == tmp_path / "own" / "docs"
    assert second.fault is not None
    assert "that its env sets" in second.fault


def test_a_relative_command_starts_from_the_folder_of_the_server(tmp_path: Path) -> None:
    script(tmp_path / "sub" / "run.sh")

    first, second = look(here(tmp_path), started(program("./run.sh"), cwd="sub"), program("./run.sh")).needs

    assert (first.path, first.fault) == (tmp_path / "sub" / "run.sh", None)
    assert second.fault == f"{tmp_path}/run.sh does not exist"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "the command is empty"),
        ("~/docs", "expands neither ~ nor variables"),
        ("$HOME/docs", "expands neither ~ nor variables"),
        ("npx -y docs", "belong into args"),
        ("./plain", "is not executable (mode 0644)"),
        ("./folder", "is a folder, not a program"),
        ("plain", "is not executable (mode 0644)"),
    ],
)
def test_why_a_command_cannot_be_started_is_said(tmp_path: Path, command: str, words: str) -> None:
    script(tmp_path / "plain", 0o644)
    script(tmp_path / "bin" / "plain", 0o644)
    (tmp_path / "folder").mkdir()

    (needs,) = look(here(tmp_path), program(command)).needs

    assert words in str(needs.fault)


def test_what_may_not_be_started_is_passed_over_on_path(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "docs", 0o644)
    there = script(tmp_path / "more" / "docs")

    (needs,) = look(here(tmp_path, PATH=f"{tmp_path}/bin:{tmp_path}/more"), program("docs")).needs

    assert needs.path == there


def test_on_windows_the_extensions_of_programs_count(tmp_path: Path) -> None:
    there = script(tmp_path / "bin" / "npx.cmd", 0o644)
    ctx = context(tmp_path, env={"PATH": f"{tmp_path}/bin"}, system=WINDOWS)

    named, plain, absent = look(ctx, program("npx.cmd"), program("npx"), program("uvx")).needs

    assert (named.path, plain.path, absent.path) == (there, there, None)


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("python3", "server.py"), "server.py"),
        (("python3", "-u", "-W", "ignore", "server.py", "more"), "server.py"),
        (("python3.12", "./deep/server.py"), "deep/server.py"),
        (("node", "--require", "./hook.js", "dist/index.js"), "dist/index.js"),
        (("deno", "run", "-A", "main.ts"), "main.ts"),
        (("python3", "-m", "server"), None),
        (("node", "-e", "1"), None),
        (("node", "server"), None),
        (("deno", "run", "https://example.com/main.ts"), None),
        (("npx", "-y", "server.js"), None),
        (("python3", "there.py"), None),
        (("python3",), None),
    ],
    ids=str,
)
def test_the_file_that_an_interpreter_is_to_run_must_be_there(
    tmp_path: Path, words: tuple[str, ...], missing: str | None
) -> None:
    script(tmp_path / "bin" / words[0])
    (tmp_path / "there.py").write_text("")

    (needs,) = look(here(tmp_path), program(*words)).needs

    assert needs.script == (tmp_path / missing if missing else None)
    assert [finding.problem for finding in programs_exist(Looked(needs=(needs,)))] == (
        [p.MCP_PROGRAM_NOT_FOUND] if missing else []
    )


def test_no_file_is_named_where_there_are_only_options() -> None:
    assert first_word(("-u", "-I")) is None


@pytest.mark.parametrize(
    ("cwd", "words"),
    [("nowhere", "does not exist"), ("~", "Codex does not expand ~"), ("file", "is no folder")],
)
def test_a_folder_that_a_server_cannot_run_in_is_reported(tmp_path: Path, cwd: str, words: str) -> None:
    script(tmp_path / "bin" / "docs")
    (tmp_path / "file").write_text("")

    looked = look(here(tmp_path), started(program("docs"), cwd=cwd))
    (finding,) = folders_exist(looked)

    assert finding.problem is p.MCP_CWD_MISSING
    assert words in finding.detail
    assert programs_exist(looked) == ()


def test_variables_that_are_to_be_handed_on_and_are_not_set_are_named(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "docs")
    server = started(program("docs"), passed=("FIRST", "SECOND", "THIRD"), env={"THIRD": Secret("x")})

    (finding,) = variables_are_set(look(here(tmp_path, FIRST=""), server))

    assert finding.problem is p.MCP_ENV_MISSING
    assert finding.evidence["variables"] == ("SECOND",)
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="export SECOND=VALUE"),)


def test_a_variable_in_codex_s_own_env_file_is_set(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / ".env").write_text("FIRST=1\n")
    script(tmp_path / "bin" / "docs")

    looked = look(here(tmp_path), started(program("docs"), passed=("FIRST",)))

    assert variables_are_set(looked) == ()


def test_a_token_for_an_address_must_be_set_and_not_empty(tmp_path: Path) -> None:
    server = address("https://mcp.example/mcp", required=True)
    assert isinstance(server.transport, Address)
    asking = replace(server, transport=replace(server.transport, bearer="TOKEN", named={"X-Team": "TEAM"}))

    looked = look(here(tmp_path, TOKEN=""), asking)
    (finding,) = variables_are_set(looked)

    assert finding.evidence["variables"] == ("TOKEN", "TEAM")
    assert finding.problem.severity is Severity.ERROR
    with pytest.raises(NotApplicable):
        started_programs.read(here(tmp_path), looked)


def test_on_windows_a_variable_is_set_in_the_words_of_powershell(tmp_path: Path) -> None:
    ctx = context(tmp_path, env={"PATH": ""}, system=WINDOWS)

    (finding,) = variables_are_set(look(ctx, started(program("x"), passed=("FIRST",))))

    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="$Env:FIRST='VALUE'"),)


def test_a_server_is_given_little_of_the_environment() -> None:
    variables = {"HOME": "/h", "PATH": "/p", "SSL_CERT_FILE": "/c", "OPENAI_API_KEY": "k", "HANDED": "1"}
    given = Program(command="x", passed=("HANDED",), env={"PATH": Secret("/own"), "MORE": Secret("2")})

    assert environment_of(given, variables, os="linux") == {
        "HANDED": "1",
        "HOME": "/h",
        "MORE": "2",
        "PATH": "/own",
        "SSL_CERT_FILE": "/c",
    }
    assert environment_of(Program(command="x"), {"APPDATA": "a", "HOME": "h"}, os="windows") == {
        "APPDATA": "a"
    }


def test_where_there_is_no_path_the_system_s_own_is_searched() -> None:
    folder = Path("/work")

    assert search_path({}, folder, os="linux") == (Path("/bin"), Path("/usr/bin"))
    assert search_path({"PATH": "a::/b"}, folder, os="linux") == (folder / "a", folder, Path("/b"))
    assert search_path({}, folder, os="windows") == ()
    assert folder_of(Program(command="x"), folder) == folder


def test_settings_of_a_server_leave_no_value_in_what_is_found(tmp_path: Path) -> None:
    server = started(program("nonesuch"), env={"A": Secret("value-of-env")}, args=("argument-word",))

    looked = look(here(tmp_path), server)
    said = json.dumps([(each.detail, dict(each.evidence), each.advice) for each in programs_exist(looked)])

    assert "value-of-env" not in said
    assert "argument-word" not in said
