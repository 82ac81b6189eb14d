"""Our own state is private, and belongs to whom it is about."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

import acts_store
import tokens
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.state import home_key, private_folder
from codex_checks.acts.store import open_store
from codex_checks.auth.login import Login, Store, auth_file
from codex_doctor.private import state_folder, write_private
from codex_doctor.redact import Secret
from engine import context

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are those of Unix")

NOBODY = 65534

USE = """
import sys
from pathlib import Path
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.state import private_folder
try:
    private_folder(Path(sys.argv[1]))
except StoreNotWritable as error:
    print(error)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may reach; those of pytest are root's alone."""
    made = Path(tempfile.mkdtemp(prefix="codex-doctor-test-")).resolve()
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_every_folder_that_is_made_is_private(folder: Path) -> None:
    private_folder(folder / "one" / "two")

    assert [stat.S_IMODE((folder / name).stat().st_mode) for name in ("one", "one/two")] == [0o700, 0o700]


def test_a_folder_that_others_could_read_becomes_private(folder: Path) -> None:
    private_folder(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_is_not_taken_for_a_folder(folder: Path) -> None:
    (folder / "link").symlink_to(folder)

    with pytest.raises(StoreNotWritable, match="is not a folder"):
        private_folder(folder / "link")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_of_another_user_is_not_trusted(folder: Path) -> None:
    folder.chmod(0o777)
    argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-c", USE]

    ran = subprocess.run([*argv, str(folder)], capture_output=True, text=True, check=True)

    assert ran.stdout == f"{folder} belongs to another user\n"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give things away")
def test_what_root_makes_in_the_folder_of_a_user_belongs_to_that_user(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    write_private(private_folder(folder / "state" / "journal") / "entry", b"")

    made = (folder / "state", folder / "state" / "journal", folder / "state" / "journal" / "entry")
    assert [path.stat().st_uid for path in made] == [NOBODY] * 3


def test_a_private_file_is_never_written_over(folder: Path) -> None:
    write_private(folder / "file", b"first")

    with pytest.raises(FileExistsError):
        write_private(folder / "file", b"second")

    assert (folder / "file").read_bytes() == b"first"


def test_a_home_is_known_by_where_it_really_is(folder: Path) -> None:
    (folder / "home").mkdir()
    (folder / "link").symlink_to(folder / "home")

    assert home_key(folder / "link") == home_key(folder / "home") != home_key(folder)


@pytest.mark.parametrize("named", [None, "", " ", "/var/state", "/var/state/", "relative", "~/state"])
@pytest.mark.parametrize("home", [None, "", "/home/u", "/home/u/", "/", "relative"])
@pytest.mark.filterwarnings("ignore")  # what platformdirs thinks of such names is its own affair
def test_the_state_stands_where_the_system_keeps_such_things(
    home: str | None, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", home), ("XDG_STATE_HOME", named)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)

    assert state_folder() == platformdirs.user_state_path("codex-doctor", appauthor=False)


def test_the_store_of_a_machine_is_set_up_as_its_sign_in_was_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    acts_store.put(folder / "home", tokens.chatgpt_login())
    found = Login(
        file=auth_file(context(folder), folder / "home" / "auth.json"),
        store=Store.EPHEMERAL,
        examined=context().moment(),
        system=context().system,
    )

    with pytest.raises(StoreNotWritable) as caught:
        open_store(folder / "home", found, keep=Secret).examine()

    assert caught.value.problem == "credentials-store-ephemeral"
