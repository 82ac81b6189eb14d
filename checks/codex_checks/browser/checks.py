"""Whether a sign-in in the browser could come about here, and what became of those that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.again import sign_in
from codex_checks.auth.facts import whole_login
from codex_checks.auth.login import Login, login
from codex_checks.auth.methods import lacks_sign_in
from codex_checks.browser import surroundings
from codex_checks.browser.ports import PORTS, Taken, taken
from codex_checks.network.diagnosis import diagnose
from codex_checks.network.reach import Reach, reach
from codex_checks.problems import browser as p
from codex_checks.problems.network import GITHUB_UNREACHABLE
from codex_checks.recorded.errors import DAY, RecordedErrors, recorded_errors
from codex_checks.recorded.seen import Seen, group
from codex_checks.renewal.telling import record, times
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.fix import Act, Fix, ShellLine
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

FORWARDS: Final = ("VSCODE_IPC_HOOK_CLI",)
"""Variables of terminals that open pages before the user and lead their answers back by themselves."""


class Place(Struct, frozen=True, kw_only=True):
    """Where the user is to sign in.

    *elsewhere* says why their browser is on another machine, *unopened* why nothing here shows web pages;
    None where nothing speaks for it. *address* is this machine's, as far as the connection tells it.
    """

    login: Login
    elsewhere: str | None = None
    unopened: str | None = None
    address: str | None = None


class Ports(Struct, frozen=True, kw_only=True):
    """Who listens where Codex would wait for the browser."""

    login: Login
    taken: tuple[Taken, ...] = ()


class Attempts(Struct, frozen=True, kw_only=True):
    """What Codex recorded of sign-ins in the browser since one was stored, the newest first."""

    login: Login
    seen: tuple[Seen, ...] = ()
    examined: float = 0.0


@blocking_probe("auth.sign-in-needed", touches={Touches.FILES}, limit=1.0, needs=(whole_login,))
def sign_in_needed(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where there is none, and one in the browser would be allowed."""
    if not lacks_sign_in(found):
        raise NotApplicable("somebody is signed in, and nobody is about to in the browser")
    if found.rules.methods and "chatgpt" not in found.rules.methods:
        raise NotApplicable("the settings allow no ChatGPT sign-in")
    return found


@blocking_probe("auth.browser-place", touches={Touches.FILES}, limit=1.0, needs=(sign_in_needed,))
def place(ctx: Context, found: Login) -> Place:
    """Find out whether the user sits at this machine, and whether it can show them a page."""
    if any(ctx.env.get(name) for name in FORWARDS):
        return Place(login=found)
    connection = (ctx.env.get("SSH_CONNECTION") or "").split()
    shown = surroundings.has_display(ctx.env)
    return Place(
        login=found,
        elsewhere=None if shown else surroundings.elsewhere(ctx),
        unopened=surroundings.unopened(ctx),
        address=connection[2] if len(connection) > 2 else None,  # noqa: PLR2004 - sshd(8): client, port, server, port
    )


@blocking_probe(
    "auth.login-ports",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=2.0,
    needs=(sign_in_needed,),
)
def login_ports(ctx: Context, found: Login) -> Ports:
    """Read who listens at the ports for the browser's answer; no socket is opened."""
    try:
        return Ports(login=found, taken=taken(ctx))
    except OSError as error:
        raise Unavailable(f"the system does not tell who listens: {error.strerror or error}") from None


@blocking_probe("auth.login-attempts", touches={Touches.FILES}, limit=1.0, needs=(login, recorded_errors))
def login_attempts(ctx: Context, found: Login, records: RecordedErrors) -> Attempts:
    """Find what Codex recorded of sign-ins in the browser since what is stored was stored."""
    status = found.file.status
    stored = status.modified_ns / 1e9 if status is not None else 0.0
    lately = records.newer_than(max(stored, ctx.now() - DAY))
    return Attempts(login=found, seen=group(lately), examined=ctx.now())


@check(
    "auth.browser-comes-back",
    title="A sign-in in the browser comes back to this machine",
    needs=(place,),
    reports=(p.LOGIN_REMOTE_CALLBACK,),
)
def browser_comes_back(found: Place) -> Iterator[Finding]:
    """Report a browser on another machine; a note in a container, which may well lead the port on."""
    if found.elsewhere is None:
        return
    ssh = found.elsewhere == surroundings.SSH
    problem = p.LOGIN_REMOTE_CALLBACK
    led = f"`ssh -L {PORTS[0]}:localhost:{PORTS[0]} {found.address}`"
    advice = f"Sign in with a code, or lead the port on: {led}." if ssh and found.address else None
    yield (problem if ssh else problem.weighed(Severity.NOTE)).found(
        f"Nobody is signed in, and {found.elsewhere} without a display: after `codex login` your browser "
        f"goes to localhost:{PORTS[0]} on the machine before you, where Codex does not wait",
        evidence={"seen": found.elsewhere, "port": PORTS[0]},
        advice=advice,
        fix=_with_a_code(found.login),
    )


@check(
    "auth.browser-can-be-opened",
    title="This machine can show the page on which one signs in",
    needs=(place,),
    reports=(p.LOGIN_BROWSER_OPEN_FAILED,),
)
def browser_can_be_opened(found: Place) -> Iterator[Finding]:
    """Note that Codex can open no browser here; it prints the address then."""
    if found.elsewhere is None and found.unopened is not None:
        yield p.LOGIN_BROWSER_OPEN_FAILED.found(
            f"Nobody is signed in, and {found.unopened}: `codex login` only prints the address",
            evidence={"seen": found.unopened},
            fix=_with_a_code(found.login),
        )


@check(
    "auth.login-port-is-free",
    title="A port is free at which Codex can wait for the browser",
    needs=(login_ports,),
    reports=(p.LOGIN_PORT_IN_USE,),
)
def login_port_is_free(found: Ports) -> Iterator[Finding]:
    """Report that both ports are taken; a note where Codex goes on to the second, as older ones do not."""
    busy = {each.port for each in found.taken}
    if PORTS[0] not in busy:
        return
    both = set(PORTS) <= busy
    problem = p.LOGIN_PORT_IN_USE if both else p.LOGIN_PORT_IN_USE.weighed(Severity.NOTE)
    rest = "" if both else f"; an older Codex fails then, a newer one takes {PORTS[1]}"
    pids = [each.pid for each in found.taken if each.pid is not None]
    advice = f"End process {pids[0]}, or sign in with a code, which needs no port." if pids and both else None
    yield problem.found(
        f"Nobody is signed in, and somebody listens at {' and '.join(map(str, found.taken))}{rest}",
        evidence={"ports": tuple(str(each) for each in found.taken)},
        advice=advice,
        fix=_with_a_code(found.login),
    )


@check(
    "auth.browser-logins-succeed",
    title="No sign-in in the browser failed of late",
    needs=(login_attempts, reach.maybe()),
    reports=(p.LOGIN_TOKEN_EXCHANGE_NETWORK, p.LOGIN_STATE_MISMATCH),
)
def browser_logins_succeed(found: Attempts, reached: Reach | None) -> Iterator[Finding]:
    """Report attempts that failed after the browser, from Codex's own log of signing in."""
    free = reached is not None and not set(diagnose(reached)) - {GITHUB_UNREACHABLE}
    for problem in (p.LOGIN_TOKEN_EXCHANGE_NETWORK, p.LOGIN_STATE_MISMATCH):
        seen = next((each for each in found.seen if each.problem == problem.name), None)
        if seen is None:
            continue
        over = free and problem is p.LOGIN_TOKEN_EXCHANGE_NETWORK
        weighed = problem.weighed(Severity.NOTE) if over else problem
        yield weighed.found(
            f"Codex recorded it {times(seen, found.examined)}, when signing in was tried"
            + ("; the sign-in service is reached now" if over else ""),
            evidence=record(seen),
            fix=_with_a_code(found.login),
        )


CHECKS: Final[tuple[Check, ...]] = (
    browser_can_be_opened,
    browser_comes_back,
    browser_logins_succeed,
    login_port_is_free,
)


def _with_a_code(found: Login) -> Fix:
    """Return how to sign in without a browser on this machine."""
    lines = (step.command for step in sign_in(found).steps if isinstance(step, Act) and step.command)
    return Fix(
        summary="Sign in with a code instead, which any browser takes",
        steps=tuple(ShellLine(line=line) for line in lines),
    )
