"""Problems of sign-in and account: CDX1xx.

Which are errors: whatever keeps Codex from signing in or from one turn of the model now.
"""

from __future__ import annotations

from typing import Final

from codex_checks.problems import renewal
from codex_checks.problems.account import NEEDS_ACCEPTANCE
from codex_doctor.model import Problem, Severity

_NEEDS_A_LOGIN: Final = (
    "auth.session-accepted",
    "auth.refresh-works",
    "service.serves-your-account",
    *NEEDS_ACCEPTANCE,
)
"""Checks that use the stored sign-in, and cannot be judged where there is none."""

_NEEDS_TOKENS: Final = (
    "auth.access-token-is-current",
    "auth.key-hides-nothing",
    "auth.login-can-be-renewed",
    "auth.method-is-allowed",
    "auth.mode-is-loadable",
    "auth.signed-in",
    "auth.tokens-are-complete",
)
"""Checks that look into auth.json."""

NOT_SIGNED_IN: Final = Problem(
    code="CDX101",
    name="not-signed-in",
    area="auth",
    severity=Severity.ERROR,
    title="Codex is not signed in on this machine",
    advice="Sign in with a device code (`codex-doctor login`), or with a browser here (`codex login`).",
    blocks=_NEEDS_A_LOGIN,
)

AUTH_JSON_INVALID: Final = Problem(
    code="CDX102",
    name="auth-json-invalid",
    area="auth",
    severity=Severity.ERROR,
    title="Codex refuses to read the file of your sign-in",
    advice="Move auth.json aside and sign in again; a broken file behaves as if there were none.",
    explains=("not-signed-in",),
    blocks=(*_NEEDS_A_LOGIN, *_NEEDS_TOKENS),
)

AUTH_FILE_UNREADABLE: Final = Problem(
    code="CDX103",
    name="auth-file-unreadable",
    area="auth",
    severity=Severity.ERROR,
    title="The file of your sign-in cannot be opened",
    advice="Make auth.json a file of your own that you can read; until then Codex behaves as if signed out.",
    explains=("not-signed-in", "auth-json-invalid", "auth-file-not-writable"),
    blocks=(*_NEEDS_A_LOGIN, *_NEEDS_TOKENS, "auth.file-is-valid"),
)

REFRESH_TOKEN_MISSING: Final = Problem(
    code="CDX108",
    name="refresh-token-missing",
    area="auth",
    severity=Severity.WARNING,
    title="Your sign-in cannot be renewed because its refresh token is empty",
    advice="Sign in again before the access token expires.",
    blocks=("auth.refresh-works",),
)

ACCESS_TOKEN_EXPIRED: Final = Problem(
    code="CDX109",
    name="access-token-expired",
    area="auth",
    severity=Severity.ERROR,
    title="Your access token has expired and Codex cannot renew it",
    advice="Sign in again.",
    explains=("refresh-token-missing", "account-id-missing", "auth-tokens-not-renewed", "auth-401-chatgpt"),
    blocks=("auth.session-accepted", "auth.refresh-works", *NEEDS_ACCEPTANCE),
)

ACCESS_TOKEN_MISSING: Final = Problem(
    code="CDX110",
    name="access-token-missing",
    area="auth",
    severity=Severity.WARNING,
    title="The access token of your sign-in is empty",
    advice="Renew the sign-in; sign in again if that is refused.",
)

ACCESS_TOKEN_ENV_INVALID: Final = Problem(
    code="CDX111",
    name="access-token-env-invalid",
    area="auth",
    severity=Severity.ERROR,
    title="The variable CODEX_ACCESS_TOKEN holds nothing that Codex accepts",
    advice="Set it to an access token that begins with at-, or unset it so that the stored sign-in is used.",
    explains=("not-signed-in",),
    blocks=(*_NEEDS_A_LOGIN, "auth.signed-in"),
)

ACCOUNT_ID_MISSING: Final = Problem(
    code="CDX112",
    name="account-id-missing",
    area="auth",
    severity=Severity.WARNING,
    title="Your sign-in cannot be renewed because it names no account",
    advice="Sign in again before the access token expires.",
    blocks=("auth.refresh-works",),
)

ACCOUNT_ID_MISMATCH: Final = Problem(
    code="CDX188",
    name="account-id-mismatch",
    area="auth",
    severity=Severity.WARNING,
    title="Your sign-in names another account than its own tokens",
    advice="Sign in again, and choose the account or workspace that you mean.",
    explains=("account-refused", "auth-401-chatgpt", "workspace-invalid-selected"),
)

LAST_REFRESH_MISSING: Final = Problem(
    code="CDX113",
    name="last-refresh-missing",
    area="auth",
    severity=Severity.WARNING,
    title="Codex does not use your tokens because the date of their last renewal is missing",
    advice="Renew the sign-in; until then every turn begins without it and renews it after a refusal.",
)

AUTH_MODE_CONFLICT: Final = Problem(
    code="CDX114",
    name="auth-mode-conflict",
    area="auth",
    severity=Severity.WARNING,
    title="An API key hides your ChatGPT sign-in",
    advice="Say which one counts: set auth_mode in auth.json to chatgpt or to apikey.",
)

AUTH_TOKENS_NOT_RENEWED: Final = Problem(
    code="CDX115",
    name="auth-tokens-not-renewed",
    area="auth",
    severity=Severity.WARNING,
    title="Your sign-in was put there by another program and Codex never renews it",
    advice="Let the program that wrote it renew it, or sign in with Codex itself.",
)

AUTH_FILE_EXPOSED: Final = Problem(
    code="CDX116",
    name="auth-file-exposed",
    area="auth",
    severity=Severity.WARNING,
    title="Other users of this machine can read your sign-in",
    advice="Give auth.json the mode 0600. If others may have read it already, sign in again.",
)

AUTH_FILE_NOT_WRITABLE: Final = Problem(
    code="CDX117",
    name="auth-file-not-writable",
    area="auth",
    severity=Severity.WARNING,
    title="Codex cannot save a renewed sign-in",
    advice="Let your user write auth.json and its folder before the next renewal.",
    blocks=("auth.refresh-works",),
)

API_KEY_MISSING: Final = Problem(
    code="CDX119",
    name="api-key-missing",
    area="auth",
    severity=Severity.ERROR,
    title="Codex is set to use an API key and there is none",
    advice="Sign in with ChatGPT, or give a key to `codex-doctor import-auth -`; the old file is kept.",
    explains=("not-signed-in",),
    blocks=_NEEDS_A_LOGIN,
)

OPENAI_API_KEY_UNUSED: Final = Problem(
    code="CDX120",
    name="openai-api-key-unused",
    area="auth",
    severity=Severity.ERROR,
    title="The API key in OPENAI_API_KEY is not used by Codex",
    advice="Store the key with `codex-doctor import-auth -`, or name it CODEX_API_KEY for `codex exec`.",
    explains=("not-signed-in", "api-key-missing"),
)

CODEX_API_KEY_OVERRIDES: Final = Problem(
    code="CDX121",
    name="codex-api-key-overrides",
    area="auth",
    severity=Severity.NOTE,
    title="`codex exec` signs in another way than a session does",
    advice="Unset CODEX_API_KEY unless `codex exec` is meant to use and be billed to that key.",
)

CREDENTIALS_STORE_EPHEMERAL: Final = Problem(
    code="CDX122",
    name="credentials-store-ephemeral",
    area="auth",
    severity=Severity.ERROR,
    title="Codex forgets every sign-in at once",
    advice='Set cli_auth_credentials_store = "file" in config.toml, then sign in.',
    explains=("not-signed-in",),
    blocks=(*_NEEDS_A_LOGIN, "auth.signed-in"),
)

KEYRING_UNAVAILABLE: Final = Problem(
    code="CDX123",
    name="keyring-unavailable",
    area="auth",
    severity=Severity.ERROR,
    title="Codex keeps your sign-in in a keyring that cannot be reached",
    advice='Set cli_auth_credentials_store = "file" in config.toml, or start the keyring of your desktop.',
    explains=("not-signed-in",),
    blocks=(*_NEEDS_A_LOGIN, "auth.signed-in"),
)

LOGIN_METHOD_FORBIDDEN: Final = Problem(
    code="CDX124",
    name="login-method-forbidden",
    area="auth",
    severity=Severity.ERROR,
    title="Your sign-in is of a kind that the settings forbid",
    advice="Keep a copy of auth.json. Then change forced_login_method, or sign in the way it asks for.",
    blocks=_NEEDS_A_LOGIN,
)

AUTH_SAVE_LEFT_BEHIND: Final = Problem(
    code="CDX135",
    name="auth-save-left-behind",
    area="auth",
    severity=Severity.WARNING,
    title="A file with tokens was left behind when your sign-in was being saved",
    advice="Store it if it is newer than what is stored, before Codex renews the old one; else delete it.",
)

STALE_OPENAI_API_KEY_ENV: Final = Problem(
    code="CDX186",
    name="stale-openai-api-key-env",
    area="auth",
    severity=Severity.NOTE,
    title="OPENAI_API_KEY is set beside a ChatGPT sign-in",
    advice="Unset it where Codex is started, unless a program that Codex runs is to have it.",
)

STALE_CHATGPT_OVER_API_KEY: Final = Problem(
    code="CDX187",
    name="stale-chatgpt-over-api-key",
    area="auth",
    severity=Severity.WARNING,
    title="Codex uses a ChatGPT sign-in where an API key is there too",
    advice="Say in auth.json which one counts, or store the key: `codex-doctor import-auth -`.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    *renewal.PROBLEMS,
    STALE_CHATGPT_OVER_API_KEY,
    STALE_OPENAI_API_KEY_ENV,
    NOT_SIGNED_IN,
    AUTH_JSON_INVALID,
    AUTH_FILE_UNREADABLE,
    REFRESH_TOKEN_MISSING,
    ACCESS_TOKEN_EXPIRED,
    ACCESS_TOKEN_MISSING,
    ACCESS_TOKEN_ENV_INVALID,
    ACCOUNT_ID_MISMATCH,
    ACCOUNT_ID_MISSING,
    LAST_REFRESH_MISSING,
    AUTH_MODE_CONFLICT,
    AUTH_TOKENS_NOT_RENEWED,
    AUTH_FILE_EXPOSED,
    AUTH_FILE_NOT_WRITABLE,
    API_KEY_MISSING,
    OPENAI_API_KEY_UNUSED,
    CODEX_API_KEY_OVERRIDES,
    CREDENTIALS_STORE_EPHEMERAL,
    KEYRING_UNAVAILABLE,
    LOGIN_METHOD_FORBIDDEN,
    AUTH_SAVE_LEFT_BEHIND,
)
