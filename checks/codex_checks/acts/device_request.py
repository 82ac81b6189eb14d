"""What is asked of whom to sign in with a device code, as Codex 0.169.0 asks it (codex-auth 3.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from msgspec import Struct

from codex_checks.acts.refresh_request import CLIENT, ISSUER, TOKEN_PATH, Request
from codex_doctor import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.device_answer import DeviceCode
    from codex_checks.acts.device_grant import Grant

CODE_PATH: Final = "/api/accounts/deviceauth/usercode"
GRANT_PATH: Final = "/api/accounts/deviceauth/token"
PAGE_PATH: Final = "/codex/device"
"""Where the user enters the code, in a browser."""

CALLBACK_PATH: Final = "/deviceauth/callback"


class Issuer(Struct, frozen=True, kw_only=True):
    """Who gives device codes and tokens, and the client id that asks for them.

    *stated* is the address as it was given: Codex stores it like that.
    """

    stated: str
    client: str

    @property
    def url(self) -> str:
        """The address before every path."""
        return self.stated.rstrip("/")

    @property
    def page(self) -> str:
        """Where the user enters the code."""
        return self.url + PAGE_PATH


def issuer(variables: Mapping[str, str]) -> Issuer:
    """Return whom Codex would ask: our own variable comes first, then Codex's, then the default."""
    own = variables.get("CODEX_DOCTOR_URL_AUTH", "").strip()
    theirs = variables.get("CODEX_APP_SERVER_LOGIN_ISSUER", "").strip()
    client = variables.get("CODEX_OAUTH_CLIENT_ID", "").strip()
    if theirs and not own:
        client = variables.get("CODEX_APP_SERVER_LOGIN_CLIENT_ID", "").strip() or client
    return Issuer(stated=own or theirs or ISSUER, client=client or CLIENT)


def code_request(issuer: Issuer) -> Request:
    """Return what asks for a code."""
    return _json(issuer.url + CODE_PATH, {"client_id": issuer.client})


def grant_request(issuer: Issuer, code: DeviceCode) -> Request:
    """Return what asks whether the user has entered the code."""
    said = {"device_auth_id": code.id.reveal(), "user_code": code.user_code.reveal()}
    return _json(issuer.url + GRANT_PATH, said)


def exchange_request(issuer: Issuer, grant: Grant) -> Request:
    """Return what asks for the tokens, once the user has entered the code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": issuer.client,
        "code": grant.code.reveal(),
        "redirect_uri": issuer.url + CALLBACK_PATH,
        "code_verifier": grant.verifier.reveal(),
    }
    headers = _headers("application/x-www-form-urlencoded")
    return Request(url=issuer.url + TOKEN_PATH, headers=headers, body=urlencode(form).encode())


def _json(url: str, said: Mapping[str, str]) -> Request:
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    return Request(url=url, headers=_headers("application/json"), body=body.encode("utf-8", "surrogatepass"))


def _headers(kind: str) -> Mapping[str, str]:
    return {"content-type": kind, "accept": "*/*", "user-agent": f"codex-doctor/{__version__}"}
