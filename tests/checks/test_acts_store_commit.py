"""A change replaces what was read, or nothing at all."""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts_store
import tokens
from codex_checks.acts.content import ABSENT, Renewal, Replacement, read_content
from codex_checks.acts.errors import Conflict, StoreNotWritable
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are those of Unix")

NEW = Renewal(
    tokens={"refresh_token": Secret("rt_new"), "access_token": Secret("new")},
    last_refresh="2026-11-20T09:05:10.000000001Z",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / "home", tokens.chatgpt_login())
    return tmp_path / "home"


def refresh_token(home: Path) -> str:
    found: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    return str(found["tokens"]["refresh_token"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_tokens_are_stored_and_the_rest_stays(home: Path) -> None:
    store = acts_store.store(home)
    before: dict[str, Any] = json.loads((home / "auth.json").read_bytes())

    store.commit(store.read().guard, NEW)

    after: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    assert after.pop("last_refresh") == NEW.last_refresh
    assert after["tokens"].pop("refresh_token") == "rt_new"
    assert after["tokens"].pop("access_token") == "new"
    for name in ("refresh_token", "access_token"):
        before["tokens"].pop(name)
    before.pop("last_refresh")
    assert after == before


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o600])
def test_the_new_file_is_private_whatever_the_old_one_was(home: Path, mode: int) -> None:
    store = acts_store.store(home)
    (home / "auth.json").chmod(mode)

    store.commit(store.read().guard, NEW)

    assert stat.S_IMODE((home / "auth.json").stat().st_mode) == 0o600


def test_nothing_is_left_beside_the_file_but_the_locks_of_codex(home: Path) -> None:
    store = acts_store.store(home)

    store.commit(store.read().guard, NEW)

    assert names(home) == ["auth.json", "auth.json.lock", "auth.lock"]


def test_the_locks_have_the_modes_that_codex_gives_them(home: Path) -> None:
    store = acts_store.store(home)
    before = os.umask(0o022)
    try:
        store.commit(store.read().guard, NEW)
    finally:
        os.umask(before)

    modes = [stat.S_IMODE((home / name).stat().st_mode) for name in ("auth.lock", "auth.json.lock")]
    assert modes == [0o644, 0o600]


def test_a_link_is_kept_and_the_file_behind_it_replaced(home: Path) -> None:
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir()
    (home / "auth.json").rename(elsewhere / "login.json")
    (home / "auth.json").symlink_to(elsewhere / "login.json")
    store = acts_store.store(home)

    store.commit(store.read().guard, NEW)

    assert (home / "auth.json").is_symlink()
    assert not (elsewhere / "login.json").is_symlink()
    assert refresh_token(home) == "rt_new"
    assert names(elsewhere) == ["auth.json.lock", "login.json"]
    assert names(home) == ["auth.json", "auth.lock"]


def test_a_link_that_leads_elsewhere_meanwhile_is_left_alone(home: Path) -> None:
    raw = (home / "auth.json").read_bytes()
    for name in ("one", "two"):
        acts_store.put(home.parent / name, raw)
    (home / "auth.json").unlink()
    (home / "auth.json").symlink_to(home.parent / "one" / "auth.json")

    def turn(step: str) -> None:
        if step == "locked":
            (home / "auth.json").unlink()
            (home / "auth.json").symlink_to(home.parent / "two" / "auth.json")

    store = acts_store.store(home, step=turn)

    with pytest.raises(Conflict, match="leads elsewhere"):
        store.commit(store.read().guard, NEW)

    assert (home / "auth.json").read_bytes() == raw


def test_what_another_program_wrote_over_ours_at_once_is_a_conflict(home: Path) -> None:
    def overwrite(step: str) -> None:
        if step == "folder-synced":
            acts_store.put(home, tokens.api_key_login())

    store = acts_store.store(home, step=overwrite)

    with pytest.raises(Conflict, match="while it was written"):
        store.commit(store.read().guard, NEW)


def test_a_sign_in_may_come_where_none_was(home: Path) -> None:
    (home / "auth.json").unlink()
    store = acts_store.store(home)

    store.commit(ABSENT, Replacement(members=tokens.api_key_login()))

    assert (home / "auth.json").read_bytes() == tokens.as_file(tokens.api_key_login())
    assert stat.S_IMODE((home / "auth.json").stat().st_mode) == 0o600


def test_a_dangling_link_is_kept_and_its_file_made(home: Path) -> None:
    (home / "auth.json").unlink()
    (home / "auth.json").symlink_to(home.parent / "login.json")
    store = acts_store.store(home)

    store.commit(ABSENT, Replacement(members=tokens.api_key_login()))

    assert (home / "auth.json").is_symlink()
    assert (home.parent / "login.json").read_bytes() == tokens.as_file(tokens.api_key_login())


def test_a_sign_in_that_codex_would_refuse_is_never_stored(home: Path) -> None:
    store = acts_store.store(home)
    before = (home / "auth.json").read_bytes()

    with pytest.raises(StoreNotWritable) as caught:
        store.commit(store.read().guard, Replacement(members=tokens.chatgpt_login(id_token="not a token")))

    assert caught.value.problem == "auth-json-invalid"
    assert (home / "auth.json").read_bytes() == before


def _delete(path: Path) -> None:
    path.unlink()


def _put(content: object) -> Callable[[Path], object]:
    return lambda path: acts_store.put(path.parent, content)


@pytest.mark.parametrize(
    "meanwhile",
    [
        _delete,
        _put(b""),
        _put(b'{"tokens": '),
        _put(tokens.api_key_login()),
        _put(tokens.chatgpt_login(refresh_token="rt_other")),
        _put(tokens.chatgpt_login(access_token="other")),
        _put(tokens.chatgpt_login(account_id="other")),
        _put(tokens.chatgpt_login(account_id=None)),
    ],
    ids=[
        "deleted",
        "emptied",
        "torn",
        "an API key",
        "renewed",
        "access token",
        "other account",
        "no account",
    ],
)
def test_what_changed_meanwhile_is_left_as_it_is(home: Path, meanwhile: Callable[[Path], object]) -> None:
    store = acts_store.store(home)
    expected = store.read().guard
    meanwhile(home / "auth.json")
    before = (home / "auth.json").read_bytes() if (home / "auth.json").exists() else None

    with pytest.raises(Conflict):
        store.commit(expected, NEW)

    after = (home / "auth.json").read_bytes() if (home / "auth.json").exists() else None
    assert after == before


def test_what_was_added_meanwhile_is_kept(home: Path) -> None:
    store = acts_store.store(home)
    expected = store.read().guard
    acts_store.put(home, {**tokens.chatgpt_login(), "OPENAI_API_KEY": "sk-added", "unknown": [1]})

    store.commit(expected, NEW)

    after = json.loads((home / "auth.json").read_bytes())
    assert (after["OPENAI_API_KEY"], after["unknown"]) == ("sk-added", [1])


def with_tokens(more: dict[str, Any]) -> dict[str, Any]:
    login = tokens.chatgpt_login()
    return {**login, "tokens": {**login["tokens"], **more}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
MEMBER = st.sampled_from(
    ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh", "personal_access_token", "x"]
)
TOKEN = st.sampled_from(["id_token", "access_token", "refresh_token", "account_id", "oauth_provenance", "x"])
OTHERS = (
    st.binary(max_size=20)
    | JSON.map(tokens.as_file)
    | st.dictionaries(MEMBER, JSON).map(lambda more: tokens.as_file({**tokens.chatgpt_login(), **more}))
    | st.dictionaries(TOKEN, JSON).map(lambda more: tokens.as_file(with_tokens(more)))
)


@settings(deadline=None, max_examples=60)  # each waits for the disk
@given(OTHERS)
def test_whatever_stands_there_is_replaced_only_if_it_is_what_was_read(other: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        acts_store.put(home, tokens.chatgpt_login())
        store = acts_store.store(home)
        expected = store.read().guard
        acts_store.put(home, other)
        same = read_content(other, Secret).guard == expected

        try:
            store.commit(expected, NEW)
            stored = True
        except Conflict:
            stored = False

        assert stored == same
        assert stored or (home / "auth.json").read_bytes() == other


def test_a_temporary_file_of_another_program_stays(home: Path) -> None:
    (home / ".auth-other1").write_bytes(b'{"tokens": "of somebody else"}')
    store = acts_store.store(home)

    store.commit(store.read().guard, NEW)

    assert (home / ".auth-other1").exists()


def _next_of(letters: Iterator[str]) -> Callable[[str], str]:
    return lambda _: next(letters)


def test_a_name_that_is_taken_is_not_written_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".auth-aaaaaa").write_bytes(b"of another program")
    letters = iter("aaaaaabbbbbb")
    monkeypatch.setattr(secrets, "choice", _next_of(letters))
    store = acts_store.store(home)

    store.commit(store.read().guard, NEW)

    assert (home / ".auth-aaaaaa").read_bytes() == b"of another program"
    assert refresh_token(home) == "rt_new"
    assert next(letters, None) is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give a file away")
def test_root_leaves_the_file_and_the_locks_to_their_owner(home: Path) -> None:
    for path in (home, home / "auth.json"):
        os.chown(path, 65534, 65534)
    store = acts_store.store(home)

    store.commit(store.read().guard, NEW)

    assert {path.name: path.stat().st_uid for path in home.iterdir()} == {
        "auth.json": 65534,
        "auth.json.lock": 65534,
        "auth.lock": 65534,
    }
