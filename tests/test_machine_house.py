"""The house of machines itself: a change, a secret or a misspelt word does not pass unseen."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

import machine_description as described
from machine_examine import traces
from machine_text import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _rewrite(home: Path) -> None:
    """Put other bytes of the same length into the file, and its old time back."""
    file = home / "settings"
    before = file.stat()
    file.write_text("other")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _come_and_go(home: Path) -> None:
    (home / "brief").mkdir()
    (home / "brief").rmdir()


CHANGES: Final[dict[str, Callable[[Path], object]]] = {
    "a new file": lambda home: (home / "new").write_text(""),
    "a lost file": lambda home: (home / "settings").unlink(),
    "a mode": lambda home: (home / "settings").chmod(0o600),
    "a time": lambda home: os.utime(home / "settings", ns=(1, 1)),
    "something brief": _come_and_go,
    "other bytes": _rewrite,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_no_change_passes_unseen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "settings").write_text("first")
    (tmp_path / "settings").chmod(0o644)
    before = traces(tmp_path)

    change(tmp_path)

    assert traces(tmp_path) != before


def test_reading_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("first")
    (tmp_path / "link").symlink_to("settings")
    before = traces(tmp_path)

    (tmp_path / "link").read_text()

    assert traces(tmp_path) == before


def test_a_token_expires_relative_to_now_and_is_a_secret() -> None:
    words = Words(places={}, now=1000.0)

    token = words.fill("{{jwt exp=-300 account=acc-7}}")

    payload = token.split(".")[1]
    assert {token, payload} <= words.secrets
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"] == 700


def test_the_same_words_are_the_same_secret() -> None:
    words = Words(places={}, now=1000.0)

    first, second = words.fill("{{secret sk- 20}} {{secret sk- 20}}").split()

    assert first == second
    assert len(first) == len("sk-") + 20
    assert words.secrets == {first}


def test_places_and_times_are_filled_in() -> None:
    words = Words(places={"home": "/home/someone"}, now=0.0)

    assert words.fill("{{home}}/x at {{time 60}}") == "/home/someone/x at 1970-01-01T00:01:00Z"


def test_a_misspelt_word_in_a_description_is_refused() -> None:
    text = 'about = "x"\nfile = {}\n[expect]\nfindings = []\nexit = 0\n'

    with pytest.raises(msgspec.ValidationError, match="file"):
        msgspec.toml.decode(text.encode(), type=described.Machine)


def test_every_folder_of_machines_holds_a_description() -> None:
    folders = {
        str(path.relative_to(described.MACHINES))
        for path in described.MACHINES.glob("[hs]*/*")
        if path.is_dir()
    }

    assert folders == set(described.names())


def test_healthy_machines_expect_nothing_and_sick_ones_something() -> None:
    wrong = [
        name
        for name in described.names()
        if name.startswith("sick/") is not bool(described.read(name).expect.findings)
    ]

    assert wrong == []
