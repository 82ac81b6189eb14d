"""The members of auth.json one by one, with what Codex demands of each (codex-auth 1.2 and 1.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar, cast

from msgspec import Struct

from codex_checks.auth import jwt
from codex_checks.auth.document import (
    STORED_MODES,
    Claims,
    Document,
    Mode,
    Provenance,
    Tokens,
)
from codex_checks.auth.instant import moment
from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.auth.structure import (
    Member,
    ShapeError,
    choice,
    flag,
    optional,
    structure,
    text,
)
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.auth.document import Keep
    from codex_checks.auth.structure import ReadValue

T = TypeVar("T")

AUTH_CLAIMS: Final = "https://api.openai.com/auth"
PROFILE_CLAIMS: Final = "https://api.openai.com/profile"

_AGENT_TEXTS: Final = ("agent_runtime_id", "agent_private_key", "account_id", "chatgpt_user_id")
_AGENT_NAMES: Final = (*_AGENT_TEXTS, "email", "plan_type", "chatgpt_account_is_fedramp")


class _IdToken(Struct, frozen=True, kw_only=True):
    secret: Secret
    claims: Claims


class _AccessToken(Struct, frozen=True, kw_only=True):
    secret: Secret
    expires: int | None


def document(reader: Reader, keep: Keep) -> Document:
    """Take a whole auth.json. A list of its members in their order is as good to Codex as an object.

    :raises ShapeError: Codex refuses a value.
    :raises JsonError: the text is malformed.
    """
    secret = _secret(keep)

    def tokens(reader: Reader, path: str) -> Tokens:
        return _tokens(reader, path, keep)

    found = structure(
        reader,
        "",
        (
            Member(name="auth_mode", read=optional(choice(*STORED_MODES)), counted=True),
            Member(name="OPENAI_API_KEY", read=optional(secret), counted=True),
            Member(name="tokens", read=optional(tokens)),
            Member(name="last_refresh", read=optional(_last_refresh)),
            Member(name="agent_identity", read=optional(_agent_identity(keep))),
            Member(name="personal_access_token", read=optional(secret)),
            Member(name="bedrock_api_key", read=optional(_secrets(keep, "api_key", "region"))),
            Member(
                name="bedrock_access_keys",
                read=optional(_secrets(keep, "access_key_id", "secret_access_key", last="session_token")),
            ),
        ),
    )
    mode = _maybe(found, "auth_mode", str)
    return Document(
        written_mode=None if mode is None else Mode(mode),
        api_key=_maybe(found, "OPENAI_API_KEY", Secret),
        tokens=_maybe(found, "tokens", Tokens),
        last_refresh=_maybe(found, "last_refresh", datetime),
        has_agent_identity=found.get("agent_identity") is not None,
        personal_access_token=_maybe(found, "personal_access_token", Secret),
        has_bedrock_api_key=found.get("bedrock_api_key") is not None,
        has_bedrock_access_keys=found.get("bedrock_access_keys") is not None,
    )


def _tokens(reader: Reader, path: str, keep: Keep) -> Tokens:
    def id_token(reader: Reader, path: str) -> _IdToken:
        reader.peek()
        start = reader.at
        token = text(reader, path)
        return _IdToken(secret=keep(token), claims=_claims(token, path, start))

    def access_token(reader: Reader, path: str) -> _AccessToken:
        token = text(reader, path)
        return _AccessToken(secret=keep(token), expires=jwt.expiry(token))

    found = structure(
        reader,
        path,
        (
            Member(name="id_token", read=id_token, needed=True, counted=True),
            Member(name="access_token", read=access_token, needed=True, counted=True),
            Member(name="refresh_token", read=_secret(keep), needed=True, counted=True),
            Member(name="oauth_provenance", read=optional(_provenance), counted=True),
            Member(name="login_owner_id", read=optional(text), counted=True),
            Member(name="account_id", read=optional(text), counted=True),
        ),
    )
    id_part, access_part = _sure(found, "id_token", _IdToken), _sure(found, "access_token", _AccessToken)
    return Tokens(
        id_token=id_part.secret,
        access_token=access_part.secret,
        refresh_token=_sure(found, "refresh_token", Secret),
        account=_maybe(found, "account_id", str),
        provenance=_maybe(found, "oauth_provenance", Provenance),
        claims=id_part.claims,
        expires=access_part.expires,
    )


def _provenance(reader: Reader, path: str) -> Provenance:
    needed = (
        Member(name="issuer", read=text, needed=True, counted=True),
        Member(name="client_id", read=text, needed=True, counted=True),
    )
    found = structure(reader, path, needed)
    return Provenance(issuer=_sure(found, "issuer", str), client=_sure(found, "client_id", str))


def _claims(token: str, path: str, start: int) -> Claims:
    """Return what Codex reads in the id token; it refuses the file where it cannot (codex-auth 1.4)."""

    def auth(reader: Reader, path: str) -> Mapping[str, object]:
        members = (
            Member(name="chatgpt_plan_type", read=optional(_plan)),
            Member(name="chatgpt_user_id", read=optional(text)),
            Member(name="user_id", read=optional(text)),
            Member(name="chatgpt_account_id", read=optional(text)),
            Member(name="chatgpt_account_is_fedramp", read=flag),
        )
        return structure(reader, path, members)

    def profile(reader: Reader, path: str) -> Mapping[str, object]:
        return structure(reader, path, (Member(name="email", read=optional(text)),))

    try:
        reader = Reader(jwt.payload(token))
        found = structure(
            reader,
            "",
            (
                Member(name="email", read=optional(text)),
                Member(name=PROFILE_CLAIMS, read=optional(profile)),
                Member(name=AUTH_CLAIMS, read=optional(auth)),
            ),
        )
        reader.end()
    except jwt.NotATokenError as error:
        raise ShapeError(path, error.words, start) from None
    except JsonError:
        raise ShapeError(path, "has a payload that is not JSON", start) from None
    except ShapeError as error:
        raise ShapeError(path, f"has a payload whose {error.field or 'whole'} {error.words}", start) from None
    said = cast("Mapping[str, object]", found.get(AUTH_CLAIMS) or {})
    return Claims(
        plan=_maybe(said, "chatgpt_plan_type", str),
        account=_maybe(said, "chatgpt_account_id", str),
        user=_maybe(said, "chatgpt_user_id", str) or _maybe(said, "user_id", str),
        fedramp=said.get("chatgpt_account_is_fedramp") is True,
    )


def _plan(reader: Reader, path: str) -> str:
    if reader.peek() == ord("{"):  # a known plan may also stand as {"plus": null}
        reader.skip()
        return "unknown"
    return text(reader, path)


def _last_refresh(reader: Reader, path: str) -> datetime:
    reader.peek()
    start = reader.at
    when = moment(text(reader, path))
    if when is None:
        raise ShapeError(path, "is not a date and time with an offset, like 2026-11-20T09:05:10Z", start)
    return when


def _agent_identity(keep: Keep) -> ReadValue:
    """Return a reader of a token, or of a record with a private key.

    Codex keeps the whole value before it looks at it, so nothing in it may be malformed or too deep.
    """

    def read(reader: Reader, path: str) -> bool:
        reader.peek()
        start = reader.at
        value = reader.kept(1)
        if isinstance(value, str):
            keep(value)
        elif not _is_agent_record(value, keep):
            raise ShapeError(path, "is neither a token nor a complete record", start)
        return True

    return read


def _is_agent_record(value: object, keep: Keep) -> bool:
    record = _agent_record(value)
    if record is None:
        return False
    texts = [record.get(name) for name in _AGENT_TEXTS]
    for one in texts:
        if isinstance(one, str):
            keep(one)
    return (
        all(isinstance(one, str) for one in (*texts, record.get("plan_type")))
        and isinstance(record.get("email"), str | None)
        and isinstance(record.get("chatgpt_account_is_fedramp"), bool)
    )


def _agent_record(value: object) -> Mapping[str, object] | None:
    """Return the record by its names, whether it stands as an object or as a list."""
    if isinstance(value, tuple):
        pairs = [pair for pair in cast("tuple[tuple[str, object], ...]", value) if pair[0] in _AGENT_NAMES]
        record = dict(pairs)
        return record if len(record) == len(pairs) else None
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    beyond = items[len(_AGENT_NAMES) :]  # 0.169.0 has an eighth member, which may be text or null
    if (
        len(items) < len(_AGENT_NAMES)
        or len(beyond) > 1
        or not all(isinstance(one, str | None) for one in beyond)
    ):
        return None
    return dict(zip(_AGENT_NAMES, items, strict=False))


def _secret(keep: Keep) -> ReadValue:
    def read(reader: Reader, path: str) -> Secret:
        return keep(text(reader, path))

    return read


def _secrets(keep: Keep, *names: str, last: str | None = None) -> ReadValue:
    """Return a reader of a structure of secrets; *last* may be absent or null."""
    members = [Member(name=name, read=_secret(keep), needed=True, counted=True) for name in names]
    if last is not None:
        members.append(Member(name=last, read=optional(_secret(keep))))

    def read(reader: Reader, path: str) -> bool:
        structure(reader, path, members)
        return True

    return read


def _maybe(found: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    value = found.get(name)
    return value if isinstance(value, kind) else None


def _sure(found: Mapping[str, object], name: str, kind: type[T]) -> T:
    value = found[name]
    assert isinstance(value, kind)  # noqa: S101 - its own reader made it
    return value
