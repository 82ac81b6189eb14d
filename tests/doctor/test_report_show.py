"""`report show`, `verify` and `diff`: reading what somebody sent."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from support import Machine, machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return machine(tmp_path_factory.mktemp("support"))


@pytest.fixture(scope="module")
def archive(one: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "report.zip"
    one.report(path)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Machine:
    """The machine of whoever got the report: nothing of Codex is on it."""
    return Machine(home=tmp_path, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


def changed(path: Path, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write the archive at *path* to *to*, with each file as *change* returns it; None drops it."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return to


def test_a_report_is_shown_as_it_was_on_that_machine(archive: Path, elsewhere: Machine) -> None:
    ran = elsewhere.run("report", "show", str(archive))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "binary-not-found" in ran.stdout


@pytest.mark.parametrize(
    ("format", "start"), [("json", "{"), ("markdown", "**codex-doctor: "), ("html", "<!DOCTYPE html>")]
)
def test_a_report_is_shown_in_every_format(
    format: str, start: str, archive: Path, elsewhere: Machine
) -> None:
    ran = elsewhere.run("report", "show", "--format", format, str(archive))

    assert (ran.returncode, ran.stderr, ran.stdout.startswith(start)) == (0, "", True)


def test_the_json_of_a_report_is_shown_too(archive: Path, elsewhere: Machine, tmp_path: Path) -> None:
    alone = tmp_path / "report.json"
    with zipfile.ZipFile(archive) as files:
        alone.write_bytes(files.read("report.json"))

    ran = elsewhere.run("report", "show", str(alone))

    assert (ran.returncode, "binary-not-found" in ran.stdout) == (0, True)


def test_a_report_that_nobody_changed_is_verified(archive: Path, elsewhere: Machine) -> None:
    ran = elsewhere.run("report", "verify", str(archive))

    assert (ran.returncode, ran.stdout) == (0, "5 files are as they were written\n")


def test_a_changed_file_is_named(archive: Path, elsewhere: Machine, tmp_path: Path) -> None:
    def healthy(name: str, content: bytes) -> bytes:
        return content.replace(b'"error"', b'"note" ') if name == "report.json" else content

    ran = elsewhere.run("report", "verify", str(changed(archive, tmp_path / "x.zip", healthy)))

    assert (ran.returncode, ran.stdout) == (1, "report.json was changed: its SHA-256 is another one\n")


def test_a_file_that_is_missing_or_too_many_is_named(
    archive: Path, elsewhere: Machine, tmp_path: Path
) -> None:
    def without_facts(name: str, content: bytes) -> bytes | None:
        return None if name == "facts.json" else content

    path = changed(archive, tmp_path / "x.zip", without_facts)
    with zipfile.ZipFile(path, "a") as files:
        files.writestr("more.json", "{}")

    ran = elsewhere.run("report", "verify", str(path))

    assert (ran.returncode, ran.stdout) == (1, "facts.json is missing\nmore.json is not listed\n")


def test_two_reports_that_differ_in_their_time_alone_say_the_same(
    archive: Path, elsewhere: Machine, tmp_path: Path
) -> None:
    def later(_name: str, content: bytes) -> bytes:
        return content.replace(b'"started": "2', b'"started": "3')

    again = changed(archive, tmp_path / "again.zip", later)

    ran = elsewhere.run("report", "diff", str(archive), str(again))

    assert (ran.returncode, ran.stdout) == (0, "Both reports say the same.\n")


def test_what_came_and_went_between_two_reports_is_told(
    archive: Path, elsewhere: Machine, tmp_path: Path
) -> None:
    sick = machine(tmp_path / "sick")
    (sick.home / ".codex" / "config.toml").write_text("model = \n")
    sick.report(tmp_path / "sick.zip")

    ran = elsewhere.run("report", "diff", str(archive), str(tmp_path / "sick.zip"))
    told = elsewhere.run("report", "diff", "--format", "json", str(archive), str(tmp_path / "sick.zip"))

    assert ran.returncode == 1
    assert "+ CDX201 config-syntax" in ran.stdout
    assert "~ config.file-is-toml" in ran.stdout or "config." in ran.stdout
    data = json.loads(told.stdout)
    assert (data["same"], data["changes"][0]["what"]) == (False, "finding")


@pytest.mark.parametrize("command", ["show", "verify"])
def test_a_file_that_is_not_there_is_named(command: str, elsewhere: Machine) -> None:
    ran = elsewhere.run("report", command, "gone.zip")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "codex-doctor: gone.zip cannot be read: No such file or directory\n"


def test_without_its_facts_a_report_says_what_was_concluded_there(
    one: Machine, elsewhere: Machine, tmp_path: Path
) -> None:
    there = one.report(tmp_path / "report.zip", "--include", "report")["report.json"]

    ran = elsewhere.run("check", "--from-report", str(tmp_path / "report.zip"), "--format", "json")

    here = json.loads(ran.stdout)
    assert [each["code"] for each in here["findings"]] == [each["code"] for each in there["findings"]]
    assert here["machine"] == there["machine"]
    assert here["started"] == there["started"]


def test_a_saved_report_is_judged_as_far_as_is_asked(archive: Path, elsewhere: Machine) -> None:
    ran = elsewhere.run("check", "install", "--from-report", str(archive), "--format", "json")

    assert {each["area"] for each in json.loads(ran.stdout)["checks"]} == {"install"}


def test_a_saved_report_cannot_be_proven_by_doing(archive: Path, elsewhere: Machine) -> None:
    ran = elsewhere.run("check", "--live", "--from-report", str(archive))

    assert (ran.returncode, ran.stdout) == (2, "")
