"""Judging the folder of Codex, and looking at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from codex_checks.config.settings import Settings
from codex_checks.files.checks import home_exists, home_local
from codex_checks.files.exposure import home_is_private
from codex_checks.files.mounts import Mount
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.files import Room
from codex_doctor.fix import command
from codex_doctor.model import Severity
from homes import HOME, NO_ENV, judged, look, state, status

if TYPE_CHECKING:
    from codex_checks.files.home import HomeState


def names(of: HomeState) -> list[str]:
    return [finding.problem.name for finding in judged(of)]


def test_a_healthy_folder_is_silence() -> None:
    assert names(state()) == []


def test_the_default_folder_may_be_absent() -> None:
    assert names(state(absent=True)) == []


def test_a_codex_home_that_names_nothing_is_reported_with_a_command() -> None:
    (finding,) = judged(state(absent=True, source="CODEX_HOME", path=Path("/data/my codex")))

    assert finding.detail == "CODEX_HOME points to /data/my codex, which does not exist"
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == "mkdir -p -m 700 '/data/my codex'"


def test_a_tilde_in_codex_home_is_explained() -> None:
    (finding,) = judged(state(absent=True, source="CODEX_HOME", path=Path("/srv/~/codex")))

    assert "takes ~ literally" in finding.detail
    assert "$HOME" in finding.advice


@pytest.mark.parametrize(
    ("source", "words", "does"),
    [
        ("default", f"{HOME} is a file, not a folder", f"mv {HOME} {HOME}.aside"),
        ("CODEX_HOME", f"CODEX_HOME points to {HOME}, which is a file, not a folder", "unset CODEX_HOME"),
        ("--codex-home", f"--codex-home points to {HOME}, which is a file, not a folder", None),
    ],
)
def test_a_file_in_the_place_of_the_folder_is_reported(source: str, words: str, does: str | None) -> None:
    (finding,) = home_exists(state(status(kind="file"), source=source))

    assert finding.problem.name == "codex-home-missing"
    assert finding.detail == words
    assert (finding.fix and [command(step, os="linux") for step in finding.fix.steps]) == (does and [does])


def test_a_link_that_leads_nowhere_is_reported() -> None:
    (finding,) = judged(structs.replace(state(absent=True), dangling=True))

    assert finding.problem.name == "codex-home-missing"
    assert "is a link to" in finding.detail


def test_a_link_to_itself_is_the_one_finding_and_moved_aside(tmp_path: Path) -> None:
    (tmp_path / ".codex").symlink_to(".codex")

    found = look(tmp_path, env={"HOME": str(tmp_path), "CODEX_HOME": str(tmp_path / ".codex")})

    (finding,) = judged(found)
    assert finding.problem.name == "codex-home-missing"
    assert "leads back to itself" in finding.detail
    assert finding.fix is not None
    assert str(command(finding.fix.steps[0], os="linux")).startswith("mv ")


def test_a_folder_that_everybody_may_write_is_closed_to_them() -> None:
    (finding,) = home_is_private(state(status(mode=0o777)))

    assert finding.problem.name == "codex-home-exposed"
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == f"chmod 755 {HOME}"


def test_a_folder_that_is_made_for_everybody_is_left_so() -> None:
    (finding,) = home_is_private(state(status(mode=0o1777)))

    assert finding.fix is not None
    assert [command(step, os="linux") for step in finding.fix.steps] == [
        'mkdir -p -m 700 "$HOME/.codex-own"',
        'export CODEX_HOME="$HOME/.codex-own"',
    ]


@pytest.mark.parametrize("path", ["/", "/etc", "/usr/local", "/home"])
def test_a_folder_of_the_system_is_not_taken_from_root(path: str) -> None:
    (finding,) = judged(state(status(owner=0), path=Path(path), source="CODEX_HOME"))

    assert finding.problem.name == "codex-home-root-owned"
    assert finding.fix is not None
    assert finding.advice == f"Leave {path} as it is, and let Codex have another folder."
    assert not any("chown" in str(command(step, os="linux")) for step in finding.fix.steps)


def test_a_folder_that_its_group_may_write_may_be_so_by_the_habit_of_the_system() -> None:
    assert home_is_private(state(status(mode=0o775))) == ()


@pytest.mark.parametrize("kind", ["9p", "vfat", "fuse.sshfs"])
def test_the_mode_of_a_folder_says_nothing_where_the_mount_makes_it(kind: str) -> None:
    mount = Mount(point="/", kind=kind, read_only=False)

    with pytest.raises(NotApplicable, match=kind):
        home_is_private(structs.replace(state(status(mode=0o777)), mount=mount))


def test_a_mount_that_forbids_writing_comes_first() -> None:
    mounted = structs.replace(
        state(status(owner=0, mode=0o500)), mount=Mount(point="/home", kind="ext4", read_only=True)
    )
    (finding,) = judged(mounted)

    assert finding.problem.name == "codex-home-readonly-mount"
    assert "/home" in finding.detail


def test_a_read_only_file_system_is_seen_without_a_list_of_mounts() -> None:
    mac = structs.replace(state(), os="macos", mount=None, room=Room(free=0, read_only=True))

    assert names(mac) == ["codex-home-readonly-mount"]


def test_a_folder_of_root_is_taken_back() -> None:
    (finding,) = judged(state(status(owner=0)))

    assert finding.problem.name == "codex-home-root-owned"
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == "sudo chown -R 1000 /home/u/.codex"


def test_a_file_of_root_inside_is_named() -> None:
    (finding,) = judged(structs.replace(state(), of_others=(("config.toml", 0), ("log", 7))))

    assert finding.problem.name == "codex-home-root-owned"
    assert finding.detail == f"in {HOME}: config.toml belongs to root"


def test_a_folder_of_somebody_else_is_reported() -> None:
    (finding,) = judged(state(status(owner=33, mode=0o777)))

    assert finding.problem.name == "codex-home-not-owned"
    assert finding.detail == f"{HOME} belongs to user 33, and you are user 1000"
    assert finding.fix is not None
    assert "CODEX_HOME" in str(command(finding.fix.steps[-1], os="linux"))


def test_a_mode_that_keeps_the_owner_out_is_mended() -> None:
    (finding,) = judged(state(status(mode=0o555)))

    assert finding.problem.name == "codex-home-not-writable"
    assert finding.detail == f"{HOME} has mode 0555: you may not make files in it"
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == "chmod 755 /home/u/.codex"


def test_what_stands_in_the_place_of_a_folder_is_moved_aside() -> None:
    (finding,) = judged(structs.replace(state(), blocked=("sessions",)))

    assert (finding.problem.name, finding.problem.severity) == ("codex-home-not-writable", Severity.WARNING)
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == f"mv {HOME}/sessions {HOME}/sessions.aside"


def test_a_file_where_codex_wants_a_folder_is_seen_and_a_link_to_one_is_fine(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".codex" / "sessions").touch()
    (tmp_path / ".codex" / "tmp").symlink_to(tmp_path / "elsewhere")

    assert look(tmp_path, env={}).blocked == ("sessions",)


def test_a_folder_that_cannot_be_examined_is_not_writable() -> None:
    (finding,) = judged(state(error="Permission denied"))

    assert finding.problem.name == "codex-home-not-writable"
    assert "Permission denied" in finding.detail


def test_modes_and_owners_do_not_stop_root() -> None:
    assert names(structs.replace(state(status(owner=1000, mode=0o500)), user=0)) == []


def test_modes_and_owners_mean_nothing_on_windows() -> None:
    assert names(structs.replace(state(status(owner=0, mode=0o555)), os="windows", user=None)) == []


def test_a_network_file_system_is_a_warning() -> None:
    far = structs.replace(state(), mount=Mount(point="/home", kind="nfs4", read_only=False))
    (finding,) = judged(far)

    assert finding.problem.name == "codex-home-network-fs"
    assert finding.detail == f"{HOME} is on nfs4, mounted at /home"


def test_a_network_file_system_is_fine_where_the_databases_stand_elsewhere() -> None:
    far = structs.replace(state(), mount=Mount(point="/home", kind="nfs", read_only=False))
    moved = Settings(values={"sqlite_home": "/var/lib/codex"}, layers=())

    assert home_local(far, moved, NO_ENV) == ()


def test_a_sandbox_whose_own_root_is_shared_is_fine() -> None:
    assert names(structs.replace(state(), mount=Mount(point="/", kind="9p", read_only=False))) == []


def test_a_folder_in_the_temporary_folder_is_a_note() -> None:
    (finding,) = judged(structs.replace(state(), temporary=Path("/tmp")))  # noqa: S108 - only named

    assert finding.problem.name == "codex-home-in-tmp"


@pytest.mark.parametrize(
    ("free", "expected"),
    [(0, ["disk-full"]), (49 * 1024**2, ["disk-full"]), (900 * 1024**2, ["disk-nearly-full"]), (1024**3, [])],
)
def test_the_room_on_the_disk_is_judged(free: int, expected: list[str]) -> None:
    assert names(structs.replace(state(), room=Room(free=free, read_only=False))) == expected


def test_a_disk_that_does_not_say_its_room_is_not_judged() -> None:
    assert names(structs.replace(state(), room=None)) == []


def test_a_real_folder_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    found = look(tmp_path, env={"TMPDIR": str(tmp_path)})

    assert found.room is not None
    assert found.room.free > 0
    assert (found.standing, found.temporary, found.dangling) == (tmp_path / ".codex", tmp_path, False)


def test_an_absent_folder_stands_on_the_nearest_one_that_exists(tmp_path: Path) -> None:
    found = look(tmp_path, env={"CODEX_HOME": str(tmp_path / "a/b/c"), "TMPDIR": "/nowhere"})

    assert (found.standing, found.temporary) == (tmp_path, None)


def test_a_link_to_nothing_is_seen(tmp_path: Path) -> None:
    (tmp_path / ".codex").symlink_to(tmp_path / "gone")

    assert look(tmp_path, env={}).dangling


def test_the_mount_is_read_from_the_list_of_the_system(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(f"1 1 0:1 / {tmp_path} ro - nfs4 h:/x rw\n", "utf-8")
    linux = System(os="linux", arch="x86_64", release="6", user=1000)

    assert look(tmp_path, env={}, system=linux).mount == Mount(
        point=str(tmp_path), kind="nfs4", read_only=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user ids")
def test_entries_of_others_are_seen(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/config.toml").touch()
    stranger = System(os="linux", arch="x86_64", release="6", user=os.getuid() + 1)

    assert look(tmp_path, env={}, system=stranger).of_others == (("config.toml", os.getuid()),)


AS_NOBODY = """
import json, sys, time
from pathlib import Path
from codex_checks.files.checks import home_writable
from codex_checks.files.home import home_state
from codex_checks.places import codex_home
from codex_doctor.context import Context, System
root = Path(sys.argv[1])
ctx = Context(env={"CODEX_HOME": sys.argv[2]}, home=root, cwd=root, system=System.here(),
              deadline=time.monotonic() + 5)
found = home_writable(home_state.read(ctx, codex_home.read(ctx)))
print(json.dumps([[finding.problem.name, finding.detail] for finding in found]))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can become nobody")
def test_a_user_who_may_not_pass_the_folder_above_is_told() -> None:
    # pytest's own temporary folders are closed to everyone else, all the way up.
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        closed = Path(root) / "closed"
        (closed / "codex").mkdir(parents=True)
        closed.chmod(0o700)
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        ran = subprocess.run(
            [*become, sys.executable, "-c", AS_NOBODY, root, str(closed / "codex")],
            env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
            capture_output=True,
            check=True,
            text=True,
        )

    assert json.loads(ran.stdout) == [
        ["codex-home-not-writable", f"{closed}/codex cannot be examined: Permission denied"]
    ]
