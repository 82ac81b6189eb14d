"""`codex-doctor triage`: what it says of many reports, in every format."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pytest
from msgspec.structs import replace

from codex_doctor import cli
from codex_doctor.triage.asking import summarise
from codex_doctor.triage.gathering import gather
from codex_doctor.triage.rows import Row
from codex_doctor.triage.store import COLUMNS, Store
from triaged import NEVER_HEARD, REUSED, as_bytes, bundle, report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from codex_doctor.triage.summary import Triage

ENOUGH = 60
OLD = ("CDX602", "binary-hangs")


def folder_of(reports: Iterable[dict[str, Any]], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for number, told in enumerate(reports):
        (folder / f"{number:04}.json").write_bytes(as_bytes(told))
    return folder


def triaged(*paths: Path) -> Triage:
    with Store() as store:
        for found in gather([str(path) for path in paths]):
            store.add(found)
        return summarise(store)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Twelve reports of four causes, and one file that is none."""
    told = [
        *(report(REUSED, codex="0.168.0", started=f"2026-11-{day:02}T09:00:00Z") for day in range(10, 16)),
        *(report(OLD, os="macos", started=f"2026-10-{day:02}T09:00:00Z") for day in range(20, 23)),
        report(NEVER_HEARD, codex=None),
        report(),
        report(status="incomplete", exit_code=3),
    ]
    folder = folder_of(told, tmp_path / "several")
    (folder / "zz.json").write_text("nothing of the kind")
    return folder


def test_reports_are_grouped_by_root_cause_and_what_is_unknown_comes_first(several: Path) -> None:
    told = triaged(several)

    assert told.reports == 12
    assert [(group.name, group.count, group.known) for group in told.groups] == [
        ("incomplete", 1, False),
        ("never-heard-of", 1, False),
        ("refresh-token-reused", 6, True),
        ("binary-hangs", 3, True),
        ("healthy", 1, True),
    ]
    reused = told.groups[2]
    assert (reused.code, reused.first, reused.last) == (
        "CDX104",
        "2026-11-10T09:00:00Z",
        "2026-11-15T09:00:00Z",
    )
    assert (reused.versions, reused.platforms, reused.channels) == (
        {"0.168.0": 6},
        {"linux": 6},
        {"unknown": 6},
    )
    assert told.versions == {"0.168.0": 6, "0.169.0": 5, "none": 1}
    assert [each.path.rpartition("/")[2] for each in told.unreadable] == ["zz.json"]


def test_the_json_has_the_shape_of_the_contract(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(["triage", "--format", "json", str(several)])
    told = json.loads(capsys.readouterr().out)

    assert code == 0
    assert (told["schema"], told["reports"], len(told["unreadable"])) == (1, 12, 1)
    assert {"path", "error"} == set(told["unreadable"][0])
    wanted = {"name", "code", "count", "versions", "platforms", "channels", "first", "last"}
    assert all(wanted <= set(group) for group in told["groups"])
    assert sum(group["count"] for group in told["groups"]) == 12


def test_the_text_says_the_same_in_lines_that_fit(
    several: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    code = cli.run(["triage", "--ascii", str(several)])
    said = capsys.readouterr().out

    assert code == 0
    assert said.splitlines()[0] == "12 reports, 1 could not be read, 2026-10-20 to 2026-11-20"
    assert said.index("never-heard-of   (not known here)") < said.index("CDX104 refresh-token-reused")
    assert "no report stands in it" in said
    assert all(len(line) <= 80 for line in said.splitlines() if "/" not in line)
    assert said.isascii()


def test_every_report_is_a_row_of_the_parquet_file(several: Path, tmp_path: Path) -> None:
    file = tmp_path / "it's all.parquet"

    assert (
        cli.run(["triage", "--format", f"parquet={file}", "--format", f"json={tmp_path / 'j'}", str(several)])
        == 0
    )

    with duckdb.connect() as database:
        described = database.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(file)]).fetchall()
        rows = database.execute(
            "SELECT cause, count(*), list(DISTINCT findings[1].code) "
            "FROM read_parquet($1) GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
            [str(file)],
        ).fetchall()
    assert [name for name, *_ in described] == list(COLUMNS)
    assert rows == [("refresh-token-reused", 6, ["CDX104"])]


def test_parquet_needs_a_file_and_two_formats_do_not_share_a_place(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["triage", "--format", "parquet", str(several)]) == 2
    assert "--format parquet=FILE" in capsys.readouterr().err
    assert cli.run(["triage", "--format", "text", "--format", "json", str(several)]) == 2
    assert cli.run(["triage", "--format", "xml", str(several)]) == 2


def test_nothing_readable_ends_with_1_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.run(["triage", str(tmp_path / "nowhere")])

    assert code == 1
    said = " ".join(capsys.readouterr().out.split())  # a long path breaks the line
    assert "nowhere: it does not exist" in said


@pytest.mark.parametrize("kind", ["report", "lines", "bundle"])
def test_standard_input_may_be_any_of_them(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = as_bytes(report(REUSED))
    if kind == "lines":
        given = given.replace(b"\n", b"") + b"\n"
    if kind == "bundle":
        given = bundle(tmp_path / "b", report(REUSED)).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))

    assert cli.run(["triage", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert [group["name"] for group in told["groups"]] == ["refresh-token-reused"]


def test_without_duckdb_the_command_that_installs_it_is_told(
    several: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    code = cli.run(["triage", str(several)])
    told = capsys.readouterr()

    assert (code, told.out) == (2, "")
    assert 'python -m pip install "codex-doctor[triage]"' in told.err


def test_nothing_is_left_in_the_temporary_folder(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    assert cli.run(["triage", "--format", f"json={tmp_path / 'j'}", str(several)]) == 0

    assert list(folder.iterdir()) == []


def test_thousands_of_reports_with_the_most_findings_fit_into_the_memory_in_their_order(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(report(*((f"ABCDEFG{at:03}", "n" * 60) for at in range(100)))))
    (wide,) = gather([str(tmp_path)])
    assert isinstance(wide, Row)

    with Store() as store:
        for number in range(2500):
            store.add(replace(wide, codex=f"0.{number}.0"))
        assert summarise(store).reports == 2500
        store.parquet(tmp_path / "all.parquet")

    written = duckdb.read_parquet(str(tmp_path / "all.parquet"), file_row_number=True)
    rows = written.order("file_row_number").project("codex").fetchall()
    assert rows == [(f"0.{number}.0",) for number in range(2500)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no limit to what a process writes")
@pytest.mark.parametrize(
    "most", [0, 20_000], ids=["nothing can be written", "the disk is full in the middle"]
)
def test_a_temporary_folder_without_room_is_told_in_one_line_and_left_empty(
    most: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    many = folder_of((report(REUSED) for _ in range(100)), tmp_path / "many")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        code = cli.run(["triage", str(many)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    told = capsys.readouterr()

    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert f"in {folder} meanwhile, and cannot write there" in told.err
    assert list(folder.iterdir()) == []


def test_a_cause_that_is_of_one_version_stands_out(tmp_path: Path) -> None:
    told = [report(OLD, codex=f"0.{160 + number % 8}.0") for number in range(80)]
    told += [report(REUSED, codex="0.168.0") for _ in range(20)]

    outliers = triaged(folder_of(told, tmp_path / "many")).outliers

    assert [(each.name, each.what, each.value, each.count) for each in outliers] == [
        ("refresh-token-reused", "version", "0.168.0", 20)
    ]
    assert outliers[0].expected == pytest.approx(4.0)


def test_a_cause_that_was_not_there_before_is_new_and_one_that_grows_is_rising(tmp_path: Path) -> None:
    def at(day: int, *found: tuple[str, str]) -> dict[str, Any]:
        return report(*found, started=f"2026-11-{day:02}T09:00:00Z")

    told = [at(day, OLD) for day in range(1, 29) for _ in range(3)]
    told += [at(day, REUSED) for day in (1, 15, *[27] * 9, *[28] * 9)]
    told += [at(28, NEVER_HEARD) for _ in range(6)]

    found = triaged(folder_of(told, tmp_path / "many"))

    trends = {group.name: group.trend for group in found.groups}
    assert trends == {"binary-hangs": "falling", "refresh-token-reused": "rising", "never-heard-of": "new"}
    assert found.trends.unit == "day"
    assert len(found.trends.periods) == 28
    assert found.trends.periods[27].causes["never-heard-of"] == 6


@pytest.mark.parametrize(
    "started", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00", "yesterday", "2026-11-20"]
)
def test_a_time_that_cannot_be_is_none(started: str, tmp_path: Path) -> None:
    found = triaged(folder_of([report(REUSED, started=started)], tmp_path / "one"))

    assert found.trends.undated == (0 if started == "2026-11-20" else 1)
    assert len(found.trends.periods) <= 1


def test_many_versions_are_counted_under_others(tmp_path: Path) -> None:
    told = [report(REUSED, codex=f"0.1.{number}") for number in range(60)]

    versions = triaged(folder_of(told, tmp_path / "many")).versions

    assert len(versions) == 41
    assert versions["(others)"] == 20


def test_the_same_reports_say_the_same_again(several: Path) -> None:
    assert msgspec.json.encode(triaged(several)) == msgspec.json.encode(triaged(several))


def test_a_terminal_shows_how_far_it_is_and_keeps_nothing_of_it(several: Path) -> None:
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "codex_doctor", "triage", "--format", "json", str(several)]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    ) as ran:
        os.close(theirs)
        out, _ = ran.communicate(timeout=ENOUGH)
    said = os.read(ours, 65536).decode()
    os.close(ours)

    assert "0 of 13 files" in said
    assert said.endswith("\r\x1b[K")
    assert json.loads(out)["reports"] == 12
