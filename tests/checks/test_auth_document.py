"""What is read in auth.json, and how a refusal is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_cases import ACCEPTED, LOGIN, TEXT
from auth_refused import REFUSED
from codex_checks.auth import jwt
from codex_checks.auth.document import Document, Fault, FaultKind, Mode
from codex_checks.auth.instant import moment
from codex_checks.auth.parse import parse
from codex_doctor.redact import Secret, Vault
from tokens import (
    ACCESS_TOKEN_PAT,
    ACCOUNT,
    API_KEY,
    DAY,
    NOW,
    REFRESH_TOKEN,
    api_key_login,
    as_file,
    chatgpt_login,
    without,
)
from tokens import (
    jwt as token,
)


def _read(content: bytes) -> Document:
    document = parse(content, Secret)
    assert isinstance(document, Document)
    return document


def _fault(content: bytes) -> Fault:
    fault = parse(content, Secret)
    assert isinstance(fault, Fault)
    return fault


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_codex_reads_is_read(content: bytes) -> None:
    assert isinstance(parse(content, Secret), Document)


@pytest.mark.parametrize(("content", "field"), REFUSED.values(), ids=REFUSED)
def test_what_codex_refuses_is_a_fault_that_names_the_field(content: bytes, field: str | None) -> None:
    fault = _fault(content)

    assert fault.field == (field or None)
    assert fault.line >= 1


def test_a_chatgpt_sign_in_is_read_whole() -> None:
    document = _read(TEXT)

    assert document.mode is Mode.CHATGPT
    assert document.tokens is not None
    assert document.tokens.refresh_token == Secret(REFRESH_TOKEN)
    assert document.tokens.account == ACCOUNT
    assert document.tokens.expires == NOW + 10 * DAY
    assert document.tokens.claims.plan == "plus"
    assert document.tokens.provenance is not None
    assert document.tokens.provenance.client == "app_test"
    assert document.last_refresh == datetime.fromtimestamp(NOW - DAY, UTC)


def test_every_secret_goes_to_the_vault() -> None:
    vault = Vault()

    parse(
        as_file({**LOGIN, "OPENAI_API_KEY": API_KEY, "personal_access_token": ACCESS_TOKEN_PAT}), vault.secret
    )

    known = set(vault.values())
    assert {API_KEY, ACCESS_TOKEN_PAT, REFRESH_TOKEN} <= known
    assert {LOGIN["tokens"]["id_token"], LOGIN["tokens"]["access_token"]} <= known


def test_nothing_read_can_be_printed() -> None:
    assert REFRESH_TOKEN not in repr(_read(TEXT))


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ({}, Mode.CHATGPT),
        ({"OPENAI_API_KEY": ""}, Mode.API_KEY),
        ({"OPENAI_API_KEY": API_KEY, "tokens": LOGIN["tokens"]}, Mode.API_KEY),
        ({**LOGIN, "OPENAI_API_KEY": API_KEY}, Mode.CHATGPT),
        ({"OPENAI_API_KEY": API_KEY, "bedrock_access_keys": ["a", "b"]}, Mode.BEDROCK_ACCESS_KEYS),
        ({"bedrock_api_key": ["a", "b"], "bedrock_access_keys": ["a", "b"]}, Mode.BEDROCK_API_KEY),
        ({"personal_access_token": "at-x", "bedrock_api_key": ["a", "b"]}, Mode.PERSONAL_ACCESS_TOKEN),
        ({"agent_identity": "token"}, Mode.CHATGPT),
    ],
)
def test_the_mode_is_the_one_that_codex_takes(written: dict[str, object], mode: Mode) -> None:
    assert _read(as_file(written)).mode is mode


@pytest.mark.parametrize(
    ("written", "field"),
    [
        (api_key_login(None), "OPENAI_API_KEY"),
        (api_key_login(""), "OPENAI_API_KEY"),
        (api_key_login(), None),
        ({}, "tokens"),
        (LOGIN, None),
        ({"auth_mode": "agentIdentity"}, "agent_identity"),
        ({"auth_mode": "headers"}, None),
    ],
)
def test_what_a_mode_lacks_is_named(written: dict[str, object], field: str | None) -> None:
    assert _read(as_file(written)).lacks == field


def test_the_place_of_a_wrong_value_is_where_it_begins() -> None:
    fault = _fault(b'{\n  "tokens": null,\n  "OPENAI_API_KEY": 12\n}')

    assert (fault.field, fault.line, fault.column) == ("OPENAI_API_KEY", 3, 21)
    assert fault.words == "is not text"


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", FaultKind.EMPTY, "is empty"),
        (b"\xef\xbb\xbf" + TEXT, FaultKind.BYTE_ORDER_MARK, "byte order mark"),
        (b"\xef\xbb\xbf{", FaultKind.SYNTAX, "byte order mark"),
        (b"<<<<<<< HEAD\n", FaultKind.SYNTAX, "merge conflict"),
        (b"\0\0\0", FaultKind.SYNTAX, "zero bytes"),
        (TEXT[:100], FaultKind.SYNTAX, "breaks off"),
        (b"{} x", FaultKind.SYNTAX, "trailing characters"),
        ("{}".encode("utf-16"), FaultKind.UTF_16, "is UTF-16 text"),
        ("{".encode("utf-16"), FaultKind.ENCODING, "is UTF-16 text"),
        (b"\xff\xfe\x00", FaultKind.ENCODING, "is UTF-16 text"),
        (b'{"x": "\xe9"}', FaultKind.ENCODING, "not UTF-8"),
        (b"[]", FaultKind.SHAPE, "is missing"),
    ],
)
def test_a_fault_is_told_in_plain_words(content: bytes, kind: FaultKind, words: str) -> None:
    fault = _fault(content)

    assert fault.kind is kind
    assert words in fault.words


def test_a_fault_never_repeats_what_stands_in_the_file() -> None:
    fault = _fault(as_file(without({**LOGIN, "auth_mode": "hunter2hunter2"}, "last_refresh")))

    assert "hunter2" not in repr(fault)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:05:10Z", datetime(2026, 11, 20, 9, 5, 10, tzinfo=UTC)),
        ("2026-11-20T09:05:10.5+01:30", datetime(2026, 11, 20, 7, 35, 10, 500000, tzinfo=UTC)),
        ("2026-11-20T23:05:10-01:00", datetime(2026, 11, 21, 0, 5, 10, tzinfo=UTC)),
        ("2026-11-20T09:05", None),
    ],
)
def test_a_moment_is_brought_to_utc(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_a_year_beyond_the_calendar_is_as_far_away_as_can_be() -> None:
    assert moment("+12345-01-01T00:00:00Z") == datetime.max.replace(tzinfo=UTC)
    assert moment("-1-01-01T00:00:00Z") == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "expires"),
    [
        (b'{"exp": 1795165510}', 1_795_165_510),
        (b'{"exp": 1795165510.5}', None),
        (b'{"exp": 1e3}', None),
        (b'{"exp": null}', None),
        (b'{"exp": true}', None),
        (b'{"exp": 99999999999999999999}', None),
        (b'{"exp": 9223372036854775807}', None),
        (b'{"exp": 1, "exp": 2}', None),
        (b"{}", None),
        (b"junk", None),
    ],
)
def test_an_access_token_says_when_it_ends_or_is_opaque(content: bytes, expires: int | None) -> None:
    assert jwt.expiry(token(content)) == expires


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_a_fault(content: bytes) -> None:
    assert isinstance(parse(content, Secret), (Document, Fault))


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)
_NAMES = st.sampled_from([*LOGIN, *LOGIN["tokens"], "agent_identity", "personal_access_token", "more"])


@given(st.dictionaries(_NAMES, _TREES) | _TREES)
def test_any_json_is_a_document_or_a_fault(tree: object) -> None:
    assert isinstance(parse(as_file(tree), Secret), (Document, Fault))


@given(name=st.sampled_from(list(LOGIN["tokens"])), value=_TREES)
def test_any_value_of_a_token_is_a_document_or_a_fault_there(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    found = parse(as_file(chatgpt_login(**{name: value})), Secret)

    assert isinstance(found, Document) or found.field is None or found.field.startswith(f"tokens.{name}")


@given(st.binary(max_size=80))
def test_any_payload_of_an_id_token_is_read_or_refused(content: bytes) -> None:
    found = parse(as_file(chatgpt_login(id_token=token(content))), Secret)

    assert isinstance(found, Document) or found.field == "tokens.id_token"


@given(cut=st.integers(0, len(TEXT) - 1))
def test_a_file_that_breaks_off_anywhere_is_refused(cut: int) -> None:
    assert isinstance(parse(TEXT[:cut], Secret), Fault)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = moment(text)

    assert found is None or found.tzinfo is UTC
