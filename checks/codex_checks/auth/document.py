"""What an auth.json says, or why Codex refuses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime  # noqa: TC003 - facts are read at run time when a report is stored
from enum import StrEnum
from typing import Final

from msgspec import Struct

from codex_doctor.redact import Secret

Keep = Callable[[str], Secret]
"""Makes a secret of what was read, before it goes anywhere."""


class Mode(StrEnum):
    """How a sign-in proves itself. The first eight are the words of auth.json (codex-auth 1.2)."""

    API_KEY = "apikey"
    CHATGPT = "chatgpt"
    CHATGPT_AUTH_TOKENS = "chatgptAuthTokens"
    HEADERS = "headers"
    AGENT_IDENTITY = "agentIdentity"
    PERSONAL_ACCESS_TOKEN = "personalAccessToken"  # noqa: S105 - a name, not a token
    BEDROCK_API_KEY = "bedrockApiKey"
    BEDROCK_ACCESS_KEYS = "bedrockAccessKeys"
    NONE = "none"
    """Nothing is stored."""
    UNKNOWN = "unknown"
    """Something may be stored where it is not looked at, or cannot be read."""


STORED_MODES: Final = tuple(mode for mode in Mode if mode not in (Mode.NONE, Mode.UNKNOWN))


class FaultKind(StrEnum):
    """What about the file Codex refuses."""

    EMPTY = "empty"
    ENCODING = "encoding"
    SYNTAX = "syntax"
    SHAPE = "shape"
    BYTE_ORDER_MARK = "byte-order-mark"
    """Nothing else is wrong with it."""
    UTF_16 = "utf-16"
    """The same: it says what it should in another encoding."""


class Fault(Struct, frozen=True, kw_only=True):
    """Why Codex refuses the whole file, never with its content.

    *field* is the path of the value at fault, None where the text itself is broken. *line* counts
    from 1, *column* bytes. *codex* is what Codex says of it.
    """

    kind: FaultKind
    field: str | None
    words: str
    line: int
    column: int
    codex: str


class Claims(Struct, frozen=True, kw_only=True):
    """What Codex reads in the id token besides the address of the user."""

    plan: str | None
    account: str | None
    user: str | None
    fedramp: bool


class Provenance(Struct, frozen=True, kw_only=True):
    """Who gave the tokens, which decides where they are renewed."""

    issuer: str
    client: str


class Tokens(Struct, frozen=True, kw_only=True):
    """A ChatGPT sign-in. *expires* is when the access token does, in seconds since the epoch."""

    id_token: Secret
    access_token: Secret
    refresh_token: Secret
    account: str | None
    provenance: Provenance | None
    claims: Claims
    expires: int | None


class Document(Struct, frozen=True, kw_only=True):
    """An auth.json that Codex reads. *written_mode* is None where the file does not say it."""

    written_mode: Mode | None
    api_key: Secret | None
    tokens: Tokens | None
    last_refresh: datetime | None
    has_agent_identity: bool
    personal_access_token: Secret | None
    has_bedrock_api_key: bool
    has_bedrock_access_keys: bool

    @property
    def mode(self) -> Mode:
        """How Codex will sign in with it (codex-auth 1.2; the order was put to the CLI)."""
        if self.written_mode is not None:
            return self.written_mode
        if self.personal_access_token is not None:
            return Mode.PERSONAL_ACCESS_TOKEN
        if self.has_bedrock_api_key:
            return Mode.BEDROCK_API_KEY
        if self.has_bedrock_access_keys:
            return Mode.BEDROCK_ACCESS_KEYS
        return Mode.CHATGPT if self.api_key is None else Mode.API_KEY

    @property
    def lacks(self) -> str | None:
        """What its mode needs and it does not hold, as a path in the file; None where all is there."""
        needed = {
            Mode.API_KEY: ("OPENAI_API_KEY", bool(self.api_key)),
            Mode.CHATGPT: ("tokens", self.tokens is not None),
            Mode.CHATGPT_AUTH_TOKENS: ("tokens", self.tokens is not None),
            Mode.AGENT_IDENTITY: ("agent_identity", self.has_agent_identity),
            Mode.PERSONAL_ACCESS_TOKEN: ("personal_access_token", bool(self.personal_access_token)),
            Mode.BEDROCK_API_KEY: ("bedrock_api_key", self.has_bedrock_api_key),
            Mode.BEDROCK_ACCESS_KEYS: ("bedrock_access_keys", self.has_bedrock_access_keys),
        }
        field, there = needed.get(self.mode, ("", True))
        return None if there else field
