"""The proving process: `python -P -m codex_doctor.testing.proving REQUEST`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec

from codex_doctor.catalogue import Catalogue, Source
from codex_doctor.context import Context
from codex_doctor.guard import stand_between
from codex_doctor.processes import MARK, Children
from codex_doctor.testing.proving.claims import prove_names, prove_pages
from codex_doctor.testing.proving.journal import Journal
from codex_doctor.testing.proving.judging import judge_all, said_by
from codex_doctor.testing.proving.printed import Printed
from codex_doctor.testing.proving.reading import in_order, read_all
from codex_doctor.testing.proving.request import Place, Proving
from codex_doctor.testing.proving.steps import Steps
from codex_doctor.testing.proving.watch import Watch
from codex_doctor.testing.rules import Rule

HOURS = 3600.0
"""Seconds: no step is ended by the deadline of the context, but by its own."""


def main() -> None:
    """Do the proof that is asked for, and end without waiting for anything that lingers."""
    stand_between()  # a check that kills its parent must not meet the tests
    asked = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Proving)
    journal = Journal(Path(asked.journal))
    code = 1
    steps = Steps(
        journal, watch=Watch(), printed=Printed(), traces=Path(asked.traces), patience=asked.patience
    )
    try:
        _prove(asked, steps, journal)
        journal.write("done")
        code = 0
    except BaseException as error:  # noqa: BLE001 - a fault of the kit must be told, too
        journal.write("lost") if steps.lost else journal.write("failed", error=repr(error))
    finally:
        os._exit(code)


def _prove(asked: Proving, steps: Steps, journal: Journal) -> None:
    source = Source(name="proved", distribution="proved", value=asked.entry)
    done = steps.do("the catalogue", "it is imported", source.load)
    if not isinstance(done.value, Catalogue):
        error = done.error.__cause__ or done.error if done.error else None
        words = getattr(error, "message", None) or f"{asked.entry} cannot be loaded: {error!r}"
        steps.breach(Rule.LOADS, "the catalogue", words)
        return
    for event in done.events:
        if event.kind in ("network", "process", "change", "sleep"):
            steps.breach(
                Rule.PURE,
                "the catalogue",
                f"{event.what} while it is imported: only a probe does such things",
            )
    catalogue = done.value
    journal.write("checks", ids=[check.id for check in catalogue.checks])
    journal.write("problems", names=[problem.name for problem in catalogue.problems])
    if not asked.again:
        prove_names(catalogue, steps, taken=asked.taken, built_in=asked.built_in)
        prove_pages(catalogue, steps)
    for place in asked.places:
        for offline in (False,) if asked.again else (False, True):
            _prove_on(place, catalogue, asked, steps, journal, offline=offline)


def _prove_on(
    place: Place, catalogue: Catalogue, asked: Proving, steps: Steps, journal: Journal, *, offline: bool
) -> None:
    mark = os.environ[MARK]  # what is started without `ctx.run` must be found again, too
    os.environ.clear()
    os.environ.update({**place.env, MARK: mark})
    os.chdir(place.home)
    steps.secrets = place.secrets
    ctx = _context(place, asked, offline=offline)
    checks = [
        check
        for check in catalogue.checks
        if check.id not in asked.skip and not {probe.id for probe in in_order(check.needs)} & set(asked.skip)
    ]
    probes = in_order(need for check in checks for need in check.needs)
    try:
        read = read_all(probes, ctx, steps, patience=asked.patience)
        if not offline:
            for check, outcome in judge_all(checks, read.answers, ctx, steps).items():
                journal.write(
                    "outcome",
                    place=place.name,
                    check=check,
                    verdict=outcome.verdict.value,
                    found=[finding.problem.name for finding in outcome.findings],
                    said=said_by(outcome),
                )
    finally:
        ctx.close()


def _context(place: Place, asked: Proving, *, offline: bool) -> Context:
    return Context(
        env=dict(place.env),
        home=Path(place.home),
        cwd=Path(place.home),
        system=place.system,
        deadline=time.monotonic() + HOURS,
        offline=offline,
        options=dict(place.options),
        root=Path(place.root),
        now=lambda: asked.now,
        children=Children(adopt=True),
    )


if __name__ == "__main__":
    main()
