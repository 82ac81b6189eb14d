"""Letting the real Codex run a command in its sandbox, and when that is done at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import machine_sandbox
from codex_checks.config.settings import Settings, settings
from codex_checks.install.binary import Codex
from codex_checks.places import codex_home
from codex_checks.problems import sandbox as problems
from codex_checks.sandbox.checks import codex_runs_a_command
from codex_checks.sandbox.policy import Policy
from codex_checks.sandbox.proof import Proof, proof
from codex_checks.sandbox.trial import Trial
from codex_doctor.context import Context, System
from codex_doctor.errors import NotApplicable, Unavailable
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from codex_cli import CodexCli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox is not tried on Windows")

WSL2 = System(os="linux", arch="x86_64", release="6.6.87.2-microsoft-standard-WSL2", user=1000)
WINDOWS = System(os="windows", arch="x86_64", release="10.0.26200", user=None)
SECOND_VIEW = "41 40 8:48 / /mnt/wslg/distro ro - ext4 /dev/sdd rw\n"
NOTHING = Settings(values={}, layers=())


def _here(home: Path, *, live: bool = False) -> Context:
    return replace(context(home, env={"PATH": "/usr/bin:/bin"}, live=live), root=Path("/"))


def _proved(
    ctx: Context,
    program: Path,
    *,
    asked: Policy = Policy(),  # noqa: B008 - frozen
    version: str = "0.169.0",
    found: Settings = NOTHING,
    tried: Trial | None = None,
) -> Proof:
    try:
        return answer(proof, ctx, asked, Codex(path=program, version=version), found, tried)
    finally:
        ctx.close()


def _settings(home: Path, text: str) -> Settings:
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text(text)
    ctx = context(home)
    return answer(settings, ctx, answer(codex_home, ctx))


def _script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_the_real_codex_proves_it_and_changes_nothing_of_the_users(
    codex_cli: CodexCli, tmp_path: Path
) -> None:
    if not machine_sandbox.possible(codex_cli.native):
        pytest.skip("where the tests run no sandbox can start")
    found = _settings(tmp_path, "")
    before = sorted(tmp_path.rglob("*"))
    proved = _proved(_here(tmp_path, live=True), codex_cli.native, found=found)

    assert (proved.worked, proved.complaint) == (True, "")
    assert codex_runs_a_command(proved, found) == ()
    assert sorted(tmp_path.rglob("*")) == before


def test_the_real_codex_refuses_the_old_sandbox(codex_cli: CodexCli, tmp_path: Path) -> None:
    found = _settings(tmp_path, "[features]\nuse_legacy_landlock = true\n")
    proved = _proved(_here(tmp_path), codex_cli.native, asked=Policy(legacy=True), found=found)
    (finding,) = codex_runs_a_command(proved, found)

    assert finding.problem is problems.LEGACY_LANDLOCK_INCOMPATIBLE
    assert f"{tmp_path}/.codex/config.toml:2:1" in finding.detail
    assert "panicked" not in finding.detail


def test_it_is_left_alone_where_nothing_is_doubtful(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="--live"):
        _proved(_here(tmp_path), tmp_path / "codex")


def test_it_is_left_alone_where_bubblewrap_itself_does_not_start(tmp_path: Path) -> None:
    tried = Trial(program=tmp_path / "bwrap", own=False, worked=False, complaint="no")
    with pytest.raises(NotApplicable, match="bubblewrap itself"):
        _proved(_here(tmp_path, live=True), tmp_path / "codex", tried=tried)


def test_it_is_never_tried_on_windows(tmp_path: Path) -> None:
    ctx = replace(_here(tmp_path, live=True), system=WINDOWS)
    with pytest.raises(NotApplicable, match="administrator"):
        _proved(ctx, tmp_path / "codex")


def _in_wsl(root: Path) -> Context:
    for path, text in (("proc/self/mountinfo", SECOND_VIEW), ("bin/true", "")):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return replace(context(root, env={"PATH": "/usr/bin:/bin"}), system=WSL2)


def test_a_version_that_may_stumble_is_tried_in_wsl(tmp_path: Path) -> None:
    said = "error building bubblewrap command: mountinfo path is not absolute"
    program = _script(tmp_path / "codex", f'echo "{said}" >&2; exit 1')
    (finding,) = codex_runs_a_command(
        _proved(_in_wsl(tmp_path), program, version="0.155.0-alpha.16"), NOTHING
    )

    assert finding.problem is problems.WSL2_WSLG_MOUNT_SANDBOX
    assert said in finding.detail


@pytest.mark.parametrize("version", ["0.154.0", "0.169.0"])
def test_versions_that_do_not_stumble_are_not_tried_in_wsl(tmp_path: Path, version: str) -> None:
    with pytest.raises(NotApplicable):
        _proved(_in_wsl(tmp_path), tmp_path / "codex", version=version)


def test_a_codex_without_such_a_command_is_not_blamed(tmp_path: Path) -> None:
    program = _script(tmp_path / "codex", 'echo "Usage: codex sandbox linux" >&2; exit 2')
    with pytest.raises(NotApplicable, match="no command"):
        _proved(_here(tmp_path, live=True), program)


def test_one_that_does_not_answer_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_checks.sandbox.proof.PATIENCE", 0.2)
    with pytest.raises(Unavailable, match="no answer"):
        _proved(_here(tmp_path, live=True), _script(tmp_path / "codex", "exec sleep 60"))


def test_it_gets_no_credential_and_a_home_of_its_own(tmp_path: Path) -> None:
    program = _script(tmp_path / "codex", f"env > {tmp_path / 'seen'}; pwd >> {tmp_path / 'seen'}")
    env = {"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-one", "HOME": str(tmp_path)}
    _proved(replace(_here(tmp_path, live=True), env=env), program)
    seen = (tmp_path / "seen").read_text()

    assert "sk-one" not in seen
    assert f"HOME={tmp_path}\n" not in seen
    assert str(Path.cwd()) not in seen.splitlines()
