"""What stands in the way of a change is found before anything is sent, by each of the commands."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import acts_store
import tokens
from codex_checks.acts import locks
from commands import ended, run, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="users, mounts and links are those of Linux")

NOBODY: Final = 65534
AS_NOBODY: Final = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

IMPORT: Final = ("import-auth", "pasted.json")
COMMANDS: Final = (("refresh",), IMPORT, ("logout",))

each = pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
changes = pytest.mark.parametrize("words", COMMANDS[:2], ids=lambda words: words[0])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home that an unprivileged user owns and can reach; the folders of pytest are root's alone."""
    found = Path(tempfile.mkdtemp(prefix="codex-doctor-test-")).resolve()
    found.chmod(0o755)
    acts_store.put(found / ".codex", acts_store.login())
    (found / "pasted.json").write_bytes(tokens.as_file(tokens.chatgpt_login(refresh_token="rt_imported")))
    own(found)
    yield found
    shutil.rmtree(found)


def own(folder: Path) -> None:
    """Give *folder* and all in it to the unprivileged user, where this one is root."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.lchown(path, NOBODY, NOBODY)


def as_a_user(folder: Path, openai: FakeOpenAI, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return run(folder, openai, *words, before=AS_NOBODY if os.geteuid() == 0 else ())


def sent(openai: FakeOpenAI) -> list[str]:
    """Return what was asked of the sign-in service."""
    return [one.path for one in openai.asked]


def tree(home: Path) -> dict[str, object]:
    return {
        path.name: path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        for path in home.iterdir()
    }


def _linked(home: Path) -> None:
    (home / "second").hardlink_to(home / "auth.json")


def _folder(home: Path) -> None:
    (home / "auth.json").unlink()
    (home / "auth.json").mkdir()


def _closed_folder(home: Path) -> None:
    home.chmod(0o500)


def _read_only(home: Path) -> None:
    (home / "auth.json").chmod(0o400)


@each
@pytest.mark.parametrize(
    ("make", "problem", "seen"),
    [
        (_folder, "CDX103 auth-file-unreadable", "/auth.json "),
        (_closed_folder, "CDX805 codex-home-not-writable", "cannot be written by you: its mode is 0500"),
    ],
)
def test_it_is_named_and_nothing_is_sent_or_changed(
    folder: Path,
    openai: FakeOpenAI,
    words: tuple[str, ...],
    make: Callable[[Path], None],
    problem: str,
    seen: str,
) -> None:
    home = folder / ".codex"
    make(home)
    own(folder)
    before = tree(home)

    ran = as_a_user(folder, openai, words)

    assert (ran.returncode, ran.stdout, sent(openai)) == (1, "", [])
    assert ran.stderr.startswith(f"codex-doctor: {problem}: ")
    assert seen in ran.stderr
    assert tree(home) == before


@changes
def test_a_file_with_two_names_is_not_torn_apart(
    folder: Path, openai: FakeOpenAI, words: tuple[str, ...]
) -> None:
    _linked(folder / ".codex")
    own(folder)
    before = tree(folder / ".codex")

    ran = as_a_user(folder, openai, words)

    assert (ran.returncode, ran.stdout, sent(openai)) == (1, "", [])
    assert "CDX117 auth-file-not-writable" in ran.stderr
    assert "has 2 hard links" in ran.stderr
    assert tree(folder / ".codex") == before


@changes
def test_a_read_only_file_is_not_replaced(folder: Path, openai: FakeOpenAI, words: tuple[str, ...]) -> None:
    _read_only(folder / ".codex")

    ran = as_a_user(folder, openai, words)

    assert (ran.returncode, sent(openai)) == (1, [])
    assert "CDX117 auth-file-not-writable" in ran.stderr
    assert "is read-only: its mode is 0400" in ran.stderr


def test_a_read_only_file_can_be_signed_out_of(folder: Path, openai: FakeOpenAI) -> None:
    _read_only(folder / ".codex")

    ran = as_a_user(folder, openai, ["logout"])

    assert (ran.returncode, sent(openai)) == (0, ["/oauth/revoke"])
    assert not (folder / ".codex" / "auth.json").exists()


@changes
def test_a_link_is_kept_and_what_it_leads_to_is_replaced(
    folder: Path, openai: FakeOpenAI, words: tuple[str, ...]
) -> None:
    file, target = folder / ".codex" / "auth.json", folder / "elsewhere.json"
    file.rename(target)
    file.symlink_to(target)
    before = target.read_bytes()

    ran = as_a_user(folder, openai, words)

    assert ran.returncode == 0, ran.stderr
    assert (file.readlink(), target.read_bytes() != before) == (target, True)
    assert (target.stat().st_mode & 0o777, target.stat().st_uid) == (0o600, before_owner())


def before_owner() -> int:
    """Return whose the files of a user are here."""
    return NOBODY if os.geteuid() == 0 else os.geteuid()


def test_signing_out_removes_what_a_link_leads_to(folder: Path, openai: FakeOpenAI) -> None:
    file, target = folder / ".codex" / "auth.json", folder / "elsewhere.json"
    file.rename(target)
    file.symlink_to(target)

    ran = as_a_user(folder, openai, ["logout"])

    assert (ran.returncode, target.exists(), file.is_symlink()) == (0, False, True)
    assert sent(openai) == ["/oauth/revoke"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize("place", [".codex", "state"])
@each
def test_on_a_full_disk_nothing_is_sent_and_nothing_is_lost(
    folder: Path, openai: FakeOpenAI, words: tuple[str, ...], place: str
) -> None:
    fill = (
        'mkdir -p "$2" && cp "$1/.codex/auth.json" "$1/kept" && mount -t tmpfs -o size=32k none "$2"'
        ' && { [ ! "$2" -ef "$1/.codex" ] || cp "$1/kept" "$2/auth.json"; }'
        ' && { head -c 1M /dev/zero >"$2/filler" 2>/dev/null || true; }'
    )
    look = '"$@"; code=$?; cmp -s "$home/.codex/auth.json" "$home/kept" && echo same; exit $code'
    script = f"home=$1; {fill} && shift 2 && {look}"
    before = ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), str(folder / place)]
    mounting = [*before[:4], 'mount -t tmpfs none "$1"', "sh", str(folder)]
    probe = subprocess.run(mounting, capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"nothing may be mounted here: {probe.stderr.decode()}")

    ran = run(folder, openai, *words, before=before)

    if words == ("logout",) and place == ".codex":  # what is removed needs no room
        assert (ran.returncode, "same" in ran.stdout, sent(openai)) == (0, False, ["/oauth/revoke"])
        return
    assert (ran.returncode, ran.stdout, sent(openai)) == (1, "same\n", [])
    assert "disk-full" in ran.stderr


def test_a_lock_that_is_held_for_long_is_told_and_nothing_is_sent(folder: Path, openai: FakeOpenAI) -> None:
    home = folder / ".codex"
    homes = [home.with_name(f"home{place}") for place in range(len(COMMANDS))]
    for one in homes:
        shutil.copytree(home, one)
    with contextlib.ExitStack() as held:
        for one in homes:
            held.enter_context(locks.codex_locks(one, one))
        processes = [
            start(folder, openai, *words, env={"CODEX_HOME": str(one)})
            for words, one in zip(COMMANDS, homes, strict=True)
        ]
        with ended(*processes):
            said = [process.communicate()[1] for process in processes]

    assert [process.returncode for process in processes] == [3, 3, 3]
    for told, one in zip(said, homes, strict=True):
        assert told.startswith(
            f"codex-doctor: CDX118 auth-lock-held: ~/{one.name}/auth.lock is locked, held by "
        )
        assert f"(process {os.getpid()})" in told
    assert sent(openai) == []
    assert [(one / "auth.json").read_bytes() for one in homes] == [(home / "auth.json").read_bytes()] * 3
