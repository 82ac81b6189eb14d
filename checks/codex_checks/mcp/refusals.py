"""What it means when an MCP server answers `initialize` with an error of HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.mcp.faults import found, log_in
from codex_checks.mcp.servers import Address
from codex_checks.problems import mcp as p
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from codex_checks.mcp.servers import Server
    from codex_checks.mcp.tried import Refused
    from codex_doctor.model import Evidence, Finding

SCOPE_ERRORS: Final = frozenset({"insufficient_scope", "invalid_scope"})
REVOKED: Final = frozenset({"token_revoked", "token_reused", "token_invalidated"})
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_THERE: Final = frozenset({404, 405, 406})
OF_A_PROXY: Final = frozenset({502, 503, 504})


def of_refusal(server: Server, http: Refused, *, keyring: bool, local_proxy: str) -> Finding:
    """Return what it means that *server* answered with an error; the rest is as for `verdicts.of_trial`."""
    evidence: dict[str, Evidence] = {"status": http.status, "error": http.error or None}
    said = f"it answered {http.status} {http.error}".rstrip()
    if (http.error in SCOPE_ERRORS and http.status != UNAUTHORIZED) or http.error == "invalid_scope":
        scope = http.scope or "mcp"
        listed = ", ".join(f'"{each}"' for each in scope.split())
        return found(
            p.MCP_OAUTH_INVALID_SCOPE,
            server,
            f"{said}; it demands the scope {http.scope}" if http.scope else said,
            evidence=evidence,
            advice=f"Set scopes = [{listed}] for the server, and sign in to it again.",
            fix=log_in(server, again=True),
        )
    if http.status == UNAUTHORIZED:
        return _unauthorized(server, http, said, evidence, keyring=keyring)
    if local_proxy and http.status in OF_A_PROXY:
        return found(
            p.MCP_HTTP_HANDSHAKE_FAILED,
            server,
            f"{said}; Codex goes to this very machine through the proxy of {local_proxy}",
            evidence=evidence,
            advice="Set NO_PROXY=localhost,127.0.0.1 where Codex is started.",
        )
    return found(p.MCP_HTTP_HANDSHAKE_FAILED, server, said, evidence=evidence, advice=_advice(server, http))


def _advice(server: Server, http: Refused) -> str | None:
    transport = server.transport
    if http.status == FORBIDDEN:
        return "Ask whoever runs the server whether your account or token may use it."
    if http.status in NOT_THERE:
        return (
            "Correct the path in its url; a server that speaks only the older SSE can be used through "
            "`npx mcp-remote`."
        )
    if http.status >= 500:  # noqa: PLR2004 - the server's own failures
        return "Try again later, or tell whoever runs the server."
    if isinstance(transport, Address) and transport.bearer:
        return f"Renew the token in {transport.bearer}."
    return None


def _unauthorized(
    server: Server, http: Refused, said: str, evidence: dict[str, Evidence], *, keyring: bool
) -> Finding:
    if http.sent == "stored" or http.error in REVOKED:
        words = f"{said} to the sign-in that is stored for it"
        return found(
            p.MCP_OAUTH_TOKEN_REVOKED, server, words, evidence=evidence, fix=log_in(server, again=True)
        )
    if http.sent == "own":
        return found(
            p.MCP_HTTP_HANDSHAKE_FAILED,
            server,
            f"{said} to the token or headers that the settings give",
            evidence=evidence,
            advice=_advice(server, http) or "Renew the token in its headers.",
        )
    if not http.metadata:
        return found(
            p.MCP_OAUTH_NO_AUTHORIZATION_SUPPORT,
            server,
            f"{said}, and none of the usual places on it says where to sign in",
            evidence=evidence,
        )
    unseen = "; one may stand in the system's keyring, which is not looked into" if keyring else ""
    finding = found(
        p.MCP_OAUTH_REQUIRED,
        server,
        f"{said}, and no sign-in to it is stored{unseen}",
        evidence=evidence,
        fix=log_in(server),
    )
    if not keyring:
        return finding
    return replace(finding, problem=finding.problem.weighed(Severity.NOTE))
