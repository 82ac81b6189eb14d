"""Dial a server stage by stage, and say at which one the way ended.

Whatever the other side does, an attempt ends in time with the name of the stage that failed: silence
is a fact like any other.
"""

from codex_doctor.dial.attempt import Answer, Attempt, Certificate, Fault, Proxy, Stage, Step, Target
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
