"""What trying a sign-in would tell. Nothing here tries it yet: each says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.auth.login import Login, login
from codex_checks.problems.renewal import (
    AUTH_LOCK_HELD,
    DEVICE_AUTH_DISABLED,
    DEVICE_AUTH_RATE_LIMITED,
    DEVICE_CODE_DISABLED_ACCOUNT,
    DEVICE_CODE_DISABLED_WORKSPACE,
    DEVICE_CODE_NOT_RETURNED,
    REFRESH_TOKEN_EXPIRED,
    REFRESH_TOKEN_REUSED,
    REFRESH_TOKEN_REVOKED,
    REFRESH_TOKEN_UNKNOWN,
)
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


@probe("auth.refresh", touches={Touches.FILES}, limit=1.0, needs=(login,))
async def refresh(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Say that the refresh token is not tried."""
    raise NotApplicable("not examined: trying the refresh token would spend it")


@probe("auth.device-code", touches={Touches.FILES}, limit=1.0, needs=(login,))
async def device_code(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Say that no device code is asked for."""
    raise NotApplicable("not examined: no device code is asked for")


@check(
    "auth.refresh-works",
    title="The service renews your sign-in",
    needs=(refresh,),
    reports=(
        REFRESH_TOKEN_REUSED,
        REFRESH_TOKEN_EXPIRED,
        REFRESH_TOKEN_REVOKED,
        REFRESH_TOKEN_UNKNOWN,
        AUTH_LOCK_HELD,
    ),
)
def refresh_works(found: Login) -> Iterator[Finding]:  # noqa: ARG001 - the probe finds nothing to judge
    """Judge what the service answers to the refresh token."""
    yield from ()


@check(
    "auth.device-auth-enabled",
    title="The service gives out device codes",
    needs=(device_code,),
    reports=(
        DEVICE_AUTH_DISABLED,
        DEVICE_AUTH_RATE_LIMITED,
        DEVICE_CODE_NOT_RETURNED,
        DEVICE_CODE_DISABLED_ACCOUNT,
        DEVICE_CODE_DISABLED_WORKSPACE,
    ),
)
def device_auth_enabled(found: Login) -> Iterator[Finding]:  # noqa: ARG001 - the probe finds nothing to judge
    """Judge what the service answers when asked for a device code."""
    yield from ()
