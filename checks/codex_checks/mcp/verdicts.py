"""What became of trying one MCP server, judged as Codex 0.169.0 does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.mcp.faults import found
from codex_checks.mcp.refusals import of_refusal
from codex_checks.mcp.servers import Address
from codex_checks.mcp.tried import Ending
from codex_checks.problems import mcp as p
from codex_doctor.fix import Fix, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.mcp.servers import Server
    from codex_checks.mcp.tried import Tried
    from codex_doctor.model import Evidence, Finding

FAIR: Final = 2.0
"""Seconds: with less, silence says little about a server that Codex waits much longer for."""

ENOUGH: Final = 0.8
"""The part of Codex's own patience after which silence counts for as good as all of it."""


def of_trial(
    server: Server, tried: Tried, *, keyring: bool = False, local_proxy: str = ""
) -> Iterator[Finding]:
    """Yield what was found by starting or asking *server*.

    *keyring*: a sign-in to it may stand where it was not looked for. *local_proxy* is the variable that sends
    Codex through a proxy to this very machine.
    """
    match tried.ending:
        case Ending.ANSWERED if tried.seconds > server.patience:
            yield _late(server, tried)
        case Ending.ANSWERED if tried.noise:
            yield _noisy(server, tried)
        case Ending.ANSWERED | Ending.NOT_ASKED:
            pass
        case Ending.SILENT if tried.glued:
            yield _glued(server, tried)
        case Ending.SILENT:
            yield _silent(server, tried)
        case Ending.NOT_STARTED:
            yield found(
                p.MCP_PROGRAM_NOT_FOUND,
                server,
                f"the system does not start it: {tried.words}",
                advice="Run its command by hand; the first line of a script may name an absent program.",
            )
        case Ending.STATUS if tried.http is not None:
            yield of_refusal(server, tried.http, keyring=keyring, local_proxy=local_proxy)
        case _ if isinstance(server.transport, Address):
            yield found(
                p.MCP_HTTP_HANDSHAKE_FAILED, server, tried.words, evidence={"ending": str(tried.ending)}
            )
        case _:
            yield _closed(server, tried)


def fails(server: Server, tried: Tried) -> bool:
    """Return whether Codex, too, finds that *server* does not start."""
    match tried.ending:
        case Ending.NOT_ASKED:
            return False
        case Ending.ANSWERED:
            return tried.seconds > server.patience
        case Ending.SILENT:
            return tried.seconds >= ENOUGH * server.patience
        case _:
            return True


def _late(server: Server, tried: Tried) -> Finding:
    wanted = math.ceil(tried.seconds * 2 / 10) * 10
    advice = f"Set startup_timeout_sec = {wanted} for it."
    return found(
        p.MCP_STARTUP_TIMEOUT,
        server,
        f"it answered after {tried.seconds:.1f} s, and Codex waits {server.patience:g} s",
        evidence={"seconds": round(tried.seconds, 1), "limit": server.patience},
        advice=advice,
        fix=Fix(summary="Give it more time", steps=(Tell(text=advice),)),
    )


def _noisy(server: Server, tried: Tried) -> Finding:
    many = "a line" if tried.noise == 1 else f"{tried.noise} lines"
    return found(
        p.MCP_STDOUT_NOISE,
        server,
        f"it printed {many} on standard output that {'is' if tried.noise == 1 else 'are'} no message, "
        f"first `{tried.first_noise}`; Codex passes over that, other programs do not",
        evidence={"lines": tried.noise},
    )


def _glued(server: Server, tried: Tried) -> Finding:
    noisy = found(
        p.MCP_STDOUT_NOISE,
        server,
        f"its answer stands behind other text in a line, so that Codex misses it: `{tried.first_noise}`",
    )
    if noisy.problem.severity is Severity.ERROR:
        return noisy
    return replace(noisy, problem=noisy.problem.weighed(Severity.WARNING))


def _silent(server: Server, tried: Tried) -> Finding:
    waited = f"no answer came in {tried.seconds:.1f} s"
    evidence: dict[str, Evidence] = {"seconds": round(tried.seconds, 1), "limit": server.patience}
    printed = f"; it printed `{tried.first_noise}`" if tried.first_noise else ""
    said = f"; it said: {tried.said}" if tried.said else ""
    if fails(server, tried):
        return found(p.MCP_SERVER_HANGS, server, f"{waited}{printed}{said}", evidence=evidence)
    finding = found(
        p.MCP_SERVER_HANGS,
        server,
        f"{waited}, when this examination had to end; Codex waits {server.patience:g} s{printed}{said}",
        evidence=evidence,
        advice="Look again with more time: `codex-doctor check mcp --live --deadline 60`.",
    )
    severity = Severity.WARNING if tried.seconds >= FAIR else Severity.NOTE
    return replace(finding, problem=finding.problem.weighed(severity))


def _closed(server: Server, tried: Tried) -> Finding:
    if tried.ending is Ending.WRONG:
        words = tried.words
    elif tried.code is None:
        words = "it closed its output before it answered"
    elif tried.code < 0:
        words = f"it was ended by signal {-tried.code} before it answered"
    else:
        words = f"it ended with exit code {tried.code} before it answered"
    printed = f"; it printed `{tried.first_noise}`" if tried.first_noise else ""
    said = f"; it said: {tried.said}" if tried.said else ""
    return found(
        p.MCP_HANDSHAKE_CLOSED,
        server,
        f"{words}{printed}{said}",
        evidence={"exit_code": tried.code, "said": tried.said or None},
    )
