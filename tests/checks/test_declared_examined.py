"""Somebody's own checks in the whole program: examined in a worker, listed with their file, explained."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_checks.declared import further
from codex_doctor import wire
from codex_doctor.catalogue import Source
from codex_doctor.claims import Claims
from codex_doctor.elsewhere import Worker
from codex_doctor.model import Verdict
from codex_doctor.taken import Taken
from engine import context, problem
from own_checks import PROBLEM

if TYPE_CHECKING:
    from codex_doctor.model import Outcome
    from own_checks import OwnChecks

FOLDER = "~/.config/codex-doctor/checks"
SICK = '[[check]]\nid = "hosts.acme-is-set"\ntitle = "Acme is set"\nvariable = { name = "ACME" }\n' + PROBLEM
HANGS = """
[[check]]
id = "hosts.acme-is-quick"
title = "Acme is quick"
command = { run = ["sleep", "60"], seconds = 0.2, offline = true }
problem = { code = "ACME102", name = "acme-slow", title = "Acme is slow", advice = ".", page = "Ahem." }
"""
CLASHES = SICK.replace("hosts.acme-is-set", "install.binary-is-found").replace("ACME101", "ACME103")


def run(own: OwnChecks, *args: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", *args],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **own.env},
        cwd=own.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def written(own: OwnChecks) -> OwnChecks:
    """A file that is well written, one with a mistake in it, and one that uses an id of the doctor's own."""
    own.write(SICK + HANGS)
    own.write(SICK.replace("title", "titel", 1), "broken.toml")
    own.write(CLASHES.replace("acme-wrong", "acme-other"), "clashing.toml")
    return own


def test_what_is_wrong_is_found_whatever_else_stands_in_the_folder(written: OwnChecks) -> None:
    done = run(
        written,
        *("check", "hosts.acme-*", "own-checks-invalid", "--offline", "--deadline", "30", "--format", "json"),
    )
    report = json.loads(done.stdout)

    assert {(found["code"], found["detail"]) for found in report["findings"]} == {
        ("ACME101", "ACME is not set"),
        ("ACME102", "`sleep 60` was not done after 0.2 s"),
        (
            "CDX920",
            f"{FOLDER}/broken.toml:3:1: `titel` means nothing here; did you mean `title`?",
        ),
        (
            "CDX920",
            f"{FOLDER}/clashing.toml:2:6: the id install.binary-is-found is in use already",
        ),
    }
    assert (done.returncode, report["status"]) == (0, "warning")


def test_they_are_listed_with_their_file_and_what_they_touch(written: OwnChecks) -> None:
    rows = json.loads(run(written, "checks", "--format", "json").stdout)
    theirs = {row["id"]: (row["from"], row["touches"]) for row in rows if row["from"] != "codex-doctor"}

    assert theirs == {
        "doctor.own-checks-can-be-read": ("~/.config/codex-doctor/checks", ["files"]),
        "hosts.acme-is-quick": ("~/.config/codex-doctor/checks/acme.toml", ["processes"]),
        "hosts.acme-is-set": ("~/.config/codex-doctor/checks/acme.toml", []),
    }


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("ACME101", ["# Something of Acme is wrong", "Mend it.", "codex-doctor check acme-wrong"]),
        ("acme-slow", ["# Acme is slow", "Ahem.", "Written in ~/.config/codex-doctor/checks/acme.toml."]),
    ],
    ids=["made", "written"],
)
def test_their_pages_are_explained(written: OwnChecks, word: str, parts: list[str]) -> None:
    done = run(written, "explain", word)

    assert done.returncode == 0
    assert [part for part in parts if part not in done.stdout] == []


@pytest.mark.parametrize("command", ["check", "checks"])
def test_whoever_asks_for_a_check_that_cannot_be_read_is_told_why(own: OwnChecks, command: str) -> None:
    own.write(SICK.replace("title", "titel", 1))
    done = run(own, command, "acme-wrong")

    assert done.returncode == 2
    assert "no check, area or problem is called 'acme-wrong'" in done.stderr
    assert f"{FOLDER}/acme.toml:3:1: `titel` means nothing here; did you mean `title`?" in done.stderr


def test_a_secret_that_a_program_prints_is_not_shown(own: OwnChecks) -> None:
    own.write(
        """
        [[check]]
        id = "hosts.acme-is-quiet"
        title = "Acme is quiet"
        command = { run = ["env"], prints = "nothing" }
        problem = { code = "ACME101", name = "acme-loud", title = "Acme is loud", advice = "Hush." }
        """
    )
    (source,) = further()
    told: list[Outcome] = []
    env = {"PATH": "/usr/bin:/bin", "A_TOKEN": "swordfish-swordfish", **own.env}
    Worker(source=source, taken=Taken()).examine(context(own.home, env=env, seconds=30), told.append)
    (finding,) = (finding for each in told for finding in each.findings)

    assert "A_TOKEN=***" in finding.detail
    assert "swordfish" not in repr(finding)


def test_one_that_uses_a_code_of_an_installed_plugin_is_left_out_alone(own: OwnChecks) -> None:
    own.write(SICK + HANGS)
    plugin = Source(name="acme", distribution="acme-checks", value="acme:catalogue")
    (source,) = further()
    claims = Claims([plugin, source])
    theirs = wire.Described(
        checks=(), problems=(problem("x", code="ACME102"),), retired={}, selected=(), unmatched=()
    )
    claims.claim(plugin, theirs, seconds=0)
    told: list[Outcome] = []
    worker = Worker(source=source, taken=Taken(), claims=claims)
    worker.examine(context(own.home, env={"PATH": "/usr/bin:/bin", **own.env}, seconds=30), told.append)

    assert {(each.check, each.verdict, each.reason) for each in told} == {
        ("hosts.acme-is-set", Verdict.FOUND, ""),
        ("doctor.own-checks-can-be-read", Verdict.HEALTHY, ""),
        (
            "doctor.catalogue-toml",
            Verdict.CRASHED,
            f"{FOLDER}: it uses the code ACME102, which acme-checks uses too",
        ),
    }


def test_a_folder_in_the_working_directory_adds_nothing(own: OwnChecks) -> None:
    for folder in (".config/codex-doctor/checks", "codex-doctor/checks", "checks", ".codex-doctor/checks"):
        (own.home / "work" / folder).mkdir(parents=True)
        (own.home / "work" / folder / "acme.toml").write_text(SICK, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", "checks", "--format", "json"],
        env={"HOME": str(own.home), "XDG_CONFIG_HOME": ".config"},
        cwd=own.home / "work",
        capture_output=True,
        check=True,
    )

    assert {row["from"] for row in json.loads(done.stdout)} == {"codex-doctor"}
