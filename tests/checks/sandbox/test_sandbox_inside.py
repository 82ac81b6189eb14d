"""Whether the examination itself runs inside a sandbox of Codex."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import machine_sandbox
from codex_checks.problems.sandbox import (
    SANDBOX_GIT_READONLY,
    SANDBOX_NETWORK_BLOCKED,
    SEATBELT_EXEC_FAILED,
)
from codex_checks.sandbox.confined import shell_is_outside
from codex_checks.sandbox.inside import APP_SANDBOX, NO_NETWORK, Inside, inside, outside
from codex_doctor.context import System
from codex_doctor.errors import Unavailable
from codex_doctor.model import Severity
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from codex_doctor.context import Context

MACOS = System(os="macos", arch="aarch64", release="25.0.0", user=501)

CONFINED = "Name:\tpython\nNoNewPrivs:\t1\nSeccomp:\t2\n"
FREE = "Name:\tpython\nNoNewPrivs:\t0\nSeccomp:\t0\n"

ASK = """
import os, sys
from pathlib import Path
from codex_checks.sandbox.inside import inside
from codex_doctor.context import Context, System
ctx = Context(env=os.environ, home=Path("/"), cwd=Path.cwd(), system=System.here(), deadline=0.0)
found = inside.read(ctx)
print(found.sandboxed, found.without_network, found.git)
"""


def _machine(
    root: Path, *, status: str = FREE, mounts: str = "", env: dict[str, str] | None = None
) -> Context:
    folder = root / "proc" / "self"
    folder.mkdir(parents=True)
    (folder / "status").write_text(status)
    (folder / "mountinfo").write_text(mounts)
    return context(root, env=env)


def _mount(number: int, point: Path, options: str) -> str:
    return f"{number} 1 0:44 / {point} {options} - tmpfs tmpfs rw\n"


def test_a_plain_shell_is_outside(tmp_path: Path) -> None:
    found = answer(inside, _machine(tmp_path))

    assert found == Inside()
    assert shell_is_outside(found) == ()


def test_a_variable_that_was_only_handed_on_does_not_count(tmp_path: Path) -> None:
    found = answer(inside, _machine(tmp_path, env={NO_NETWORK: "1"}))
    (finding,) = shell_is_outside(found)

    assert found == Inside(handed_on=True)
    assert (finding.problem.name, finding.problem.severity) == ("sandbox-network-blocked", Severity.WARNING)


def test_a_filter_alone_is_no_sandbox_of_codex(tmp_path: Path) -> None:
    assert answer(inside, _machine(tmp_path, status=CONFINED)) == Inside()


def test_a_shell_without_network_is_inside(tmp_path: Path) -> None:
    found = answer(inside, _machine(tmp_path, status=CONFINED, env={NO_NETWORK: "1"}))
    (finding,) = shell_is_outside(found)

    assert found == Inside(sandboxed=True, without_network=True)
    assert finding.problem is SANDBOX_NETWORK_BLOCKED


def test_read_only_mounts_over_git_and_codex_are_the_work_of_codex(tmp_path: Path) -> None:
    mounts = _mount(2, tmp_path / ".git", "ro,nodev") + _mount(3, tmp_path / ".codex", "ro,nodev")
    found = answer(inside, _machine(tmp_path, status=CONFINED, mounts=mounts))
    (finding,) = shell_is_outside(found)

    assert found == Inside(sandboxed=True, git=tmp_path / ".git")
    assert finding.problem is SANDBOX_GIT_READONLY
    assert str(tmp_path / ".git") in finding.detail


@pytest.mark.parametrize("names", [(".git",), (".codex",)], ids=lambda names: names[0])
def test_one_such_mount_alone_may_be_somebody_elses(tmp_path: Path, names: tuple[str, ...]) -> None:
    mounts = "".join(_mount(2, tmp_path / name, "ro") for name in names)

    assert answer(inside, _machine(tmp_path, status=CONFINED, mounts=mounts)) == Inside()


def test_mounts_that_may_be_written_are_no_protection(tmp_path: Path) -> None:
    mounts = _mount(2, tmp_path / ".git", "rw") + _mount(3, tmp_path / ".codex", "rw")

    assert answer(inside, _machine(tmp_path, status=CONFINED, mounts=mounts)) == Inside()


def test_on_macos_the_variables_are_believed(tmp_path: Path) -> None:
    ctx = replace(context(tmp_path, env={"CODEX_SANDBOX": "seatbelt", NO_NETWORK: "1"}), system=MACOS)

    assert answer(inside, ctx) == Inside(sandboxed=True, without_network=True)


def test_an_app_of_macos_with_its_own_sandbox_is_reported(tmp_path: Path) -> None:
    ctx = replace(context(tmp_path, env={APP_SANDBOX: "com.example.app"}), system=MACOS)
    (finding,) = shell_is_outside(answer(inside, ctx))

    assert finding.problem is SEATBELT_EXEC_FAILED
    assert APP_SANDBOX in finding.detail


def test_what_is_seen_inside_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="inside the sandbox"):
        answer(outside, context(tmp_path), Inside(sandboxed=True))

    assert answer(outside, context(tmp_path), Inside()) == Inside()


@pytest.mark.skipif(sys.platform != "linux", reason="the mounts are those of Linux")
def test_the_real_sandbox_is_recognised_from_within(
    codex_cli: CodexCli, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not machine_sandbox.possible(codex_cli.native):
        pytest.skip("where the tests run no sandbox can start")
    project = tmp_path_factory.mktemp("project")
    (project / ".git").mkdir()
    argv = ["sandbox", "-P", ":workspace", "-C", str(project), "--", sys.executable, "-c", ASK]

    assert codex_cli.run(argv).stdout.split() == ["True", "True", str(project / ".git")]


@pytest.mark.skipif(sys.platform != "linux", reason="the mounts are those of Linux")
def test_an_examination_inside_the_real_sandbox_names_it_as_the_cause(
    codex_cli: CodexCli, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not machine_sandbox.possible(codex_cli.native):
        pytest.skip("where the tests run no sandbox can start")
    project, home = tmp_path_factory.mktemp("project"), codex_cli.scratch_home()
    (project / ".git").mkdir()
    (home / "auth.json").write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-test-0000"}')
    doctor = [sys.executable, "-m", "codex_doctor", "check", "--format", "json"]
    path = f"{codex_cli.native.parent}:{os.environ['PATH']}"
    argv = ["sandbox", "-P", ":workspace", "-C", str(project), "--", *doctor]
    report = json.loads(codex_cli.run(argv, home, {"PATH": path}).stdout)
    causes = [
        each["name"] for each in report["findings"] if each["severity"] == "error" and each["role"] == "cause"
    ]

    assert causes == ["sandbox-network-blocked"]
    assert [each["id"] for each in report["checks"] if each["verdict"] in {"timed-out", "crashed"}] == []
