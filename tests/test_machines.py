"""Whole machines, sick and healthy: the real command is run on each, and says what is wrong with it.

A machine is a folder with a `machine.toml`; its words are those of `machine_description.Machine`.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import jsonschema
import pytest

import machine_description as described
import machine_sandbox
from codex_doctor.render.json import schema
from fakes import world
from machine_build import build
from machine_examine import examine
from machine_repair import mend
from machine_world import standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import trustme
    from jsonschema.protocols import Validator

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from machine_description import Machine
    from machine_examine import Examined
    from machine_repair import Mended

JUDGED_BY_LOGIN_STATUS: Final = {"auth", "config", "files"}
"""The areas of which `codex login status` sees anything: it reads files, and asks nobody."""

RENEWED: Final = {
    *(".", ".codex", ".codex/auth.json", ".codex/auth.lock", ".codex/auth.json.lock"),
    *(".codex/tmp", ".codex/tmp/arg0-linux"),
}
"""What storing a renewed sign-in changes, as Codex itself would; `.` where our own state begins. Codex's own
doctor links its programs into the temporary folder of its home, and takes them away again."""

OUR_STATE: Final = ".local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A machine, what the doctor saw and mended there, and then what Codex itself said."""

    machine: Machine
    examined: Examined
    mended: tuple[Mended, ...]
    login: bool | None
    turn: bool | None
    doctor: Mapping[str, str]
    sandbox: bool | None
    secrets: frozenset[str]
    asked: tuple[str, ...]


@pytest.fixture(scope="module", params=described.names())
def case(
    request: pytest.FixtureRequest,
    codex_cli: CodexCli,
    openai_server: FakeOpenAI,
    openai_tls_server: FakeOpenAI,
    authority: trustme.CA,
    authority_file: Path,
) -> Iterator[Case]:
    name: str = request.param
    machine = described.read(name)
    if os.name == "posix" and os.geteuid() != 0 and any(place.owner for place in machine.files.values()):
        pytest.skip("only root can give a file to another user")

    if (why := machine_sandbox.impossible(machine, codex_cli)) is not None:
        pytest.skip(why)

    def look(tls: FakeOpenAI) -> Case:
        return _looked_at(name, machine, cli=codex_cli, http=openai_server, tls=tls, authority=authority_file)

    if machine.network.world is None:
        yield look(openai_tls_server)
        return
    if not world.possible():
        pytest.skip("only root on Linux can leave the network")
    with standing(machine.network.world, authority) as (around, server):
        yield around.run(lambda: look(server))


def _looked_at(
    name: str, machine: Machine, *, cli: CodexCli, http: FakeOpenAI, tls: FakeOpenAI, authority: Path
) -> Case:
    with build(name, machine, cli=cli, http=http, tls=tls, authority=authority) as built:
        examined = examine(built)
        asked = tuple(f"{each.method} {each.path}" for each in built.openai.asked)
        mended = tuple(mend(built, examined))
        login = None if machine.real.cannot else built.ask_codex(["login", "status"]).returncode == 0
        doctor = built.codex_doctor() if machine.real.doctor else {}
        sandbox = built.sandboxes() if machine.real.sandbox is not None else None
        turn = built.turn_without_websocket() if machine.real.turn is not None else None
        return Case(
            machine=machine,
            examined=examined,
            mended=mended,
            login=login,
            turn=turn,
            doctor=doctor,
            sandbox=sandbox,
            secrets=frozenset(built.words.secrets),
            asked=asked,
        )


@functools.cache
def _validator() -> Validator:
    """Return what checks reports: made once, for that takes longer than all it checks."""
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def test_the_findings_are_those_of_this_machine(case: Case) -> None:
    assert case.examined.findings("error", "warning") == case.machine.expect.findings, case.examined.stdout
    assert set(case.machine.expect.notes) <= set(case.examined.findings("note"))


def test_the_exit_code_agrees(case: Case) -> None:
    assert case.examined.code == case.machine.expect.exit
    assert case.examined.report["exit_code"] == case.machine.expect.exit


def test_the_answer_is_a_cause(case: Case) -> None:
    assert [each["role"] for each in case.examined.report["findings"][:1]] in ([], ["cause"])


def test_no_check_crashed_or_ran_out_of_time(case: Case) -> None:
    unfinished = {"crashed", "timed-out"}

    assert [each for each in case.examined.report["checks"] if each["verdict"] in unfinished] == []


def test_the_report_fits_its_schema(case: Case) -> None:
    assert [error.message for error in _validator().iter_errors(case.examined.report)] == []


def test_nothing_is_said_beside_the_report_but_that_something_changes(case: Case) -> None:
    assert case.examined.stderr.startswith("--live changes something") is case.machine.live
    assert case.examined.stderr.count("\n") == case.machine.live


def test_nothing_under_the_home_has_changed_but_what_a_renewal_changes(case: Case) -> None:
    theirs = [path for path in case.examined.changed if not path.startswith(OUR_STATE)]

    assert set(theirs) <= (RENEWED if case.machine.live else set())
    assert case.machine.live or case.examined.changed == ()


def test_no_secret_is_printed(case: Case) -> None:
    said = case.examined.stdout + case.examined.stderr + "".join(each.said for each in case.mended)

    assert [secret for secret in case.secrets if secret in said] == []


def test_nothing_is_spent_unless_it_is_asked_for_and_then_once(case: Case) -> None:
    spent = [each for each in case.asked if each.startswith("POST")]

    assert sorted(spent) == case.machine.expect.spends
    assert case.machine.live or spent == []


def test_codex_itself_agrees_about_the_sign_in(case: Case) -> None:
    real = case.machine.real
    if case.login is None:
        assert real.cannot
        return
    sick = [
        each["name"]
        for each in case.examined.report["findings"]
        if each["severity"] == "error" and each["area"] in JUDGED_BY_LOGIN_STATUS
    ]

    assert real.login in (None, case.login)
    assert (case.login == (sick == [])) is not bool(real.disagrees), (case.login, sick, real.disagrees)


def test_the_built_in_doctor_agrees(case: Case) -> None:
    recorded = case.machine.real.doctor
    failed = "fail" in recorded.values()

    assert {name: case.doctor.get(name, "absent") for name in recorded} == recorded
    assert (failed and not case.examined.findings("error")) is bool(case.machine.real.overcautious)


def test_codex_itself_agrees_about_its_sandbox(case: Case) -> None:
    about = [
        each["name"]
        for each in case.examined.report["findings"]
        if each["area"] == "sandbox" and each["severity"] == "error"
    ]

    assert case.sandbox == case.machine.real.sandbox
    assert case.sandbox is None or case.sandbox == (about == [])


def test_codex_itself_agrees_about_a_turn(case: Case) -> None:
    assert case.turn == case.machine.real.turn
    if case.turn:
        assert case.examined.findings("error") == []


def test_nothing_is_destroyed_without_the_users_naming_it(case: Case) -> None:
    fixes = [each["fix"] for each in case.examined.report["findings"] if each["fix"]]

    assert [fix for fix in fixes if fix["automatic"] and fix["destructive"]] == []


def test_what_a_repair_can_mend_is_mended(case: Case) -> None:
    for mended in case.mended:
        assert (mended.code, mended.name in mended.still) == (0, False), mended.said


def test_an_undone_repair_leaves_nothing_behind(case: Case) -> None:
    for mended in case.mended:
        assert (mended.undone, mended.after) == (0, mended.before), mended.said
