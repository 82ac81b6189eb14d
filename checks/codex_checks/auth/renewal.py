"""When Codex will renew a ChatGPT sign-in next, or why it never will."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.document import Mode

if TYPE_CHECKING:
    from codex_checks.auth.document import Document, Tokens
    from codex_doctor.redact import Secret

EARLY: Final = timedelta(seconds=300)
"""How long before its end Codex renews an access token (codex-auth 2.2: 299 s yes, 301 s no)."""

SCHEDULE: Final = timedelta(days=8)
"""How often Codex renews an access token that does not say when it ends (codex-auth 2.2)."""


class Renewal(Struct, frozen=True, kw_only=True):
    """What Codex will do with the tokens next.

    *expires* is when the access token ends, None where it does not say. *due* is from when on the
    next start of Codex renews it, None where only a refusal of the service makes it try. *hindrance*
    says why no renewal can work, None where nothing speaks against it.
    """

    expires: datetime | None
    due: datetime | None
    hindrance: str | None

    def expired(self, now: datetime) -> bool:
        """Whether the access token has ended by the local clock, as Codex judges it."""
        return self.expires is not None and self.expires <= now

    def words(self, now: datetime) -> str:
        """Return in words what Codex does next, and when."""
        if self.hindrance is not None:
            return f"Codex cannot renew it: {self.hindrance}"
        if self.due is None:
            return "Codex renews it when the service refuses it"
        if self.due <= now:
            return "Codex renews it at its next start"
        return f"Codex renews it at its first start after {self.due:%Y-%m-%d %H:%M} UTC"


def renewal(document: Document, tokens: Tokens) -> Renewal:
    """Return what Codex will do with *tokens* next (codex-auth 2.2)."""
    expires = None if tokens.expires is None else _instant(tokens.expires)
    if expires is not None:
        due = max(expires - EARLY, datetime.min.replace(tzinfo=UTC) + EARLY)
    elif document.last_refresh is not None:
        due = min(document.last_refresh, datetime.max.replace(tzinfo=UTC) - SCHEDULE) + SCHEDULE
    else:
        due = None
    return Renewal(expires=expires, due=due, hindrance=_hindrance(document, tokens))


def lacking(name: str, secret: Secret) -> str | None:
    """Return in words that the token *name* holds nothing that could be sent, or None where it may."""
    if secret.reveal().strip():
        return None
    return f"tokens.{name} {'holds nothing but blanks' if secret else 'is empty'}"


def _hindrance(document: Document, tokens: Tokens) -> str | None:
    if document.mode is Mode.CHATGPT_AUTH_TOKENS:
        return "auth_mode is chatgptAuthTokens, which leaves renewing to another program"
    if (words := lacking("refresh_token", tokens.refresh_token)) is not None:
        return words
    if not tokens.account:
        return "tokens.account_id is missing"
    return None


def _instant(seconds: int) -> datetime:
    """Return the moment *seconds* after the epoch; beyond the calendar, its nearest end."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    earliest, latest = datetime.min.replace(tzinfo=UTC) + EARLY, datetime.max.replace(tzinfo=UTC)
    if seconds <= (earliest - start).total_seconds():
        return earliest
    return latest if seconds >= (latest - start).total_seconds() else start + timedelta(seconds=seconds)
