"""A file that takes the place of another is like it in all but its content, whoever else is in the folder."""

from __future__ import annotations

import errno
import os
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from codex_doctor.alike import ACCESS_LIST
from codex_doctor.replace import replace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are those of Unix")

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="these attributes are those of Linux")

NOBODY: Final = 65534
SOME_GROUP: Final = 4321

REPLACE = """
import sys
from pathlib import Path
from codex_doctor.replace import replace
try:
    replace(Path(sys.argv[1]), b"new", mode=0o640)
except OSError as error:
    print(error.strerror)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def access_list(*, user: int, may: int) -> bytes:
    """Return the list by which *user* too *may* use a file whose mode is 0640 (acl(5), acl_ea.h of Linux)."""
    entries = ((0x01, 6, -1), (0x02, may, user), (0x04, 0, -1), (0x10, 4, -1), (0x20, 0, -1))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)


@linux_only
def test_extended_attributes_and_access_lists_are_kept(file: Path) -> None:
    os.setxattr(file, "user.origin", b"here")
    os.setxattr(file, ACCESS_LIST, access_list(user=NOBODY, may=4))
    before = {name: os.getxattr(file, name) for name in os.listxattr(file)}
    assert set(before) == {"user.origin", ACCESS_LIST}

    replace(file, b"new", mode=0o640)

    assert {name: os.getxattr(file, name) for name in os.listxattr(file)} == before
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o640)


@linux_only
def test_what_the_folder_gives_to_new_files_is_not_given_to_this_one(file: Path) -> None:
    os.setxattr(file.parent, "system.posix_acl_default", access_list(user=NOBODY, may=4))

    replace(file, b"new", mode=0o640)

    assert os.listxattr(file) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_the_group_is_kept_where_root_owns_the_file(file: Path) -> None:
    os.chown(file, 0, SOME_GROUP)

    replace(file, b"new", mode=0o640)

    assert (file.stat().st_uid, file.stat().st_gid) == (0, SOME_GROUP)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_the_rights_of_a_group_go_to_no_other(file: Path) -> None:
    os.chown(file, NOBODY, SOME_GROUP)
    os.chown(file.parent, NOBODY, NOBODY)
    for folder in file.parent.parents:
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-c"]

    ran = subprocess.run([*argv, REPLACE, str(file)], capture_output=True, text=True, check=True)

    assert ran.stdout == f"it belongs to group {SOME_GROUP}, and you are not in it\n"
    assert (file.read_bytes(), [path.name for path in file.parent.iterdir()]) == (b"old", ["config.toml"])


def test_a_link_in_the_place_of_the_new_file_lends_nobody_a_mode(file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    secret.chmod(0o600)

    def attack(step: str) -> None:
        if step == "temporary-made":
            (temporary,) = tmp_path.glob(".codex-doctor-*")
            temporary.unlink()
            temporary.symlink_to(secret)

    replace(file, b"new", mode=0o644, step=attack)

    assert (stat.S_IMODE(secret.stat().st_mode), secret.read_bytes()) == (0o600, b"secret")


def test_the_time_of_the_last_change_comes_with_the_content(file: Path) -> None:
    then = 1_700_000_000_123_456_789
    times: list[int] = []

    def look(step: str) -> None:
        if step == "renamed":
            times.append(file.stat().st_mtime_ns)

    replace(file, b"new", modified_ns=then, step=look)

    assert times == [then]


def test_a_replacement_that_may_not_outlive_a_power_cut_is_one_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def failing(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    replace(file, b"new")

    assert file.read_bytes() == b"new"


def test_whoever_watches_may_still_stop_it(file: Path) -> None:
    def stop(step: str) -> None:
        if step == "temporary-synced":
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        replace(file, b"new", step=stop)

    assert (file.read_bytes(), [path.name for path in file.parent.iterdir()]) == (b"old", ["config.toml"])
