"""Which machines the bench knows: sick ones of the tests with one cause, its own, pairs, and healthy ones."""

from __future__ import annotations

import functools
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

HEALTHY: Final = HERE / "healthy.toml"
"""Healthy machines in the same form."""

PAIRS: Final = HERE / "pairs.toml"
"""The names of two faults each that neither hide nor explain one another."""

BY_NAME: Final = {problem.name: problem for problem in PROBLEMS}

SAMPLE: Final = HERE / "sample.toml"
"""The names of those that the tests examine."""

ELSEWHERE: Final = HERE / "elsewhere.toml"
"""For each check that no machine here can trigger, the file and the name of the test that does."""

Kind = Literal["single", "note", "pair", "healthy"]
"""A `note` has nothing at error or warning level: there is something worth knowing."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A machine, its name, and the problems that are the causes there: one, two, or none."""

    name: str
    kind: Kind
    machine: Machine
    roots: tuple[str, ...]

    @property
    def area(self) -> str:
        """The area of the cause; of what has not one alone, its kind."""
        several = {"pair": "pairs", "note": "notes", "healthy": "healthy"}
        return several.get(self.kind) or BY_NAME[self.roots[0]].area


def explains(cause: str, other: str) -> bool:
    """Tell whether the problem called *cause* is known to bring *other* with it."""
    return cause == other or any(fnmatchcase(other, pattern) for pattern in BY_NAME[cause].explains)


@functools.cache
def singles() -> dict[str, Fault]:
    """Return every single fault by its name, sorted: one cause, and nothing that does not follow from it."""
    found = {name.removeprefix("sick/"): described.read(name) for name in _names("sick")}
    found = {name: machine for name, machine in found.items() if _has_one_cause(machine)}
    for path in sorted(SINGLES.glob("*.toml")):
        own = msgspec.toml.decode(path.read_bytes(), type=dict[str, Machine])
        if twice := own.keys() & found.keys():
            raise ValueError(f"{path.name}: {sorted(twice)} are known already")
        found |= own
    return {name: _fault(name, machine) for name, machine in sorted(found.items())}


@functools.cache
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


@functools.cache
def healthy() -> dict[str, Fault]:
    """Return every healthy machine by its name, sorted."""
    found = {name.removeprefix("healthy/"): described.read(name) for name in _names("healthy")}
    found |= msgspec.toml.decode(HEALTHY.read_bytes(), type=dict[str, Machine])
    return {
        name: Fault(name=name, kind="healthy", machine=machine, roots=())
        for name, machine in sorted(found.items())
    }


def every() -> list[Fault]:
    """Return every machine: the single faults, pairs, and healthy ones."""
    return [*singles().values(), *pairs().values(), *healthy().values()]


def sample() -> dict[str, Fault]:
    """Return the machines of `SAMPLE` by their names."""
    names = msgspec.toml.decode(SAMPLE.read_bytes(), type=dict[str, list[str]])["sample"]
    by_name = {fault.name: fault for fault in every()}
    return {name: by_name[name] for name in names}


def elsewhere() -> dict[str, tuple[str, str]]:
    """Return what `ELSEWHERE` says."""
    return msgspec.toml.decode(ELSEWHERE.read_bytes(), type=dict[str, tuple[str, str]])


def triggered() -> set[str]:
    """Return the names of all problems that some machine is expected to show, single fault or not."""
    own = [fault.machine.expect for fault in (*singles().values(), *healthy().values())]
    return several() | {name for each in own for name in (*each.findings, *each.notes)}


def several() -> set[str]:
    """Return the names of the problems that the tests expect of machines with several causes."""
    machines = [described.read(name) for name in _names("sick")]
    kept = [machine.expect for machine in machines if not _has_one_cause(machine)]
    return {name for each in kept for name in (*each.findings, *each.notes)}


def _fault(name: str, machine: Machine) -> Fault:
    expect = machine.expect
    kind: Kind = "single" if expect.findings else "note"
    roots = tuple(expect.findings[:1] or expect.notes)
    return Fault(name=name, kind=kind, machine=machine, roots=roots)


def _names(kind: str) -> list[str]:
    return [name for name in described.names() if name.startswith(f"{kind}/")]


def _has_one_cause(machine: Machine) -> bool:
    first, *rest = machine.expect.findings
    return all(explains(first, other) for other in rest)
