"""Whether the MCP servers that are set up can be used: by what files and the network show, then by trying.

Trying them belongs to `--live`: they are the user's own programs. Without it, what Codex recorded of them is
told where there is any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.mcp.addresses import Reached, addresses
from codex_checks.mcp.found import servers
from codex_checks.mcp.programs import programs, started_programs
from codex_checks.mcp.proving import asked, started
from codex_checks.mcp.recorded import Failure, Failures, recorded, recorded_apps
from codex_checks.mcp.sign_ins import SignIns, sign_ins
from codex_checks.network.reach import Reach, reach
from codex_checks.problems import mcp as p
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from codex_checks.mcp.needs import Looked
    from codex_checks.mcp.servers import Servers
    from codex_checks.mcp.tried import Proved
    from codex_doctor.model import Finding

_OF_PROGRAMS: Final = (
    p.MCP_PROGRAM_NOT_FOUND,
    p.MCP_ENV_MISSING,
    p.MCP_HANDSHAKE_CLOSED,
    p.MCP_STARTUP_TIMEOUT,
    p.MCP_SERVER_HANGS,
    p.MCP_STDOUT_NOISE,
)

_OF_ADDRESSES: Final = (
    p.MCP_ENV_MISSING,
    p.MCP_STARTUP_TIMEOUT,
    p.MCP_SERVER_HANGS,
    p.MCP_HTTP_HANDSHAKE_FAILED,
    p.MCP_OAUTH_REQUIRED,
    p.MCP_OAUTH_EXPIRED,
    p.MCP_OAUTH_TOKEN_REVOKED,
    p.MCP_OAUTH_NO_AUTHORIZATION_SUPPORT,
    p.MCP_OAUTH_INVALID_SCOPE,
)


@check(
    "mcp.programs-exist",
    title="The programs of the MCP servers are there",
    needs=(started_programs,),
    reports=(p.MCP_PROGRAM_NOT_FOUND,),
)
def programs_exist(looked: Looked) -> Iterator[Finding]:
    """Report programs and scripts that are missing."""
    from codex_checks.mcp.faults import of_program

    for needs in looked.needs:
        yield from of_program(needs)


@check(
    "mcp.folders-exist",
    title="The folders that the MCP servers run in are there",
    needs=(started_programs,),
    reports=(p.MCP_CWD_MISSING,),
)
def folders_exist(looked: Looked) -> Iterator[Finding]:
    """Report working folders that are missing."""
    from codex_checks.mcp.faults import of_folder

    for needs in looked.needs:
        yield from of_folder(needs)


@check(
    "mcp.variables-are-set",
    title="The variables that the MCP servers are to be given are set",
    needs=(programs,),
    reports=(p.MCP_ENV_MISSING,),
)
def variables_are_set(looked: Looked) -> Iterator[Finding]:
    """Report variables that are named and not set."""
    from codex_checks.mcp.faults import of_variables

    for needs in looked.needs:
        yield from of_variables(needs, os=looked.os)


@check(
    "mcp.sign-ins-last",
    title="The sign-ins to MCP servers are valid, or can be renewed",
    needs=(servers, sign_ins),
    reports=(p.MCP_OAUTH_EXPIRED,),
)
def sign_ins_last(known: Servers, stored: SignIns) -> Iterator[Finding]:
    """Report stored sign-ins that are over."""
    from codex_checks.mcp.faults import of_sign_in

    held = [
        (server, stored.of(server.name, address.url))
        for server, address in known.addresses
        if not address.authorized
    ]
    if not any(sign_in for _, sign_in in held):
        raise NotApplicable(f"{stored.file} holds no sign-in to a server that is set up")
    for server, sign_in in held:
        yield from of_sign_in(server, sign_in, stored.examined)


@check(
    "mcp.addresses-connect",
    title="The addresses of the MCP servers can be connected to",
    needs=(addresses, reach.maybe()),
    reports=(p.MCP_HTTP_HANDSHAKE_FAILED,),
)
def addresses_connect(reached: Reached, outside: Reach | None) -> Iterator[Finding]:
    """Report addresses that cannot be connected to, except where no way leads outside at all."""
    from codex_checks.mcp.faults import of_address

    lost = _lost(outside)
    for greeted in reached.greeted:
        if not (lost and greeted.outside):
            yield from of_address(greeted)


@check(
    "mcp.programs-answer",
    title="The programs of the MCP servers start, and answer as such",
    needs=(started.if_allowed(), started_programs, recorded.maybe()),
    reports=_OF_PROGRAMS,
)
def programs_answer(
    tried: Proved | None, looked: Looked, known: Failures | None
) -> Generator[Finding, None, str]:
    """Report what was found by starting the programs, else what Codex recorded of them."""
    from codex_checks.mcp.telling import of_records, summary
    from codex_checks.mcp.verdicts import of_trial

    if tried is None:
        yield from of_records(looked.needs, known, _OF_PROGRAMS)
        return ""
    for needs in looked.needs:
        attempt = tried.of(needs.server.name)
        if attempt is not None:
            yield from of_trial(needs.server, attempt)
    return summary([needs.server for needs in looked.needs], tried)


@check(
    "mcp.addresses-answer",
    title="The addresses of the MCP servers answer as such",
    needs=(asked.if_allowed(), programs, sign_ins.maybe(), addresses.maybe(), recorded.maybe()),
    reports=_OF_ADDRESSES,
)
def addresses_answer(
    tried: Proved | None,
    looked: Looked,
    stored: SignIns | None,
    reached: Reached | None,
    known: Failures | None,
) -> Generator[Finding, None, str]:
    """Report what was found by asking the addresses, else what Codex recorded of them."""
    from codex_checks.mcp.telling import of_records, summary
    from codex_checks.mcp.verdicts import of_trial

    far = [needs for needs in looked.needs if needs.folder is None]
    if not far:
        raise NotApplicable("no MCP server that is set up is an address")
    if tried is None:
        yield from of_records(far, known, _OF_ADDRESSES)
        return ""
    if reached is None and not any(tried.of(needs.server.name) for needs in far):
        raise NotApplicable("none was asked: it is not known which of them can be connected to")
    for needs in far:
        server, attempt = needs.server, tried.of(needs.server.name)
        greeted = reached.of(server.name) if reached is not None else None
        if attempt is not None:
            yield from of_trial(
                server,
                attempt,
                keyring=stored is not None and stored.keyring,
                local_proxy=greeted.local_proxy if greeted is not None else "",
            )
    return summary([needs.server for needs in far], tried)


@check(
    "mcp.required-servers-work",
    title="No required MCP server keeps sessions from starting",
    needs=(started.if_allowed(), asked.if_allowed(), programs, sign_ins.maybe(), addresses.maybe()),
    reports=(p.MCP_REQUIRED_FAILED,),
)
def required_servers_work(
    begun: Proved | None,
    told: Proved | None,
    looked: Looked,
    stored: SignIns | None,
    reached: Reached | None,
) -> Iterator[Finding]:
    """Report required servers that fail for sure, whatever it is that they fail at."""
    from codex_checks.mcp.telling import fails_for_sure, of_required
    from codex_checks.mcp.tried import Ending

    required = [needs for needs in looked.needs if needs.server.required]
    if not required:
        raise NotApplicable("no MCP server is marked as required")
    unheard, failed = list[str](), False
    for needs in required:
        name = needs.server.name
        greeted = reached.of(name) if reached is not None else None
        attempts = (each.of(name) for each in (begun, told) if each is not None)
        attempt = next((each for each in attempts if each is not None), None)
        if fails_for_sure(needs, stored, greeted, attempt):
            yield of_required(needs.server)
            failed = True
        elif attempt is not None and attempt.ending is Ending.SILENT:
            unheard.append(f"{name} had not answered after {attempt.seconds:.1f} s")
    if unheard and not failed:
        raise NotApplicable(f"not proven: {'; '.join(unheard)}, when this examination had to end")


@check(
    "mcp.apps-start",
    title="The apps of ChatGPT start in Codex",
    needs=(recorded_apps,),
    reports=(p.MCP_CODEX_APPS_FAILED,),
)
def apps_start(failure: Failure) -> Iterator[Finding]:
    """Report that Codex recorded a failure of its own apps; one that stays alone is a note."""
    from codex_checks.mcp.telling import of_apps

    yield of_apps(failure)


CHECKS: Final[tuple[Check, ...]] = (
    addresses_answer,
    addresses_connect,
    apps_start,
    folders_exist,
    programs_answer,
    programs_exist,
    required_servers_work,
    sign_ins_last,
    variables_are_set,
)


def _lost(outside: Reach | None) -> bool:
    """Return whether no way leads outside at all, which is a matter of its own."""
    gone = [visit for visit in outside.visits if visit.outside] if outside is not None else []
    return bool(gone) and all(visit.attempt.answer is None for visit in gone)
