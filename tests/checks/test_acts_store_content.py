"""What stands in auth.json is named, changed and written as Codex does, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tokens
from codex_checks.acts.content import (
    ABSENT,
    Renewal,
    Replacement,
    as_codex_writes,
    read_content,
    stamp,
)
from codex_doctor.redact import Secret

LOGIN = tokens.chatgpt_login()

# What Codex 0.169.0 wrote when it renewed a file that held every field it knows.
WRITTEN_BY_CODEX = """{
  "auth_mode": "chatgpt",
  "OPENAI_API_KEY": "sk-\u00e9\u2028\u007f/\\u0001",
  "tokens": {
    "id_token": "%s",
    "access_token": "a",
    "refresh_token": "rt_rotated_9",
    "login_owner_id": "owner",
    "account_id": "account"
  },
  "last_refresh": "2026-11-20T12:01:47.456824302Z",
  "agent_identity": {
    "agent_runtime_id": "a",
    "agent_private_key": "b",
    "account_id": "c",
    "chatgpt_user_id": "d",
    "email": "e",
    "plan_type": "plus",
    "chatgpt_account_is_fedramp": false
  },
  "personal_access_token": "at-x",
  "bedrock_api_key": {
    "api_key": "k",
    "region": "r"
  },
  "bedrock_access_keys": {
    "access_key_id": "i",
    "secret_access_key": "s"
  }
}""".replace("%s", tokens.id_token())

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
UNKNOWN = st.dictionaries(
    st.text().filter(lambda name: name not in ("agent_identity", *LOGIN) and "_" not in name), JSON
)


def guard(login: object) -> str:
    return read_content(tokens.as_file(login), Secret).guard


def shuffled(text: str) -> dict[str, Any]:
    """Return the members of a JSON text in another order, tokens included."""
    members: dict[str, Any] = json.loads(text)
    members["tokens"] = dict(reversed(members["tokens"].items()))
    return dict(reversed(members.items()))


def test_a_file_is_written_as_codex_writes_it() -> None:
    written = as_codex_writes(shuffled(WRITTEN_BY_CODEX))

    assert written.decode() == WRITTEN_BY_CODEX


def test_members_that_are_null_are_left_out_but_the_api_key() -> None:
    written = as_codex_writes({"auth_mode": None, "tokens": {"oauth_provenance": None, "id_token": "i"}})

    assert json.loads(written) == {"OPENAI_API_KEY": None, "tokens": {"id_token": "i"}}


@given(top=UNKNOWN, inner=UNKNOWN)
def test_what_codex_does_not_know_survives_a_renewal(top: dict[str, Any], inner: dict[str, Any]) -> None:
    login = {**LOGIN, **top, "tokens": {**LOGIN["tokens"], **inner}}
    before = read_content(tokens.as_file(login), Secret)

    written = as_codex_writes(
        Renewal(tokens={"refresh_token": Secret("new")}, last_refresh=stamp()).over(before.members)
    )

    after = json.loads(written)
    assert {name: after[name] for name in top} == top
    assert {name: after["tokens"][name] for name in inner} == inner
    assert after["tokens"]["refresh_token"] == "new"


def test_a_number_is_not_rounded_on_its_way_through() -> None:
    raw = tokens.as_file(LOGIN)[:-1] + b',"x":[1.10,1e999,123456789012345678901234567890,-0]}'

    written = as_codex_writes(read_content(raw, Secret).members)

    assert b'"x": [\n    1.10,\n    1e999,\n    123456789012345678901234567890,\n    -0\n  ]' in written


def test_half_a_surrogate_pair_is_written_as_it_came() -> None:
    raw = tokens.as_file(LOGIN)[:-1] + rb',"x":"\ud800"}'

    written = as_codex_writes(read_content(raw, Secret).members)

    assert rb'"x": "\ud800"' in written


@given(st.binary() | JSON.map(tokens.as_file))
def test_any_bytes_are_content_and_the_same_bytes_the_same_guard(raw: bytes) -> None:
    content = read_content(raw, Secret)

    assert content.guard == read_content(raw, Secret).guard
    assert content.guard != ABSENT


@pytest.mark.parametrize("name", ["refresh_token", "access_token", "account_id"])
def test_another_token_or_account_is_another_guard(name: str) -> None:
    other = {**LOGIN, "tokens": {**LOGIN["tokens"], name: "other"}}

    assert guard(other) != guard(LOGIN)


def test_becoming_an_api_key_is_another_guard() -> None:
    modeless = tokens.without(LOGIN, "auth_mode")

    assert guard({**modeless, "OPENAI_API_KEY": "sk-key"}) != guard(modeless)


@pytest.mark.parametrize(
    "same",
    [
        tokens.chatgpt_login(id_token=tokens.id_token(plan="pro")),
        tokens.chatgpt_login(refreshed=tokens.NOW),
        {**LOGIN, "OPENAI_API_KEY": "sk-key"},
        {**LOGIN, "unknown": 1},
    ],
    ids=["id_token", "last_refresh", "api key beside it", "unknown"],
)
def test_what_codex_would_overwrite_is_the_same_guard(same: object) -> None:
    assert guard(same) == guard(LOGIN)


def test_a_guard_and_a_representation_tell_no_token() -> None:
    content = read_content(tokens.as_file(LOGIN), Secret)
    change = Replacement(members=LOGIN)

    assert tokens.REFRESH_TOKEN not in f"{content!r}{content.guard}{change!r}"


def test_a_moment_is_written_with_nine_digits() -> None:
    assert stamp(tokens.NOW * 10**9 + 493311113) == "2026-11-20T09:05:10.493311113Z"
