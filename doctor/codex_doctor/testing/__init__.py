"""The test kit for authors of checks; its fixtures are in `codex_doctor.fixtures`.

Nothing here is loaded by the doctor itself, and only the fixtures need pytest.
"""

from codex_doctor.testing.clock import FakeClock
from codex_doctor.testing.conformance import EVERY_RULE, Proof, prove
from codex_doctor.testing.machine import (
    LINUX,
    MACOS,
    WINDOWS,
    BuiltMachine,
    FakeMachine,
    File,
    MachineBuilder,
)
from codex_doctor.testing.rules import Breach, Rule

__all__ = [
    "EVERY_RULE",
    "LINUX",
    "MACOS",
    "WINDOWS",
    "Breach",
    "BuiltMachine",
    "FakeClock",
    "FakeMachine",
    "File",
    "MachineBuilder",
    "Proof",
    "Rule",
    "prove",
]
