"""What is asked of whom to end a sign-in for good, as Codex 0.169.0 does (codex-auth 2.6 and 4.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from codex_checks.acts.errors import SendError
from codex_checks.acts.refresh_request import CLIENT, ISSUER, Request, may_receive_a_credential
from codex_checks.auth.document import Mode
from codex_doctor import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Leaving
    from codex_checks.acts.recovery import Revoke
    from codex_checks.acts.sending import Send
    from codex_checks.auth.document import Document
    from codex_doctor.redact import Secret

PATH: Final = "/oauth/revoke"

_OF_SUCCESS: Final = range(200, 300)

PATIENCE: Final = 10.0
"""Seconds for which Codex itself waits for the answer, and then goes on without it (codex-auth 4.2)."""


def revocable(document: Document | None) -> tuple[Secret, str] | None:
    """Return the token that ends the sign-in *document*, and the kind of token it is; None where none does.

    The refresh token, else the access token. An API key is not revoked, and neither are the tokens
    that belong to another program (`chatgptAuthTokens`): seen on Codex 0.169.0.
    """
    tokens = document.tokens if document is not None and document.mode is Mode.CHATGPT else None
    if tokens is None:
        return None
    if tokens.refresh_token:
        return tokens.refresh_token, "refresh_token"
    return (tokens.access_token, "access_token") if tokens.access_token else None


def revocation(token: Secret, kind: str, *, env: Mapping[str, str]) -> Request:
    """Return what is to be sent to end *token*, which is a `refresh_token` or an `access_token`.

    Codex names its own client, whoever the token was given to. *env* is the environment.

    :raises SendError: the address is one that a credential may not be sent to.
    """
    body = {"token": token.reveal(), "token_type_hint": kind}
    if kind == "refresh_token":
        body["client_id"] = CLIENT
    headers = {
        "content-type": "application/json",
        "accept": "*/*",
        "originator": "codex_doctor",
        "user-agent": f"codex-doctor/{__version__}",
    }
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Request(url=address(env), headers=headers, body=text.encode("utf-8", "surrogatepass"))


def revoke(request: Request, send: Send) -> str | None:
    """Send *request*; return in words why it may not have been heeded, None where it was.

    It is the best that can be done, and nothing depends on it.
    """
    try:
        answer = send(request)
    except SendError as error:
        return error.words
    return None if answer.status in _OF_SUCCESS else f"the service answered {answer.status}"


def revoking(send: Send, env: Mapping[str, str]) -> Revoke:
    """Return what revokes a token that was removed, by what *send* sends to where *env* says."""

    def tell(leaving: Leaving) -> str | None:
        try:
            return revoke(revocation(leaving.token, leaving.kind, env=env), send)
        except SendError as error:
            return error.words

    return tell


def address(env: Mapping[str, str]) -> str:
    """Return where tokens are revoked: our own variable, Codex's two, the default.

    From the variable for renewals the path is replaced, and what it asks with is dropped. Who gave the
    tokens does not count.

    :raises SendError: it is neither https nor on this machine.
    """
    own = env.get("CODEX_DOCTOR_URL_AUTH", "").strip()
    theirs = env.get("CODEX_REVOKE_TOKEN_URL_OVERRIDE", "").strip()
    renewals = env.get("CODEX_REFRESH_TOKEN_URL_OVERRIDE", "").strip()
    if own:
        source, url = "CODEX_DOCTOR_URL_AUTH", own.rstrip("/") + PATH
    elif theirs:
        source, url = "CODEX_REVOKE_TOKEN_URL_OVERRIDE", theirs
    elif renewals:
        source, url = "CODEX_REFRESH_TOKEN_URL_OVERRIDE", _beside(renewals)
    else:
        source, url = "the default", ISSUER + PATH
    if not may_receive_a_credential(url):
        words = f"the address in {source} is neither https nor on this machine: nothing was sent to it"
        raise SendError("base-url-overridden", words, sent=False)
    return url


def _beside(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc, PATH, "", ""))
