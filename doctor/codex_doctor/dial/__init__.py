"""Dial a server stage by stage, and say at which one the way ended.

Whatever the other side does, an attempt ends in time with the name of the stage that failed: silence
is a fact like any other. What an attempt says is here at once; what it takes to make one comes when
it is first asked for, as an examination that stays off the network never does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from codex_doctor.dial.attempt import Answer, Attempt, Certificate, Fault, Proxy, Stage, Step, Target

if TYPE_CHECKING:
    from codex_doctor.dial.dialling import dial, dial_twice, greet, knock
    from codex_doctor.dial.trust import trusting

__all__ = [
    "Answer",
    "Attempt",
    "Certificate",
    "Fault",
    "Proxy",
    "Stage",
    "Step",
    "Target",
    "dial",
    "dial_twice",
    "greet",
    "knock",
    "trusting",
]

_LATER: Final = {
    "dial": "dialling",
    "dial_twice": "dialling",
    "greet": "dialling",
    "knock": "dialling",
    "trusting": "trust",
}


def __getattr__(name: str) -> object:
    """Return what is defined in a module that makes attempts (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
