"""What is told of MCP servers beside what became of trying them: requirements, records, and the sum of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.mcp.faults import found, of_sign_in
from codex_checks.mcp.servers import Address
from codex_checks.mcp.tried import Ending
from codex_checks.mcp.verdicts import fails
from codex_checks.moments import stamp
from codex_checks.problems import mcp as p
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, RunCommand
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_checks.mcp.addresses import Greeted
    from codex_checks.mcp.needs import Needs
    from codex_checks.mcp.recorded import Failure, Failures
    from codex_checks.mcp.servers import Server
    from codex_checks.mcp.sign_ins import SignIns
    from codex_checks.mcp.tried import Proved, Tried
    from codex_doctor.model import Finding, Problem

PROVE: Final = RunCommand(argv=("codex-doctor", "check", "mcp", "--live"))
"""What tries the servers."""


def fails_for_sure(
    needs: Needs, stored: SignIns | None, greeted: Greeted | None, attempt: Tried | None
) -> bool:
    """Return whether Codex cannot use a server, by anything that is known of it."""
    transport = needs.server.transport
    if not isinstance(transport, Address):
        return not needs.starts or (attempt is not None and fails(needs.server, attempt))
    sign_in = stored.of(needs.server.name, transport.url) if stored is not None else None
    over = (
        stored is not None
        and sign_in is not None
        and not transport.authorized
        and any(True for _ in of_sign_in(needs.server, sign_in, stored.examined))
    )
    return (
        transport.bearer in needs.unset
        or over
        or (greeted is not None and not greeted.reached)
        or (attempt is not None and fails(needs.server, attempt))
    )


def of_required(server: Server) -> Finding:
    """Return that no session starts because of *server*."""
    return p.MCP_REQUIRED_FAILED.found(
        f'"{server.name}" ({server.where}) is marked as required, and cannot be used',
        evidence={"server": server.name},
        subjects=frozenset({server.subject}),
    )


def of_records(
    looked: Sequence[Needs], known: Failures | None, problems: Sequence[Problem]
) -> Iterator[Finding]:
    """Yield what Codex recorded of servers that were not tried, as one of *problems*.

    :raises NotApplicable: there is nothing to tell, so that nothing is proven.
    """
    found = [
        finding
        for needs in looked
        for finding in _of_record(needs, known.of(needs.server.name) if known is not None else None, problems)
    ]
    if not found:
        raise NotApplicable("not proven; run `codex-doctor check mcp --live`, which tries your servers")
    yield from found


def _of_record(needs: Needs, failure: Failure | None, problems: Sequence[Problem]) -> Iterator[Finding]:
    """Yield what Codex recorded of a server, unless files show more exactly what is wrong with it."""
    if failure is None or not needs.starts:
        return
    vague = p.MCP_HTTP_HANDSHAKE_FAILED if needs.folder is None else p.MCP_HANDSHAKE_CLOSED
    problem = next((each for each in problems if each.name == failure.problem), vague)
    if problem is p.MCP_ENV_MISSING and needs.unset:
        return
    finding = found(
        problem,
        needs.server,
        f"Codex recorded {failure.often}: {failure.words}",
        evidence={"count": failure.count, "last": stamp(failure.last)},
        fix=Fix(summary="Start it, and see", steps=(PROVE,)),
    )
    often = Severity.WARNING if failure.count > 1 else Severity.NOTE
    yield replace(finding, problem=finding.problem.weighed(often))


def of_apps(failure: Failure) -> Finding:
    """Return what Codex recorded of its own apps."""
    weighed = p.MCP_CODEX_APPS_FAILED.weighed(Severity.WARNING if failure.count > 1 else Severity.NOTE)
    return weighed.found(
        f"Codex recorded it {failure.often}: {failure.words}",
        evidence={"count": failure.count, "last": stamp(failure.last)},
    )


def summary(servers: Sequence[Server], proved: Proved) -> str:
    """Return what is to be said where nothing was found: how many answered, and why others were not asked."""
    answered = sum(each.works for each in proved.tried)
    reasons = [f"{each.server}: {each.words}" for each in proved.tried if each.ending is Ending.NOT_ASKED]
    reasons += [f"{each.name}: a project's file sets it up" for each in servers if not each.own]
    return "; ".join((f"{answered} answered", *(f"not asked: {reason}" for reason in reasons)))
