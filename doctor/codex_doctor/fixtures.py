"""What the test kit brings to pytest: fixtures, each of which loads what it needs when it is asked for.

pytest loads this module in every run of an environment in which codex-doctor is installed, so it holds
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.testing import FakeClock, MachineBuilder


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
