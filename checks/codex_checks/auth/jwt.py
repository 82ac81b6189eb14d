"""Look into the tokens of a sign-in. Signatures are for the service to check; Codex reads claims only."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.auth.structure import Member, ShapeError, optional, structure, whole_number

_PARTS: Final = 3
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")

_LATEST: Final = 8_210_266_876_799
"""The last second of the calendar that Codex uses (chrono's)."""


class NotATokenError(Exception):
    """The text is not a JSON Web Token; *words* say what is wrong with it."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def payload(token: str) -> bytes:
    """Return the payload of *token*, decoded. Its other parts only have to be there.

    Parts beyond the third are passed over, as Codex does.

    :raises NotATokenError: it is not three parts, or the second is not base64url without padding.
    """
    parts = token.split(".")[:_PARTS]
    if len(parts) < _PARTS or not all(parts):
        raise NotATokenError("is not a token of three parts")
    middle = parts[1]
    if not _BASE64URL.fullmatch(middle):
        raise NotATokenError("has a payload that is not base64url without padding")
    try:
        decoded = base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
    except binascii.Error:
        raise NotATokenError("has a payload that is not base64url without padding") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != middle:  # bits left over at its end
        raise NotATokenError("has a payload that is not base64url without padding")
    return decoded


def expiry(token: str) -> int | None:
    """Return when *token* expires, in seconds since the epoch; None where it does not say.

    An access token may be opaque: that is no fault.
    """
    try:
        reader = Reader(payload(token))
        claims = structure(reader, "", (Member(name="exp", read=optional(whole_number)),))
        reader.end()
    except (NotATokenError, ShapeError, JsonError):
        return None
    when = claims.get("exp")
    return when if isinstance(when, int) and abs(when) <= _LATEST else None
