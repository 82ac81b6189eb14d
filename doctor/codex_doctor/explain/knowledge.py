"""What can be told without examining anything: problems, their pages, and the messages of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.catalogue import BUILT_IN, Catalogue, Source
from codex_doctor.errors import CatalogueError
from codex_doctor.explain.signature import Known, parted
from codex_doctor.installed import offers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from codex_doctor.context import Context
    from codex_doctor.model import Problem
    from codex_doctor.wire import Described

GROUP: Final = "codex_doctor.knowledge"
"""The entry-point group of the built-in catalogues' knowledge alone: loading their checks takes longer
than an explanation. Each entry names a function without arguments that returns a `Knowledge`."""


class Remembered(Struct, frozen=True, kw_only=True):
    """An error that the program itself recorded, without secrets.

    *said* are its words, *heard* all that tells what it means, *often* how often and when it was seen, in
    words, *where* the file it stands in, and *when* the last time in seconds since the epoch.
    """

    said: str
    heard: str
    often: str
    where: str
    when: int


class Knowledge(Struct, frozen=True, kw_only=True):
    """*signatures* returns the text of files of signatures; *page* the text of a problem's page, or None.

    *last* returns what went wrong most recently, or None; it reads files, and blocks. *further* is as in
    `Catalogue`, and *nameless* as in `Option`.
    """

    problems: tuple[Problem, ...]
    page: Callable[[str], str | None]
    signatures: Callable[[], str]
    retired: Mapping[str, str]
    last: Callable[[Context], Remembered | None] = lambda _ctx: None
    further: Callable[[], tuple[Source, ...]] = tuple
    nameless: frozenset[str] = frozenset()


def built_in() -> tuple[Knowledge, ...]:
    """Return what the doctor itself knows.

    :raises CatalogueError: the installation of codex-doctor is broken.
    """
    found = [offer for offer in offers(GROUP) if offer.distribution == BUILT_IN]
    if found:
        sources = [
            Source(name=offer.name, distribution=offer.distribution, value=offer.value) for offer in found
        ]
        return tuple(source.load_as(Knowledge) for source in sources)
    from codex_doctor.examination import load

    return tuple(_of(loaded.catalogue) for loaded in load())


def of_third_parties(own: Iterable[Knowledge]) -> tuple[Knowledge, ...]:
    """Return what third parties brought beside our *own*, as their workers described it. Blocks.

    Signatures of theirs that cannot be understood, or are of others' problems, are left out.
    """
    from codex_doctor.catalogue import discover

    if all(source.built_in for source in discover()) and not any(each.further() for each in own):
        return ()
    from codex_doctor.examination import load
    from codex_doctor.guests import guests

    return tuple(_described(guest.described) for guest in guests(load()) if guest.described)


def known(knowledge: Iterable[Knowledge]) -> Known:
    """Return all signatures in *knowledge*.

    :raises CatalogueError: they cannot be understood.
    """
    found = Known()
    for each in knowledge:
        found.read(each.signatures(), where="signatures")
    return found


def _of(catalogue: Catalogue) -> Knowledge:
    return Knowledge(
        problems=catalogue.problems,
        page=catalogue.page,
        signatures=catalogue.signatures,
        retired=catalogue.retired,
        further=catalogue.further,
        nameless=frozenset[str]().union(*(option.nameless for option in catalogue.options)),
    )


def _described(described: Described) -> Knowledge:
    """Return what a third party's catalogue knows; nothing of it moves the cursor of a terminal."""
    from codex_doctor.redact import visible

    problems = tuple(
        replace(problem, title=visible(problem.title), advice=visible(problem.advice))
        for problem in described.problems
    )
    pages = {name: visible(page) for name, page in described.pages.items()}
    signatures = _acceptable(visible(described.signatures), frozenset(problem.name for problem in problems))
    return Knowledge(
        problems=problems, page=pages.get, signatures=lambda: signatures, retired=described.retired
    )


def _acceptable(described: str, names: frozenset[str]) -> str:
    """Return what is *described*, or nothing where it is not understood, or is of others than *names*."""
    signatures, _ = parted(described)  # what two learnt does not compare
    theirs = Known()
    try:
        theirs.read(signatures, where="signatures", thoroughly=True)
    except CatalogueError:
        return ""
    return signatures if theirs.signatures.keys() <= names else ""
