"""The test kit for authors of checks; its fixtures are in `codex_doctor.fixtures`.

Nothing here is loaded by the doctor itself, and only the fixtures need pytest.
"""

from codex_doctor.testing.clock import FakeClock
from codex_doctor.testing.machine import (
    LINUX,
    MACOS,
    WINDOWS,
    BuiltMachine,
    FakeMachine,
    File,
    MachineBuilder,
)

__all__ = [
    "LINUX",
    "MACOS",
    "WINDOWS",
    "BuiltMachine",
    "FakeClock",
    "FakeMachine",
    "File",
    "MachineBuilder",
]
