"""Starting bubblewrap as Codex does: with the real one, with ones that refuse, and under a filter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import machine_sandbox
from codex_checks.problems import sandbox as problems
from codex_checks.sandbox import trial as topic
from codex_checks.sandbox.bubblewrap import Bubblewrap
from codex_checks.sandbox.checks import bubblewrap_starts
from codex_checks.sandbox.trial import Trial, trial
from codex_doctor.errors import NotApplicable, Unavailable
from engine import context
from fakes import filtered
from sandboxes import answer

if TYPE_CHECKING:
    from codex_cli import CodexCli

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")

UNDER_A_FILTER = """
import sys, time
from pathlib import Path
from codex_checks.sandbox.bubblewrap import Bubblewrap
from codex_checks.sandbox.trial import trial
from codex_doctor.context import Context, System
ctx = Context(env={}, home=Path("/"), cwd=Path("/"), system=System.here(), deadline=time.monotonic() + 9)
found = Bubblewrap(copy=Path("codex"), version=None, own=Path(sys.argv[1]))
print(trial.read(ctx, found).complaint)
"""


def _tried(tmp_path: Path, found: Bubblewrap) -> Trial:
    return answer(trial, context(tmp_path, env={"PATH": "/usr/bin:/bin"}), found)


def _found(
    *,
    system: Path | None = None,
    own: Path | None = None,
    version: str | None = "0.169.0",
    built_in: bool = False,
) -> Bubblewrap:
    return Bubblewrap(copy=Path("codex"), version=version, system=system, own=own, built_in=built_in)


def _stand_in(tmp_path: Path, kind: str) -> Path:
    machine_sandbox.write(kind, tmp_path / "bwrap")
    return tmp_path / "bwrap"


def _script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def _bundled(cli: CodexCli) -> Path:
    return cli.native.parent.parent / "codex-resources" / "bwrap"


def test_the_real_one_starts_where_a_sandbox_can(codex_cli: CodexCli, tmp_path: Path) -> None:
    if not machine_sandbox.possible(codex_cli.native):
        pytest.skip("where the tests run no sandbox can start")
    tried = _tried(tmp_path, _found(own=_bundled(codex_cli)))

    assert tried == Trial(program=_bundled(codex_cli), own=True, worked=True)
    assert bubblewrap_starts(tried, _found(own=_bundled(codex_cli))) == ()


def test_under_a_filter_the_real_one_says_so_without_its_guess(codex_cli: CodexCli) -> None:
    if not filtered.possible():
        pytest.skip("system calls cannot be filtered here")
    argv = filtered.before([sys.executable, "-c", UNDER_A_FILTER, str(_bundled(codex_cli))])
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert ran.stdout.startswith("No permissions to create a new namespace")
    assert "sysctl" not in ran.stdout


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("refuses-loopback", problems.BWRAP_LOOPBACK_NETNS),
        ("refuses-uid-map", problems.BWRAP_UID_MAP_DENIED),
    ],
)
def test_what_it_refuses_is_named(tmp_path: Path, kind: str, problem: object) -> None:
    found = _found(system=_stand_in(tmp_path, kind))
    tried = _tried(tmp_path, found)
    (finding,) = bubblewrap_starts(tried, found)

    assert (tried.worked, tried.own) == (False, False)
    assert finding.problem is problem
    assert str(tmp_path / "bwrap") in finding.detail


def test_what_it_says_and_nobody_knows_is_told_as_it_is(tmp_path: Path) -> None:
    said = "bwrap: Can't find source path /run/user: Permission denied"
    found = _found(system=_script(tmp_path / "bwrap", f'echo "{said}" >&2; exit 1'))
    (finding,) = bubblewrap_starts(_tried(tmp_path, found), found)

    assert finding.problem is problems.SANDBOX_NOT_STARTING
    assert "Can't find source path /run/user: Permission denied" in finding.detail


def test_one_that_never_answers_is_told_and_was_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "PATIENCE", 0.1)
    asked = tmp_path / "asked"
    found = _found(system=_script(tmp_path / "bwrap", f"echo >> {asked}; sleep 60"))
    (finding,) = bubblewrap_starts(_tried(tmp_path, found), found)

    assert finding.problem is problems.SANDBOX_NOT_STARTING
    assert "nothing, 2 times within 0.1 s each" in finding.detail
    assert asked.read_text() == "\n\n"


def test_one_that_ends_in_silence_is_told_too(tmp_path: Path) -> None:
    found = _found(system=_script(tmp_path / "bwrap", "exit 3"))
    (finding,) = bubblewrap_starts(_tried(tmp_path, found), found)

    assert "exit code 3" in finding.detail


def _refuses_proc(path: Path, where: str) -> Path:
    said = f"bwrap: Can't mount proc on {where}: Operation not permitted"
    return _script(path, f'case "$*" in *--proc*) echo "{said}" >&2; exit 1;; esac')


def test_a_refused_proc_is_done_without_where_codex_does_too(tmp_path: Path) -> None:
    assert _tried(tmp_path, _found(system=_refuses_proc(tmp_path / "bwrap", "/newroot/proc"))).worked


def test_a_refused_proc_in_other_words_stops_codex(tmp_path: Path) -> None:
    found = _found(system=_refuses_proc(tmp_path / "bwrap", "/proc"))
    (finding,) = bubblewrap_starts(_tried(tmp_path, found), found)

    assert finding.problem is problems.BWRAP_NO_USERNS_CONTAINER


def test_where_the_systems_is_too_old_codexs_own_is_tried(tmp_path: Path) -> None:
    own = _script(tmp_path / "own", "exit 0")
    old = _stand_in(tmp_path, "old")

    assert _tried(tmp_path, _found(system=old, own=own)) == Trial(
        program=own, own=True, worked=True, unknown="--perms", old=old
    )


def test_where_there_is_no_other_the_old_one_is_the_answer(tmp_path: Path) -> None:
    old = _stand_in(tmp_path, "old")
    tried = _tried(tmp_path, _found(system=old))

    assert (tried.worked, tried.unknown, tried.old) == (False, "--perms", old)
    assert bubblewrap_starts(tried, _found(system=old)) == ()  # another check says it


@pytest.mark.parametrize(
    ("version", "unknown"),
    [("0.115.0", None), ("0.116.0", "--argv0"), ("0.120.0", None), ("0.128.0", "--perms"), (None, "--perms")],
)
def test_each_codex_gives_what_it_gives(tmp_path: Path, version: str | None, unknown: str | None) -> None:
    assert _tried(tmp_path, _found(system=_stand_in(tmp_path, "old"), version=version)).unknown == unknown


def test_a_codex_that_never_falls_back_is_stuck_with_an_old_one(tmp_path: Path) -> None:
    own = _script(tmp_path / "own", "exit 0")
    tried = _tried(tmp_path, _found(system=_stand_in(tmp_path, "old"), own=own, version="0.128.0"))

    assert (tried.worked, tried.own) == (False, False)


def test_a_part_of_the_program_cannot_be_tried(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match=r"0\.120\.0"):
        _tried(tmp_path, _found(version="0.120.0", built_in=True))


def test_nothing_to_start_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        _tried(tmp_path, _found())


def test_one_that_cannot_be_started_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "bwrap"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    with pytest.raises(Unavailable, match="could not be started"):
        _tried(tmp_path, _found(system=path))


def test_no_credential_reaches_it(tmp_path: Path) -> None:
    path = _script(tmp_path / "bwrap", f"env > {tmp_path / 'seen'}")

    ctx = context(tmp_path, env={"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-one"})
    answer(trial, ctx, _found(system=path))

    assert "sk-one" not in (tmp_path / "seen").read_text()
