"""Which machines the bench knows: sick ones of the tests with one cause, its own, pairs, and healthy ones."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

import msgspec

import machine_description as described
from bench.faults.composing import compose
from codex_checks.problems import PROBLEMS
from machine_description import Machine

HERE: Final = Path(__file__).parent
SINGLES: Final = HERE / "singles"
"""A file an area, each with machines as `machine.toml` describes them, by name."""

PAIRS: Final = HERE / "pairs.toml"
"""The names of two faults each that neither hide nor explain one another."""

BY_NAME: Final = {problem.name: problem for problem in PROBLEMS}

Kind = Literal["single", "pair", "healthy"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A machine, its name, and the problems that are the causes there: one, two, or none."""

    name: str
    kind: Kind
    machine: Machine
    roots: tuple[str, ...]

    @property
    def area(self) -> str:
        """The area of the first cause, or the kind where there is not one alone."""
        return BY_NAME[self.roots[0]].area if self.kind == "single" else f"{self.kind}s"[:7]


def explains(cause: str, other: str) -> bool:
    """Tell whether the problem called *cause* is known to bring *other* with it."""
    return cause == other or any(fnmatchcase(other, pattern) for pattern in BY_NAME[cause].explains)


def singles() -> dict[str, Fault]:
    """Return every single fault by its name, sorted: one cause, and nothing that does not follow from it."""
    found = {name.removeprefix("sick/"): described.read(name) for name in _names("sick")}
    found = {name: machine for name, machine in found.items() if _has_one_cause(machine)}
    for path in sorted(SINGLES.glob("*.toml")):
        own = msgspec.toml.decode(path.read_bytes(), type=dict[str, Machine])
        if twice := own.keys() & found.keys():
            raise ValueError(f"{path.name}: {sorted(twice)} are known already")
        found |= own
    return {
        name: Fault(name=name, kind="single", machine=machine, roots=tuple(machine.expect.findings[:1]))
        for name, machine in sorted(found.items())
    }


def pairs() -> dict[str, Fault]:
    """Return every pair, composed of two single faults, by the names of both."""
    known = singles()
    listed = msgspec.toml.decode(PAIRS.read_bytes(), type=dict[str, list[tuple[str, str]]])["pairs"]
    return {
        f"{first} + {second}": Fault(
            name=f"{first} + {second}",
            kind="pair",
            machine=compose(known[first].machine, known[second].machine),
            roots=(*known[first].roots, *known[second].roots),
        )
        for first, second in listed
    }


def healthy() -> dict[str, Fault]:
    """Return every healthy machine by its name, sorted."""
    return {
        name.removeprefix("healthy/"): Fault(
            name=name.removeprefix("healthy/"), kind="healthy", machine=described.read(name), roots=()
        )
        for name in _names("healthy")
    }


def _names(kind: str) -> list[str]:
    return [name for name in described.names() if name.startswith(f"{kind}/")]


def _has_one_cause(machine: Machine) -> bool:
    first, *rest = machine.expect.findings
    return all(explains(first, other) for other in rest)
