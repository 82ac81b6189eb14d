"""Which credential Codex would use on this machine, and the one question that reads and spends nothing."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.document import Mode
from codex_checks.auth.renewal import Renewal, renewal
from codex_checks.network.hosts import Service, addresses, target, usual_host
from codex_doctor.dial import Target
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.auth.login import Login
    from codex_checks.config.settings import Settings

ANSWER_LIMIT: Final = 256 * 1024
"""Bytes of an answer that are read: the usage of an account takes 1 KB, a list of models 20."""

PERSONAL_TOKENS: Final = "https://auth.openai.com/api/accounts"
"""Where a personal access token is looked up; CODEX_AUTHAPI_BASE_URL replaces it (codex-auth 2.6)."""

_SENDABLE: Final = r"[\x21-\x7e]+"
"""What can stand in a header: one word of printable ASCII."""


class Kind(StrEnum):
    """What a credential is, in words."""

    CHATGPT = "ChatGPT sign-in"
    API_KEY = "API key"
    PERSONAL = "personal access token"


class Credential(Struct, frozen=True, kw_only=True):
    """What Codex would send. *source* says where it stands, *plan* and *account* what its id token says.

    *renewal* is what Codex does next with a ChatGPT sign-in, None for others.
    """

    kind: Kind
    secret: Secret
    source: str
    account: str | None = None
    plan: str | None = None
    fedramp: bool = False
    renewal: Renewal | None = None

    @property
    def flaw(self) -> str | None:
        """What in it keeps it from being sent at all, in words; None where nothing does."""
        text = self.secret.reveal()
        if re.fullmatch(_SENDABLE, text):
            return None
        if "\n" in text or "\r" in text:
            return "a line break"
        if not text.isascii():
            return "a character outside ASCII"
        return "a blank or a control character"

    @property
    def renewable(self) -> bool:
        """Whether Codex can try to renew it when the service refuses it."""
        return self.renewal is not None and self.renewal.hindrance is None


class Question(Struct, frozen=True, kw_only=True):
    """What is asked, and of whom. *url* is the whole address; the headers of *target* hold the credential.

    *host* is what the report calls the one who is asked; *subjects* are his names.
    """

    url: str
    source: str
    host: str
    subjects: frozenset[str]
    target: Target


def credential(found: Login) -> Credential:
    """Return the credential that comes first with Codex (codex-auth 4.6); OPENAI_API_KEY never does.

    :raises NotApplicable: there is nothing to ask the service with, and that is fine.
    :raises Unavailable: there should be something, and is not.
    """
    if (key := found.variables.get("CODEX_API_KEY")) is not None:
        return _of_variable(Kind.API_KEY, key, "CODEX_API_KEY", found)
    if (token := found.variables.get("CODEX_ACCESS_TOKEN")) is not None:
        if found.session_mode is not Mode.PERSONAL_ACCESS_TOKEN:
            raise Unavailable("CODEX_ACCESS_TOKEN holds no personal access token; others are not tried")
        return _of_variable(Kind.PERSONAL, token, "CODEX_ACCESS_TOKEN", found)
    document = found.document
    if document is None:
        raise Unavailable("Codex is not signed in")
    path = str(found.file.path)
    if document.mode is Mode.API_KEY:
        if not document.api_key:
            raise Unavailable("no API key is stored")
        return Credential(kind=Kind.API_KEY, secret=document.api_key, source=path)
    if document.mode is Mode.PERSONAL_ACCESS_TOKEN:
        if not document.personal_access_token:
            raise Unavailable("no personal access token is stored")
        return Credential(kind=Kind.PERSONAL, secret=document.personal_access_token, source=path)
    if document.mode not in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS):
        raise NotApplicable(f"not examined: no question is known for a sign-in of the kind {document.mode}")
    return _of_tokens(found, path)


def _of_variable(kind: Kind, secret: Secret, variable: str, found: Login) -> Credential:
    """Return what stands in *variable*; Codex takes the blanks around it away (codex-auth 4.6)."""
    place = found.where.get(variable, "the environment")
    trimmed = Secret(secret.reveal().strip())
    return Credential(kind=kind, secret=trimmed, source=f"{variable} in {place}")


def _of_tokens(found: Login, path: str) -> Credential:
    document, tokens = found.document, found.tokens
    if document is None or tokens is None or not tokens.access_token:
        raise Unavailable("no access token is stored")
    next_ = renewal(document, tokens)
    if next_.expired(found.examined) and next_.hindrance is None:
        raise NotApplicable("the access token has expired, and Codex renews it at its next start")
    return Credential(
        kind=Kind.CHATGPT,
        secret=tokens.access_token,
        source=path,
        account=tokens.account,
        plan=tokens.claims.plan,
        fedramp=tokens.claims.fedramp,
        renewal=next_,
    )


def question(held: Credential, variables: Mapping[str, str], settings: Settings | None) -> Question:
    """Return the question that tells most of *held* and changes nothing (codex-auth 5.1).

    :raises NotApplicable: the address is one that a credential may not be sent to.
    """
    from codex_checks.acts.refresh_request import may_receive_a_credential

    source, url = _address(held.kind, variables, settings)
    there = target(url)
    if there is None or not may_receive_a_credential(url):
        raise NotApplicable(f"the address in {source} is neither https nor on this machine: nothing was sent")
    asked = Target(
        host=there.host,
        port=there.port,
        path=there.path,
        tls=there.tls,
        headers=headers(held),
        body_limit=ANSWER_LIMIT,
    )
    usual = usual_host(_SERVICES[held.kind]) or asked.host
    return Question(
        url=url,
        source=source,
        target=asked,
        host=usual if asked.origin == usual else f"{usual} (at {asked.origin})",
        subjects=frozenset({usual, asked.host}),
    )


def headers(held: Credential) -> tuple[tuple[str, Secret], ...]:
    """Return the headers in which Codex sends *held* (codex-auth 5.1)."""
    found = [("Authorization", Secret(f"Bearer {held.secret.reveal()}"))]
    if held.account and re.fullmatch(_SENDABLE, held.account):
        found.append(("ChatGPT-Account-Id", Secret(held.account)))
    if held.fedramp:
        found.append(("X-OpenAI-Fedramp", Secret("true")))
    return tuple(found)


_SERVICES: Final = {
    Kind.CHATGPT: Service.CHATGPT,
    Kind.API_KEY: Service.API,
    Kind.PERSONAL: Service.AUTH,
}


def _address(kind: Kind, variables: Mapping[str, str], settings: Settings | None) -> tuple[str, str]:
    """Return what names the address, and the address."""
    base = addresses(variables, settings)
    if kind is Kind.API_KEY:
        return base[Service.API].source, f"{base[Service.API].url}/models"
    if kind is Kind.CHATGPT:
        chatgpt = base[Service.CHATGPT]
        path = "/wham/usage" if "/backend-api" in chatgpt.url else "/api/codex/usage"
        return chatgpt.source, chatgpt.url + path
    own, theirs = base[Service.AUTH], variables.get("CODEX_AUTHAPI_BASE_URL", "").strip().rstrip("/")
    if own.source == "CODEX_DOCTOR_URL_AUTH":
        source, url = own.source, f"{own.url}/api/accounts"
    elif theirs and target(theirs) is not None:
        source, url = "CODEX_AUTHAPI_BASE_URL", theirs
    else:
        source, url = "default", PERSONAL_TOKENS
    return source, f"{url}/v1/user-auth-credential/whoami"
