"""What the service gives to who has entered a device code, and how it is stored (codex-auth 1.3 and 3.1)."""

from __future__ import annotations

import base64
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.acts.content import Replacement, as_codex_writes
from codex_checks.acts.refusals import error_code, in_json, in_members, is_page, passing, seen
from codex_checks.auth.document import Document
from codex_checks.auth.parse import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.device_request import Issuer
    from codex_checks.acts.journal import Answer
    from codex_checks.auth.document import Keep

RESTRICTED: Final = "login-workspace-restricted"
_NOT_COMPLETED: Final = "login-not-completed"
_TOKENS: Final = ("id_token", "access_token", "refresh_token")
_OF_SUCCESS: Final = range(200, 300)
_OWNER_BYTES: Final = 32
"""Random bytes of a `login_owner_id`: 43 letters of base64url (codex-auth 1.3)."""


class Terms(Struct, frozen=True, kw_only=True):
    """What is stored beside the tokens of a new sign-in, decided before it is asked for.

    *issuer* and *client* say who gave them to whom, *owner* names this sign-in among others, and
    *workspaces* are the accounts that the settings allow (all, where it is empty).
    """

    issuer: str
    client: str
    owner: str
    workspaces: tuple[str, ...] = ()

    def written(self) -> Mapping[str, object]:
        """Return the terms as plain data, for the journal."""
        return {
            "issuer": self.issuer,
            "client": self.client,
            "owner": self.owner,
            "workspaces": list(self.workspaces),
        }


def terms(issuer: Issuer, workspaces: tuple[str, ...]) -> Terms:
    """Return the terms of a new sign-in."""
    owner = base64.urlsafe_b64encode(secrets.token_bytes(_OWNER_BYTES)).rstrip(b"=").decode()
    return Terms(issuer=issuer.stated, client=issuer.client, owner=owner, workspaces=workspaces)


def terms_in(written: Mapping[str, object]) -> Terms:
    """Return what `Terms.written` made of some terms."""
    workspaces = cast("list[object]", written.get("workspaces", []))
    return Terms(
        issuer=str(written["issuer"]),
        client=str(written["client"]),
        owner=str(written["owner"]),
        workspaces=tuple(str(one) for one in workspaces),
    )


class Kind(StrEnum):
    """What an answer means."""

    SIGNED_IN = "signed-in"
    REFUSED = "refused"
    PASSING = "passing"
    """The same question may be answered later."""
    UNREADABLE = "unreadable"
    """There are tokens in it, which Codex could not use."""


class Judgement(Struct, frozen=True, kw_only=True):
    """What an answer means, the name of its problem (None where none fits), and what was seen.

    *replacement* is set where somebody is signed in.
    """

    kind: Kind
    problem: str | None = None
    words: str = ""
    replacement: Replacement | None = None


def judge(answer: Answer, terms: Terms, *, keep: Keep, stamp: str) -> Judgement:
    """Return what *answer* means. Never raises. *stamp* is when it came, as Codex writes it."""
    if answer.status not in _OF_SUCCESS:
        problem, _ = passing(answer)
        final = problem in (None, "region-blocked", "captive-portal")
        kind = Kind.REFUSED if final else Kind.PASSING
        denied = error_code(in_json(answer.body)) == "access_denied"
        named = "login-access-denied" if denied else problem or _NOT_COMPLETED
        return Judgement(kind=kind, problem=named, words=seen(answer))
    members = in_members(answer.body)
    given = {name: members.get(name) for name in _TOKENS}
    found = {name: token for name, token in given.items() if isinstance(token, str) and token}
    for token in found.values():
        keep(token)
    if len(found) < len(_TOKENS):
        return _unreadable(answer)
    replacement = Replacement(members=_members(found, terms, stamp=stamp))
    document = parse(as_codex_writes(replacement.members), keep)
    if not isinstance(document, Document) or document.tokens is None:
        return _unreadable(answer)
    account = document.tokens.claims.account
    if not allowed(account, terms.workspaces):
        return Judgement(kind=Kind.REFUSED, problem=RESTRICTED, words=restricted(terms.workspaces))
    signed_in = _members(found, terms, stamp=stamp, account=account)
    return Judgement(kind=Kind.SIGNED_IN, replacement=Replacement(members=signed_in))


def allowed(account: str | None, workspaces: tuple[str, ...]) -> bool:
    """Return whether the settings let *account* sign in."""
    return not workspaces or account in workspaces


def restricted(workspaces: tuple[str, ...]) -> str:
    """Return in words that another workspace was chosen than the settings allow."""
    return f"the settings allow {' and '.join(workspaces)} only, and another workspace was chosen"


def _members(
    tokens: Mapping[str, str], terms: Terms, *, stamp: str, account: str | None = None
) -> Mapping[str, object]:
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {
            **tokens,
            "oauth_provenance": {"issuer": terms.issuer, "client_id": terms.client},
            "login_owner_id": terms.owner,
            "account_id": account,
        },
        "last_refresh": stamp,
    }


def _unreadable(answer: Answer) -> Judgement:
    page = is_page(answer.body)
    what = "a web page" if page else "tokens that Codex could not use"
    if b"_token" not in answer.body and not page:
        what = "something that cannot be read"
    return Judgement(
        kind=Kind.UNREADABLE if b"_token" in answer.body and not page else Kind.REFUSED,
        problem="auth-service-html" if page else _NOT_COMPLETED,
        words=f"the service answered {answer.status} with {what}",
    )
