"""`new-check` writes a package that passes its own tests at once, and never over anything."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor import cli
from codex_doctor.errors import UsageError
from codex_doctor.scaffold.command import installed_from
from codex_doctor.scaffold.names import LONGEST, names_of
from codex_doctor.scaffold.writing import contents

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH: Final = 60
"""Seconds after which tests that take one are called hanging."""


def test_the_package_passes_its_own_tests(tmp_path: Path) -> None:
    assert cli.run(["new-check", "acme-proxy", "--into", str(tmp_path)]) == 0
    package = tmp_path / "acme-proxy"

    ran = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        env={**os.environ, "PYTHONPATH": str(package / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=package,
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_what_was_written_is_said_with_the_commands_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "of my own"
    assert cli.run(["new-check", "acme-proxy", "--into", str(folder)]) == 0
    said = capsys.readouterr().out

    assert f"cd '{folder / 'acme-proxy'}'" in said
    assert '-e ".[test]"' in said


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("{}", ""),
        ("no JSON", ""),
        ("[]", ""),
        ('{"url": "file:///opt/codex%20doctor", "dir_info": {"editable": true}}', "/opt/codex doctor"),
        ('{"url": "https://example.com/codex_doctor.whl"}', "https://example.com/codex_doctor.whl"),
        (
            '{"url": "https://example.com/a.git", "vcs_info": {"vcs": "git", "commit_id": "4090240"}}',
            "codex-doctor @ git+https://example.com/a.git@4090240",
        ),
    ],
)
def test_the_doctor_comes_from_where_it_came_from_here(told: str, where: str) -> None:
    assert installed_from(told) == where


def test_nothing_is_left_beside_the_package(tmp_path: Path) -> None:
    cli.run(["new-check", "acme-proxy", "--into", str(tmp_path / "new" / "folder")])

    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["acme-proxy"]


def test_what_is_there_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = tmp_path / "acme-proxy" / "README.md"
    theirs.parent.mkdir()
    theirs.write_text("mine")

    assert cli.run(["new-check", "acme-proxy", "--into", str(tmp_path)]) == 2
    assert "is there already; nothing was written" in capsys.readouterr().err
    assert (theirs.read_text(), list(theirs.parent.iterdir())) == ("mine", [theirs])


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "acme-proxy").symlink_to(tmp_path / "elsewhere")

    assert cli.run(["new-check", "acme-proxy", "--into", str(tmp_path)]) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_made_is_an_error_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert cli.run(["new-check", "acme-proxy", "--into", str(tmp_path / "file")]) == 2
    assert "acme-proxy cannot be written: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Acme Proxy", "small letters, digits and hyphens, such as acme-proxy"),
        ("../acme", "such as acme"),
        ("acme/proxy", "such as acme-proxy"),
        ("9", "no name for a package"),
        ("-a", "no name for a package"),
        ("", "no name for a package"),
        ("acme--proxy", "no name for a package"),
        ("acme\n", "no name for a package"),
        ("json", "is taken"),
        ("class", "is taken"),
        ("codex-doctor", "is taken"),
        ("cdx-proxy", "CDX, which is the doctor's own"),
        ("a-1", "two at least"),
        ("a" * (LONGEST + 1), "40 characters at most"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        names_of(name)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("acme-proxy", "ACME"), ("a-proxy", "APROXY"), ("internationale-bank", "INTERNAT"), ("x1-y2", "XY")],
)
def test_codes_start_with_letters_of_the_name(name: str, prefix: str) -> None:
    assert names_of(name).prefix == prefix


def test_no_place_is_left_unfilled_and_no_name_is_ours() -> None:
    files = contents(names_of("acme-proxy"))

    assert [name for name, text in files.items() if "{{" in name + text or "CDX" in text] == []
    assert "src/acme_proxy/pages/acme-proxy-server-missing.md" in files
