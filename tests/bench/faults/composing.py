"""Two machines made one, with the faults of both, where neither stands in the way of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import structs

from machine_description import Codex, Expect, Network, Place, Real, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from machine_description import Machine

T = TypeVar("T")

USUAL: Final[Mapping[str, Place]] = {".codex/auth.json": Place(from_="chatgpt.json")}
"""What most machines hold, and what gives way to anything else at its place, nothing included."""


class NotComposableError(Exception):
    """Both machines want something else of the same thing; the message names it."""


def compose(first: Machine, second: Machine) -> Machine:
    """Return a machine with the faults of both.

    :raises NotComposableError: they differ in a file, a variable, or how Codex, its sandbox or network is.
    """
    return structs.replace(
        first,
        about=f"{first.about}; and: {second.about}",
        files=_files(first.files, second.files),
        env=_united("env", first.env, second.env),
        args=[*first.args, *(arg for arg in second.args if arg not in first.args)],
        unprivileged=first.unprivileged or second.unprivileged,
        live=first.live or second.live,
        interrupted=_one_of("interrupted", first.interrupted, second.interrupted, usual=None),
        codex=_one_of("codex", first.codex, second.codex, usual=Codex()),
        sandbox=_one_of("sandbox", first.sandbox, second.sandbox, usual=Sandbox()),
        network=_one_of("network", first.network, second.network, usual=Network()),
        real=Real(cannot="The bench does not ask Codex about a pair"),
        expect=Expect(
            findings=[*first.expect.findings, *second.expect.findings],
            exit=max(first.expect.exit, second.expect.exit),
        ),
    )


def _files(first: Mapping[str, Place], second: Mapping[str, Place]) -> dict[str, Place]:
    """Unite the files of both; folders and disks come first, for what is in them is put there."""
    united = _united("files", first, second)
    for path, usual in USUAL.items():
        place = _one_of(f"files {path}", first.get(path), second.get(path), usual=usual)
        united.pop(path, None)
        if place is not None:
            united[path] = place
    return dict(sorted(united.items(), key=lambda item: item[1].special is None))


def _united(what: str, first: Mapping[str, T], second: Mapping[str, T]) -> dict[str, T]:
    united = dict(first)
    for key, value in second.items():
        if united.setdefault(key, value) != value and key not in USUAL:
            raise NotComposableError(f"{what} {key}")
    return united


def _one_of(what: str, first: T, second: T, *, usual: T | None) -> T:
    """Return whichever of the two is not the *usual* one."""
    if first in (second, usual):
        return second
    if second == usual:
        return first
    raise NotComposableError(what)
