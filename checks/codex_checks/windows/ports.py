"""Whether Windows reserved the port on which a sign-in in the browser ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.browser.ports import PORTS
from codex_checks.places import CodexHome, codex_home
from codex_checks.problems.windows import LOGIN_PORT_RESERVED_HYPERV
from codex_checks.windows.asking import ask
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Severity
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


class Reserved(Struct, frozen=True, kw_only=True):
    """The ranges of TCP ports that Windows keeps from programs, each with its first and last port."""

    ranges: tuple[tuple[int, int], ...]

    def around(self, port: int) -> tuple[int, int] | None:
        """Return the range that holds *port*, or None."""
        return next((each for each in self.ranges if each[0] <= port <= each[1]), None)


@blocking_probe(
    "auth.reserved-ports", touches={Touches.FILES, Touches.PROCESSES}, limit=2.0, needs=(codex_home,)
)
def reserved_ports(ctx: Context, home: CodexHome) -> Reserved:
    """Ask Windows which ports it reserved; from WSL, where that takes longest, only where it matters now."""
    if ctx.system.wsl and not ctx.live and ctx.status(home.path / "auth.json") is not None:
        raise NotApplicable("somebody is signed in, and Windows is not asked then; --live asks it")
    said = ask(ctx, "netsh.exe", "interface", "ipv4", "show", "excludedportrange", "protocol=tcp")
    return Reserved(ranges=read_ranges(said))


@check(
    "auth.login-port-is-not-reserved",
    title="A sign-in in the browser finds its port free of reservations",
    needs=(reserved_ports,),
    reports=(LOGIN_PORT_RESERVED_HYPERV,),
)
def login_port_is_not_reserved(found: Reserved) -> Iterator[Finding]:
    """Report a reservation of the port; a note where a newer Codex can take the other one."""
    first = found.around(PORTS[0])
    if first is None:
        return
    other = found.around(PORTS[1])
    problem = LOGIN_PORT_RESERVED_HYPERV if other else LOGIN_PORT_RESERVED_HYPERV.weighed(Severity.NOTE)
    rest = f"and {PORTS[1]} too" if other else f"but not {PORTS[1]}, which a newer Codex takes instead"
    yield problem.found(
        f"Windows reserved the ports {first[0]} to {first[1]}, {PORTS[0]} among them, {rest}",
        evidence={"port": PORTS[0], "first": first[0], "last": first[1]},
        fix=Fix(
            summary="Sign in with a code instead, which needs no port",
            steps=(ShellLine(line="codex-doctor login"),),
        ),
    )


def read_ranges(said: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges in what netsh prints: two numbers a line, whatever its language."""
    rows = re.findall(r"(?m)^[ \t]*(\d{1,5})[ \t]+(\d{1,5})[ \t]*\*?[ \t\r]*$", said)
    return tuple((int(first), int(last)) for first, last in rows)
