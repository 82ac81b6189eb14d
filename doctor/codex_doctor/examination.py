"""Examine this machine: from a request to a report that is fit to be shown."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_doctor import clock
from codex_doctor.catalogue import Catalogue, Source, discover, select, selected, unknown, unmatched, usual
from codex_doctor.context import Context, System
from codex_doctor.errors import UsageError
from codex_doctor.guests import refuse_unknown, strangers
from codex_doctor.processes import Children
from codex_doctor.readings import Fact
from codex_doctor.redact import RedactedReport, redact
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Plan, examine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.check import Check
    from codex_doctor.model import Report
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.report import Ruled
    from codex_doctor.runner import Examination, Observer
    from codex_doctor.settings.required import Required
    from codex_doctor.settings.rulings import Rulings

DEADLINE: Final = 5.0
"""Seconds for a whole examination that changes nothing."""

LIVE_DEADLINE: Final = 30.0
"""Seconds for one that also proves by doing: a real refresh or a device code takes its time."""


class Request(Struct, frozen=True, kw_only=True):
    """What to examine, and how. *deadline* is in seconds from *since*, an instant of `time.monotonic`.

    What *require* names must come to a judgement, else the examination is incomplete. Where *since* is not
    given, they count from the start of the process. *leaves*: the report is made to be given to others, so
    that who the user is has aliases in it. *rulings* are what settings decide. *embedded*: it runs in a
    process of somebody else. *env* and *cwd* are those in which Codex would be started, if not this process's
    own.
    """

    select: Sequence[str] = ()
    require: Sequence[str] = ()
    offline: bool = False
    live: bool = False
    round_trip: bool = False
    strict: bool = False
    deadline: float = DEADLINE
    since: float | None = None
    leaves: bool = False
    embedded: bool = False
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    rulings: Rulings | None = None


class Loaded(Struct, frozen=True, kw_only=True):
    """A built-in catalogue, and where it came from."""

    source: Source
    catalogue: Catalogue


def load(installed: Sequence[Source] | None = None) -> tuple[Loaded, ...]:
    """Import the built-in ones of the *installed* catalogues: no other may run in this process.

    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    sources = discover() if installed is None else installed
    return tuple(Loaded(source=source, catalogue=source.load()) for source in sources if source.built_in)


def here(request: Request, *, adopt: bool = True) -> Context:
    """Return the context of this process on this machine.

    *adopt*: this process is the doctor's own, and may become the parent of what its children leave behind.
    """
    return Context(
        env=dict(os.environ if request.env is None else request.env),
        home=_home(request.env),
        cwd=request.cwd or working_directory(),
        system=System.here(),
        deadline=_began(request) + request.deadline,
        offline=request.offline,
        live=request.live,
        round_trip=request.round_trip,
        options=request.options,
        children=Children(adopt=adopt and not request.embedded),
    )


def _began(request: Request) -> float:
    """Return the instant of `time.monotonic` from which *request* counts."""
    return clock.process_started() if request.since is None else request.since


class Seen(Struct, frozen=True, kw_only=True):
    """What an examination that began at *started* saw in *context*; secrets are still in it.

    *built_in* are the catalogues of the doctor itself, and *ours* is what their checks say of themselves, on
    every machine.
    """

    examination: Examination
    context: Context
    started: datetime
    built_in: tuple[Loaded, ...]
    ours: frozenset[str] = frozenset()


def look(request: Request, *, observer: Observer | None = None) -> Seen:
    """Examine this machine as *request* asks. Blocks until done, or until the request's deadline.

    :raises UsageError: the request selects something that does not exist.
    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    ctx = here(request)
    installed = discover()
    built_in = load(installed)
    plan = _plan(request, ctx, installed, [loaded.catalogue for loaded in built_in])
    started = datetime.now(UTC)
    return Seen(
        examination=examine(plan, ctx, observer),
        context=ctx,
        started=started,
        built_in=built_in,
        ours=frozenset(word for check in plan.checks for word in (check.id, check.title, check.area)),
    )


def examine_machine(request: Request, *, observer: Observer | None = None) -> RedactedReport:
    """Examine this machine as *request* asks, and return the redacted report.

    Blocks until done, or until the request's deadline.

    :raises UsageError: the request selects something that does not exist.
    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    seen = look(request, observer=observer)
    ctx = seen.context
    aliases = None
    if request.leaves:
        from codex_doctor.bundle.contents import aliases_of, hide_variables

        hide_variables(ctx)
        aliases = aliases_of(ctx)
    report = report_of(seen, request)
    return redact(report, vault=ctx.vault, home=str(ctx.home), aliases=aliases, ours=seen.ours)


def report_of(seen: Seen, request: Request) -> Report:
    """Return the report of what was *seen* as *request* asked; secrets are still in it."""
    system = seen.context.system

    @cache
    def handlers() -> Handlers:
        from codex_doctor.repair.handlers import handlers_of

        return handlers_of(seen.built_in, system)

    circumstances = Circumstances(
        started=seen.started,
        seconds=time.monotonic() - _began(request),
        system=system,
        strict=request.strict,
        can=lambda fix: handlers().can(fix),
        recalled=_recalled(seen),
        required=_required(seen, request) if request.require else None,
        ruled=_ruled(seen, request) if request.rulings is not None else None,
    )
    return assemble(seen.examination, circumstances)


def _required(seen: Seen, request: Request) -> Required:
    from codex_doctor.settings.required import meant

    checks = [check for loaded in seen.built_in for check in loaded.catalogue.checks]
    return meant(request.require, checks, seen.examination.outcomes, offline=request.offline)


def _ruled(seen: Seen, request: Request) -> Ruled:
    from codex_doctor.settings.upkeep import applied

    return applied(request, [check for loaded in seen.built_in for check in loaded.catalogue.checks])


def _recalled(seen: Seen) -> Mapping[str, str]:
    """Return how often the problems that were found had been seen before, as their catalogues recall it."""
    if not any(outcome.findings for outcome in seen.examination.outcomes):
        return {}
    answers = seen.examination.answers
    facts = {probe: answer.value for probe, answer in answers.items() if isinstance(answer, Fact)}
    recalled: dict[str, str] = {}
    for loaded in seen.built_in:
        recalled.update(loaded.catalogue.recalls(facts, seen.context.now()))
    return recalled


def _plan(
    request: Request, ctx: Context, installed: Sequence[Source], catalogues: Sequence[Catalogue]
) -> Plan:
    if instead := _instead(request, catalogues):
        return instead
    checks = [check for catalogue in catalogues for check in catalogue.checks]
    guested = strangers(installed, catalogues)
    if not guested:
        problems = [problem for catalogue in catalogues for problem in catalogue.problems]
        for name in unmatched(checks, request.require):
            raise UsageError(unknown(name, checks, problems))
        asked = select(checks, request.select, problems)
        workers = {}
    else:
        from codex_doctor.claims import Claims
        from codex_doctor.elsewhere import Worker
        from codex_doctor.taken import Taken

        taken, claims = Taken.by(*catalogues), Claims(guested)
        asked = selected(checks, request.select)
        if words := unmatched(checks, (*request.select, *request.require)):
            refuse_unknown(words, guested, ctx, taken=taken, checks=checks)
        workers = {
            f"{guest.distribution} {guest.name}": Worker(
                source=guest, taken=taken, patterns=tuple(request.select), claims=claims
            )
            for guest in guested
        }
    machine = next((catalogue.machine for catalogue in catalogues if catalogue.machine), None)
    return Plan(checks=_made(asked, request), machine=machine, elsewhere=workers)


def _made(checks: Sequence[Check], request: Request) -> tuple[Check, ...]:
    """Return which of *checks* are made, as profiles and settings have it."""
    if request.rulings is None:
        return usual(checks, request.select)
    return request.rulings.chosen(checks, request.select)


def _instead(request: Request, catalogues: Sequence[Catalogue]) -> Plan | None:
    """Return what is examined where *request* names something to be judged instead of this machine."""
    given = [
        option for catalogue in catalogues for option in catalogue.options if option.name in request.options
    ]
    if not given:
        return None
    if request.live or request.round_trip:
        proof = "--live" if request.live else "--round-trip"
        raise UsageError(f"--{given[0].name} judges what it is given, and {proof} proves on this machine")
    checks = [check for option in given for check in option.checks]
    problems = [problem for catalogue in catalogues for problem in catalogue.problems]
    return Plan(checks=select(checks, request.select, problems), machine=given[0].machine)


def _home(env: Mapping[str, str] | None) -> Path:
    """Return the home that a program finds which is started with *env*; None: this process's own."""
    named = Path((env or {}).get("USERPROFILE" if os.name == "nt" else "HOME", ""))
    return named if named.is_absolute() else Path.home()


def working_directory() -> Path:
    """Return the working directory, or the root where it was removed under our feet."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")
