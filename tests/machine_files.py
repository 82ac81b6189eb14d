"""Puts single things where a description wants them, and takes them into the state that it names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from machine_description import source

if TYPE_CHECKING:
    import contextlib
    from pathlib import Path

    from machine_description import Place
    from machine_text import Words

WRITER: Final = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA wal_autocheckpoint = 0")
(version,) = db.execute("PRAGMA user_version").fetchone()
db.execute(f"PRAGMA user_version = {version}")
if sys.argv[2] == "closed":
    db.close()
if sys.argv[2] == "locked":
    db.execute("BEGIN IMMEDIATE")
print("written", flush=True)
sys.stdin.read()
"""

FULL: Final = "size=96k,mode=700"
"""Options of a disk that holds a sign-in and its settings, and next to nothing more."""


def make(path: Path, place: Place, name: str, words: Words, stack: contextlib.ExitStack) -> None:
    """Put what *place* describes at *path*, for the machine called *name*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if place.special == "full-disk":
        _mount(path, ["-t", "tmpfs", "-o", FULL, "tmpfs"], stack)
    if place.link is not None:
        path.symlink_to(words.fill(place.link))
    elif place.hard is not None:
        path.hardlink_to(path.parent / words.fill(place.hard))
    elif place.special == "absent":
        _take_away(path)
    elif place.special is not None and place.special != "fifo":
        path.mkdir(exist_ok=True)
    elif place.special == "fifo":
        os.mkfifo(path)
    elif place.hex is not None:
        path.unlink(missing_ok=True)  # it may be a hard link of the cache
        path.write_bytes(bytes.fromhex(place.hex))
    else:
        text = source(name, place.from_) if place.from_ is not None else place.text or ""
        for old, new in place.replace.items():
            if old not in text:
                raise AssertionError(f"{name}: {old!r} does not stand in the text of {path.name}")
            text = text.replace(old, new)
        path.unlink(missing_ok=True)  # the same
        path.write_text(words.fill(text), "utf-8-sig" if place.bom else "utf-8")
        path.chmod(0o600)


def finish(path: Path, place: Place, stack: contextlib.ExitStack, *, now: float) -> None:
    """Give *path* its mode, owner, size and time, and close the disk that it is; nothing comes after that."""
    if place.mode is not None:
        path.chmod(int(place.mode, 8))
    if place.owner is not None:
        os.chown(path, place.owner, place.owner, follow_symlinks=False)
    if place.grown is not None:
        os.truncate(path, place.grown)
    if place.age:
        os.utime(path, (now - place.age, now - place.age), follow_symlinks=False)
    if place.special == "read-only-disk":
        _mount(path, ["--bind", str(path)], stack)
        _mount(path, ["-o", "remount,bind,ro"], None)


def _take_away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _mount(path: Path, options: list[str], stack: contextlib.ExitStack | None) -> None:
    """Mount something at *path*, in the namespace of the machine's world, until *stack* ends."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["/bin/mount", *options, str(path)], check=True)
    if stack is not None:
        stack.callback(subprocess.run, ["/bin/umount", "--lazy", str(path)], check=True)


def write_database(path: Path, state: str, stack: contextlib.ExitStack) -> None:
    """Open the database at *path*, write into it, and leave it in that *state*."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.push(writer)
    if writer.stdout is None or writer.stdout.readline() != "written\n":
        raise AssertionError(f"nothing could be written into {path}")
    if state in {"live", "locked"}:
        return  # it ends when its standard input is closed, which the stack does
    writer.send_signal(signal.SIGKILL)
    writer.wait()
