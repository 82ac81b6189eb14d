"""What stands in auth.json, what may come to stand there, and how Codex writes it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from codex_checks.auth.document import Document, Fault, Keep, Mode
from codex_checks.auth.parse import UTF_16_MARKS, parse
from codex_doctor.redact import Secret  # noqa: TC001 - beside the facts that hold it

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSENT: Final = "absent"
"""The guard of a file that is not there."""

_TOP: Final = (
    "auth_mode",
    "OPENAI_API_KEY",
    "tokens",
    "last_refresh",
    "agent_identity",
    "personal_access_token",
    "bedrock_api_key",
    "bedrock_access_keys",
)
_TOKENS: Final = (
    "id_token",
    "access_token",
    "refresh_token",
    "oauth_provenance",
    "login_owner_id",
    "account_id",
)
"""The order in which Codex 0.169.0 writes what it knows (codex-auth 1.2 and 1.3; a file with all of it)."""

_RENEWED: Final = ("id_token", "access_token", "refresh_token")
"""What a renewal may bring."""

_SURROGATE: Final = "[\ud800-\udfff]"


class _Number(str):
    """A number as it stands in the text: nothing is rounded on its way through."""

    __slots__ = ()


class Content(Struct, frozen=True, kw_only=True):
    """What stood in auth.json at one moment.

    *guard* names the sign-in: it differs where a renewal must not overwrite (codex-auth 2.4). It tells
    nothing of the tokens. *document* is None where nothing is there or Codex refuses it, and then
    *fault* says why. *members* is all of it, what Codex does not know included; *raw* its bytes.
    """

    guard: str
    document: Document | None = None
    fault: Fault | None = None
    members: Mapping[str, object] = field(default_factory=dict[str, object])
    raw: bytes = b""

    def __repr__(self) -> str:
        return f"Content(guard={self.guard!r}, fault={self.fault!r})"

    @property
    def account(self) -> str | None:
        """The id of the account, where tokens are stored."""
        return self.document.tokens.account if self.document and self.document.tokens else None


def read_content(raw: bytes | None, keep: Keep) -> Content:
    """Return what the bytes of an auth.json say; None is an absent file. Never raises."""
    if raw is None:
        return Content(guard=ABSENT)
    said = parse(raw, keep)
    members = _members(raw)
    if isinstance(said, Fault):
        return Content(guard=_digest("refused", raw.hex()), fault=said, raw=raw)
    if members is None:  # Codex also reads a list of the members, which nothing writes
        return Content(guard=_digest("list", raw.hex()), document=said, raw=raw)
    return Content(guard=_guard(said, members), document=said, members=members, raw=raw)


def as_utf_8(raw: bytes) -> bytes | None:
    """Return an auth.json in the encoding that Codex reads, None where it is in that, or is no text."""
    if raw.startswith(BOM_UTF8):
        return raw.removeprefix(BOM_UTF8)
    if not raw.startswith(UTF_16_MARKS):
        return None
    try:
        return raw.decode("utf-16").encode("utf-8")
    except UnicodeError:
        return None


class Renewal(Struct, frozen=True, kw_only=True):
    """New tokens for the sign-in that is stored; what the service did not give stays as it is.

    *tokens* has the names of auth.json (`refresh_token`); *last_refresh* is when they came, as `stamp`.
    """

    tokens: Mapping[str, Secret]
    last_refresh: str

    def over(self, members: Mapping[str, object]) -> dict[str, object]:
        """Return *members* of an auth.json with these tokens; the account stays (codex-auth 2.4)."""
        tokens = dict(cast("Mapping[str, object]", members.get("tokens") or {}))
        tokens.update({name: token.reveal() for name, token in self.tokens.items()})
        return {**members, "tokens": tokens, "last_refresh": self.last_refresh}


class Replacement(Struct, frozen=True, kw_only=True):
    """Another sign-in instead of the one that is stored: all *members* of its auth.json."""

    members: Mapping[str, object]

    def __repr__(self) -> str:
        return "Replacement()"

    def over(self, members: Mapping[str, object]) -> dict[str, object]:  # noqa: ARG002 - as a renewal
        """Return the new members; nothing of the old ones stays."""
        return dict(self.members)


Change = Renewal | Replacement
"""What is to be done to an auth.json; `over` returns its new members."""


def change_out(change: Change) -> Mapping[str, object]:
    """Return *change* as plain data for the journal, its secrets in it."""
    if isinstance(change, Replacement):
        return {"replacement": as_codex_writes(change.members).decode()}
    tokens = {name: token.reveal() for name, token in change.tokens.items()}
    return {"renewal": tokens, "last_refresh": change.last_refresh}


def change_in(said: Mapping[str, object], keep: Keep) -> Change:
    """Return the change that `change_out` made *said* of.

    :raises KeyError: it is none.
    """
    if "replacement" in said:
        content = read_content(str(said["replacement"]).encode(), keep)
        return Replacement(members=content.members)
    tokens = cast("Mapping[str, str]", said["renewal"])
    return Renewal(
        tokens={name: keep(tokens[name]) for name in _RENEWED if name in tokens},
        last_refresh=str(said["last_refresh"]),
    )


def as_codex_writes(members: Mapping[str, object]) -> bytes:
    """Return *members* as the bytes of an auth.json: as Codex writes them, and what it does not know last.

    Indented by two spaces, without a line feed at the end, OPENAI_API_KEY always there, other members
    only where they are not null (codex-auth 1.3).
    """
    whole = {"OPENAI_API_KEY": None, **members}
    tokens = whole.get("tokens")
    if isinstance(tokens, Mapping):
        whole["tokens"] = _in_order(cast("Mapping[str, object]", tokens), _TOKENS, kept=())
    ordered = _in_order(whole, _TOP, kept=("OPENAI_API_KEY",))
    return "".join(_written(ordered, "\n")).encode("utf-8")


def known(members: Mapping[str, object]) -> dict[str, object]:
    """Return what Codex knows of *members*; the rest it would drop at its next renewal (codex-auth 1.6)."""
    found = {name: members[name] for name in _TOP if name in members}
    tokens = found.get("tokens")
    if isinstance(tokens, Mapping):
        given = cast("Mapping[str, object]", tokens)
        found["tokens"] = {name: given[name] for name in _TOKENS if name in given}
    return found


def stamp(nanoseconds: int | None = None) -> str:
    """Return a moment, by default now, as Codex writes `last_refresh`: UTC, nine digits, `Z`."""
    whole, fraction = divmod(time.time_ns() if nanoseconds is None else nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def _members(raw: bytes) -> dict[str, object] | None:
    """Return the members of a JSON object by name, None where it is something else."""
    try:
        found: object = json.loads(raw, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _guard(document: Document, members: Mapping[str, object]) -> str:
    if document.mode not in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS):
        return _digest(document.mode, "".join(_written(members, "")))
    tokens = document.tokens
    if tokens is None:
        return _digest(document.mode)
    return _digest(document.mode, tokens.refresh_token.reveal(), tokens.access_token.reveal(), tokens.account)


def _digest(*parts: str | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _in_order(
    members: Mapping[str, object], known: tuple[str, ...], *, kept: tuple[str, ...]
) -> dict[str, object]:
    first = {
        name: members[name]
        for name in known
        if name in members and (members[name] is not None or name in kept)
    }
    return {**first, **{name: value for name, value in members.items() if name not in known}}


def _written(value: object, line: str) -> Iterator[str]:
    """Yield *value* as JSON; *line* begins a line at its depth, and is empty for one line in all."""
    inner = f"{line}  " if line else ""
    if isinstance(value, _Number):
        yield str(value)
    elif isinstance(value, str):
        yield json.dumps(value, ensure_ascii=bool(re.search(_SURROGATE, value)))
    elif isinstance(value, Mapping):
        yield "{"
        for place, (name, item) in enumerate(cast("Mapping[str, object]", value).items()):
            yield f"{',' if place else ''}{inner}"
            yield from _written(name, inner)
            yield ": " if line else ":"
            yield from _written(item, inner)
        yield f"{line}}}" if value else "}"
    elif isinstance(value, list):
        yield "["
        for place, item in enumerate(cast("list[object]", value)):
            yield f"{',' if place else ''}{inner}"
            yield from _written(item, inner)
        yield f"{line}]" if value else "]"
    else:
        yield json.dumps(value)
