"""The user's own checks as a catalogue, for the worker in which they are examined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from codex_checks.declared import folder
from codex_checks.declared.found import VALID, check_of, files_in
from codex_checks.declared.naming import in_home, shown
from codex_checks.declared.pages import page_of
from codex_checks.problems.doctor import OWN_CHECKS_INVALID
from codex_doctor.catalogue import Catalogue
from codex_doctor.check import Check
from codex_doctor.fix import Fix, RunCommand
from codex_doctor.probe import NotApplicable, Probe, Touches, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import Declared
    from codex_doctor.context import Context
    from codex_doctor.model import Finding, Problem
    from codex_doctor.taken import Taken


def catalogue(taken: Taken) -> Catalogue:
    """Return the checks in the user's own files, which use nothing that is *taken*, and one of the files."""
    found = tuple(files_in(folder(), taken))
    declared = [(each.name, check, problem) for each in found for check, problem in each.read.checks]
    own = {problem.name: (name, check, problem) for name, check, problem in declared}

    def page(name: str) -> str | None:
        return page_of(*own[name]) if name in own else None

    checks = [_built(check, problem) for _, check, problem in declared]
    return Catalogue(
        checks=(check_of(found), *sorted(checks, key=lambda check: check.id)),
        problems=(OWN_CHECKS_INVALID, *(problem for _, _, problem in declared)),
        page=page,
        mistakes=tuple(line for each in found for line in each.mistakes),
        origins={check.id: name for name, check, _ in declared} | {VALID: shown(folder())},
    )


def _built(declared: Declared, problem: Problem) -> Check:
    """Return *declared* as a check that reports *problem*."""
    reader, look_at = _kind(declared)
    asked = declared.host or declared.http
    subjects = frozenset({urlsplit(asked.url).hostname or ""}) if asked else frozenset[str]()

    def judge(fact: Any) -> Iterator[Finding]:  # noqa: ANN401 - each kind has its own
        for detail, evidence in look_at(fact):
            yield problem.found(detail, evidence=evidence, fix=_fix(declared), subjects=subjects)

    return Check(id=declared.id, title=declared.title, needs=(reader,), reports=(problem,), judge=judge)


def _kind(declared: Declared) -> tuple[Probe[Any], Callable[[Any], Iterator[Wrong]]]:
    """Return what reads what *declared* looks at, and what judges it."""
    named = f"own.{declared.id}"
    made: tuple[Probe[Any], Callable[[Any], Iterator[Wrong]]]
    if declared.file is not None:
        from codex_checks.declared import files

        made = files.probe_of(declared.file, named), files.judge_of(declared.file)
    elif declared.variable is not None:
        from codex_checks.declared import variables

        made = variables.probe_of(declared.variable, named), variables.judge_of(declared.variable)
    elif declared.command is not None:
        from codex_checks.declared import commands

        made = commands.probe_of(declared.command, named), commands.judge_of(declared.command)
    elif declared.value is not None:
        from codex_checks.declared import values

        made = values.probe_of(declared.value, named), values.judge_of(declared.value)
    elif declared.host is not None:
        from codex_checks.declared import reaching

        made = reaching.host_probe_of(declared.host, named), reaching.judge_host_of(declared.host)
    else:
        assert declared.http is not None  # noqa: S101 - one of them is there: reading says so
        from codex_checks.declared import reaching

        made = reaching.http_probe_of(declared.http, named), reaching.judge_http_of(declared.http)
    reader, judge = made
    return (_where_it_applies(reader, declared.os) if declared.os else reader), judge


def _where_it_applies(reader: Probe[Any], systems: Sequence[str]) -> Probe[Any]:
    """Return *reader* for the operating *systems* alone."""

    @probe(f"{reader.id}.os", touches=set[Touches](), limit=1.0)
    async def here(ctx: Context) -> bool:
        if ctx.system.os not in systems:
            raise NotApplicable(f"it is for {' and '.join(systems)}")
        return True

    from msgspec.structs import replace

    def look(ctx: Context, _here: bool, *facts: object) -> object:
        return reader.read(ctx, *facts)

    return replace(reader, read=look, needs=(here, *reader.needs))


def _fix(declared: Declared) -> Fix | None:
    mend = declared.problem.fix
    if mend is None:
        return None
    # Without an undo nobody runs it but the user.
    words = tuple(in_home(word) for word in mend.command)
    return Fix(summary=mend.summary, steps=(RunCommand(argv=words),) if words else ())
