"""The stored ChatGPT sign-in: whether it holds what Codex needs, and whether Codex can renew it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.account.gates import said
from codex_checks.account.session import session
from codex_checks.auth.again import renew, sign_in_again
from codex_checks.auth.document import Mode
from codex_checks.auth.facts import chatgpt, stored
from codex_checks.auth.renewal import lacking
from codex_checks.problems.signin import (
    ACCESS_TOKEN_EXPIRED,
    ACCESS_TOKEN_MISSING,
    ACCOUNT_ID_MISMATCH,
    ACCOUNT_ID_MISSING,
    AUTH_MODE_CONFLICT,
    AUTH_TOKENS_NOT_RENEWED,
    LAST_REFRESH_MISSING,
    REFRESH_TOKEN_MISSING,
)
from codex_doctor.check import check
from codex_doctor.fix import Fix, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.account.session import Session
    from codex_checks.auth.facts import ChatGPT, Stored
    from codex_doctor.model import Evidence, Finding

SIGN_IN_AGAIN: Final = "Sign in again: this sign-in cannot be renewed."
_NOW: Final = "Renew the sign-in, which writes down what is missing"


@check(
    "auth.tokens-are-complete",
    title="The stored sign-in holds what Codex needs to use it",
    needs=(chatgpt,),
    reports=(LAST_REFRESH_MISSING, ACCESS_TOKEN_MISSING),
)
def tokens_are_complete(found: ChatGPT) -> Iterator[Finding]:
    """Judge what `codex login status` does not look at (codex-auth 1.6 and 4.3)."""
    hindered = found.renewal.hindrance is not None
    if found.document.last_refresh is None:
        yield LAST_REFRESH_MISSING.found(
            f"last_refresh is missing in {found.login.file.path}",
            evidence=_evidence(found, field="last_refresh"),
            advice=SIGN_IN_AGAIN if hindered else None,
            fix=sign_in_again(found.login) if hindered else renew(found.login, _NOW, force=True),
        )
    if (words := lacking("access_token", found.tokens.access_token)) is not None:
        yield ACCESS_TOKEN_MISSING.found(
            f"{words} in {found.login.file.path}",
            evidence=_evidence(found, field="tokens.access_token"),
            advice=SIGN_IN_AGAIN if hindered else None,
            fix=sign_in_again(found.login) if hindered else renew(found.login, _NOW, force=True),
        )


@check(
    "auth.access-token-is-current",
    title="Your access token is valid, or Codex can renew it",
    needs=(chatgpt, session.maybe()),
    reports=(ACCESS_TOKEN_EXPIRED,),
)
def access_token_is_current(found: ChatGPT, asked: Session | None = None) -> Iterator[Finding]:
    """Judge expiry by the local clock, as Codex does; one that it can renew is healthy.

    Where the service was *asked* and refused the token too, that is evidence of the same fault.
    """
    expires, hindrance = found.renewal.expires, found.renewal.hindrance
    if expires is None or hindrance is None or not found.renewal.expired(found.login.examined):
        return
    refused = None if asked is None or asked.accepted else asked.status
    yield ACCESS_TOKEN_EXPIRED.found(
        f"It expired at {expires:%Y-%m-%d %H:%M} UTC, and {hindrance}",
        evidence={
            **_evidence(found, field="tokens.access_token"),
            **({} if asked is None or refused is None else {"refused": f"{asked.host} {said(asked)}"}),
        },
        fix=sign_in_again(found.login),
    )


@check(
    "auth.login-can-be-renewed",
    title="Codex can renew your sign-in when it is due",
    needs=(chatgpt,),
    reports=(REFRESH_TOKEN_MISSING, ACCOUNT_ID_MISSING, AUTH_TOKENS_NOT_RENEWED),
)
def login_can_be_renewed(found: ChatGPT) -> Iterator[Finding]:
    """Judge what will fail later; where the access token has expired already, that is the finding."""
    if found.renewal.hindrance is None or found.renewal.expired(found.login.examined):
        return
    until = f"until {found.renewal.expires:%Y-%m-%d %H:%M} UTC" if found.renewal.expires else "for now"
    path, fix = found.login.file.path, sign_in_again(found.login)
    if found.document.mode is Mode.CHATGPT_AUTH_TOKENS:
        yield AUTH_TOKENS_NOT_RENEWED.found(
            f"auth_mode is chatgptAuthTokens in {path}; the access token is good {until}",
            evidence=_evidence(found, field="auth_mode"),
            fix=fix,
        )
    elif (words := lacking("refresh_token", found.tokens.refresh_token)) is not None:
        yield REFRESH_TOKEN_MISSING.found(
            f"{words} in {path}; the access token is good {until}",
            evidence=_evidence(found, field="tokens.refresh_token"),
            fix=fix,
        )
    else:
        yield ACCOUNT_ID_MISSING.found(
            f"tokens.account_id is missing in {path}, and Codex renews no sign-in without it; "
            f"the access token is good {until}",
            evidence=_evidence(found, field="tokens.account_id"),
            fix=fix,
        )


@check(
    "auth.account-is-that-of-the-tokens",
    title="Your sign-in is of the account that its own tokens name",
    needs=(chatgpt,),
    reports=(ACCOUNT_ID_MISMATCH,),
)
def account_is_that_of_the_tokens(found: ChatGPT) -> Iterator[Finding]:
    """Judge the account that Codex asks for against that of the id token (codex-auth 1.4 and 4.3)."""
    account, named = found.tokens.account, found.tokens.claims.account
    if not account or named is None or account == named:
        return
    yield ACCOUNT_ID_MISMATCH.found(
        f"tokens.account_id in {found.login.file.path} is another account than the one that the id token is "
        "for; Codex asks for the first with the tokens of the second",
        evidence=_evidence(found, field="tokens.account_id"),
        fix=sign_in_again(found.login),
    )


@check(
    "auth.key-hides-nothing",
    title="No API key hides a ChatGPT sign-in",
    needs=(stored,),
    reports=(AUTH_MODE_CONFLICT,),
)
def key_hides_nothing(found: Stored) -> Iterator[Finding]:
    """Judge a file that holds both and does not say which counts (codex-auth 1.2)."""
    document = found.document
    if document.written_mode is not None or document.api_key is None or document.tokens is None:
        return
    if document.mode is not Mode.API_KEY:
        return
    path = found.login.file.path
    yield AUTH_MODE_CONFLICT.found(
        f"{path} holds an API key and ChatGPT tokens and no auth_mode; Codex uses the key",
        evidence={"path": str(path), "field": "auth_mode", "used": "OPENAI_API_KEY"},
        fix=Fix(
            summary="Say in auth.json which sign-in counts",
            steps=(
                Tell(text=f'To use ChatGPT, add "auth_mode": "chatgpt" at the top level of {path}.'),
                Tell(text='To use the key, add "auth_mode": "apikey" there.'),
            ),
        ),
    )


def _evidence(found: ChatGPT, *, field: str) -> dict[str, Evidence]:
    """Return what was seen and what Codex will do next; times are RFC 3339 in UTC."""
    expires, refreshed = found.renewal.expires, found.document.last_refresh
    return {
        "path": str(found.login.file.path),
        "field": field,
        "access_token_expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}" if expires else None,
        "last_refresh": f"{refreshed:%Y-%m-%dT%H:%M:%SZ}" if refreshed else None,
        "next": found.renewal.words(found.login.examined),
    }
