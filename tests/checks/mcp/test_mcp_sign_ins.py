"""The sign-ins to MCP servers that Codex stores, in the form in which the real Codex writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.mcp.sign_ins import SignIns, parse, sign_ins
from codex_checks.places import codex_home
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import Secret, Vault
from engine import context
from mcp_cases import read_servers, read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context

URL: Final = "http://127.0.0.1:18931/oauth"

WRITTEN: Final = (
    '{"oauth|507d17d4712222ab":{"server_name":"oauth","server_url":"' + URL + '",'
    '"issuer":"http://127.0.0.1:18931","client_id":"cid","access_token":"at-secret",'
    '"expires_at":1795867685144,"refresh_token":"rt-secret","scopes":["a","b"]}}'
)
"""What `codex mcp login` of 0.169.0 wrote, every character of it."""

SERVER: Final = f'[mcp_servers.oauth]\nurl = "{URL}"\n'


def read(ctx: Context, text: str = SERVER) -> SignIns:
    known = read_servers(ctx.home, text, ctx)
    found = sign_ins.read(ctx, read_settings(ctx), codex_home.read(ctx), known)
    assert isinstance(found, SignIns)
    return found


def store(home: Path, content: str) -> None:
    (home / ".codex").mkdir(exist_ok=True)
    (home / ".codex" / ".credentials.json").write_text(content)


def test_what_codex_wrote_is_understood_and_secret() -> None:
    vault = Vault()

    (found,) = parse(WRITTEN.encode(), vault)

    assert (found.server, found.expires, found.renewable) == ("oauth", 1795867685.144, True)
    assert {"at-secret", "rt-secret"} <= set(vault.values())
    assert "secret" not in repr(found)


def test_a_refresh_token_that_codex_struck_out_renews_nothing() -> None:
    (found,) = parse(WRITTEN.replace('"rt-secret"', "null").encode(), Vault())

    assert not found.renewable
    assert found.expired(1795867685.0)
    assert not found.expired(1795867600.0)


def test_a_sign_in_belongs_to_a_name_and_an_address(tmp_path: Path) -> None:
    store(tmp_path, WRITTEN)

    found = read(context(tmp_path))

    assert found.of("oauth", Secret(URL)) is not None
    assert found.of("other", Secret(URL)) is None
    assert found.of("oauth", Secret("http://elsewhere/")) is None


@pytest.mark.parametrize(
    ("setting", "env", "os", "keyring"),
    [
        ("", {}, "linux", False),
        ("", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}, "linux", True),
        ("", {}, "macos", True),
        ("file", {}, "macos", False),
        ("keyring", {}, "linux", True),
    ],
)
def test_whether_the_keyring_may_hold_one_is_known(
    tmp_path: Path, setting: str, env: dict[str, str], os: str, *, keyring: bool
) -> None:
    line = f'mcp_oauth_credentials_store = "{setting}"\n' if setting else ""
    ctx = replace(context(tmp_path, env=env), system=System(os=os, arch="x86_64", release="6", user=1000))

    assert read(ctx, line + SERVER).keyring is keyring


def test_a_file_that_is_no_longer_used_does_not_count(tmp_path: Path) -> None:
    store(tmp_path, WRITTEN)

    assert read(context(tmp_path), 'mcp_oauth_credentials_store = "keyring"\n' + SERVER).found == ()


@pytest.mark.parametrize(
    "text", ['[mcp_servers.a]\ncommand = "x"\n', SERVER + 'bearer_token_env_var = "X"\n']
)
def test_where_no_server_is_signed_in_to_nothing_is_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotApplicable):
        read(context(tmp_path), text)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / ".credentials.json").mkdir()

    with pytest.raises(Unavailable, match="cannot be read"):
        read(context(tmp_path))


@given(
    content=st.binary()
    | st.recursive(st.none() | st.text(), st.lists).map(lambda each: json.dumps(each).encode())
)
def test_any_content_holds_sign_ins_or_none(content: bytes) -> None:
    assert isinstance(parse(content, Vault()), tuple)
