"""A standalone release comes onto the machine as its own installer would put it, and goes without a trace."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex
from codex_checks.acts.install.change import PREFIX
from codex_doctor.context import System
from codex_doctor.errors import RepairError
from fakes.publisher import Sick

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")

ARCHIVE: Final = f"codex-package-{tiny_codex.TARGET}.tar.gz"
NAME: Final = f"0.170.0-{tiny_codex.TARGET}"


@pytest.fixture
def machine(tmp_path: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Installing:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    publisher.publish("0.170.0")
    return acts_install.machine(tmp_path, publisher.env)


def _root(machine: Installing) -> Path:
    return machine.home / ".codex" / "packages" / "standalone"


def _ours(machine: Installing) -> list[str]:
    """Return what we keep beside what is installed."""
    return [path.name for path in machine.home.rglob(f"{PREFIX}*")]


def test_where_there_was_nothing_codex_answers(machine: Installing) -> None:
    machine.do(via="standalone")

    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"
    assert machine.door.said[-1] == "Codex 0.170.0 is installed"


def test_everything_is_where_the_installer_puts_it(machine: Installing) -> None:
    machine.do(via="standalone")

    root = _root(machine)
    assert (root / "current").readlink() == root / "releases" / NAME
    assert (root / "releases" / NAME / "codex").readlink().as_posix() == "bin/codex"
    for name in ("codex", "codex-code-mode-host"):
        assert (machine.home / ".local/bin" / name).readlink() == root / "current" / "bin" / name
    assert _ours(machine) == []


def test_the_installers_own_folder_of_commands_is_used(machine: Installing) -> None:
    machine.env = {**machine.env, "CODEX_INSTALL_DIR": str(machine.home / "own")}

    machine.do(via="standalone")

    assert acts_install.version(machine.home / "own/codex") == "codex-cli 0.170.0"


def test_codex_home_decides_where_releases_stand(machine: Installing) -> None:
    machine.env = {**machine.env, "CODEX_HOME": str(machine.home / "elsewhere")}

    machine.do(via="standalone")

    assert (machine.home / "elsewhere/packages/standalone/current/bin/codex").exists()


def test_a_host_may_keep_a_copy_for_itself(machine: Installing, publisher: Publisher) -> None:
    machine.do(via="standalone", into=str(machine.home / "cache" / "codex"), version="0.170.0")

    assert acts_install.version(machine.home / "cache/codex/current/bin/codex") == "codex-cli 0.170.0"
    assert not (machine.home / ".local").exists()
    assert not (machine.home / ".codex").exists()

    publisher.asked.clear()
    machine.do(via="standalone", into=str(machine.home / "cache" / "codex"), version="0.170.0")

    assert [path for path in publisher.asked if path.endswith(".tar.gz")] == []


def test_nothing_is_left_of_an_installation_that_is_taken_back(machine: Installing) -> None:
    before = acts_install.traces(machine.home)

    machine.do(via="standalone")
    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_an_update_keeps_the_old_release_and_is_taken_back_to_it(
    machine: Installing, publisher: Publisher
) -> None:
    machine.do(via="standalone")
    before = acts_install.traces(machine.home)
    publisher.publish("0.171.0")

    machine.do(via="standalone")

    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.171.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before
    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"


def test_a_release_that_codex_may_update_by_itself_stays_one(
    machine: Installing, publisher: Publisher
) -> None:
    machine.do(via="standalone")
    marker = _root(machine) / "auto-update-version"
    marker.write_text(NAME)
    publisher.publish("0.171.0")

    machine.do(via="standalone")

    assert marker.read_text() == NAME.replace("170", "171")

    machine.undo()

    assert marker.read_text() == NAME


def test_a_release_that_stands_there_broken_gives_way_and_comes_back(machine: Installing) -> None:
    machine.do(via="standalone")
    (_root(machine) / "releases" / NAME / "bin" / "codex").write_bytes(b"")
    before = acts_install.traces(machine.home)

    machine.do(via="standalone")

    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_a_whole_release_is_not_downloaded_again(machine: Installing, publisher: Publisher) -> None:
    machine.do(via="standalone")
    publisher.asked.clear()
    (machine.home / ".local/bin/codex").unlink()

    machine.do(via="standalone")

    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"
    assert [path for path in publisher.asked if path.endswith(".tar.gz")] == []


@pytest.mark.parametrize("what", ["file", "dangling link", "folder"])
def test_what_stands_in_the_place_of_the_command_is_kept(machine: Installing, what: str) -> None:
    command = machine.home / ".local/bin/codex"
    command.parent.mkdir(parents=True)
    match what:
        case "file":
            command.write_text("an old copy")
        case "folder":
            command.mkdir()
        case _:
            command.symlink_to("/nowhere/codex")
    before = acts_install.traces(machine.home)

    machine.do(via="standalone")

    assert acts_install.version(command) == "codex-cli 0.170.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_a_copy_that_nobody_updates_gives_way_and_comes_back(machine: Installing) -> None:
    copy = machine.home / "bin" / "codex"
    copy.parent.mkdir()
    copy.write_bytes(b"")
    copy.chmod(0o755)
    before = acts_install.traces(machine.home)

    machine.do(via="standalone", away=str(copy))

    assert not copy.exists()

    machine.undo()

    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize(
    ("name", "sick", "words"),
    [
        ("latest", Sick(status=404), "does not have latest"),
        ("latest", Sick(status=500), "answered 500"),
        ("latest", Sick(content=b"<html>"), "which one is the newest"),
        ("codex-package_SHA256SUMS", Sick(status=404), "does not have codex-package_SHA256SUMS"),
        (ARCHIVE, Sick(status=404), f"does not have {ARCHIVE}"),
        (ARCHIVE, Sick(cut=50), "broke off"),
        (ARCHIVE, Sick(content=b"another archive"), "its checksum differs"),
    ],
)
def test_whatever_fails_on_the_way_leaves_nothing_behind(
    machine: Installing, publisher: Publisher, name: str, sick: Sick, words: str
) -> None:
    before = acts_install.traces(machine.home)
    publisher.sick[name] = sick

    with pytest.raises(RepairError, match=words):
        machine.do(via="standalone")

    assert acts_install.traces(machine.home) == before


def test_what_was_changed_on_its_way_is_thrown_away(
    machine: Installing, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.sick[ARCHIVE] = Sick(content=b"another archive")
    with pytest.raises(RepairError, match="its checksum differs"):
        machine.do(via="standalone")
    publisher.sick.clear()

    assert list((tmp_path / "cache").rglob("*.tar.gz")) == []

    machine.do(via="standalone")

    assert publisher.ranges == []


def test_what_broke_off_is_taken_up_by_the_next_try(
    machine: Installing, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.sick[ARCHIVE] = Sick(cut=50)
    with pytest.raises(RepairError, match="broke off"):
        machine.do(via="standalone")
    came = next((tmp_path / "cache").rglob("*.tar.gz")).stat().st_size
    publisher.sick.clear()
    publisher.ranges.clear()

    machine.do(via="standalone")

    assert publisher.ranges == [f"bytes={came}-"]
    assert not list((tmp_path / "cache").rglob("*.tar.gz"))


@pytest.mark.parametrize("name", ["../../escaped", "/escaped", "bin/../../../escaped"])
def test_an_archive_that_reaches_out_is_not_installed(
    machine: Installing, publisher: Publisher, name: str
) -> None:
    before = acts_install.traces(machine.home)
    publisher.publish("0.170.0", release={**tiny_codex.release("0.170.0"), name: (b"evil", 0o755)})

    with pytest.raises(RepairError, match="leads out of it"):
        machine.do(via="standalone")

    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"bin/codex": (tiny_codex.program("codex-cli 0.1.0"), 0o755)}, "holds Codex 0.1.0"),
        ({"bin/codex": (tiny_codex.program("hello"), 0o755)}, "named no version"),
        ({"bin/codex": (b"no program", 0o755)}, "does not start"),
        ({"bin/codex": (tiny_codex.program("codex-cli 0.170.0"), 0o644)}, "does not let a program run"),
        ({"bin/codex": None}, "holds no codex"),
        ({"bin/codex-code-mode-host": None}, "holds no codex-code-mode-host"),
    ],
)
def test_a_program_that_is_not_what_it_should_be_is_not_installed(
    machine: Installing, publisher: Publisher, changed: dict[str, tuple[bytes, int] | None], words: str
) -> None:
    before = acts_install.traces(machine.home)
    wrong = {**tiny_codex.release("0.170.0"), **changed}
    publisher.publish("0.170.0", release={path: file for path, file in wrong.items() if file is not None})

    with pytest.raises(RepairError, match=words):
        machine.do(via="standalone")

    assert acts_install.traces(machine.home) == before


def test_an_undo_is_refused_where_something_else_changed_it_since(
    machine: Installing, publisher: Publisher
) -> None:
    machine.do(via="standalone")
    first = len(machine.notes)
    publisher.publish("0.171.0")
    machine.do(via="standalone")
    del machine.notes[first:]

    with pytest.raises(AssertionError, match="current was changed by something else since"):
        machine.undo()


def test_two_old_copies_are_kept_and_no_more(machine: Installing, publisher: Publisher) -> None:
    done: list[int] = []
    for minor in range(170, 175):
        publisher.publish(f"0.{minor}.0")
        machine.do(via="standalone")
        done.append(len(machine.notes))

    kept = {name.removeprefix(PREFIX)[:8] for name in _ours(machine)}
    assert len(kept) == 2

    for number, version in ((4, "0.173.0"), (3, "0.172.0")):
        del machine.notes[done[number] :]
        machine.undo()
        assert acts_install.version(machine.home / ".local/bin/codex") == f"codex-cli {version}"

    del machine.notes[done[2] :]
    with pytest.raises(AssertionError, match="is not kept any more"):
        machine.undo()


def test_what_came_into_a_new_folder_meanwhile_stays(machine: Installing) -> None:
    machine.do(via="standalone")
    (machine.home / ".codex/config.toml").write_text("")

    machine.undo()

    assert [path.name for path in (machine.home / ".codex").iterdir()] == ["config.toml"]


def test_another_installer_at_work_is_not_disturbed(
    machine: Installing, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    from codex_checks.acts.install import standalone

    monkeypatch.setattr(standalone, "LOCK_PATIENCE", 0.2)
    lock = _root(machine) / "install.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = acts_install.traces(machine.home)

        with pytest.raises(RepairError, match="installer of Codex is at work") as caught:
            machine.do(via="standalone")

    assert caught.value.transient
    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize("via", ["npm", "standalone"])
def test_without_the_network_nothing_is_tried(machine: Installing, publisher: Publisher, via: str) -> None:
    machine.offline = True

    with pytest.raises(RepairError, match="--offline keeps the network away") as caught:
        machine.do(via=via, otherwise="standalone")

    assert caught.value.transient
    assert (publisher.asked, machine.notes) == ([], [])


def test_on_windows_the_installer_is_left_to_the_user(machine: Installing) -> None:
    machine.system = System(os="windows", arch="x86_64", release="11", user=None)

    with pytest.raises(RepairError, match="its own installer"):
        machine.do(via="standalone")


def test_there_is_none_for_other_machines(machine: Installing) -> None:
    machine.system = System(os="linux", arch="riscv64", release="6", user=0)

    with pytest.raises(RepairError, match="there is no Codex for linux on riscv64"):
        machine.do(via="standalone")


def test_notes_are_plain_data(machine: Installing) -> None:
    machine.do(via="standalone")

    phases = [note["phase"] for note in machine.notes]
    assert phases == ["begun", "ready", "done"]
    assert json.loads(json.dumps(machine.notes)) == machine.notes


def test_a_damaged_record_changes_nothing(machine: Installing) -> None:
    machine.do(via="standalone")
    before = acts_install.traces(machine.home)
    machine.notes.append({**machine.notes[-1], "swaps": [{"place": "/etc"}]})

    with pytest.raises(RepairError, match="is damaged"):
        machine.undo()
    with pytest.raises(RepairError, match="is damaged"):
        machine.finish()

    assert acts_install.traces(machine.home) == before
