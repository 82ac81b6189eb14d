"""Ask the Codex of this machine for the report of its own doctor. Only with `--live`.

It renews an expired sign-in as a side effect (codex-doctor-report, codex-environment 3.5): so it is asked
after our own renewal, and not at all where that failed, for two renewals spend a token twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from codex_checks.install.abilities import DOCTOR_SINCE
from codex_checks.install.binary import Codex, codex
from codex_checks.install.version import older
from codex_checks.network.hosts import SETTINGS, Service
from codex_checks.places import CodexHome, codex_home
from codex_checks.renewal.trying import Tried, tried
from codex_doctor.context import Context  # noqa: TC001 - a probe
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.official.report import Report

PATIENCE: Final = 25.0
"""Seconds: its probes wait at most 15 for a WebSocket and 8 for a host (codex-environment 3.5)."""


@blocking_probe(
    "official.own-report",
    touches={Touches.PROCESSES, Touches.NETWORK, Touches.SPENDS},
    limit=PATIENCE + 10.0,
    needs=(codex, codex_home, tried.maybe()),
)
def own_report(ctx: Context, program: Codex, home: CodexHome, renewed: Tried | None) -> Report:
    """Run `codex doctor --json` on this machine, and read what it prints."""
    if older(program.version, DOCTOR_SINCE):
        raise NotApplicable(f"Codex {program.version} has no doctor of its own")
    if not home.usable:
        raise Unavailable(f"{home.path} is no folder in which Codex could be asked")
    if renewed is not None and not renewed.works:
        raise NotApplicable("your sign-in could not be renewed, and Codex's own doctor would try it again")
    env = {**ctx.env, "CODEX_HOME": str(home.path)}
    argv = (str(program.path), *_addresses(ctx), "doctor", "--json")
    try:
        ran = ctx.run_here(argv, seconds=PATIENCE, env=env, cwd=ctx.cwd)
    except OSError as error:
        raise Unavailable(f"{program.path} could not be started: {error.strerror or error}") from None
    from codex_checks.official.reading import read  # its patterns are for those who have something to read

    report = read(ran.stdout)
    if report is None:
        words = "did not end in time" if ran.timed_out else "knows no `doctor --json`"
        raise NotApplicable(f"Codex {program.version} {words}")
    return report


def _addresses(ctx: Context) -> Iterator[str]:
    """Yield what leads Codex to the addresses that our own variables name: mirrors, gateways and tests."""
    for service in (Service.CHATGPT, Service.API):
        url = ctx.env.get(f"CODEX_DOCTOR_URL_{service}")
        if url:
            yield from ("-c", f"{SETTINGS[service]}={json.dumps(url)}")
