"""A kill at every write, fsync and rename of what changes a sign-in: nothing is torn, no token is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

import acts_login
import acts_store
import kills
import tokens
from codex_checks.acts.recovery import recover
from codex_checks.acts.revoke_request import revoking
from commands import asked

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(kills.STRACE is None, reason="strace is not installed")

NEW: Final = tokens.as_file(tokens.chatgpt_login(refresh_token="rt_imported"))


def refresh_token(raw: bytes | None) -> str | None:
    return None if raw is None else str(json.loads(raw)["tokens"]["refresh_token"])


def stored(home: Path) -> bytes | None:
    file = home / "auth.json"
    return file.read_bytes() if file.exists() else None


class Act:
    """What changes the sign-in of a home: in a process of its own, which may be killed."""

    def __init__(self, openai: FakeOpenAI, name: str) -> None:
        self.openai = openai
        self.name = name

    def home(self, folder: Path) -> Path:
        """Return a home of somebody whose access token has ended, and a service that knows nothing yet."""
        self.openai.heal()
        self.openai.service.polls = 0
        acts_store.put(folder / "home", acts_store.login())
        (folder / "pasted.json").write_bytes(NEW)
        return folder / "home"

    def run(self, home: Path, before: list[str]) -> int:
        """Do it, and return how it ended."""
        url = f"{self.openai.url}/oauth/token"
        match self.name:
            case "login":
                child = acts_login.child(home, self.openai.url, before=before)
            case "import":
                child = acts_store.child(
                    home, url, "--import", str(home.parent / "pasted.json"), before=before
                )
            case "logout":
                child = acts_store.child(home, url, "--logout", before=before)
            case _:
                child = acts_store.child(home, url, before=before)
        with child as process:
            _, err = process.communicate()
        assert "Traceback" not in err, err
        return process.returncode

    @property
    def new(self) -> str | None:
        """The refresh token that is stored where nothing goes wrong."""
        return {"refresh": "rt_rotated_1", "login": "rt_login_1", "import": "rt_imported"}.get(self.name)

    @property
    def given(self) -> bool:
        """Whether the service gave away a token that nobody else has."""
        return self.openai.service.rotations + self.openai.service.logins > 0


@pytest.mark.parametrize("name", ["refresh", "login", "import", "logout"])
def test_a_kill_at_any_call_loses_nothing(tmp_path: Path, openai: FakeOpenAI, name: str) -> None:
    act = Act(openai, name)
    whole = act.home(tmp_path / "whole")
    assert act.run(whole, kills.noting(tmp_path / "log")) == 0
    calls = list(kills.noted(tmp_path / "log"))
    assert {call for call, _ in calls} >= {"write", "fsync"}

    for call, when in calls:
        home = act.home(tmp_path / f"{call}-{when}")
        old = stored(home)

        code = act.run(home, kills.killing(call, when))

        left = stored(home)
        assert code != 0, (call, when)
        assert left == old or refresh_token(left) == act.new, (call, when)

        store = acts_store.store(home)
        with store.alone("test"):
            recover(store, revoke=revoking(acts_store.sender(), openai.env))

        left = stored(home)
        done = refresh_token(left) == act.new
        assert done or (left == old and not act.given), (call, when)
        if name in ("login", "import"):
            assert done == (old in [one.path.read_bytes() for one in store.backups.all()]), (call, when)
        if name == "logout":
            assert done == (asked(openai, "/oauth/revoke") != []), (call, when)
        assert store.journal.unfinished() == (), (call, when)
        assert not list(home.glob(".auth-*")), (call, when)
