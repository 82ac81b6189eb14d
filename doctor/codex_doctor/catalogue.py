"""A catalogue is what somebody knows of a program: checks, problems and pages. It is found by entry point."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct, field

from codex_doctor.errors import CatalogueError, UsageError
from codex_doctor.installed import offers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from codex_doctor.bundle.disclosure import Disclosure
    from codex_doctor.check import Check
    from codex_doctor.command import Command
    from codex_doctor.model import Finding, Problem
    from codex_doctor.probe import Probe
    from codex_doctor.repair.handler import Handler
    from codex_doctor.taken import Taken

__all__ = ["GROUP", "Catalogue", "Machine"]

T = TypeVar("T")

GROUP: Final = "codex_doctor.catalogues"
"""The entry-point group; each entry names a function without arguments that returns a `Catalogue`."""

BUILT_IN: Final = "codex-doctor"
"""The distribution whose catalogues run in this process; every other one gets a worker of its own."""

RESERVED: Final = "CDX"
"""The prefix of the doctor's own codes: nobody else uses it."""


class Machine(Struct, frozen=True, kw_only=True):
    """How a catalogue describes the machine in the report's head: facts in, words out."""

    needs: tuple[Probe[Any], ...]
    tell: Callable[..., Mapping[str, str | None]]


class Told(Struct, frozen=True, kw_only=True):
    """What a text tells of the machine that it was made on: *findings*, and words for the report's head.

    *machine* may also say when it was made (`started`, RFC 3339 in UTC).
    """

    findings: tuple[Finding, ...]
    machine: Mapping[str, str | None]


class Option(Struct, frozen=True, kw_only=True):
    """An option of `check` that names something to be judged instead of this machine, such as a saved report.

    What it is given stands in the options of the `Context`, by *name*; then *checks* are run and no
    others, and *machine* tells the report's head. *tells* reads the same out of bytes, for whoever has
    thousands of them; None where nothing of the kind stands there. *nameless* are the codes of findings
    which only say that something is wrong that has no name here.
    """

    name: str
    metavar: str
    help: str
    checks: tuple[Check, ...]
    machine: Machine | None = None
    tells: Callable[[bytes], Told | None] = lambda _content: None
    nameless: frozenset[str] = frozenset()


class Catalogue(Struct, frozen=True, kw_only=True):
    """Everything one distribution knows.

    *page* returns the text of a problem's page, or None, and *page_file* the file that holds it, where
    there is one. *retired* maps the codes and names that are never used again to what became of them.
    *origins* names the file that a check stands in, by its id, where the user wrote it, and *mistakes* says
    what of such files cannot be read.
    *signatures* returns by which messages each problem is known, in the form of
    `codex_doctor.explain.signature`. *recalls* returns how often each problem was seen before, in words, from
    the facts of an examination, by the ids of their probes, and the time in seconds since the epoch.
    *commands* loads what comes to the command line, when it may be meant, *options* what `check` can be given
    instead of this machine, *steps* how the `Act`s of each kind are done, when one is, *discloses* what
    of its facts may leave the machine in a report, when one is made, and *further* what else is to be asked
    in a worker, such as checks that the user wrote; all six count for built-in catalogues only.
    """

    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    page: Callable[[str], str | None]
    page_file: Callable[[str], Path | None] = lambda _name: None
    machine: Machine | None = None
    retired: Mapping[str, str] = field(default_factory=dict[str, str])
    origins: Mapping[str, str] = field(default_factory=dict[str, str])
    mistakes: tuple[str, ...] = ()
    signatures: Callable[[], str] = str
    recalls: Callable[[Mapping[str, object], float], Mapping[str, str]] = lambda _facts, _now: {}
    commands: Callable[[], tuple[Command, ...]] = tuple
    options: tuple[Option, ...] = ()
    steps: Mapping[str, Callable[[], Handler]] = field(default_factory=dict[str, "Callable[[], Handler]"])
    discloses: Callable[[], Disclosure | None] = lambda: None
    further: Callable[[], tuple[Source, ...]] = tuple


class Source(Struct, frozen=True, kw_only=True):
    """A catalogue that is installed, not yet loaded; *value* is its entry point, `module:attribute`.

    *own*: code of the doctor's own reads there what the user wrote. It is told what is in use already, names
    the file of each check, and may report problems of the doctor's own; *distribution* is the folder.
    """

    name: str
    distribution: str
    value: str
    own: bool = False

    @property
    def built_in(self) -> bool:
        """Whether it is the doctor's own."""
        return self.distribution == BUILT_IN

    def load(self) -> Catalogue:
        """Import the catalogue.

        :raises CatalogueError: it cannot be imported, or is not a catalogue.
        """
        return self.load_as(Catalogue)

    def load_beside(self, taken: Taken) -> Catalogue:
        """Do the same for an *own* one, which must do without what is *taken*.

        :raises CatalogueError: it cannot be imported, or is not a catalogue.
        """
        return self.load_as(Catalogue, taken)

    def load_as(self, kind: type[T], *told: object) -> T:
        """Import what the entry point returns when it is *told* that, which is a *kind*.

        :raises CatalogueError: it cannot be imported, or is something else.
        """
        try:
            made = self._named()(*told)
        except Exception as error:
            raise CatalogueError(self.distribution, f"{self.value} cannot be loaded: {error!r}") from error
        if not isinstance(made, kind):
            raise CatalogueError(
                self.distribution, f"{self.value} returned {type(made).__name__}, not a {kind.__name__}"
            )
        return made

    def _named(self) -> Any:  # noqa: ANN401 - whatever stands there
        """Return what *value* names; the extras that may follow it are for installers."""
        module, _, attribute = self.value.partition("[")[0].partition(":")
        named: Any = import_module(module.strip())
        for word in filter(None, attribute.strip().split(".")):
            named = getattr(named, word)
        return named


def discover() -> tuple[Source, ...]:
    """Return every installed catalogue, sorted, without importing any."""
    found = {(offer.distribution, offer.name): offer.value for offer in offers(GROUP)}
    return tuple(
        Source(name=name, distribution=distribution, value=value)
        for (distribution, name), value in sorted(found.items())
    )


def select(
    checks: Sequence[Check], patterns: Sequence[str], problems: Iterable[Problem]
) -> tuple[Check, ...]:
    """Return the checks that *patterns* name: by id, area, glob, or by a problem's name or code.

    The first words of a claim name it too: `device-auth` is `auth.device-auth-enabled`.

    No pattern selects every check.

    :raises UsageError: a pattern matches nothing; the message names what comes close.
    """
    for pattern in unmatched(checks, patterns):
        raise UsageError(unknown(pattern, checks, problems))
    return selected(checks, patterns)


def selected(checks: Sequence[Check], patterns: Sequence[str]) -> tuple[Check, ...]:
    """Return the checks that *patterns* name, passing over a pattern that names none."""
    if not patterns:
        return tuple(checks)
    return tuple(check for check in checks if any(_answers_to(check, pattern) for pattern in patterns))


def usual(checks: Sequence[Check], patterns: Sequence[str]) -> tuple[Check, ...]:
    """Return those of the selected *checks* that are made where nothing else was decided: see `Check`."""
    return tuple(check for check in checks if check.by_default or is_named(check, patterns))


def is_named(check: Check, patterns: Sequence[str]) -> bool:
    """Whether one of *patterns* is the id of *check* itself, or a problem that it reports."""
    asked = {pattern.lower() for pattern in patterns}
    words = {check.id, *(word for each in check.reports for word in (each.name, each.code.lower()))}
    return not asked.isdisjoint(words)


def unmatched(checks: Sequence[Check], patterns: Sequence[str]) -> tuple[str, ...]:
    """Return those of *patterns* that name none of *checks*."""
    return tuple(pattern for pattern in patterns if not any(_answers_to(check, pattern) for check in checks))


def _answers_to(check: Check, pattern: str) -> bool:
    claim = check.id.partition(".")[2]
    words = (check.id, check.area, claim, *(problem.name for problem in check.reports))
    asked = pattern.lower()
    return (
        any(fnmatchcase(word, asked) for word in words)
        or claim.startswith(f"{asked}-")
        or any(problem.code == pattern.upper() for problem in check.reports)
    )


def unknown(pattern: str, checks: Sequence[Check], problems: Iterable[Problem]) -> str:
    """Return in words that *pattern* names nothing that can be checked, with what comes close."""
    from difflib import get_close_matches

    problems = tuple(problems)
    for problem in problems:
        if pattern.lower() == problem.name or pattern.upper() == problem.code:
            return (
                f"no check here looks for {problem.name}: it is told where it happens "
                f"(see: codex-doctor explain {problem.code})"
            )
    known = [word for check in checks for word in (check.id, check.area)]
    known += [word for problem in problems for word in (problem.name, problem.code)]
    near = get_close_matches(pattern, sorted(set(known)), n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"no check, area or problem is called {pattern!r}{hint} (see: codex-doctor checks)"
