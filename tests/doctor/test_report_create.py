"""`report create`: what is in the archive, and what is not."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import jsonschema
import pytest
from msgspec.structs import replace

from codex_doctor import cli
from codex_doctor.bundle.archive import Member, manifest, packed
from codex_doctor.bundle.contents import hide_variables
from codex_doctor.render.json import schema
from engine import context
from support import MCP_TOKEN, PROMPT, Machine, machine, opened
from tokens import ACCOUNT, API_KEY, REFRESH_TOKEN, access_token

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return machine(tmp_path_factory.mktemp("support"))


@pytest.fixture(scope="module")
def archive(one: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "report.zip"
    one.report(path)
    return path


def test_the_archive_holds_a_manifest_and_what_it_lists(archive: Path) -> None:
    with zipfile.ZipFile(archive) as files:
        listed = json.loads(files.read("manifest.json"))["files"]
        held = {name: files.read(name) for name in files.namelist()}

    assert list(held) == ["manifest.json", *(each["file"] for each in listed)]
    assert {each["file"] for each in listed} == {
        "report.json",
        "report.html",
        "facts.json",
        "config.json",
        "errors.json",
    }
    for each in listed:
        content = held[each["file"]]
        assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_report_in_it_is_that_of_schema_1(archive: Path) -> None:
    report = opened(archive)["report.json"]

    jsonschema.validate(report, schema())
    assert "binary-not-found" in {finding["name"] for finding in report["findings"]}


def test_no_file_of_the_machine_is_in_it(archive: Path) -> None:
    text = "".join(map(str, opened(archive).values()))

    for private in (PROMPT, MCP_TOKEN, REFRESH_TOKEN, API_KEY, access_token(), ACCOUNT, "sunflower.sqlite"):
        assert private not in text, private


def test_the_settings_say_how_codex_is_set_up_and_nothing_that_was_written_for_it(archive: Path) -> None:
    settings = opened(archive)["config.json"]["facts"]["config.settings"]["fact"]["values"]

    assert settings["model"] == "gpt-5.1-codex"
    assert settings["approval_policy"] == "on-request"
    assert settings["developer_instructions"] == "***"
    assert settings["mcp_servers"]["notes"]["command"] == "notes-server"
    assert settings["mcp_servers"]["notes"]["args"] == ["***", "***"]
    assert settings["mcp_servers"]["notes"]["env"]["NOTES_TOKEN"]["$"] == "secret"


def test_the_user_is_called_user_1_and_the_home_a_tilde(archive: Path, one: Machine) -> None:
    files = opened(archive)
    text = "".join(map(str, files.values()))

    assert one.env["USER"] not in text
    assert str(one.home) not in text
    assert files["report.json"]["machine"]["codex_home"] == "~/.codex"
    assert files["facts.json"]["facts"]["codex.environment"]["fact"]["variables"]["USER"] == "user-1"


def test_the_manifest_says_what_was_taken_out_and_how_often(archive: Path) -> None:
    listed = {each["file"]: each["redactions"] for each in opened(archive)["manifest.json"]["files"]}

    assert listed["facts.json"]["user"] >= 1
    assert set(listed["facts.json"]) <= {"user", "host", "email", "address", "id", "known", "query", "token"}


def test_only_what_is_wanted_is_in_it(one: Machine, tmp_path: Path) -> None:
    files = one.report(tmp_path / "report.zip", "--include", "report", "--include", "errors")

    assert sorted(files) == ["errors.json", "manifest.json", "report.json"]
    assert {each["what"] for each in files["manifest.json"]["left_out"]} == {
        "facts",
        "config",
        "page",
        "codex-doctor",
    }


def test_what_is_excluded_is_not_in_it(one: Machine, tmp_path: Path) -> None:
    files = one.report(tmp_path / "report.zip", "--exclude", "facts")

    assert sorted(files) == [
        "config.json",
        "errors.json",
        "manifest.json",
        "report.html",
        "report.json",
    ]


def test_a_file_that_no_report_has_is_wrong_usage_and_the_names_are_told(one: Machine) -> None:
    ran = one.run("report", "create", "--offline", "--exclude", "diary")

    assert ran.returncode == 2
    assert "Is it an area" not in ran.stderr
    assert "report, page, facts, codex-doctor, config, errors" in " ".join(ran.stderr.split())


def test_a_preview_names_every_file_and_field_and_writes_nothing(one: Machine, tmp_path: Path) -> None:
    ran = one.run("report", "create", "--offline", "--preview", cwd=tmp_path)

    assert (ran.returncode, ran.stderr, list(tmp_path.iterdir())) == (0, "", [])
    for word in ("manifest.json", "facts.json", "config.json", "errors.json", "report.json"):
        assert word in ran.stdout
    assert "CodexHome: error, path, source, status, target" in ran.stdout
    assert "findings" in ran.stdout


def test_without_a_name_it_is_written_into_the_working_directory_and_its_path_is_told(
    one: Machine, tmp_path: Path
) -> None:
    ran = one.run("report", "create", "--offline", cwd=tmp_path)

    (written,) = tmp_path.iterdir()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{written.name}\n", "")
    assert written.name.startswith("codex-doctor-report-")


def test_a_report_is_made_without_codex_and_without_a_home(tmp_path: Path) -> None:
    nothing = Machine(home=tmp_path, env={"HOME": str(tmp_path / "gone"), "PATH": ""})

    files = nothing.report(tmp_path / "report.zip")

    assert files["report.json"]["machine"]["codex"] is None


def test_making_a_report_changes_nothing_under_the_home(one: Machine, tmp_path: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in one.home.rglob("*")}

    one.report(tmp_path / "report.zip")

    assert {path: path.lstat().st_mtime_ns for path in one.home.rglob("*")} == before


def test_the_same_content_at_the_same_time_gives_the_same_bytes() -> None:
    members = [Member(file="report.json", content=b"{}\n", redactions={"token": 1})]
    made = [packed([manifest(members, (), created=NOON), *members], created=NOON) for _ in range(2)]

    assert made[0] == made[1]


def test_live_and_offline_contradict_each_other(one: Machine) -> None:
    ran = one.run("report", "create", "--live", "--offline")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--live needs the network" in ran.stderr


def test_a_saved_report_and_one_of_another_program_are_not_judged_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["check", "--from-report", "a.zip", "--from-codex-doctor", "b.json"]) == 2
    assert "give one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("MY_AUTH_URL", "https://login.example.com:8443/oauth/token", False),
        ("MY_AUTH_URL", "https://user:hunter2000@login.example.com/", True),
        ("MY_SECRET_URL", "https://hooks.example.com/services/abcdefghijklmnop0123456789", True),
        ("XDG_SESSION_TYPE", "wayland", False),
        ("DATABASE_PASSWORD", "wayland", True),
        ("AUTHENTICATION", "correct-horse", True),
        ("SSH_AUTH_SOCK", "/run/user/1000/agent", False),
    ],
)
def test_a_variable_holds_a_secret_by_its_name_unless_it_says_how_a_machine_is_set_up(
    name: str, value: str, hidden: bool
) -> None:
    ctx = replace(context(), env={name: value})

    hide_variables(ctx)

    assert (value in ctx.vault.values()) is hidden
