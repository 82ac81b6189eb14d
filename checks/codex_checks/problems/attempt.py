"""Problems that only an attempt to sign in can meet: among CDX1xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

LOGIN_ACCESS_DENIED: Final = Problem(
    code="CDX130",
    name="login-access-denied",
    area="auth",
    severity=Severity.ERROR,
    title="The sign-in was refused where the code was entered",
    advice="Sign in again and allow it in the browser, in a private window if the page kept an older answer.",
)

DEVICE_CODE_EXPIRED: Final = Problem(
    code="CDX131",
    name="device-code-expired",
    area="auth",
    severity=Severity.ERROR,
    title="The device code ran out before anybody entered it",
    advice="Sign in again, and enter the new code within 15 minutes.",
)

LOGIN_WORKSPACE_RESTRICTED: Final = Problem(
    code="CDX132",
    name="login-workspace-restricted",
    area="auth",
    severity=Severity.ERROR,
    title="The settings allow another workspace than the one that was chosen",
    advice="Sign in again and choose the workspace that forced_chatgpt_workspace_id names in the settings.",
)

LOGIN_NOT_COMPLETED: Final = Problem(
    code="CDX133",
    name="login-not-completed",
    area="auth",
    severity=Severity.ERROR,
    title="Signing in was begun and not completed",
    advice="Try again; your old sign-in is as it was. If it ends the same way, look at status.openai.com.",
)

AUTH_SERVICE_HTML: Final = Problem(
    code="CDX134",
    name="auth-service-html",
    area="auth",
    severity=Severity.ERROR,
    title="A web page came where the sign-in service should have answered",
    advice="Try from another network: a proxy, a sign-in page or a block stood in between.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    LOGIN_ACCESS_DENIED,
    DEVICE_CODE_EXPIRED,
    LOGIN_WORKSPACE_RESTRICTED,
    LOGIN_NOT_COMPLETED,
    AUTH_SERVICE_HTML,
)
