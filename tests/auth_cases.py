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

REFUSED: Final[dict[str, tuple[bytes, str | None]]] = {
    # Broken text: there is no field to name.
    "empty": (b"", None),
    "white space": (b" \n ", None),
    "byte order mark": (b"\xef\xbb\xbf" + TEXT, None),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbf{}", None),
    "UTF-16": (TEXT.decode().encode("utf-16"), None),
    "Latin-1": (b'{"x": "\xe9"}', None),
    "half of a pair as bytes": (b'{"x": "\xed\xa0\x80"}', None),
    "zero bytes": (b"\0" * 64, None),
    "zero byte at the end": (b"{}\0", None),
    "merge conflict": (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n", None),
    "truncated": (TEXT[:300], None),
    "truncated in a word": (b'{"auth_mode": nul', None),
    "truncated in a key": (b'{"x', None),
    "truncated after a key": (b'{"x"', None),
    "truncated after a colon": (b'{"x":', None),
    "truncated after a value": (b'{"x": 1', None),
    "truncated after a comma": (b'{"auth_mode": null,', None),
    "truncated unknown": (b'{"x": [1, {"y": [', None),
    "truncated in an escape": (b'{"x": "\\u12', None),
    "open brace": (b"{", None),
    "open bracket": (b"[", None),
    "trailing comma": (b'{"x": 1,}', None),
    "trailing comma in a list": (b'{"x": [1,]}', None),
    "trailing comma by place": (b"[null, null,]", None),
    "trailing characters": (b"{} x", None),
    "two documents": (b"{}{}", None),
    "too many by place": (json.dumps([None] * 9).encode(), None),
    "no colon": (b'{"x" 1}', None),
    "no comma": (b'{"x": 1 "y": 2}', None),
    "no comma in unknown": (b'{"x": {"a": 1 "b": 2}}', None),
    "no comma in an unknown list": (b'{"x": [1 2]}', None),
    "no key": (b"{,}", None),
    "single quotes": (b"{'x': 1}", None),
    "no quotes": (b"{x: 1}", None),
    "comment": (b'{/* c */ "x": 1}', None),
    "not a number": (b'{"x": NaN}', None),
    "infinity": (b'{"x": Infinity}', None),
    "minus alone": (b'{"x": -}', None),
    "leading zero": (b'{"x": 01}', None),
    "point without digits": (b'{"x": 1.}', None),
    "digits without one before": (b'{"x": .5}', None),
    "exponent without digits": (b'{"x": 1e+}', None),
    "word misspelt": (b'{"x": trux}', None),
    "form feed": (b"{\x0c}", None),
    "no-break space": (raw("{\N{NO-BREAK SPACE}}"), None),
    "tab in a text": (b'{"x": "a\tb"}', None),
    "tab in the key": (b'{"OPENAI_API_KEY": "a\tb"}', None),
    "unknown escape": (b'{"x": "\\q"}', None),
    "unknown escape in the key": (b'{"OPENAI_API_KEY": "\\q"}', None),
    "bad digits": (b'{"x": "\\u12g4"}', None),
    "half of a pair in a name": (b'{"\\ud800": 1}', None),
    "first half in the key": (b'{"OPENAI_API_KEY": "\\ud800"}', None),
    "second half in the key": (b'{"OPENAI_API_KEY": "\\udc00"}', None),
    "two first halves in the key": (b'{"OPENAI_API_KEY": "\\ud800\\ud800"}', None),
    "mode is a number": (b'{"auth_mode": 5}', None),
    "mode is a list": (b'{"auth_mode": []}', None),
    "mode is an empty object": (b'{"auth_mode": {}}', None),
    "agent identity too deep": (b'{"agent_identity": ' + b"[" * 200 + b"]" * 200 + b"}", None),
    "agent identity with half a pair": (
        as_file({"agent_identity": AGENT})[:-4] + b', "z": "\\ud800"}}',
        None,
    ),
    # Values that Codex refuses.
    "null": (b"null", ""),
    "number": (b"12", ""),
    "text": (b'"x"', ""),
    "true": (b"true", ""),
    "empty list": (b"[]", "auth_mode"),
    "list of one": (b"[null]", "OPENAI_API_KEY"),
    "mode twice": (b'{"auth_mode": null, "auth_mode": null}', "auth_mode"),
    "mode in other case": (b'{"auth_mode": "ChatGPT"}', "auth_mode"),
    "mode unknown": (b'{"auth_mode": "wat"}', "auth_mode"),
    "mode unknown as an object": (b'{"auth_mode": {"wat": null}}', "auth_mode"),
    "mode with a value": (b'{"auth_mode": {"chatgpt": 1}}', "auth_mode"),
    "mode with an escaped name": (b'{"auth\\u005fmode": "wat"}', "auth_mode"),
    "key is a number": (b'{"OPENAI_API_KEY": 1}', "OPENAI_API_KEY"),
    "key too large a number": (b'{"OPENAI_API_KEY": 1e999}', "OPENAI_API_KEY"),
    "key is a list": (b'{"OPENAI_API_KEY": ["sk-"]}', "OPENAI_API_KEY"),
    "key twice": (b'{"OPENAI_API_KEY": "a", "x": 1, "OPENAI_API_KEY": "b"}', "OPENAI_API_KEY"),
    "tokens is text": (b'{"tokens": "x"}', "tokens"),
    "tokens is false": (b'{"tokens": false}', "tokens"),
    "tokens by place, too few": (as_file({"tokens": TRIPLE}), "tokens.oauth_provenance"),
    "id token absent": (as_file(without(LOGIN, "tokens", "id_token")), "tokens.id_token"),
    "access token absent": (as_file(without(LOGIN, "tokens", "access_token")), "tokens.access_token"),
    "refresh token absent": (as_file(without(LOGIN, "tokens", "refresh_token")), "tokens.refresh_token"),
    "refresh token null": (tokens(refresh_token=None), "tokens.refresh_token"),
    "access token null": (tokens(access_token=None), "tokens.access_token"),
    "access token is an object": (tokens(access_token={}), "tokens.access_token"),
    "account is a number": (tokens(account_id=1), "tokens.account_id"),
    "owner is a number": (tokens(login_owner_id=1), "tokens.login_owner_id"),
    "provenance without client": (
        tokens(oauth_provenance={"issuer": "i"}),
        "tokens.oauth_provenance.client_id",
    ),
    "provenance null issuer": (
        tokens(oauth_provenance={"issuer": None, "client_id": "c"}),
        "tokens.oauth_provenance.issuer",
    ),
    "provenance by place, too few": (
        tokens(oauth_provenance=["i"]),
        "tokens.oauth_provenance.client_id",
    ),
    "token twice": (
        TEXT.replace(b'"account_id"', b'"refresh_token": "x", "account_id"'),
        "tokens.refresh_token",
    ),
    "account twice": (
        TEXT.replace(b'"account_id"', b'"account_id": null, "account_id"'),
        "tokens.account_id",
    ),
    "bedrock key without region": (as_file({"bedrock_api_key": {"api_key": "k"}}), "bedrock_api_key.region"),
    "bedrock key is text": (as_file({"bedrock_api_key": "k"}), "bedrock_api_key"),
    "aws keys without secret": (
        as_file({"bedrock_access_keys": {"access_key_id": "a"}}),
        "bedrock_access_keys.secret_access_key",
    ),
    "aws session is a number": (
        as_file({"bedrock_access_keys": {**AWS_KEYS, "session_token": 1}}),
        "bedrock_access_keys.session_token",
    ),
    "personal token is a number": (as_file({"personal_access_token": 1}), "personal_access_token"),
    "agent identity is a number": (as_file({"agent_identity": 1}), "agent_identity"),
    "agent identity is an empty list": (as_file({"agent_identity": []}), "agent_identity"),
    "agent record without key": (
        as_file({"agent_identity": without(AGENT, "agent_private_key")}),
        "agent_identity",
    ),
    "agent record without plan": (as_file({"agent_identity": without(AGENT, "plan_type")}), "agent_identity"),
    "agent record, flag is text": (
        as_file({"agent_identity": {**AGENT, "chatgpt_account_is_fedramp": "x"}}),
        "agent_identity",
    ),
    "agent record, eighth is a number": (
        as_file({"agent_identity": [*AGENT.values(), 5]}),
        "agent_identity",
    ),
    "agent record too long": (as_file({"agent_identity": [*AGENT.values(), None, None]}), "agent_identity"),
    "agent record with known twice": (
        as_file({"agent_identity": AGENT})[:-4] + b', "plan_type": "x"}}',
        "agent_identity",
    ),
    **{
        f"id token {name}": (tokens(id_token=token), "tokens.id_token")
        for name, token in {
            "empty": "",
            "null": None,
            "is an object": {},
            "of two parts": f"a.{base64url(b'{}')}",
            "without signature": f"a.{base64url(b'{}')}.",
            "without header": f".{base64url(b'{}')}.sig",
            "without payload": "a..sig",
            "padded": "a.eyJhIjoxMn0=.sig",
            "of the other alphabet": "a.eyJhIjoi//4+Pj4ifQ.sig",
            "with bits left over": "a.e31.sig",
            "payload not JSON": jwt(b"abc"),
            "payload null": jwt(b"null"),
            "payload is a number": jwt(b"5"),
            "payload is text": jwt(b'"x"'),
            "payload with more behind it": jwt(b"{} x"),
            "payload not a number": jwt(b'{"x": NaN}'),
            "payload with a byte order mark": jwt(b"\xef\xbb\xbf{}"),
            "payload address not UTF-8": jwt(b'{"email": "\xff"}'),
            "payload by place, too long": jwt(b"[null, null, null, null]"),
            "address is a number": jwt({"email": 1}),
            "address twice": jwt(b'{"email": "a", "email": "b"}'),
            "profile is text": jwt({"https://api.openai.com/profile": "x"}),
            "account claims are text": jwt({AUTH_CLAIMS: "x"}),
            "account is a number": jwt({AUTH_CLAIMS: {"chatgpt_account_id": 1}}),
            "plan is a number": jwt({AUTH_CLAIMS: {"chatgpt_plan_type": 1}}),
            "flag is null": jwt({AUTH_CLAIMS: {"chatgpt_account_is_fedramp": None}}),
        }.items()
    },
    **{
        f"last_refresh {value!r}": (refreshed(value), "last_refresh")
        for value in (
            1,
            1.5,
            True,
            [],
            {},
            "",
            "0",
            "yesterday",
            "2026-11-20",
            "2026-11-20T09:05Z",
            "2026-11-20T09:05:10",
            "2026-11-20T09:05:10EST",
            "2026-11-20T09:05:10+01",
            "2026-11-20T09:05:10+1:00",
            "2026-11-20T09:05:10+24:00",
            "2026-11-20T09:05:10+01:60",
            "2026-11-20T09:05:10.Z",
            "2026-11-20T09:05:10,5Z",
            "2026-11-20T09:05:10Zx",
            "2026-11-20_09:05:10Z",
            "2026-11-20T09:05:61Z",
            "2026-11-20T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-011-20T00:00:00Z",
            "12345-01-01T00:00:00Z",
            "+300000-01-01T00:00:00Z",
            "20261120T090510Z",
            "\N{FULLWIDTH DIGIT NINE}026-11-20T09:05:10Z",
        )
    },
}
"""What Codex refuses, with the field at fault; None where the text itself is broken."""
