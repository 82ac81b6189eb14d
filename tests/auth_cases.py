"""What stands in auth.json in the wild and out of it: for our reading, and for the real Codex to confirm."""

from __future__ import annotations

import json
from typing import Any, Final

from tokens import (
    ACCOUNT,
    REFRESH_TOKEN,
    access_token,
    api_key_login,
    as_file,
    base64url,
    chatgpt_login,
    jwt,
    without,
)
from tokens import id_token as healthy_id_token

LOGIN: Final = chatgpt_login()
TEXT: Final = as_file(LOGIN)
AUTH_CLAIMS: Final = "https://api.openai.com/auth"
PROVENANCE: Final = {"issuer": "https://auth.openai.com", "client_id": "app_test"}
TRIPLE: Final = [healthy_id_token(), access_token(), REFRESH_TOKEN]
AGENT: Final = {
    "agent_runtime_id": "runtime",
    "agent_private_key": "not-a-private-key",
    "account_id": ACCOUNT,
    "chatgpt_user_id": "user-test",
    "email": None,
    "plan_type": "business",
    "chatgpt_account_is_fedramp": False,
}
BEDROCK_KEY: Final = {"api_key": "bedrock-test", "region": "eu-west-1"}
AWS_KEYS: Final = {"access_key_id": "aws-test-id", "secret_access_key": "aws-test-secret"}


def tokens(**changed: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a ChatGPT sign-in with members of its tokens replaced."""
    return as_file(chatgpt_login(**changed))


def refreshed(value: object) -> bytes:
    """Return a ChatGPT sign-in with another last_refresh."""
    return as_file({**LOGIN, "last_refresh": value})


def payload(content: bytes) -> bytes:
    """Return a ChatGPT sign-in whose id token has *content* as its payload."""
    return tokens(id_token=jwt(content))


def claims(**said: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a ChatGPT sign-in whose id token says this of the account."""
    return tokens(id_token=jwt({AUTH_CLAIMS: said}))


def raw(text: str) -> bytes:
    """Return *text* as it is."""
    return text.encode()


ACCEPTED: Final[dict[str, bytes]] = {
    "healthy": TEXT,
    "compact": json.dumps(LOGIN).encode(),
    "white space around": b"\n\n  " + TEXT + b" \r\n\t",
    "API key": as_file(api_key_login()),
    "API key without a mode": as_file({"OPENAI_API_KEY": "sk-test-000000"}),
    "empty API key": as_file(api_key_login("")),
    "tokens beside a key": as_file({**without(LOGIN, "auth_mode"), "OPENAI_API_KEY": "sk-test-000000"}),
    "nothing": b"{}",
    "only unknown members": b'{"foo": 1}',
    "lower-case key": b'{"openai_api_key": 1}',
    "null tokens": b'{"auth_mode": "chatgpt", "tokens": null}',
    "access token expired": as_file(chatgpt_login(expires=1)),
    "access token opaque": tokens(access_token="opaque"),
    "access token empty": tokens(access_token=""),
    "access token exp is text": tokens(access_token=jwt({"exp": "soon"})),
    "refresh token empty": tokens(refresh_token=""),
    "account null": tokens(account_id=None),
    "account absent": as_file(without(LOGIN, "tokens", "account_id")),
    "account of another": tokens(account_id="another"),
    "provenance null": tokens(oauth_provenance=None),
    "provenance with more": tokens(oauth_provenance={**PROVENANCE, "more": 1}),
    "provenance by place": tokens(oauth_provenance=["https://auth.openai.com", "app_test"]),
    "unknown member of tokens": tokens(more=[1, {"deep": None}]),
    "tokens by place": as_file({"tokens": [*TRIPLE, PROVENANCE, None, ACCOUNT]}),
    "all by place": b"[null, null]",
    "all by place, more": json.dumps([None, None, LOGIN["tokens"], LOGIN["last_refresh"]]).encode(),
    "all by place, all": json.dumps([None] * 8).encode(),
    "key by place": b'["apikey", "sk-test-000000"]',
    "mode as an object": b'{"auth_mode": {"chatgpt": null}}',
    "external tokens": as_file({**LOGIN, "auth_mode": "chatgptAuthTokens"}),
    "unknown twice": b'{"x": 1, "x": 2, "y": {"a": 1, "a": 2}}',
    "unknown number too large": b'{"x": 1e999}',
    "unknown and nested": b'{"x": [[], {}, [1, {"a": []}]], "y": {"a": {}, "b": 1}}',
    "unknown numbers of every form": b'{"x": [0, -0, 10, -19.99, 9e9, 1E-09, 2.5e+19]}',
    "unknown half of a pair": b'{"x": "\\ud800"}',
    "unknown and deep": b'{"x": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    "both halves of a pair": b'{"OPENAI_API_KEY": "\\ud83d\\ude00"}',
    "bedrock key": as_file({"bedrock_api_key": BEDROCK_KEY}),
    "bedrock key by place": as_file({"bedrock_api_key": ["key", "region"]}),
    "aws keys": as_file({"bedrock_access_keys": AWS_KEYS}),
    "aws keys by place": as_file({"bedrock_access_keys": ["id", "secret"]}),
    "aws keys with a session": as_file({"bedrock_access_keys": {**AWS_KEYS, "session_token": "session"}}),
    "agent token without a mode": as_file({"agent_identity": "anything"}),
    "agent record": as_file({"agent_identity": AGENT}),
    "agent record by place": as_file({"agent_identity": list(AGENT.values())}),
    "agent record by place, eighth text": as_file({"agent_identity": [*AGENT.values(), "eighth"]}),
    "agent record without an address": as_file({"agent_identity": without(AGENT, "email")}),
    "agent record with unknown twice": as_file({"agent_identity": AGENT})[:-4] + b', "z": 1, "z": 2}}',
    "agent record with large number": as_file({"agent_identity": AGENT})[:-4] + b', "z": 1e999}}',
    "id token of four parts": tokens(id_token=jwt({}) + ".more"),
    "id token, payload is a list": payload(b"[]"),
    "id token, payload by place": payload(b"[null, null, null]"),
    "id token, white space": payload(b" {} "),
    "id token, unknown not UTF-8": payload(b'{"a": "\xff"}'),
    "id token, address null": payload(b'{"email": null}'),
    "id token, exp is text": payload(b'{"exp": "soon"}'),
    "id token, header garbage": tokens(id_token=f"!!.{base64url(b'{}')}.sig"),
    "plan unknown": claims(chatgpt_plan_type="another"),
    "plan as an object": claims(chatgpt_plan_type={"free": None}),
    "account claims by place": payload(json.dumps({AUTH_CLAIMS: [None, None, None, None, True]}).encode()),
    "account claims null": payload(json.dumps({AUTH_CLAIMS: None}).encode()),
    **{
        f"last_refresh {value!r}": refreshed(value)
        for value in (
            None,
            "2026-11-20T09:05:10.493311113Z",
            "2026-11-20 09:05:10Z",
            "2026-11-20t09:05:10z",
            "2026-11-20T09:05:10+01:00",
            "2026-11-20T09:05:10+0100",
            "2026-11-20T09:05:10 +01 : 00",
            "2026-11-20T09:05:10\N{MINUS SIGN}01:00",
            "2026-11-20T09:05:10 UTC",
            "2026-11-20T09:05:10utc",
            "2026-1-2T3:4:5Z",
            " 2026 - 11 - 20T09 : 05 : 10Z ",
            "2026-11-20T\N{NO-BREAK SPACE}09:05:10Z",
            "2026-11-20T09:05:60Z",
            "2024-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "-1-01-01T00:00:00Z",
            "+12345-01-01T00:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "2026-11-20T09:05:10.1234567890123Z",
        )
    },
}
"""What Codex reads, however odd; by a name for the test."""
