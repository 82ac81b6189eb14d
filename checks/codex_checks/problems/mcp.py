"""Problems of MCP servers: CDX87x and CDX88x.

A server that fails leaves its tools out, and Codex works without: that is a warning. It is an error where
the settings mark the server as required, for then no session starts.
"""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

MCP_PROGRAM_NOT_FOUND: Final = Problem(
    code="CDX870",
    name="mcp-program-not-found",
    area="mcp",
    severity=Severity.WARNING,
    title="A program that an MCP server needs is not there",
    advice="Install the program, or write its whole path as the command; or set enabled = false there.",
    explains=("mcp-required-failed",),
)

MCP_CWD_MISSING: Final = Problem(
    code="CDX871",
    name="mcp-cwd-missing",
    area="mcp",
    severity=Severity.WARNING,
    title="The folder that an MCP server is to run in is not there",
    advice="Write the whole path of a folder that exists as cwd, or delete the line.",
    explains=("mcp-required-failed",),
)

MCP_ENV_MISSING: Final = Problem(
    code="CDX872",
    name="mcp-env-missing",
    area="mcp",
    severity=Severity.WARNING,
    title="A variable that an MCP server is to be given is not set",
    advice="Set the variable in the shell that starts Codex, or in the .env file of CODEX_HOME.",
    explains=(
        "mcp-handshake-closed",
        "mcp-http-handshake-failed",
        "mcp-oauth-required",
        "mcp-required-failed",
        "mcp-server-hangs",
    ),
)

MCP_HANDSHAKE_CLOSED: Final = Problem(
    code="CDX873",
    name="mcp-handshake-closed",
    area="mcp",
    severity=Severity.WARNING,
    title="The program of an MCP server ends before it answers, or answers wrongly",
    advice="Run its command by hand, as it stands in the settings, and mend what it says on standard error.",
    explains=("mcp-required-failed",),
)

MCP_STARTUP_TIMEOUT: Final = Problem(
    code="CDX874",
    name="mcp-startup-timeout",
    area="mcp",
    severity=Severity.WARNING,
    title="An MCP server answers later than Codex waits for it",
    advice="Set startup_timeout_sec for the server to twice the time that it took.",
    explains=("mcp-required-failed",),
)

MCP_SERVER_HANGS: Final = Problem(
    code="CDX875",
    name="mcp-server-hangs",
    area="mcp",
    severity=Severity.WARNING,
    title="An MCP server starts and never answers",
    advice="Run its command by hand; it may wait for a key, a window or a download, or speak another way.",
    explains=("mcp-required-failed",),
)

MCP_STDOUT_NOISE: Final = Problem(
    code="CDX876",
    name="mcp-stdout-noise",
    area="mcp",
    severity=Severity.NOTE,
    title="An MCP server prints text where only its answers may stand",
    advice="Have the server write what it logs to standard error; many have an option or a newer version.",
    explains=("mcp-handshake-closed", "mcp-required-failed", "mcp-server-hangs"),
)

MCP_HTTP_HANDSHAKE_FAILED: Final = Problem(
    code="CDX877",
    name="mcp-http-handshake-failed",
    area="mcp",
    severity=Severity.WARNING,
    title="Nothing at the address of an MCP server answers as one",
    advice="Start the server if it is your own, and compare its url with its documentation.",
    explains=("mcp-required-failed",),
)

MCP_OAUTH_REQUIRED: Final = Problem(
    code="CDX878",
    name="mcp-oauth-required",
    area="mcp",
    severity=Severity.WARNING,
    title="An MCP server wants a sign-in that Codex does not have",
    advice="Sign in to the server with `codex mcp login` and its name.",
    explains=("mcp-required-failed",),
)

MCP_OAUTH_EXPIRED: Final = Problem(
    code="CDX879",
    name="mcp-oauth-expired",
    area="mcp",
    severity=Severity.WARNING,
    title="The sign-in to an MCP server has expired, and nothing renews it",
    advice="Sign in to the server again with `codex mcp login` and its name.",
    explains=("mcp-oauth-required", "mcp-oauth-token-revoked", "mcp-required-failed"),
)

MCP_OAUTH_TOKEN_REVOKED: Final = Problem(
    code="CDX880",
    name="mcp-oauth-token-revoked",
    area="mcp",
    severity=Severity.WARNING,
    title="An MCP server refuses the sign-in that is stored for it",
    advice="Sign out of the server and in again with `codex mcp logout` and `codex mcp login`.",
    explains=("mcp-required-failed",),
)

MCP_OAUTH_NO_AUTHORIZATION_SUPPORT: Final = Problem(
    code="CDX881",
    name="mcp-oauth-no-authorization-support",
    area="mcp",
    severity=Severity.WARNING,
    title="An MCP server wants a sign-in and does not say where to get one",
    advice="Give it a token of your own with bearer_token_env_var, or ask who runs it for OAuth metadata.",
    explains=("mcp-required-failed",),
)

MCP_OAUTH_INVALID_SCOPE: Final = Problem(
    code="CDX882",
    name="mcp-oauth-invalid-scope",
    area="mcp",
    severity=Severity.WARNING,
    title="The sign-in to an MCP server lacks a scope that the server demands",
    advice="List the scope under scopes for the server, and sign in to it again.",
    explains=("mcp-required-failed",),
)

MCP_CODEX_APPS_FAILED: Final = Problem(
    code="CDX883",
    name="mcp-codex-apps-failed",
    area="mcp",
    severity=Severity.WARNING,
    title="The apps of ChatGPT (codex_apps) do not start in Codex",
    advice="Mend the sign-in or the way to chatgpt.com first; if you use no apps, switch them off.",
)

MCP_REQUIRED_FAILED: Final = Problem(
    code="CDX884",
    name="mcp-required-failed",
    area="mcp",
    severity=Severity.ERROR,
    title="An MCP server that is marked as required cannot be used, so no session starts",
    advice="Mend the server, or set required = false for it so that Codex starts without.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    MCP_PROGRAM_NOT_FOUND,
    MCP_CWD_MISSING,
    MCP_ENV_MISSING,
    MCP_HANDSHAKE_CLOSED,
    MCP_STARTUP_TIMEOUT,
    MCP_SERVER_HANGS,
    MCP_STDOUT_NOISE,
    MCP_HTTP_HANDSHAKE_FAILED,
    MCP_OAUTH_REQUIRED,
    MCP_OAUTH_EXPIRED,
    MCP_OAUTH_TOKEN_REVOKED,
    MCP_OAUTH_NO_AUTHORIZATION_SUPPORT,
    MCP_OAUTH_INVALID_SCOPE,
    MCP_CODEX_APPS_FAILED,
    MCP_REQUIRED_FAILED,
)
