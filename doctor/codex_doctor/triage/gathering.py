"""From what was given to rows: each thing that may be a report is read, and told why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from codex_doctor.bundle.archive import BundleError
from codex_doctor.triage.foreign import told_by
from codex_doctor.triage.rows import Unreadable, row, shown, skimmed
from codex_doctor.triage.sources import contents, files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.triage.archives import Content
    from codex_doctor.triage.rows import Row


class Watch(Protocol):
    """Who watches the reading."""

    def begin(self, total: int) -> None:
        """Take note that there are *total* files."""
        ...

    def step(self) -> None:
        """Take note that one more was read."""
        ...


def gather(paths: Sequence[str], watch: Watch | None = None) -> Iterator[Row | Unreadable]:
    """Yield a row for each report that *paths* lead to, and everything there that is none. Blocks."""
    known = known_here()
    if watch is not None:
        watch.begin(sum(1 for _ in files(paths)))
    for file in files(paths):
        if isinstance(file, Unreadable):
            yield file
        else:
            for found in contents(file):
                yield found if isinstance(found, Unreadable) else read(found, known)
        if watch is not None:
            watch.step()


def known_here() -> frozenset[str]:
    """Return the names and the codes of everything that this codex-doctor knows by name."""
    from codex_doctor.explain.knowledge import built_in

    return frozenset(
        word
        for each in built_in()
        for problem in each.problems
        if problem.code not in each.nameless
        for word in (problem.code, problem.name)
    )


def read(found: Content, known: frozenset[str]) -> Row | Unreadable:
    """Return the row of what was *found*, or why there is none."""
    kind = "bundle" if found.bundle else "report"
    try:
        return row(skimmed(found.content), source=found.where, kind=kind, known=known)
    except BundleError as error:
        if found.bundle or b'"exit_code"' in found.content[:8192]:
            return Unreadable(path=found.where, error=shown(str(error)))
        told = told_by(found.content)
    if told is None:
        return Unreadable(path=found.where, error="no report stands in it")
    return row(told, source=found.where, kind="foreign", known=known)
