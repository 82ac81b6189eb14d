"""The door outside: time, the system's facts, scratch folders and programs."""

from __future__ import annotations

import asyncio
import shutil
import stat
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from codex_doctor.context import MARGIN, System
from codex_doctor.errors import Unavailable
from engine import LINUX, context
from gone import gone


@pytest.mark.parametrize(
    ("os", "release", "expected"),
    [
        ("linux", "6.8.0-41-generic", 0),
        ("linux", "4.4.0-19041-Microsoft", 1),
        ("linux", "5.15.153.1-microsoft-standard-WSL2", 2),
        ("linux", "5.15.0-custom-Microsoft-WSL2", 2),
        ("windows", "10-microsoft-standard", 0),
    ],
)
def test_the_release_tells_which_wsl_it_is(os: str, release: str, expected: int) -> None:
    assert System(os=os, arch="x86_64", release=release, user=1000).wsl == expected


def test_the_system_at_hand_has_one_of_the_known_names() -> None:
    here = System.here()

    assert here.os in {"linux", "macos", "windows"}
    assert here.arch not in {"amd64", "arm64", "AMD64"}


def test_the_time_left_keeps_a_margin_and_is_never_negative() -> None:
    assert context(seconds=-5.0).time_left() == 0.0
    assert context(seconds=MARGIN / 2).time_left() == 0.0
    assert 99.0 < context(seconds=100.0).time_left() <= 100.0 - MARGIN


def test_the_moment_is_the_given_clocks_in_utc() -> None:
    ctx = replace(context(), now=lambda: 1_000_000_000.5)

    assert ctx.moment() == datetime(2001, 9, 9, 1, 46, 40, 500_000, tzinfo=UTC)


def test_a_system_path_stands_under_the_root() -> None:
    assert context(Path("/machine")).system_path("/etc/codex/x") == Path("/machine/etc/codex/x")
    assert replace(context(), root=Path("/")).system_path("/etc") == Path("/etc")


def test_a_scratch_folder_is_private_and_gone_when_the_context_closes(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    one, another = ctx.scratch(), ctx.scratch()
    (one / "file").write_bytes(b"x")

    assert one != another
    assert stat.S_IMODE(one.stat().st_mode) == 0o700
    ctx.close()
    assert not one.exists()
    assert not another.exists()


def test_a_program_gets_the_contexts_environment_unless_another_is_given(tmp_path: Path) -> None:
    ctx = context(tmp_path, env={"WHO": "sam"})
    argv = ["/bin/sh", "-c", "echo $WHO"]
    own = asyncio.run(ctx.run(argv, seconds=60.0))
    given = asyncio.run(ctx.run(argv, seconds=60.0, env={"WHO": "kim"}))
    ctx.close()

    assert (own.stdout, given.stdout) == (b"sam\n", b"kim\n")


def test_a_program_has_no_more_time_than_the_deadline_leaves(tmp_path: Path) -> None:
    ctx = context(tmp_path, seconds=0.5)
    ran = asyncio.run(ctx.run(["/bin/sh", "-c", "echo $$; exec /bin/sleep 600"], seconds=600.0))
    late = asyncio.run(ctx.run(["/bin/sleep", "600"], seconds=600.0))
    ctx.close()

    assert ran.timed_out
    assert late.timed_out
    assert time.monotonic() < ctx.deadline + 60.0
    assert gone(int(ran.stdout))


def test_a_program_that_is_missing_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(context(tmp_path).run(["/no/such/codex"], seconds=60.0))


def test_closing_twice_is_once(tmp_path: Path) -> None:
    ctx = replace(context(tmp_path), system=LINUX)
    ctx.scratch()
    ctx.close()
    ctx.close()

    with pytest.raises(OSError, match="the examination is over"):
        asyncio.run(ctx.run(["/bin/true"], seconds=60.0))


def test_a_temporary_folder_that_hangs_holds_nothing_else_up(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(prefix: str) -> str:
        release.wait(60)
        return prefix

    monkeypatch.setattr(tempfile, "mkdtemp", hang)

    async def other_work_goes_on() -> bool:
        stuck = asyncio.ensure_future(context().scratch_with({}))
        await asyncio.sleep(0)
        going_on = not stuck.done()
        stuck.cancel()
        return going_on

    assert asyncio.run(other_work_goes_on())
    release.set()


def test_a_scratch_folder_that_cannot_be_removed_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    release, removed = threading.Event(), threading.Event()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def hang(_folder: str, *, ignore_errors: bool) -> None:
        release.wait(60)
        assert ignore_errors
        removed.set()

    monkeypatch.setattr(shutil, "rmtree", hang)
    ctx = context()
    ctx.scratch()
    ctx.close()
    waited_for = removed.is_set()
    release.set()

    assert not waited_for
    assert removed.wait(60)


def test_no_scratch_folder_is_left_by_whoever_asks_too_late(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ctx = context()
    ctx.close()

    with pytest.raises(OSError, match="the examination is over"):
        ctx.scratch()
    with pytest.raises(Unavailable, match=r"no scratch folder could be made: .* is over"):
        asyncio.run(ctx.scratch_with({"config.toml": b""}))
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_folder_comes_with_what_is_to_be_in_it() -> None:
    ctx = context()
    folder = asyncio.run(ctx.scratch_with({"config.toml": b"model = 1"}))

    assert (folder / "config.toml").read_bytes() == b"model = 1"
    ctx.close()
