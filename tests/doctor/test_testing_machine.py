"""The fake machine of the test kit: what is described stands there, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.check import check
from codex_doctor.model import Severity
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe, probe
from codex_doctor.testing import WINDOWS, FakeClock, FakeMachine, File, MachineBuilder
from engine import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

ODD = problem("odd", code="ACME101", area="hosts", severity=Severity.WARNING)


@blocking_probe("acme.badge", touches={Touches.FILES}, limit=5.0)
def badge(ctx: Context) -> str:
    try:
        return ctx.read(ctx.home / "badge").decode()
    except FileNotFoundError:
        raise NotApplicable("there is no badge") from None


@probe("acme.gate", touches={Touches.PROCESSES}, limit=5.0)
async def gate(ctx: Context) -> str:
    ran = await ctx.run(["gate", "--state"], seconds=5.0)
    return ran.stdout.decode()


@check("hosts.acme-badge-is-valid", title="The badge is valid", needs=(badge,), reports=(ODD,))
def valid(text: str) -> Iterator[Finding]:
    if text != "valid":
        yield ODD.found(f"the badge says {text!r}")


def test_a_file_below_the_home_is_read(doctor_machine: MachineBuilder) -> None:
    assert doctor_machine(FakeMachine(files={"badge": "valid"})).read(badge) == "valid"


def test_a_file_of_the_system_stands_below_the_root(doctor_machine: MachineBuilder) -> None:
    built = doctor_machine(FakeMachine(files={"/etc/acme/gate": File(content=b"\xff", mode=0o600)}))
    path = built.context().system_path("/etc/acme/gate")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xff", 0o600)


def test_a_program_is_found_and_run(doctor_machine: MachineBuilder) -> None:
    machine = FakeMachine(programs={"gate": 'echo "$1 $COLOUR {home}"'}, env={"COLOUR": "red"})
    built = doctor_machine(machine)

    assert built.read(gate) == f"--state red {built.home}\n"


def test_no_program_of_this_machine_is_on_the_path(doctor_machine: MachineBuilder) -> None:
    with pytest.raises(Unavailable, match="FileNotFoundError"):
        doctor_machine().read(gate)


def test_a_check_is_judged_by_what_stands_there(doctor_machine: MachineBuilder) -> None:
    (finding,) = doctor_machine(FakeMachine(files={"badge": "torn"})).judge(valid)

    assert finding.detail == "the badge says 'torn'"


def test_nothing_to_read_is_said_as_the_probe_says_it(doctor_machine: MachineBuilder) -> None:
    with pytest.raises(NotApplicable, match="there is no badge"):
        doctor_machine().judge(valid)


def test_two_reports_of_one_machine_are_equal(doctor_machine: MachineBuilder) -> None:
    machine = FakeMachine(files={"badge": "torn"}, system=WINDOWS)
    first, second = (doctor_machine(machine).report((valid,)) for _ in range(2))

    assert first == second
    assert [found.code for found in first.findings] == ["ACME101"]
    assert first.machine.os == "windows"


def test_a_secret_that_is_planted_is_known_by_its_name(doctor_machine: MachineBuilder) -> None:
    built = doctor_machine(FakeMachine(files={"badge": "{secret:badge}"}, env={"KEY": "{secret:key}"}))

    assert built.secrets == {built.read(badge): "badge", built.env["KEY"]: "key"}


def test_the_clock_stands_until_it_is_moved(doctor_machine: MachineBuilder, doctor_clock: FakeClock) -> None:
    ctx = doctor_machine().context(now=doctor_clock)
    before = ctx.moment()
    doctor_clock.advance(3600)

    assert (ctx.moment() - before).total_seconds() == 3600
