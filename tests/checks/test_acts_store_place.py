"""Whether a sign-in could be replaced is known before anything is sent."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import acts_store
import tokens
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.place import examine
from codex_checks.acts.store import CredentialStore
from codex_checks.auth.login import Store
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are those of Unix")

NOBODY = 65534

EXAMINE = """
import sys
from pathlib import Path
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.place import examine
import os
try:
    print("writable", examine(Path(sys.argv[1]) / "auth.json", user=os.geteuid()).real)
except StoreNotWritable as error:
    print(error.problem, error)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that an unprivileged user may own and reach; the folders of pytest are root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="codex-doctor-test-")).resolve()
    folder.chmod(0o755)
    acts_store.put(folder / "home", tokens.chatgpt_login())
    if os.geteuid() == 0:
        for path in (folder / "home", folder / "home" / "auth.json"):
            os.chown(path, NOBODY, NOBODY)
    yield folder / "home"
    shutil.rmtree(folder)


def as_a_user(home: Path) -> str:
    """Return what examining *home* says to a user who is not root."""
    argv = [sys.executable, "-c", EXAMINE, str(home)]
    if os.geteuid() == 0:
        argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *argv]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert ran.stderr == ""
    return ran.stdout


def refused(home: Path, *, user: int | None = None) -> StoreNotWritable:
    """Return why the sign-in of *home* could not be replaced."""
    with pytest.raises(StoreNotWritable) as caught:
        examine(home / "auth.json", user=os.geteuid() if user is None else user)
    return caught.value


def _link(home: Path, to: str) -> None:
    (home / "auth.json").unlink()
    (home / "auth.json").symlink_to(to)


def _link_to_itself(home: Path) -> None:
    _link(home, "auth.json")


def _link_to_nowhere(home: Path) -> None:
    _link(home, "/nowhere/auth.json")


def _no_home(home: Path) -> None:
    shutil.rmtree(home)


def _hard_link(home: Path) -> None:
    os.link(home / "auth.json", home / "second")


def _folder(home: Path) -> None:
    (home / "auth.json").unlink()
    (home / "auth.json").mkdir()


def _pipe(home: Path) -> None:
    (home / "auth.json").unlink()
    os.mkfifo(home / "auth.json")


@pytest.mark.parametrize(
    ("make", "problem", "words"),
    [
        (_hard_link, "auth-file-not-writable", "has 2 hard links"),
        (_folder, "auth-file-unreadable", "is not a regular file"),
        (_pipe, "auth-file-unreadable", "is not a regular file"),
        (_link_to_itself, "auth-file-unreadable", "leads in a circle"),
        (_link_to_nowhere, "auth-file-not-writable", "a folder that does not exist"),
        (_no_home, "auth-file-not-writable", "has no folder"),
    ],
    ids=["hard link", "folder", "pipe", "circle", "link to nowhere", "no home"],
)
def test_what_cannot_be_replaced_is_refused(
    home: Path, make: Callable[[Path], None], problem: str, words: str
) -> None:
    make(home)

    why = refused(home)

    assert (why.problem, words in str(why)) == (problem, True)


@pytest.mark.skipif(sys.platform != "linux", reason="setpriv is a Linux program")
@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("auth.json", 0o400, "auth-file-not-writable {home}/auth.json is read-only: its mode is 0400\n"),
        (".", 0o500, "codex-home-not-writable {home} cannot be written by you: its mode is 0500, "),
        (".", 0o700, "writable {home}/auth.json\n"),
        ("auth.json", 0o200, "writable {home}/auth.json\n"),
    ],
)
def test_a_user_is_told_which_mode_keeps_the_file_from_being_replaced(
    home: Path, path: str, mode: int, said: str
) -> None:
    (home / path).chmod(mode)

    assert as_a_user(home).startswith(said.format(home=home))


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_of_another_user_is_refused_although_its_folder_is_ours(home: Path) -> None:
    os.chown(home / "auth.json", 1, 1)
    (home / "auth.json").chmod(0o666)

    assert "auth.json belongs to another user (1)" in as_a_user(home)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="the same")
def test_a_home_of_another_user_is_refused_by_its_mode(home: Path) -> None:
    (home / "auth.json").unlink()
    os.chown(home, 1, 1)
    home.chmod(0o755)

    assert as_a_user(home).startswith("codex-home-not-writable")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root is above the modes")
def test_root_may_replace_a_file_that_is_read_only(home: Path) -> None:
    (home / "auth.json").chmod(0o400)

    assert examine(home / "auth.json", user=0).real == home / "auth.json"


def test_a_folder_behind_a_link_must_be_writable_too(home: Path) -> None:
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    acts_store.put(elsewhere, tokens.chatgpt_login())
    _link(home, str(elsewhere / "auth.json"))
    elsewhere.chmod(0o555)
    user = elsewhere.stat().st_uid or NOBODY
    if os.geteuid() == 0:
        for path in (elsewhere, elsewhere / "auth.json"):
            os.chown(path, NOBODY, NOBODY)

    why = refused(home, user=user)

    assert (why.problem, str(elsewhere) in str(why)) == ("auth-file-not-writable", True)


def test_examining_changes_nothing(home: Path) -> None:
    before = {path.name: path.stat() for path in (home, home / "auth.json")}

    examine(home / "auth.json", user=os.geteuid())

    assert [path.name for path in home.iterdir()] == ["auth.json"]
    after = {path.name: path.stat() for path in (home, home / "auth.json")}
    assert {name: one.st_mtime_ns for name, one in after.items()} == {
        name: one.st_mtime_ns for name, one in before.items()
    }


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ('mount -t tmpfs -o size=200k none "$1"', "disk-full the disk of {home} has "),
        ('mount -t tmpfs -o ro none "$1"', "codex-home-readonly-mount {home} is mounted read-only"),
        (
            'mount --bind "$1/auth.json" "$1/auth.json"',
            "auth-file-not-writable {home}/auth.json is mounted by itself",
        ),
        (
            'mount -t tmpfs none "$1" && touch "$1/auth.json" && chattr +i "$1/auth.json"',
            "auth-file-not-writable the system does not let you write {home}/auth.json",
        ),
        (
            'mount -t tmpfs none "$1" && chattr +i "$1"',
            "codex-home-not-writable the system does not let you write in {home}",
        ),
        ('mount --bind "$1" "$1"', "writable {home}/auth.json"),
    ],
    ids=["full", "read-only", "a volume of its own", "immutable file", "immutable folder", "healthy"],
)
def test_what_only_the_system_knows_is_noticed_beforehand(home: Path, before: str, said: str) -> None:
    spaced = home.rename(home.parent / "a home")
    inside = ["unshare", "--mount", "sh", "-c", f'{before} && shift && exec "$@"', "sh", str(spaced)]
    try:  # the mount ends with the process
        ran = subprocess.run(
            [*inside, sys.executable, "-c", EXAMINE, str(spaced)], capture_output=True, text=True, check=True
        )
    except subprocess.CalledProcessError as error:
        pytest.skip(f"nothing may be mounted here: {error.stderr}")

    assert ran.stdout.startswith(said.format(home=spaced))


@pytest.mark.parametrize(
    ("kept_in", "gap", "problem", "words"),
    [
        (Store.KEYRING, None, None, "keeps the sign-in in the keyring, which codex-doctor does not write"),
        (Store.KEYRING, "no bus", None, "keeps the sign-in in the keyring"),
        (Store.AUTO, None, None, "looks for the sign-in in the keyring first"),
        (Store.EPHEMERAL, None, "credentials-store-ephemeral", "is set to store no sign-in"),
    ],
)
def test_a_sign_in_that_is_kept_elsewhere_is_not_touched(
    home: Path, kept_in: Store, gap: str | None, problem: str | None, words: str
) -> None:
    store = CredentialStore(home, state=home.parent, keep=Secret, user=0, kept_in=kept_in, keyring_gap=gap)

    with pytest.raises(StoreNotWritable, match=words) as caught:
        store.examine()

    assert caught.value.problem == problem


def test_without_a_keyring_the_automatic_store_is_the_file(home: Path) -> None:
    store = CredentialStore(
        home, state=home.parent, keep=Secret, user=0, kept_in=Store.AUTO, keyring_gap="no bus"
    )

    assert store.examine().real == home / "auth.json"


def test_our_own_state_is_private(home: Path) -> None:
    store = acts_store.store(home)
    with store.alone("test"):
        entry = store.journal.begin("refresh", "guard")

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (entry.path, entry.path.parent, entry.path.parent.parent)
    }
    assert modes == {entry.path.name: 0o600, "journal": 0o700, "state": 0o700}
