"""The faults of the bench: each check has one, and a fixed sample of machines is named as it should be.

The whole bench, with what the built-in doctor says, is `nox -s bench`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

import machine_description as described
from bench.faults import bars, builtin, known, ours
from bench.faults.composing import NotComposableError, compose
from bench.faults.standing import Ground
from codex_checks.catalogue import catalogue
from machine_description import Codex, Expect, Machine, Place

if TYPE_CHECKING:
    import trustme

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

SIGN_IN: Final = ".codex/auth.json"
HERE: Final = Path(__file__).parent
SAMPLE: Final = known.sample()
SINGLES: Final = known.singles()
UNTRIGGERED: Final = frozenset(bars.untriggered())

SOME: Final = Machine(about="x", expect=Expect(findings=["not-signed-in"], exit=1))


@pytest.fixture(scope="module")
def ground(
    codex_cli: CodexCli,
    openai_server: FakeOpenAI,
    openai_tls_server: FakeOpenAI,
    authority: trustme.CA,
    authority_file: Path,
) -> Ground:
    return Ground(
        cli=codex_cli,
        http=openai_server,
        tls=openai_tls_server,
        authority=authority,
        authority_file=authority_file,
    )


@pytest.mark.parametrize("fault", SAMPLE.values(), ids=SAMPLE.keys())
def test_a_machine_of_the_sample_is_named(ground: Ground, fault: known.Fault) -> None:
    if (why := ground.impossible(fault.machine)) is not None:
        pytest.skip(why)

    said = ground.on(fault.name, fault.machine, ours.examined)

    judged = ours.judged(fault, said)
    assert (judged.named, judged.false_alarms, said.unfinished) == (True, 0, ()), said
    if fault.kind == "single":
        assert [each.name for each in said.found] == fault.machine.expect.findings


def test_the_sample_is_of_forty_machines_that_are_examined_nowhere_else() -> None:
    elsewhere = {name.partition("/")[2] for name in described.names()}

    assert len(SAMPLE) == 40
    assert [name for name in SAMPLE if name in elsewhere] == []


@pytest.mark.parametrize("id_", [check.id for check in catalogue().checks])
def test_a_check_has_a_fault_that_triggers_it(id_: str) -> None:
    assert id_ not in UNTRIGGERED, f"write a fault that {id_} finds into tests/bench/faults/singles"


@pytest.mark.parametrize("id_", known.elsewhere().keys())
def test_what_no_machine_can_trigger_a_test_of_that_name_does(id_: str) -> None:
    file, test = known.elsewhere()[id_]

    assert id_ in {check.id for check in catalogue().checks}
    assert f"def {test}(" in (HERE.parent / file).read_text("utf-8")


def test_there_are_as_many_as_promised() -> None:
    assert len([fault for fault in SINGLES.values() if fault.kind == "single"]) >= 120
    assert len(known.pairs()) >= 60
    assert len(known.healthy()) >= 30


def test_every_fault_has_a_cause_that_is_a_problem() -> None:
    assert [name for name, fault in SINGLES.items() if set(fault.roots) - known.BY_NAME.keys()] == []


def test_a_pair_has_two_causes_that_do_not_explain_each_other() -> None:
    explained = [
        name
        for name, pair in known.pairs().items()
        if known.explains(pair.roots[0], pair.roots[1]) or known.explains(pair.roots[1], pair.roots[0])
    ]

    assert explained == []


def test_healthy_machines_have_no_cause() -> None:
    assert {fault.roots for fault in known.healthy().values()} == {()}


def test_what_is_usual_gives_way_to_what_is_broken() -> None:
    healthy = replace(SOME, files={SIGN_IN: Place(from_="chatgpt.json")}, codex=Codex(install="none"))
    broken = replace(SOME, files={SIGN_IN: Place(text="{")})

    for both in (compose(healthy, broken), compose(broken, healthy)):
        assert both.files == {SIGN_IN: Place(text="{")}
        assert both.codex == Codex(install="none")


def test_what_is_usual_gives_way_to_its_absence() -> None:
    healthy = replace(SOME, files={SIGN_IN: Place(from_="chatgpt.json")})

    assert compose(healthy, SOME).files == {}


def test_two_faults_in_one_file_are_not_composed() -> None:
    broken = replace(SOME, files={SIGN_IN: Place(text="{")})

    with pytest.raises(NotComposableError, match=SIGN_IN):
        compose(broken, replace(SOME, files={SIGN_IN: Place(special="folder")}))


def test_a_machine_with_several_causes_is_no_single_fault() -> None:
    assert len(described.read("sick/two-faults").expect.findings) == 2
    assert "two-faults" not in SINGLES


def test_the_words_of_the_built_in_doctor_are_about_problems() -> None:
    assert set(builtin.WORDS) - known.BY_NAME.keys() == set()


def _line(text: str) -> builtin.Line:
    return builtin.Line(id="config.load", status="fail", summary="config could not be loaded", text=text)


def test_the_built_in_doctor_names_a_cause_in_any_row_that_is_new() -> None:
    fault = known.Fault(name="x", kind="single", machine=SOME, roots=("config-syntax",))
    healthy = builtin.Heard(lines=(), said="", seconds=0.1)

    for text, named in (('{"line": "3"}', True), ('{"error": "invalid data"}', False)):
        heard = builtin.Heard(lines=(_line(text),), said="", seconds=0.1)
        verdict = builtin.judged(fault, heard, lambda _: healthy)
        assert (verdict.named, verdict.detected) == (named, True)


def test_a_row_that_a_healthy_machine_has_too_detects_nothing() -> None:
    fault = known.Fault(name="x", kind="single", machine=SOME, roots=("config-syntax",))
    heard = builtin.Heard(lines=(_line("{}"),), said="", seconds=0.1)

    assert builtin.judged(fault, heard, lambda _: heard).detected is False


def _seen(kind: known.Kind, *, named: bool = True, alarms: int = 0) -> bars.Seen:
    fault = known.Fault(name="x", kind=kind, machine=SOME, roots=("not-signed-in",))
    found = ours.Found(name="not-signed-in", severity="error", role="cause")
    return bars.Seen(
        fault=fault,
        said=ours.Said(found=(found,), unfinished=(), seconds=0.1),
        verdict=ours.Verdict(named=named, detected=True, false_alarms=alarms),
    )


def test_a_bar_that_is_met_is_not_spoken_of() -> None:
    assert bars.missed([_seen("single"), _seen("pair"), _seen("healthy")], whole=False) == []


def test_each_bar_that_is_missed_is_told() -> None:
    seen = [_seen("single", named=False), _seen("pair", named=False), _seen("healthy", alarms=2)]

    single, pair, healthy = bars.missed(seen, whole=False)

    assert ("0 of 1" in single, "0 of 1" in pair, "2 false alarms" in healthy) == (True, True, True)


def test_a_whole_bench_that_leaves_a_check_out_names_it() -> None:
    assert "no machine triggers usage.limits-have-room" in bars.missed([_seen("single")], whole=True)
