"""Problems of a sign-in in the browser: CDX180 to CDX184."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

LOGIN_REMOTE_CALLBACK: Final = Problem(
    code="CDX180",
    name="login-remote-callback",
    area="auth",
    severity=Severity.WARNING,
    title="A sign-in in the browser cannot come back to this machine",
    advice="Sign in with a code, or lead the port on: `ssh -L 1455:localhost:1455 HOST`.",
    explains=("login-browser-open-failed",),
)

LOGIN_PORT_IN_USE: Final = Problem(
    code="CDX181",
    name="login-port-in-use",
    area="auth",
    severity=Severity.WARNING,
    title="Another program listens where Codex waits for a sign-in in the browser",
    advice="End the other sign-in, editor or tunnel that holds the port, or sign in with a code.",
)

LOGIN_TOKEN_EXCHANGE_NETWORK: Final = Problem(
    code="CDX182",
    name="login-token-exchange-network",
    area="auth",
    severity=Severity.WARNING,
    title="The browser signed in, but Codex itself did not reach the sign-in service",
    advice="Give Codex the proxy that your browser uses (HTTPS_PROXY), and try again from that terminal.",
)

LOGIN_STATE_MISMATCH: Final = Problem(
    code="CDX183",
    name="login-state-mismatch",
    area="auth",
    severity=Severity.WARNING,
    title="The answer of the browser belonged to another sign-in than the one that waited",
    advice="End every sign-in that waits and close its pages; then begin one, and finish it in one browser.",
)

LOGIN_BROWSER_OPEN_FAILED: Final = Problem(
    code="CDX184",
    name="login-browser-open-failed",
    area="auth",
    severity=Severity.NOTE,
    title="No browser can be opened from here",
    advice="Open the address that Codex prints in a browser of this machine, or sign in with a code.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    LOGIN_REMOTE_CALLBACK,
    LOGIN_PORT_IN_USE,
    LOGIN_TOKEN_EXCHANGE_NETWORK,
    LOGIN_STATE_MISMATCH,
    LOGIN_BROWSER_OPEN_FAILED,
)
