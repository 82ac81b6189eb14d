"""What is read of what was given to triage, and why the rest is not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import tarfile
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import official
from codex_doctor.bundle.archive import LARGEST_FILE
from codex_doctor.triage import archives
from codex_doctor.triage.gathering import gather
from codex_doctor.triage.rows import HEALTHY, Row, Unreadable, shown
from triaged import NEVER_HEARD, REUSED, as_bytes, bundle, report

if TYPE_CHECKING:
    from collections.abc import Callable

EVIL = "\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>\u202e"


def read(*paths: Path | str) -> tuple[Counter[str], dict[str, str]]:
    """Return how often each cause was read below *paths*, and why what is unreadable is."""
    found = list(gather([str(path) for path in paths]))
    causes = Counter(each.cause for each in found if isinstance(each, Row))
    return causes, {each.path: each.error for each in found if isinstance(each, Unreadable)}


def tar(path: Path, files: dict[str, bytes]) -> Path:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        for name, each in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(each)
            made.addfile(info, io.BytesIO(each))
    plain = content.getvalue()
    shrunk = {".gz": gzip.compress(plain), ".bz2": bz2.compress(plain)}
    path.write_bytes(shrunk.get(path.suffix, plain))
    return path


def test_a_folder_is_read_to_its_depth_and_what_is_hidden_is_not_meant(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one.json").write_bytes(as_bytes(report(REUSED)))
    bundle(tmp_path / "a" / "two.zip", report(REUSED))
    (tmp_path / "a" / "b" / "three.json").write_bytes(as_bytes(report()))
    (tmp_path / ".DS_Store").write_bytes(b"\x00")

    assert read(tmp_path) == ({"refresh-token-reused": 2, HEALTHY: 1}, {})


def test_a_glob_that_no_shell_expanded_is_one(tmp_path: Path) -> None:
    for name in ("a1.json", "a2.json", "b.json"):
        (tmp_path / name).write_bytes(as_bytes(report(REUSED)))

    assert read(tmp_path / "a*.json") == ({"refresh-token-reused": 2}, {})
    assert list(read(tmp_path / "c*.json")[1].values()) == ["nothing has such a name"]


def test_archives_of_bundles_and_of_reports_are_read(tmp_path: Path) -> None:
    inner = bundle(tmp_path / "inner", report(REUSED)).read_bytes()
    inside = {"x/one.zip": inner, "two.json": as_bytes(report()), "notes.txt": b"nothing"}
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as made:
        for name, content in inside.items():
            made.writestr(name, content)
    tar(tmp_path / "many.tar.gz", inside)
    tar(tmp_path / "many.tar", inside)
    tar(tmp_path / "many.tar.bz2", inside)
    (tmp_path / "inner").unlink()

    causes, unreadable = read(tmp_path)

    assert causes == {"refresh-token-reused": 4, HEALTHY: 4}
    assert {path.rpartition("!")[2] for path in unreadable} == {"notes.txt"}
    assert len(unreadable) == 4


def test_a_report_a_line_is_many(tmp_path: Path) -> None:
    one = as_bytes(report(REUSED)).replace(b"\n", b"")
    (tmp_path / "all.jsonl").write_bytes(one + b"\n\n{broken}\n" + one)

    causes, unreadable = read(tmp_path)

    assert causes == {"refresh-token-reused": 2}
    assert list(unreadable) == [f"{tmp_path}/all.jsonl:3"]


def test_what_powershell_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "wide.json").write_bytes(as_bytes(report(REUSED)).decode().encode("utf-16"))
    (tmp_path / "marked.json").write_bytes(b"\xef\xbb\xbf" + as_bytes(report(REUSED)))

    assert read(tmp_path) == ({"refresh-token-reused": 2}, {})


@pytest.mark.parametrize(
    "text",
    [
        official.TEXT,
        official.TEXT[: len(official.TEXT) // 2],
        f"Hello\n```json\n{official.TEXT}\n```\nbye",
        official.TEXT.replace("{", "{\n\n"),
        (
            "Codex Doctor v0.169.0 · linux-x86_64\n\nConfiguration\n"
            "  ✗ auth         no Codex credentials were found - Run codex login\n"
        ),
    ],
    ids=["whole", "cut", "in Markdown", "spread", "text"],
)
def test_a_report_of_codex_s_own_doctor_is_one_of_them(text: str, tmp_path: Path) -> None:
    (tmp_path / "pasted.md").write_text(text)

    (found,) = gather([str(tmp_path)])

    assert isinstance(found, Row)
    assert (found.kind, found.cause, found.codex, found.known) == (
        "foreign",
        "not-signed-in",
        "0.169.0" if "0.169.0" in text else "unknown",
        True,
    )


def test_a_report_of_codex_s_own_doctor_says_where_and_when(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text(official.TEXT)

    (found,) = gather([str(tmp_path)])

    assert isinstance(found, Row)
    assert (found.platform, found.arch, found.channel) == ("linux", "x86_64", "npm")
    assert f"{found.made:%Y-%m-%d}" == "2026-09-10"


def test_what_another_program_finds_and_has_no_name_here_is_unknown_and_told_in_its_words(
    tmp_path: Path,
) -> None:
    strange = official.check("app_server.status", "fail", "the server of the background is confused")
    (tmp_path / "a.json").write_text(json.dumps(official.report(strange, official.PROVENANCE)))

    (found,) = gather([str(tmp_path)])

    assert isinstance(found, Row)
    assert (found.cause, found.known) == ("codex-doctor-says", False)
    assert found.title == "Codex's own doctor says: the server of the background is confused"


def test_one_that_nobody_knows_is_marked(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(report(NEVER_HEARD)))

    (found,) = gather([str(tmp_path)])

    assert isinstance(found, Row)
    assert (found.cause, found.known) == ("never-heard-of", False)


def bomb(path: Path) -> None:
    bundle(path, report(), facts=bytes(LARGEST_FILE + 1))


def field_of_a_gigabyte(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", "{}")
        with made.open("report.json", "w", force_zip64=True) as file:
            file.write(b'{"schema": "')
            for _ in range(64):
                file.write(b"a" * 1024 * 1024)


def traversal(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", "{}")
        made.writestr("../../evil.json", "{}")


def traversal_in_an_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("../../evil.json", as_bytes(report()))


def link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def link_in_tar(path: Path) -> None:
    with tarfile.open(path, "w") as made:
        info = tarfile.TarInfo("a.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(info)


def tar_bomb(path: Path) -> None:
    with gzip.open(path, "wb") as made:
        info = tarfile.TarInfo("a.json")
        info.size = 1024**3
        made.write(info.tobuf())
        for _ in range(40):
            made.write(bytes(1024 * 1024))


def header_bomb(path: Path) -> None:
    with gzip.open(path, "wb") as made:
        info = tarfile.TarInfo("a.json")
        info.type, info.size = tarfile.XHDTYPE, 1024**3
        made.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(40):
            made.write(bytes(1024 * 1024))


def bzip2_bomb(path: Path) -> None:
    path.write_bytes(bz2.compress(bytes(64 * 1024 * 1024)))


def deep(path: Path) -> None:
    path.write_bytes(b'{"schema":' + b"[" * 100_000)


def truncated(path: Path) -> None:
    path.write_bytes(bundle(path, report()).read_bytes()[:200])


def empty(path: Path) -> None:
    path.touch()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def archive_in_archive_in_archive(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("a.json", as_bytes(report()))
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("inner.zip", inner.getvalue())


def another_schema(path: Path) -> None:
    path.write_bytes(as_bytes(report() | {"schema": 2}))


def name_of_a_file(path: Path) -> None:
    path.write_bytes(as_bytes(report(("CDX104", "../../etc/passwd"))))


HOSTILE: list[tuple[Callable[[Path], None], str]] = [
    (bomb, "facts.json is too large for a report"),
    (field_of_a_gigabyte, "report.json is too large for a report"),
    (traversal, "a name that no report has"),
    (traversal_in_an_archive, "its name leads out of the archive"),
    (link, "it is a link"),
    (link_in_tar, "it is a link"),
    (tar_bomb, "it is too large for a report"),
    (header_bomb, "too large for a report"),
    (bzip2_bomb, "nothing is in it"),
    (deep, "no report stands in it"),
    (truncated, "no archive, or a damaged one"),
    (empty, "it is empty"),
    (pipe, "it is not a file"),
    (archive_in_archive_in_archive, "it has no manifest.json"),
    (another_schema, "it has schema 2"),
    (name_of_a_file, "a name, a code or an area that none can have"),
]


@pytest.mark.parametrize(("make", "why"), HOSTILE, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_broken_or_hostile_is_named_and_the_rest_goes_on(
    make: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    make(tmp_path / "b")
    (tmp_path / "a.json").write_bytes(as_bytes(report(REUSED)))
    (tmp_path / "c.json").write_bytes(as_bytes(report(REUSED)))

    causes, unreadable = read(tmp_path)

    assert causes == {"refresh-token-reused": 2}
    assert any(why in reason for reason in unreadable.values())
    assert all(reason.isprintable() for reason in unreadable.values())


def test_an_archive_that_unpacks_without_end_is_read_as_far_as_is_sensible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED", 100_000)
    monkeypatch.setattr(archives, "RATIO", 1)
    one = as_bytes(report(REUSED)) + b" " * 20_000
    tar(tmp_path / "many.tar.gz", {f"{number}.json": one for number in range(50)})

    causes, unreadable = read(tmp_path)

    assert 0 < causes["refresh-token-reused"] < 50
    assert "far more than reports do" in next(iter(unreadable.values()))


def test_a_zip_with_a_directory_that_fills_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 1000)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as made:
        for number in range(100):
            made.writestr(f"{number}.json", b"")

    assert "too many files for a zip" in next(iter(read(tmp_path)[1].values()))


def test_a_link_that_was_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(report(REUSED)))
    (tmp_path / "b.json").symlink_to("a.json")

    assert read(tmp_path / "b.json")[0] == {"refresh-token-reused": 1}


def test_what_is_in_a_report_is_only_text(tmp_path: Path) -> None:
    told = report(REUSED, codex=EVIL, os=EVIL, started=EVIL)
    told["findings"][0]["title"] = EVIL * 100
    (tmp_path / "a.json").write_bytes(as_bytes(told))

    (found,) = gather([str(tmp_path)])

    assert isinstance(found, Row)
    assert found.made is None
    for text in (found.codex, found.platform, found.title):
        assert text.isprintable()
        assert len(text) <= 200


def test_what_is_remembered_of_reports_does_not_grow_with_what_they_hold(tmp_path: Path) -> None:
    read(bundle(tmp_path / "first", report(REUSED)))
    for number in range(10):
        told = report((f"CDX{number:03}", f"a-name-{number}"), codex=f"{number}" * 500_000)
        told["findings"][0]["title"] = f"{number}" * 500_000
        bundle(tmp_path / f"long-{number}", told)
        bundle(tmp_path / f"odd-{number}", report((f"CDX{number:03}", f"{number}" * 500_000)))
    tracemalloc.start()
    try:
        causes, unreadable = read(tmp_path)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (causes.total(), len(unreadable)) == (11, 10)
    assert kept < 1024 * 1024


@pytest.mark.parametrize("secret", ["sk-proj-" + "a1B2" * 10, "access_token=" + "a1B2" * 10, "\x1b[2J"])
def test_what_is_secret_in_a_path_is_hidden_in_a_folder_and_in_a_name(secret: str) -> None:
    for path in (f"/srv/{secret}/a.json", f"/srv/{secret}.json", f"{secret}/a.json", secret):
        assert secret not in shown(path)

    assert shown("/srv/reports/2026/a.json") == "/srv/reports/2026/a.json"


def test_the_home_of_whoever_reads_is_hidden() -> None:
    home = str(Path.home())

    assert [shown(home), shown(f"{home}/a.json")] == ["~", "~/a.json"]
