"""Hooks that fail at once by what they name, and hooks whose trust cannot be kept; no hook is run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.config.hooks.checks import hooks_can_be_trusted, hooks_can_start
from codex_checks.config.hooks.reading import Hooks, HookSource
from codex_checks.config.hooks.shape import Handler
from codex_checks.config.hooks.starting import why_not_started
from codex_checks.config.hooks.trust import Memory, memory
from codex_checks.places import codex_home
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from engine import context

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from codex_doctor.context import Context

KEY: Final = "/h/config.toml:stop:0:0"


def here(home: Path) -> Context:
    for name in ("run", "node"):
        program = home / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    (home / "plain").write_text("")
    (home / "plain").chmod(0o644)
    return context(home)


def why(home: Path, command: str, base: Path | None = None) -> str | None:
    variables = {"PATH": f"{home}/bin", "HOME": str(home)}
    return why_not_started(here(home), command.replace("{home}", str(home)), variables, base)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("nonesuch --x", "no folder of the PATH holds `nonesuch`"),
        ("LEVEL=1 nonesuch", "no folder of the PATH holds `nonesuch`"),
        ("/nonexistent/prog --x", "/nonexistent/prog does not exist"),
        ("{home}/plain", "{home}/plain is not executable (mode 0644)"),
        ("~/nonesuch", "{home}/nonesuch does not exist"),
        ('"$HOME/nonesuch" x', "{home}/nonesuch does not exist"),
        ("${HOME}/nonesuch", "{home}/nonesuch does not exist"),
        ("node /nonexistent/hook.js", "/nonexistent/hook.js does not exist"),
    ],
)
def test_a_hook_that_fails_at_once_is_known_by_what_it_names(
    tmp_path: Path, command: str, words: str
) -> None:
    assert why(tmp_path, command) == words.replace("{home}", str(tmp_path))


@pytest.mark.parametrize(
    "command",
    [
        "run --x",
        "{home}/bin/run",
        "~/bin/run",
        "echo hello",
        "node {home}/plain",
        "node relative.js",
        "./relative.sh",
        "test -x /nonexistent && /nonexistent",
        "/nonexistent || true",
        "nonesuch; exit 0",
        "$UNKNOWN/prog",
        "if true",
        "run 'unclosed",
        "$(nonesuch)",
        "",
    ],
)
def test_a_hook_of_which_that_is_not_certain_is_left_alone(tmp_path: Path, command: str) -> None:
    if command == "if true":
        command = "[ -x /nonexistent ]"

    assert why(tmp_path, command) is None


def test_the_folder_of_a_plugin_is_known_to_its_hooks(tmp_path: Path) -> None:
    assert why(tmp_path, "${CLAUDE_PLUGIN_ROOT}/hook.sh") is None
    assert why(tmp_path, "${CLAUDE_PLUGIN_ROOT}/hook.sh", tmp_path) == f"{tmp_path}/hook.sh does not exist"


def test_on_windows_nothing_is_certain(tmp_path: Path) -> None:
    ctx = replace(here(tmp_path), system=System(os="windows", arch="x86_64", release="10", user=None))

    assert why_not_started(ctx, "nonesuch", {}, None) is None


def found(*, trusted: bool = False, off: bool = False, missing: bool = False) -> Hooks:
    source = HookSource(
        path=Path("/h/config.toml"),
        where="/h/config.toml:1:1",
        prefix="/h/config.toml",
        handlers=(Handler(event="Stop", group=0, number=0, command="x"),),
    )
    return Hooks(
        sources=(source,),
        trusted=frozenset({KEY} if trusted else ()),
        off=frozenset({KEY} if off else ()),
        missing={KEY: "x does not exist"} if missing else {},
    )


def test_a_hook_that_cannot_start_is_reported_with_its_event() -> None:
    (finding,) = hooks_can_start(found(missing=True))

    assert finding.problem.name == "hook-failed"
    assert finding.detail == "/h/config.toml:1:1: the hook of Stop cannot be started: x does not exist"


def test_a_hook_that_is_switched_off_is_not_judged() -> None:
    assert hooks_can_start(found(missing=True, off=True)) == ()
    with pytest.raises(NotApplicable):
        hooks_can_be_trusted(found(off=True), Memory(file=Path("/h/config.toml"), obstacle="no"))


def test_a_hook_that_waits_for_a_review_that_cannot_be_kept_is_reported() -> None:
    (finding,) = hooks_can_be_trusted(found(), Memory(file=Path("/h/config.toml"), obstacle="no way"))

    assert finding.problem.name == "hook-trust-failed"
    assert finding.detail == "1 hook waits for your review, and /h/config.toml cannot be replaced: no way"


def test_where_the_settings_can_be_written_or_every_hook_is_trusted_all_is_well() -> None:
    assert hooks_can_be_trusted(found(), Memory(file=Path("/h/config.toml"))) == ()
    with pytest.raises(NotApplicable):
        hooks_can_be_trusted(found(trusted=True), Memory(file=Path("/h/config.toml"), obstacle="no"))


def remembered(home: Path, user: int | None) -> Memory:
    ctx = replace(context(home), system=System(os="linux", arch="x86_64", release="6", user=user))
    kept = memory.read(ctx, codex_home.read(ctx))
    assert isinstance(kept, Memory)
    return kept


def test_what_counts_is_the_folder_at_the_end_of_all_links(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "config.toml").write_text("")
    (tmp_path / "dotfiles" / "config.toml").chmod(0o444)
    (tmp_path / ".codex" / "config.toml").symlink_to("../dotfiles/config.toml")
    me = (tmp_path / "dotfiles").stat().st_uid or 4711

    assert remembered(tmp_path, None).obstacle is None
    os.chmod(tmp_path / "dotfiles", 0o755)  # noqa: PTH101, S103 - a folder of dotfiles
    kept = remembered(tmp_path, me + 1)

    assert kept.file == tmp_path / "dotfiles" / "config.toml"
    assert kept.obstacle is not None
    assert kept.obstacle.startswith(f"you may not write into {tmp_path}/dotfiles (mode 0755")


def within_reach(cli: CodexCli, folder: Path) -> list[str]:
    """Return what runs the real Codex as a user who may not write everything."""
    if os.geteuid() != 0:
        return [str(cli.native)]
    cli.homes.chmod(0o711)
    program = folder / "codex"
    shutil.copy(cli.native, program)
    return [shutil.which("setpriv") or "", "--reuid=65534", "--regid=65534", "--clear-groups", str(program)]


@pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are those of Unix")
def test_the_real_codex_cannot_write_what_we_say_it_cannot(codex_cli: CodexCli, tmp_path: Path) -> None:
    home, folder, programs = (codex_cli.scratch_home() for _ in range(3))
    programs.chmod(0o755)
    command = within_reach(codex_cli, programs)
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    (folder / "config.toml").write_text("")
    (home / "config.toml").symlink_to(folder / "config.toml")
    for each in (home, folder, folder / "config.toml"):
        os.chown(each, user, -1)
    folder.chmod(0o555)
    ctx = replace(
        context(tmp_path, env={"CODEX_HOME": str(home)}),
        system=System(os="linux", arch="x86_64", release="6", user=user),
    )

    ran = subprocess.run(
        [*command, "features", "disable", "apps"],
        env={"CODEX_HOME": str(home), "HOME": str(home), "PATH": os.defpath},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    kept = memory.read(ctx, codex_home.read(ctx))

    assert f"failed to persist config at {folder}" in ran.stderr
    assert isinstance(kept, Memory)
    assert kept.obstacle is not None
