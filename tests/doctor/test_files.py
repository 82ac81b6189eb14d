"""Reading files: whatever stands at a path, nobody waits for it and nothing of it changes."""

from __future__ import annotations

import io
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from codex_doctor import files
from codex_doctor.files import NotAFileError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def a_folder(path: Path) -> None:
    path.mkdir()


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "fifo": (a_fifo, "a named pipe"),
    "socket": (a_socket, "a socket"),
    "folder": (a_folder, "a folder"),
    "device": (a_device, "a device"),
}


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name is short enough for a socket: the working directory."""
    monkeypatch.chdir(tmp_path)
    return Path()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_named_and_never_waited_for(short: Path, kind: str) -> None:
    make, words = KINDS[kind]
    make(short / "auth.json")
    found = files.status(short / "auth.json")

    assert found is not None
    assert found.kind == kind
    with pytest.raises(NotAFileError, match=f"auth.json is {words}, not a file"):
        files.read(short / "auth.json")
    with pytest.raises(NotAFileError):
        files.head(short / "auth.json", limit=10)


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(b"12345")

    assert files.read(path) == b"12345"
    assert files.read(path, limit=5) == b"12345"
    assert files.head(path, limit=4) == b"1234"
    with pytest.raises(TooLargeError, match="holds more than 4 bytes"):
        files.read(path, limit=4)


def test_a_file_of_the_kernel_that_claims_to_be_empty_is_read() -> None:
    assert files.read(Path("/proc/self/stat")).startswith(str(os.getpid()).encode())


def test_a_file_that_has_nothing_to_say_for_now_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kmsg"
    path.touch()

    class Mute(io.FileIO):
        """What Python makes of EAGAIN, which /proc/kmsg gives where no message waits."""

        def read(self, _size: int | None = -1, /) -> bytes:
            nothing: Any = None
            return cast("bytes", nothing)

    monkeypatch.setattr(os, "fdopen", Mute)

    with pytest.raises(BlockingIOError):
        files.read(path)
    with pytest.raises(BlockingIOError):
        files.tail(path, limit=1)


def test_a_huge_sparse_file_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(TooLargeError):
        files.read(path, limit=1000)


def test_reading_changes_nothing_but_what_the_system_itself_notes(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(b"{}")
    os.utime(path, ns=(10**18, 10**18))
    before = files.status(path)
    files.read(path)

    assert files.status(path) == before


def test_a_link_is_followed_unless_it_is_itself_asked_for(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"12345")
    link = tmp_path / "link"
    link.symlink_to("real")
    followed, itself = files.status(link), files.status(link, follow=False)

    assert files.read(link) == b"12345"
    assert followed is not None
    assert (followed.kind, followed.size) == ("file", 5)
    assert itself is not None
    assert itself.kind == "symlink"


@pytest.mark.parametrize("target", ["nowhere", "file/within", "no/where"])
def test_a_link_that_leads_nowhere_is_nothing(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    link = tmp_path / "link"
    link.symlink_to(target)
    itself = files.status(link, follow=False)

    assert files.status(link) is None
    assert itself is not None
    assert itself.kind == "symlink"
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        files.read(link)


def test_a_loop_of_links_is_an_oserror_and_keeps_its_own_path(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("link")

    assert files.real(link) == link
    assert list(files.entries(link)) == []
    with pytest.raises(OSError, match="symbolic links"):
        files.status(link)
    with pytest.raises(OSError, match="symbolic links"):
        files.read(link)


@pytest.mark.parametrize("name", ["nul\0byte", "half\ud800surrogate", "n" * 300])
def test_a_name_that_no_file_can_have_is_nothing_or_an_oserror(tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    assert list(files.entries(path)) == []
    with pytest.raises(OSError):  # noqa: PT011 - the words are the system's
        files.read(path)


def test_a_name_with_a_nul_byte_is_nothing(tmp_path: Path) -> None:
    assert files.status(tmp_path / "nul\0byte") is None


def test_status_tells_mode_owner_links_and_time(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(b"12345")
    path.chmod(0o2640)
    os.link(path, tmp_path / "another")
    os.utime(path, ns=(0, 1_000_000_007))
    found = files.status(path)

    assert found is not None
    assert (found.kind, found.mode, found.links, found.size) == ("file", 0o2640, 2, 5)
    assert (found.owner, found.modified_ns) == (os.getuid(), 1_000_000_007)
    assert stat.S_IMODE(found.mode) == found.mode


def test_a_folder_lists_its_names_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", ".c"):
        (tmp_path / name).touch()

    assert list(files.entries(tmp_path)) == [".c", "a", "b"]
    assert list(files.entries(tmp_path / "a")) == []
    assert list(files.entries(tmp_path / "nowhere")) == []


def test_what_another_user_may_not_read_is_an_oserror_for_him(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "auth.json").write_bytes(b"{}")
    (tmp_path / "auth.json").chmod(0o600)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "auth.json").write_bytes(b"{}")
    (tmp_path / "closed").chmod(0o700)
    program = f"""
import sys
sys.path[:0] = {[path for path in sys.path if path]!r}
from pathlib import Path
from codex_doctor import files
folder = Path({str(tmp_path)!r})
for look in (files.status, files.read):
    for name in ("auth.json", "closed/auth.json"):
        try:
            look(folder / name)
        except PermissionError:
            print(look.__name__, name)
print(list(files.entries(folder / "closed")))
"""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    ran = subprocess.run([*nobody, sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines() == [
        "status closed/auth.json",
        "read auth.json",
        "read closed/auth.json",
        "[]",
    ]
