"""A repair goes nowhere that somebody else leads it: through links, or into the working directory."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

import pytest

import engine
from codex_doctor.errors import RepairError
from codex_doctor.fix import RunCommand, SetMode
from codex_doctor.repair import running
from codex_doctor.repair.handler import Tools
from codex_doctor.repair.running import RUNNING
from repairs import Workshop, age, tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are those of Unix")

root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give things away"
)

NOBODY: Final = 65534


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (home / "config.toml").write_text('model = "old"\n', "utf-8")
    (home / "config.toml").chmod(0o644)
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def private(workshop: Workshop) -> SetMode:
    return SetMode(path=str(workshop.home / "config.toml"), mode=0o600)


@root_only
def test_nobody_elses_link_lends_a_mode_to_what_is_not_theirs(workshop: Workshop) -> None:
    link = workshop.home / "link.toml"
    link.symlink_to("config.toml")
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)

    (applied,) = workshop.mend(SetMode(path=str(link), mode=0o666))

    assert applied.error is not None
    assert f"{link} is a link of user {NOBODY}, and leads to" in applied.error.message
    assert stat.S_IMODE((workshop.home / "config.toml").stat().st_mode) == 0o644


def test_a_link_of_ones_own_is_followed(workshop: Workshop) -> None:
    before = tree(workshop.home)
    link = workshop.home / "folder" / "link.toml"
    link.symlink_to("../folder/../config.toml")

    (applied,) = workshop.mend(SetMode(path=str(link), mode=0o600))
    mode = stat.S_IMODE((workshop.home / "config.toml").stat().st_mode)
    workshop.undo()
    link.unlink()

    assert (applied.error, mode) == (None, 0o600)
    assert tree(workshop.home)["config.toml"] == before["config.toml"]


def test_links_that_lead_in_circles_are_an_error(workshop: Workshop) -> None:
    (workshop.home / "a").symlink_to("b")
    (workshop.home / "b").symlink_to("a")

    (applied,) = workshop.mend(SetMode(path=str(workshop.home / "a"), mode=0o600))

    assert applied.error is not None
    assert "Too many levels of symbolic links" in applied.error.message


def test_an_undo_gives_no_mode_to_what_a_link_leads_to(workshop: Workshop, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", "utf-8")
    secret.chmod(0o600)
    workshop.mend(private(workshop))
    (workshop.home / "config.toml").unlink()
    (workshop.home / "config.toml").symlink_to(secret)

    with pytest.raises(RepairError, match="is a link now"):
        workshop.undo()

    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def run(workshop: Workshop, *argv: str, path: str) -> None:
    with contextlib.closing(engine.context(workshop.home, env={"PATH": path})) as ctx:
        tools = Tools(context=ctx, door=workshop.door, folder=workshop.state, remember=lambda _note: None)
        RUNNING.do(RunCommand(argv=argv, undo=()), tools)


@pytest.mark.parametrize("path", ["", ".", ":", "bin"])
def test_no_program_is_run_that_only_the_working_directory_holds(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for folder in (workshop.home, workshop.home / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "npm").write_text("#!/bin/sh\ntouch ran\n", "utf-8")
        (folder / "npm").chmod(0o755)
    monkeypatch.chdir(workshop.home)

    with pytest.raises(RepairError, match="npm was not found"):
        run(workshop, "npm", "install", path=path)

    assert not (workshop.home / "ran").exists()


def test_a_program_that_will_not_end_is_ended(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SECONDS", 0.3)
    stubborn = "trap '' TERM INT HUP; while :; do sleep 1; done"

    with pytest.raises(RepairError, match=r"sh took longer than 0\.3 s and was ended"):
        run(workshop, "sh", "-c", stubborn, path="/usr/bin:/bin")
