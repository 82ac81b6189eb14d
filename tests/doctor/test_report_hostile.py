"""A report that somebody made to do harm does none, and is refused in one line, whatever is asked of it."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from codex_doctor.bundle.archive import LARGEST_FILE, BundleError
from codex_doctor.bundle.decoding import MOST_VALUES, Decoder
from codex_doctor.bundle.disclosure import ENGINE
from codex_doctor.bundle.reading import MOST_FILES, read
from support import Machine, machine, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVIL = (
    "\x1b]0;owned\x07\x1b[2J<script>alert(1)</script><img src=x onerror=alert(2)>\u202e "
    "```\n```` [x](javascript:alert(3)) @everybody"
)
"""What would act on a terminal, on a page, or on Markdown."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The files of a report that is as it should be."""
    folder = tmp_path_factory.mktemp("support")
    return machine(folder).report(folder / "report.zip")


@pytest.fixture
def reader(tmp_path: Path) -> Machine:
    folder = tmp_path / "reader"
    folder.mkdir()
    return Machine(home=folder, env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


def manifest(**changed: object) -> str:
    told: dict[str, object] = {"schema": 1, "tool": {}, "created": "2026-11-20T09:05:10Z", "files": []}
    told |= changed
    return json.dumps(told)


def archive(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def zip_bomb(path: Path) -> None:
    archive(path, {"manifest.json": manifest(), "facts.json": b"0" * (LARGEST_FILE * 4)})


def lying_bomb(path: Path) -> None:
    """Write an archive that says that its gigantic file is small."""
    zip_bomb(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<L", LARGEST_FILE * 4), struct.pack("<L", 100)))


def field_of_a_gigabyte(path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", manifest())
        with made.open("report.json", "w", force_zip64=True) as member:
            member.write(b'{"schema": 1, "started": "')
            for _ in range(64):
                member.write(b"A" * 1024 * 1024)
    path.write_bytes(buffer.getvalue())


def traversal(path: Path) -> None:
    archive(path, {"manifest.json": manifest(), "../../../tmp/owned.json": "{}"})


def absolute(path: Path) -> None:
    archive(path, {"manifest.json": manifest(), "/etc/cron.d/owned": "* * * * * root true"})


def symlink(path: Path) -> None:
    link = zipfile.ZipInfo("facts.json")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", manifest())
        made.writestr(link, "/etc/passwd")


def escaping_name(path: Path) -> None:
    archive(path, {"manifest.json": manifest(), "\x1b[2Jfacts.json": "{}"})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", manifest())
        made.writestr("report.json", "{}")
        made.writestr("report.json", "[]")


def many_files(path: Path) -> None:
    archive(path, {"manifest.json": manifest(), **{f"f{number}.json": "" for number in range(MOST_FILES)}})


def deep_manifest(path: Path) -> None:
    archive(path, {"manifest.json": "[" * 100_000})


def wrong_manifest(path: Path) -> None:
    archive(path, {"manifest.json": manifest(files=[{"file": 1}])})


def no_manifest(path: Path) -> None:
    archive(path, {"report.json": "{}"})


def not_an_archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 but no more of it")


def bzip2(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("manifest.json", manifest())


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


REFUSED: list[tuple[Callable[[Path], None], str]] = [
    (zip_bomb, "facts.json is too large for a report"),
    (lying_bomb, "it is no archive, or a damaged one"),
    (field_of_a_gigabyte, "report.json is too large for a report"),
    (traversal, "a name that no report has"),
    (absolute, "a name that no report has"),
    (symlink, "facts.json is a link"),
    (escaping_name, "a name that no report has"),
    (twice, "it holds report.json twice"),
    (many_files, f"it holds {MOST_FILES + 1} files"),
    (deep_manifest, "manifest.json is not what codex-doctor writes"),
    (wrong_manifest, "manifest.json is not what codex-doctor writes"),
    (no_manifest, "it is no report of codex-doctor"),
    (not_an_archive, "it is no archive, or a damaged one"),
    (bzip2, "compressed in a way that no report is"),
    (folder, "it is not a file"),
    (pipe, "it is not a file"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("make", "why"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_hostile_archive_is_refused_with_the_reason(
    make: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "report.zip"
    make(path)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(BundleError, match="cannot be read") as refused:
        read(path)

    assert why in str(refused.value)
    assert all(letter.isprintable() for letter in str(refused.value))
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "args", [("report", "show"), ("report", "verify"), ("check", "--from-report")], ids=lambda args: args[-1]
)
def test_every_command_refuses_a_bomb_in_one_line(
    args: tuple[str, ...], reader: Machine, tmp_path: Path
) -> None:
    zip_bomb(tmp_path / "bomb.zip")

    ran = reader.run(*args, str(tmp_path / "bomb.zip"))

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert "facts.json is too large for a report" in ran.stderr


def evil(good: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the files of a good report with `EVIL` in every text that a reader sees."""
    report = json.loads(json.dumps(good["report.json"]))
    finding = report["findings"][0]
    finding |= {"title": EVIL, "detail": EVIL, "advice": EVIL, "evidence": {EVIL: [EVIL]}, "blocks": [EVIL]}
    finding["fix"] = {"summary": EVIL, "commands": [EVIL], "automatic": False, "destructive": True}
    report["machine"] |= {"codex": EVIL, "os": EVIL, "arch": EVIL, "python": EVIL}
    report["checks"][0] |= {"title": EVIL, "reason": EVIL, "verdict": "crashed"}
    report |= {"started": EVIL, "redactions": {EVIL: 3}, "tool": {"name": EVIL, "version": EVIL}}
    return {"manifest.json": manifest(), "report.json": json.dumps(report)}


@pytest.mark.parametrize("format", ["text", "json", "markdown", "html", "jsonl", "junit", "github", "tap"])
def test_what_is_in_a_report_is_only_text(
    format: str, good: dict[str, Any], reader: Machine, tmp_path: Path
) -> None:
    path = archive(tmp_path / "evil.zip", evil(good))

    ran = reader.run("report", "show", "--all", "--format", format, str(path))

    assert (ran.returncode, ran.stderr) == (0, "")
    for acting in ("\x1b", "\x07", "\u202e"):
        assert acting not in ran.stdout
    if format == "html":
        assert "<script>alert" not in ran.stdout
        assert "<img" not in ran.stdout
    if format == "markdown":  # within a fence nothing acts
        prose = re.sub(r"^(`{3,})sh\n.*?^\1$", "", ran.stdout, flags=re.MULTILINE | re.DOTALL)
        assert re.search(r"(?<!\\)<(?!/?(?:details|summary)>)|(?<!\\)\]\(|@(?!\u200b)", prose) is None


def test_a_difference_is_only_text(good: dict[str, Any], reader: Machine, tmp_path: Path) -> None:
    harmless = archive(
        tmp_path / "a.zip", {"manifest.json": manifest(), "report.json": json.dumps(good["report.json"])}
    )

    ran = reader.run("report", "diff", str(harmless), str(archive(tmp_path / "b.zip", evil(good))))

    assert (ran.returncode, ran.stderr, "\x1b" in ran.stdout) == (1, "", False)


def test_a_name_that_would_be_looked_up_is_refused(
    good: dict[str, Any], reader: Machine, tmp_path: Path
) -> None:
    report = json.loads(json.dumps(good["report.json"]))
    report["findings"][0]["name"] = "../../../../etc/passwd"
    path = archive(tmp_path / "x.zip", {"manifest.json": manifest(), "report.json": json.dumps(report)})

    ran = reader.run("report", "show", str(path))

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "a name, a code or an area that none can have" in ran.stderr


STRANGE: list[dict[str, Any]] = [
    {"a": {"fact": {"$": "os:system", "is": "true"}}},
    {"a": {"fact": {"$": "see", "is": 1}}},
    {"a": {"fact": {"$": "path", "is": 7}}},
    {"a": {"fact": {"$": "set", "of": [{}]}}},
    {"a": {"fact": {"$": "map", "of": [[1]]}}},
    {"a": {"missing": "nowhere"}},
    {"a": 3},
    {"codex.home": {"fact": {"$": "codex_checks.places:CodexHome", "path": 1}, "withheld": []}},
]


@pytest.mark.parametrize("facts", STRANGE)
def test_facts_of_another_form_run_nothing_and_are_told_or_passed_over(
    facts: dict[str, Any], good: dict[str, Any], reader: Machine, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "manifest.json": manifest(),
        "report.json": json.dumps(good["report.json"]),
        "facts.json": json.dumps({"schema": 1, "facts": facts}),
    }

    ran = reader.run("check", "--from-report", str(archive(tmp_path / "x.zip", files)), "--format", "json")

    assert "Traceback" not in ran.stderr
    assert ran.returncode == 2 or json.loads(ran.stdout)["findings"]


def test_facts_of_the_wrong_type_crash_a_check_and_not_the_examination(
    good: dict[str, Any], reader: Machine, tmp_path: Path
) -> None:
    facts = json.loads(json.dumps(good["facts.json"]))
    facts["facts"]["files.home"]["fact"]["room"] = "plenty"
    facts["facts"]["files.home"]["fact"]["home"] = []
    files: dict[str, str | bytes] = {
        "manifest.json": manifest(),
        "report.json": json.dumps(good["report.json"]),
        "facts.json": json.dumps(facts),
    }

    ran = reader.run("check", "--from-report", str(archive(tmp_path / "x.zip", files)), "--format", "json")

    verdicts = {each["id"]: each["verdict"] for each in json.loads(ran.stdout)["checks"]}
    assert "crashed" in verdicts.values()
    assert "healthy" in verdicts.values()


def test_facts_that_stand_for_millions_are_refused() -> None:
    decoder = Decoder(ENGINE, ())
    room: dict[str, Any] = {"$": "codex_doctor.files:Room", "free": [0] * 1000, "read_only": False, "#": 0}
    doubled = [room]
    for number in range(1, 40):
        pointing = {"$": "see", "is": number - 1}
        doubled.append(
            {"$": "codex_doctor.files:Room", "free": [pointing, pointing], "read_only": False, "#": number}
        )

    with pytest.raises(BundleError, match="more facts than any machine has"):
        decoder.answer({"fact": doubled})
    assert MOST_VALUES < 2**39


def test_a_good_report_is_read(good: dict[str, Any], tmp_path: Path) -> None:
    path = machine(tmp_path).home / "report.zip"
    machine(tmp_path / "other").report(path)

    assert set(read(path).files) == set(opened(path)) == set(good)
