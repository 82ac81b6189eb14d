"""Problems of a sign-in that only the service, or another program, can tell: among CDX1xx."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.account import NEEDS_ACCEPTANCE
from codex_doctor.model import Problem, Severity

REFRESH_TOKEN_REUSED: Final = Problem(
    code="CDX104",
    name="refresh-token-reused",
    area="auth",
    severity=Severity.ERROR,
    title="Your sign-in was used up by another program",
    advice="Restart Codex, which may find a newer sign-in; else sign in again, on every machine by itself.",
    explains=("access-token-expired", "auth-401-chatgpt", "not-signed-in"),
    blocks=("auth.session-accepted", *NEEDS_ACCEPTANCE),
)

REFRESH_TOKEN_EXPIRED: Final = Problem(
    code="CDX105",
    name="refresh-token-expired",
    area="auth",
    severity=Severity.ERROR,
    title="Your sign-in has run out for lack of use",
    advice="Sign in again.",
    explains=("access-token-expired", "auth-401-chatgpt", "not-signed-in"),
    blocks=("auth.session-accepted", *NEEDS_ACCEPTANCE),
)

REFRESH_TOKEN_REVOKED: Final = Problem(
    code="CDX106",
    name="refresh-token-revoked",
    area="auth",
    severity=Severity.ERROR,
    title="Your sign-in was withdrawn",
    advice="Sign in again; if it happens again, ask whether a log-out, a new password or a policy ended it.",
    explains=("access-token-expired", "auth-401-chatgpt", "not-signed-in"),
    blocks=("auth.session-accepted", *NEEDS_ACCEPTANCE),
)

REFRESH_TOKEN_UNKNOWN: Final = Problem(
    code="CDX107",
    name="refresh-token-unknown",
    area="auth",
    severity=Severity.ERROR,
    title="The service does not know your sign-in",
    advice="Sign in again with Codex itself; a sign-in put there by another tool is not renewed.",
    explains=("access-token-expired", "auth-401-chatgpt", "not-signed-in"),
    blocks=("auth.session-accepted", *NEEDS_ACCEPTANCE),
)

AUTH_LOCK_HELD: Final = Problem(
    code="CDX118",
    name="auth-lock-held",
    area="auth",
    severity=Severity.ERROR,
    title="Another program holds the lock on your sign-in",
    advice="Close the Codex windows, editors and logins that still run, then try again.",
)

DEVICE_AUTH_DISABLED: Final = Problem(
    code="CDX125",
    name="device-auth-disabled",
    area="auth",
    severity=Severity.ERROR,
    title="Signing in with a device code is switched off",
    advice="Switch it on in ChatGPT (Settings, Security), in a workspace as its admin; or use `codex login`.",
    explains=("device-code-not-returned",),
)

DEVICE_AUTH_RATE_LIMITED: Final = Problem(
    code="CDX126",
    name="device-auth-rate-limited",
    area="auth",
    severity=Severity.ERROR,
    title="The service gives out no more device codes for now",
    advice="Wait one to two minutes before the next attempt, and stop whatever asks for codes in a loop.",
    explains=("device-code-not-returned",),
)

DEVICE_CODE_NOT_RETURNED: Final = Problem(
    code="CDX127",
    name="device-code-not-returned",
    area="auth",
    severity=Severity.ERROR,
    title="The service was asked for a device code and gave none",
    advice="Try again, then from another network; a proxy or a sign-in page may have answered instead.",
)

DEVICE_CODE_DISABLED_ACCOUNT: Final = Problem(
    code="CDX128",
    name="device-code-disabled-account",
    area="auth",
    severity=Severity.ERROR,
    title="Your account does not allow device codes for Codex",
    advice="Switch on device code authorization for Codex in ChatGPT under Settings, Security.",
    explains=("device-auth-disabled",),
)

DEVICE_CODE_DISABLED_WORKSPACE: Final = Problem(
    code="CDX129",
    name="device-code-disabled-workspace",
    area="auth",
    severity=Severity.ERROR,
    title="Your workspace does not allow device codes for Codex",
    advice="Ask its administrator to allow device code authentication, or sign in with a browser.",
    explains=("device-auth-disabled",),
)

REPAIR_INTERRUPTED: Final = Problem(
    code="CDX170",
    name="repair-interrupted",
    area="auth",
    severity=Severity.WARNING,
    title="Something that codex-doctor began was interrupted",
    advice="Let codex-doctor finish it before Codex renews the sign-in.",
)

REFRESH_FAILED_FOR_NOW: Final = Problem(
    code="CDX171",
    name="refresh-failed-for-now",
    area="auth",
    severity=Severity.WARNING,
    title="Your sign-in could not be renewed just now",
    advice="Try again in a few minutes; your sign-in is as it was.",
)

REFRESH_TOKEN_ACCOUNT_CHANGED: Final = Problem(
    code="CDX172",
    name="refresh-token-account-changed",
    area="auth",
    severity=Severity.WARNING,
    title="A Codex that still runs belongs to another sign-in than the stored one",
    advice="Close every Codex window, editor and background program, and start Codex again.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    REFRESH_TOKEN_REUSED,
    REFRESH_TOKEN_EXPIRED,
    REFRESH_TOKEN_REVOKED,
    REFRESH_TOKEN_UNKNOWN,
    AUTH_LOCK_HELD,
    DEVICE_AUTH_DISABLED,
    DEVICE_AUTH_RATE_LIMITED,
    DEVICE_CODE_NOT_RETURNED,
    DEVICE_CODE_DISABLED_ACCOUNT,
    DEVICE_CODE_DISABLED_WORKSPACE,
    REPAIR_INTERRUPTED,
    REFRESH_FAILED_FOR_NOW,
    REFRESH_TOKEN_ACCOUNT_CHANGED,
)
