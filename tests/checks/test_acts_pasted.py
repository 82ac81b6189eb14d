"""Whatever is pasted ends in a file that Codex takes, or in a refusal that names the place and no content."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import acts_store
import tokens
from codex_checks.acts.content import as_codex_writes, read_content
from codex_checks.acts.pasted import NotImportable, Pasted, read_pasted
from codex_checks.auth.document import Fault, Mode
from codex_checks.auth.parse import parse
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_cli import CodexCli

LOGIN = tokens.chatgpt_login()
FILE = tokens.as_file(LOGIN)
TEXT = FILE.decode()


def members(pasted: Pasted) -> dict[str, Any]:
    """Return what will stand in auth.json."""
    found: dict[str, Any] = json.loads(as_codex_writes(pasted.replacement.members))
    return found


def refusal(raw: bytes) -> str:
    with pytest.raises(NotImportable) as caught:
        read_pasted(raw, Secret)
    return caught.value.words


WAYS = {
    "as it is": FILE,
    "on one line": json.dumps(LOGIN).encode(),
    "byte order mark": b"\xef\xbb\xbf" + FILE,
    "line ends of Windows": TEXT.replace("\n", "\r\n").encode(),
    "UTF-16 with a mark": TEXT.encode("utf-16"),
    "UTF-16, big end first, with a mark": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16, big end first": TEXT.encode("utf-16-be"),
    "fence": f"```\n{TEXT}\n```\n".encode(),
    "fence with a language": f"\n\n  ```json\r\n{TEXT}\r\n```  \n\n".encode(),
    "fence of tildes": f"~~~ json\n{TEXT}\n~~~".encode(),
    "fence that does not end": f"```json\n{TEXT}".encode(),
    "fence with text below": f"```json\n{TEXT}\n```\nThat is it.".encode(),
    "white space": b"\r\n \t" + FILE + b"\n\n",
}


@pytest.mark.parametrize("raw", WAYS.values(), ids=WAYS)
def test_an_auth_json_is_read_however_it_was_pasted(raw: bytes) -> None:
    pasted = read_pasted(raw, Secret)

    assert (members(pasted), pasted.notes) == (LOGIN, ())


KEYS = {
    "as it is": tokens.API_KEY,
    "line end": f"{tokens.API_KEY}\r\n",
    "quotes": f'"{tokens.API_KEY}"',
    "quotes of a chat": f"\u201c{tokens.API_KEY}\u201d",
    "backticks": f"`{tokens.API_KEY}`",
    "fence": f"```\n{tokens.API_KEY}\n```",
    "byte order mark": f"\ufeff{tokens.API_KEY}",
    "broken by a terminal": f"{tokens.API_KEY[:9]}\r\n{tokens.API_KEY[9:]}\n",
    "letters without width": f"\u200b{tokens.API_KEY[:9]}\u200b{tokens.API_KEY[9:]}\u00a0",
}


@pytest.mark.parametrize("text", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_key_is_cleaned_of_what_it_caught_on_the_way(text: str, encoding: str) -> None:
    pasted = read_pasted(text.encode(encoding), Secret)

    assert members(pasted) == {"auth_mode": "apikey", "OPENAI_API_KEY": tokens.API_KEY}


def test_a_personal_access_token_is_stored_as_codex_stores_it() -> None:
    pasted = read_pasted(f" {tokens.ACCESS_TOKEN_PAT}\n".encode(), Secret)

    assert members(pasted) == {"OPENAI_API_KEY": None, "personal_access_token": tokens.ACCESS_TOKEN_PAT}
    assert pasted.document.mode is Mode.PERSONAL_ACCESS_TOKEN


def with_tokens(**changed: object) -> bytes:
    return tokens.as_file({**LOGIN, "tokens": {**LOGIN["tokens"], **changed}})


REFUSALS: dict[bytes, str] = {
    b"": "it is empty",
    b" \r\n\t": "it is empty",
    b"\xef\xbb\xbf": "it is empty",
    b"``` \n```": "it is empty",
    b"\xff\xfe": "it is empty",
    b"{": "line 1, column 1: it breaks off in the middle",
    FILE[:-40]: "line 15, column 2: it breaks off in the middle",
    b"```json\n{,}\n```": "line 2, column 2: it is not JSON: key must be a string",
    b"<<<<<<< ours\n{}": "it is neither an auth.json, nor an API key (sk-...), nor a personal",
    b"[null, null]": "it is a list: an auth.json is an object",
    b"{}": "tokens is missing, which a sign-in of the kind chatgpt needs",
    b'{"foo": 1}': "tokens is missing, which a sign-in of the kind chatgpt needs",
    b'{"auth_mode": "apikey"}': "OPENAI_API_KEY is missing, which a sign-in of the kind apikey needs",
    b'{"OPENAI_API_KEY": ""}': "OPENAI_API_KEY is missing, which a sign-in of the kind apikey needs",
    b'{"auth_mode": "headers"}': "auth_mode is headers, which Codex does not take from a file",
    b'{"auth_mode": "ChatGPT"}': "line 1, column 15: auth_mode is none of apikey, chatgpt, chatgptAuthTokens",
    b'{\n "tokens": 7}': "line 2, column 12: tokens is not an object",
    b'{"tokens": {}, "tokens": {}}': "line 1, column 12: tokens.id_token is missing",
    with_tokens(id_token=None): "line 5, column 17: tokens.id_token is not text",
    with_tokens(id_token="x.y.z"): "line 5, column 17: tokens.id_token has a payload",
    with_tokens(refresh_token=7): "line 7, column 22: tokens.refresh_token is not text",
    with_tokens(
        refresh_token="", access_token=""
    ): "tokens.access_token and tokens.refresh_token are both empty",
    tokens.as_file({**LOGIN, "last_refresh": "yesterday"}): "line 15, column 19: last_refresh is not a date",
    b"sk-short": "it is too short for a key",
    b"at-short": "it is too short for a key",
    b"sk-proj-12345678 and more": "character 17 of the key does not belong there",
    "sk-proj-1234567\u00e9".encode(): "character 16 of the key does not belong there",
    tokens.access_token().encode(): "it is a single token; import the whole auth.json",
    tokens.REFRESH_TOKEN.encode(): "it is a refresh token alone; import the whole auth.json",
    b"hunter2": "it is neither an auth.json, nor an API key (sk-...), nor a personal",
    b"\x80\x81": "it is no text in UTF-8: byte 1 does not belong there",
    b"\xff\xfea": "it is no text in UTF-16: byte 3 does not belong there",
}


@pytest.mark.parametrize(
    ("raw", "words"), REFUSALS.items(), ids=[str(place) for place in range(len(REFUSALS))]
)
def test_a_refusal_names_the_field_and_the_place(raw: bytes, words: str) -> None:
    assert refusal(raw).startswith(words)


@pytest.mark.parametrize(
    "nested",
    [
        {
            **LOGIN,
            "tokens": {**LOGIN["tokens"], "oauth_provenance": {"issuer": "i", "client_id": "c", "x": []}},
        },
        {"bedrock_api_key": {"api_key": "k", "region": "r", "x": []}},
    ],
)
@pytest.mark.parametrize("depth", [200, 100_000])
def test_what_codex_would_skip_however_deep_it_is_is_refused(nested: object, depth: int) -> None:
    raw = json.dumps(nested).replace("[]", "[" * depth + "]" * depth).encode()
    assert not isinstance(parse(raw, Secret), Fault)

    assert "nested too deeply" in refusal(raw)


def test_what_codex_would_have_written_is_filled_in_and_told() -> None:
    lacking = tokens.without(tokens.without(LOGIN, "last_refresh"), "tokens", "account_id")
    before = time.time()

    pasted = read_pasted(tokens.as_file(lacking), Secret)

    assert pasted.document.last_refresh is not None
    assert before - 1 < pasted.document.last_refresh.timestamp() < time.time() + 1
    assert members(pasted)["tokens"]["account_id"] == tokens.ACCOUNT
    assert pasted.notes == (
        "last_refresh was missing and is set to now.",
        "tokens.account_id was missing and is taken from the id token.",
    )


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"refresh_token": ""}, "It cannot be renewed: tokens.refresh_token is empty."),
        (
            {"account_id": None, "id_token": tokens.id_token(account=None)},
            "It cannot be renewed: it names no account.",
        ),
    ],
)
def test_what_works_for_a_while_only_is_told(changed: dict[str, object], note: str) -> None:
    assert read_pasted(with_tokens(**changed), Secret).notes == (note,)


def test_only_what_codex_knows_is_taken_over() -> None:
    raw = tokens.as_file({**LOGIN, "x": 1, "tokens": {**LOGIN["tokens"], "y": {"z": 1}}})

    assert members(read_pasted(raw, Secret)) == LOGIN


def judge(raw: bytes) -> Pasted | str:
    """Return what comes of *raw*; anything but a sign-in or a refusal is a bug."""
    try:
        return read_pasted(raw, Secret)
    except NotImportable as error:
        return error.words


SEEDS = [*WAYS.values(), *(text.encode() for text in KEYS.values()), *REFUSALS]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Return something that was a sign-in before a few of its bytes were lost, doubled or changed."""
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at, much = draw(st.integers(0, len(raw))), draw(st.integers(0, 9))
        raw[at : at + much] = draw(st.one_of(st.binary(max_size=9), st.just(bytes(raw[at : at + 99]))))
    return bytes(raw)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.just(tokens.id_token()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(
    ("auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh", "agent_identity", "personal_access_token")
)
files = st.dictionaries(names, json_values, max_size=4).map(lambda found: json.dumps(found).encode())


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=99).map(str.encode), spoilt(), files))
def test_any_bytes_give_a_refusal_in_words_or_a_file_that_codex_takes(raw: bytes) -> None:
    found = judge(raw)

    if isinstance(found, str):
        assert found
        return
    written = as_codex_writes(found.replacement.members)
    assert read_content(written, Secret).document == found.document
    assert found.document.lacks is None
    assert members(read_pasted(written, Secret)) == members(found)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=40), spoilt())
def test_a_refusal_holds_nothing_of_what_was_pasted(secret: str, raw: bytes) -> None:
    marked = f"zq{secret}qz"
    found = judge(raw.replace(b"nobody", marked.encode()) + marked.encode())

    assert not isinstance(found, str) or marked not in found


@pytest.mark.parametrize("raw", [FILE, *map(str.encode, KEYS.values())][:2], ids=["file", "key"])
def test_the_real_codex_calls_it_signed_in(codex_cli: CodexCli, raw: bytes) -> None:
    home = codex_cli.scratch_home()
    acts_store.put(home, as_codex_writes(read_pasted(raw, Secret).replacement.members))

    ran = codex_cli.run(["login", "status"], home)

    assert ran.returncode == 0, ran.stderr
    expected = "Logged in using ChatGPT" if raw == FILE else "API key configured"
    assert expected in ran.stderr
