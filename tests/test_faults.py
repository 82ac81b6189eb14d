"""The faults of the bench are what they say: each has a cause that exists, and is described once."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

import machine_description as described
from bench.faults import known
from bench.faults.composing import NotComposableError, compose
from machine_description import Codex, Expect, Machine, Place

SIGN_IN: Final = ".codex/auth.json"


SOME: Final = Machine(about="x", expect=Expect(findings=["not-signed-in"], exit=1))


def test_every_single_fault_has_a_cause_that_is_a_problem() -> None:
    assert [name for name, fault in known.singles().items() if set(fault.roots) - known.BY_NAME.keys()] == []


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


def test_two_faults_in_one_file_are_not_composed() -> None:
    with pytest.raises(NotComposableError, match=SIGN_IN):
        compose(
            replace(SOME, files={SIGN_IN: Place(text="{")}),
            replace(SOME, files={SIGN_IN: Place(special="folder")}),
        )


def test_a_machine_with_several_causes_is_no_single_fault() -> None:
    several = described.read("sick/two-faults")

    assert len(several.expect.findings) == 2
    assert "two-faults" not in known.singles()
