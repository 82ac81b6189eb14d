"""What the test kit brings to pytest: fixtures, each of which loads what it needs when it is asked for.

pytest loads this module in every run of an environment in which codex-doctor is installed, so it holds
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_doctor.testing import FakeClock, FakeMachine, MachineBuilder, Proof


class Conformance(Protocol):
    """What the fixture `doctor_conformance` gives; its options are those of `codex_doctor.testing.prove`."""

    def __call__(self, entry: str, machines: Mapping[str, FakeMachine], **more: Any) -> Proof:  # noqa: ANN401 - see prove
        """Prove the catalogue of *entry* on *machines*."""
        ...


@pytest.fixture
def doctor_machine(tmp_path: Path) -> MachineBuilder:
    """Build a `FakeMachine` (an empty one, if none is given) in a folder of the test."""
    from codex_doctor.testing import MachineBuilder

    return MachineBuilder(tmp_path / "machines")


@pytest.fixture
def doctor_clock() -> FakeClock:
    """Return a clock that stands still until it is moved, for `BuiltMachine.context(now=...)`."""
    from codex_doctor.testing import FakeClock

    return FakeClock()


@pytest.fixture
def doctor_conformance(tmp_path: Path) -> Conformance:
    """Prove a catalogue as `codex_doctor.testing.prove` does, and fail the test where a rule is broken."""
    from codex_doctor.testing import prove

    def conform(entry: str, machines: Mapping[str, FakeMachine], **more: Any) -> Proof:  # noqa: ANN401 - see prove
        proof = prove(entry, machines, tmp_path / "proof", **more)
        if proof.breaches:
            pytest.fail(str(proof), pytrace=False)
        return proof

    return conform
