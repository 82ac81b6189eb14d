"""The conformance suite: what every check must keep to, proved of a catalogue on fake machines.

It is proved in a process of its own, and goes on in a new one where something ended the first: whatever a
check does, the tests learn of it. No connection leaves this machine.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.testing.process import Ended, run
from codex_doctor.testing.proving.journal import Journal
from codex_doctor.testing.proving.request import Place, Proving
from codex_doctor.testing.proving.traces import place_in
from codex_doctor.testing.rules import Breach, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.testing.machine import BuiltMachine, FakeMachine

PATIENCE: Final = 5.0
"""Seconds that one probe or judgement may take, unless the author gives others."""

MOST_PROCESSES: Final = 8
"""How often a proof is begun again after something ended its process."""

EVERY_RULE: Final = frozenset(Rule)


class Proof(Struct, frozen=True, kw_only=True):
    """What was learnt: the *breaches*, and what each check concluded.

    *checks* and *problems* are what the catalogue holds. *verdicts* are by the name of the machine and the
    id of the check; *found* are the names of the problems found on each machine, sorted.
    """

    breaches: tuple[Breach, ...]
    checks: tuple[str, ...]
    problems: tuple[str, ...]
    verdicts: Mapping[str, Mapping[str, str]]
    found: Mapping[str, tuple[str, ...]]

    def of(self, subject: str) -> tuple[Breach, ...]:
        """Return what is wrong with one check, probe or problem."""
        return tuple(breach for breach in self.breaches if breach.subject == subject)

    def __str__(self) -> str:
        count = len(self.breaches)
        head = (
            f"{count} {'rule is' if count == 1 else 'rules are'} broken:" if count else "every rule is kept"
        )
        return "\n".join([head, *(f"  {breach}" for breach in self.breaches)])


def prove(
    entry: str,
    machines: Mapping[str, FakeMachine],
    folder: Path,
    *,
    rules: frozenset[Rule] = EVERY_RULE,
    patience: float = PATIENCE,
    built_in: bool = False,
) -> Proof:
    """Prove the catalogue of *entry* (`module:function`) on *machines*, in the empty *folder*. Blocks.

    Of what is wrong, what concerns *rules* is told. *patience* is how many seconds one probe or one judgement
    may take. *built_in*: it is the doctor's own, and may use its own names.

    :raises RuntimeError: the kit itself failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    built = {
        name: with_canaries(machine).build(folder / str(at))
        for at, (name, machine) in enumerate(machines.items())
    }
    asked = Proving(
        entry=entry,
        built_in=built_in,
        places=tuple(_place(name, machine) for name, machine in built.items()),
        taken=() if built_in else _taken(),
        skip=(),
        path=tuple(sys.path),
        now=time.time(),
        patience=patience,
        journal=str(folder / "journal"),
        traces=str(folder / "traces"),
    )
    journal = Journal(folder / "journal")
    culprits: list[Breach] = []
    for _ in range(MOST_PROCESSES):
        ended = run(asked, folder, seed=1)
        lines = list(journal.lines())
        if lines and lines[-1]["kind"] == "done":
            culprits += _left(ended)
            culprits += _otherwise(lines, asked, folder)
            break
        culprit = _culprit(lines, ended, asked)
        culprits.append(culprit)
        if culprit.subject in {*asked.skip, "the catalogue"}:
            break
        overdue = (
            line["subject"]
            for line in lines
            if line["kind"] == "breach" and line["rule"] == Rule.BOUNDED and line["subject"] not in asked.skip
        )
        asked = replace(asked, skip=(*asked.skip, culprit.subject, *dict.fromkeys(overdue)))
    for machine in built.values():  # a thousand proofs would fill the disk
        shutil.rmtree(machine.home, ignore_errors=True)
    return _proof(list(journal.lines()), culprits, machines, rules)


def _left(ended: Ended) -> Iterator[Breach]:
    """Yield what outlived a process that came to its end, where the system hides it from who started it."""
    for command in ended.left:
        message = f"leaves a process running ({command}): start programs with ctx.run, which ends them"
        yield Breach(rule=Rule.TIDY, subject="the catalogue", message=message)


def _otherwise(lines: Sequence[Mapping[str, Any]], asked: Proving, folder: Path) -> Iterator[Breach]:
    """Yield which checks find something else in a new process that goes through sets in another order."""
    again = folder / "again"
    run(replace(asked, again=True, journal=str(again)), folder, seed=2)
    second = {
        (line["place"], line["check"]): line for line in Journal(again).lines() if line["kind"] == "outcome"
    }
    for line in lines:
        other = second.get((line["place"], line["check"])) if line["kind"] == "outcome" else None
        if other is not None and other["said"] != line["said"]:
            told = (_unlike(each["said"], unlike["said"]) for each, unlike in ((line, other), (other, line)))
            words = "another examination of the same machine says otherwise (sort what comes from a set)"
            message = f"{words}: {', then '.join(told)}"
            yield Breach(rule=Rule.DETERMINISTIC, subject=line["check"], message=message)


def _unlike(said: Sequence[str], other: Sequence[str]) -> str:
    """Return of what was *said* the neighbourhood of where it differs from what the *other* said."""
    one, two = str(said), str(other)
    at = next(
        (at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )
    return f"...{one[max(0, at - 60) : at + 60]}..."


def with_canaries(machine: FakeMachine) -> FakeMachine:
    """Return *machine* with planted secrets where real ones stand, unless something stands there."""
    env = {"OPENAI_API_KEY": "{secret:OPENAI_API_KEY}", "DATABASE_PASSWORD": "{secret:DATABASE_PASSWORD}"}
    files = {
        ".netrc": "machine example.com login sam password {secret:.netrc}\n",
        ".codex/auth.json": '{"OPENAI_API_KEY": "{secret:auth.json}"}',
    }
    return replace(machine, env={**env, **machine.env}, files={**files, **machine.files})


def _place(name: str, built: BuiltMachine) -> Place:
    return Place(
        name=name,
        home=str(built.home),
        root=str(built.root),
        env=built.env,
        options=built.machine.options,
        system=built.machine.system,
        secrets=built.secrets,
    )


def _taken() -> tuple[str, ...]:
    """Return the codes, names and ids of the doctor's own catalogues."""
    from codex_doctor.examination import load
    from codex_doctor.taken import Taken

    taken = Taken.by(*(loaded.catalogue for loaded in load()))
    return tuple(sorted(taken.codes | taken.names | taken.checks))


def _culprit(lines: Sequence[Mapping[str, Any]], ended: Ended, asked: Proving) -> Breach:
    """Return who ended the process, and how.

    :raises RuntimeError: it was the kit.
    """
    last = lines[-1] if lines else {"kind": "nothing"}
    if last["kind"] == "failed":
        raise RuntimeError(f"the test kit failed: {last['error']}")
    begun = [line for line in lines if line["kind"] == "begin"]
    if not begun:
        raise RuntimeError(f"the proving process did not start (exit code {ended.code})")
    subject, doing = begun[-1]["subject"], begun[-1]["doing"]
    if last["kind"] == "lost":
        return Breach(
            rule=Rule.TIDY, subject=subject, message=f"closes descriptors that it did not open, while {doing}"
        )
    where = place_in(Path(asked.traces))
    if where or ended.cut:
        at = f"; it was at {where}" if where else ""
        return Breach(
            rule=Rule.BOUNDED,
            subject=subject,
            message=f"did not end within {asked.patience:g} s while {doing}{at}",
        )
    how = f"exit code {ended.code}" if ended.code >= 0 else signal.Signals(-ended.code).name
    return Breach(rule=Rule.ENDS, subject=subject, message=f"ends the whole process ({how}) while {doing}")


def _proof(
    lines: Sequence[Mapping[str, Any]],
    culprits: Sequence[Breach],
    machines: Mapping[str, FakeMachine],
    rules: frozenset[Rule],
) -> Proof:
    told = [
        Breach(rule=Rule(line["rule"]), subject=line["subject"], message=line["message"])
        for line in lines
        if line["kind"] == "breach"
    ]
    checks = next((tuple(line["ids"]) for line in lines if line["kind"] == "checks"), ())
    problems = next((tuple(line["names"]) for line in lines if line["kind"] == "problems"), ())
    outcomes = [line for line in lines if line["kind"] == "outcome"]
    verdicts = {
        name: {line["check"]: line["verdict"] for line in outcomes if line["place"] == name}
        for name in machines
    }
    found = {
        name: tuple(sorted({each for line in outcomes if line["place"] == name for each in line["found"]}))
        for name in machines
    }
    wrong = [*culprits, *told, *_unexpected(machines, found), *_unshown(checks, problems, verdicts, found)]
    breaches = tuple(breach for breach in dict.fromkeys(wrong) if breach.rule in rules)
    return Proof(breaches=breaches, checks=checks, problems=problems, verdicts=verdicts, found=found)


def _unexpected(machines: Mapping[str, FakeMachine], found: Mapping[str, tuple[str, ...]]) -> list[Breach]:
    return [
        Breach(
            rule=Rule.EXPECTED,
            subject=f"the machine {name}",
            message=f"{', '.join(found[name]) or 'nothing'} is found, and "
            f"{', '.join(machine.expects) or 'nothing'} is expected",
        )
        for name, machine in machines.items()
        if machine.expects is not None and tuple(sorted(machine.expects)) != found[name]
    ]


def _unshown(
    checks: Sequence[str],
    problems: Sequence[str],
    verdicts: Mapping[str, Mapping[str, str]],
    found: Mapping[str, tuple[str, ...]],
) -> list[Breach]:
    judged = {
        check
        for each in verdicts.values()
        for check, verdict in each.items()
        if verdict in ("healthy", "found")
    }
    seen = {name for names in found.values() for name in names}
    return [
        *(
            Breach(
                rule=Rule.SHOWN, subject=check, message="no machine of the test gives it anything to judge"
            )
            for check in checks
            if check not in judged
        ),
        *(
            Breach(rule=Rule.SHOWN, subject=problem, message="it is found on no machine of the test")
            for problem in problems
            if problem not in seen
        ),
    ]
