"""What is wrong with one MCP server as far as files and connecting to it show, said as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.mcp.servers import Address
from codex_checks.problems import mcp as p
from codex_doctor.fix import Fix, RunCommand, ShellLine, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.mcp.addresses import Greeted
    from codex_checks.mcp.needs import Needs
    from codex_checks.mcp.servers import Server
    from codex_checks.mcp.sign_ins import SignIn
    from codex_doctor.model import Evidence, Finding, Problem

HARMLESS: Final = frozenset({p.MCP_ENV_MISSING.name, p.MCP_STDOUT_NOISE.name})
"""What a program may live with."""


def found(
    problem: Problem,
    server: Server,
    words: str,
    *,
    evidence: dict[str, Evidence] | None = None,
    advice: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """Return *problem* as found with *server*; it weighs more where no session starts without it."""
    fatal = server.required and not (problem.name in HARMLESS and not isinstance(server.transport, Address))
    weighed = problem.weighed(Severity.ERROR) if fatal else problem
    brought = f", of the plugin {server.plugin}" if server.plugin else ""
    return weighed.found(
        f'"{server.name}" ({server.where}{brought}): {words}',
        evidence={"server": server.name, **(evidence or {})},
        advice=advice,
        fix=fix,
        subjects=frozenset({server.subject}),
    )


def of_program(needs: Needs) -> Iterator[Finding]:
    """Yield a program or script that is missing."""
    if needs.fault is not None:
        advice = f'Write command = "{needs.elsewhere}" for it.' if needs.elsewhere else None
        hint = f"; there is one at {needs.elsewhere}" if needs.elsewhere else ""
        yield found(
            p.MCP_PROGRAM_NOT_FOUND,
            needs.server,
            needs.fault + hint,
            evidence={"elsewhere": str(needs.elsewhere) if needs.elsewhere else None},
            advice=advice,
            fix=Fix(summary="Write the whole path", steps=(Tell(text=advice),)) if advice else None,
        )
    elif needs.script is not None:
        yield found(
            p.MCP_PROGRAM_NOT_FOUND,
            needs.server,
            f"{needs.path} is to run {needs.script}, which does not exist",
            evidence={"script": str(needs.script)},
            advice="Correct the path in its args, or install the server there.",
        )


def of_folder(needs: Needs) -> Iterator[Finding]:
    """Yield a working folder that is missing."""
    if needs.no_folder is not None:
        tilde = "; Codex does not expand ~" if "~" in needs.no_folder else ""
        yield found(
            p.MCP_CWD_MISSING,
            needs.server,
            f"{needs.no_folder}{tilde}",
            evidence={"cwd": str(needs.folder) if needs.folder else None},
        )


def of_variables(needs: Needs, *, os: str) -> Iterator[Finding]:
    """Yield variables that are not set, all in one."""
    if not needs.unset:
        return
    names = ", ".join(needs.unset)
    form = "$Env:{}='VALUE'" if os == "windows" else "export {}=VALUE"
    role = (
        "sent to it as its token or headers"
        if isinstance(needs.server.transport, Address)
        else "handed to it"
    )
    yield found(
        p.MCP_ENV_MISSING,
        needs.server,
        f"{names} {'is' if len(needs.unset) == 1 else 'are'} not set, to be {role}",
        evidence={"variables": needs.unset},
        fix=Fix(
            summary=f"Set {names} where Codex is started",
            steps=tuple(ShellLine(line=form.format(name)) for name in needs.unset),
        ),
    )


def of_sign_in(server: Server, sign_in: SignIn | None, now: float) -> Iterator[Finding]:
    """Yield a stored sign-in that is over: Codex says then that it requires reauthentication."""
    if sign_in is not None and sign_in.expired(now) and not sign_in.renewable:
        yield found(
            p.MCP_OAUTH_EXPIRED,
            server,
            "its access token has expired, and no refresh token is stored beside it",
            fix=log_in(server),
        )


def of_address(greeted: Greeted) -> Iterator[Finding]:
    """Yield an address that cannot be connected to."""
    attempt = greeted.attempt
    if attempt is None:
        yield found(
            p.MCP_HTTP_HANDSHAKE_FAILED,
            greeted.server,
            "its url is no address of the web",
            advice="Write its url out, beginning with https:// or http://.",
        )
    elif attempt.failure is not None:
        through = f" through the proxy {attempt.proxy}" if attempt.proxy else ""
        yield found(
            p.MCP_HTTP_HANDSHAKE_FAILED,
            greeted.server,
            f"{greeted.origin} cannot be reached{through}: {attempt.failure.stage}: {attempt.failure.words}",
            evidence={
                "origin": greeted.origin,
                "stage": str(attempt.failure.stage),
                "fault": str(attempt.fault),
            },
        )


def log_in(server: Server, *, again: bool = False) -> Fix:
    """Return how to sign in to *server*; `codex mcp login` opens a browser."""
    login = RunCommand(argv=("codex", "mcp", "login", server.name))
    logout = RunCommand(argv=("codex", "mcp", "logout", server.name))
    return Fix(summary="Sign in to the server", steps=(logout, login) if again else (login,))
