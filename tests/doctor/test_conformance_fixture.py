"""The fixture by which an author asks for the conformance suite."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bad.examples import QUIET
from bad.plugins import write
from codex_doctor.testing import FakeMachine, Rule

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.fixtures import Conformance


@pytest.fixture
def printing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The entry point of a catalogue whose one check prints."""
    write(tmp_path / "site", "acme_printing", [bad for bad in QUIET if bad.name == "prints"])
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return "acme_printing:catalogue"


def test_a_broken_rule_fails_the_test_with_its_words(printing: str, doctor_conformance: Conformance) -> None:
    with pytest.raises(pytest.fail.Exception) as failed:
        doctor_conformance(printing, {"a machine": FakeMachine(expects=("acme-prints-is-wrong",))})

    assert "[quiet] hosts.acme-prints: prints 6 bytes" in str(failed.value)
    assert "[expected] the machine a machine: nothing is found, and acme-prints-is-wrong" in str(failed.value)


def test_a_rule_can_be_left_out(printing: str, doctor_conformance: Conformance) -> None:
    proof = doctor_conformance(printing, {"a machine": FakeMachine()}, rules=frozenset({Rule.PURE}))

    assert proof.verdicts == {"a machine": {"hosts.acme-prints": "healthy"}}
