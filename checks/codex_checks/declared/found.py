"""The files of the user's own checks: which are read, which are believed, and what is wrong in them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.declared.naming import shown
from codex_checks.declared.reading import Mistake, Read, read
from codex_checks.problems.doctor import OWN_CHECKS_INVALID
from codex_doctor import files
from codex_doctor.check import Check
from codex_doctor.probe import Touches, probe
from codex_doctor.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

LIMIT: Final = 1024 * 1024
"""Bytes of a file of checks: a thousand of them take half of that."""

FILES: Final = 100
"""Files that are read; who has more has lost sight of them."""

SHOWN: Final = 10
"""Mistakes of a file that are told."""

VALID: Final = "doctor.own-checks-can-be-read"


class FileRead(Struct, frozen=True, kw_only=True):
    """What a file of checks holds; *name* is how we call it."""

    name: str
    read: Read

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The mistakes in it, each as compilers say it: file, line, column, and what is wrong."""
        return tuple(
            f"{self.name}:{mistake}" if mistake.line else f"{self.name}: {mistake}"
            for mistake in self.read.mistakes
        )


def files_in(where: Path, taken: Taken) -> Iterator[FileRead]:
    """Yield what each file in the folder *where* holds; what one uses is taken for those after it."""
    names = [name for name in files.entries(where) if name.endswith(".toml") and not name.startswith(".")]
    for name in names[:FILES]:
        path = where / name
        found = _read(path, taken)
        taken = Taken(
            codes=taken.codes | {problem.code for _, problem in found.checks},
            names=taken.names | {problem.name for _, problem in found.checks},
            checks=taken.checks | {check.id for check, _ in found.checks},
        )
        yield FileRead(name=shown(path), read=found)
    for name in names[FILES:]:
        yield FileRead(name=shown(where / name), read=_refused(f"it is not read: {FILES} files are enough"))


def _read(path: Path, taken: Taken) -> Read:
    try:
        status = files.status(path)
        if status is not None and (why := _not_yours(status)):
            return _refused(why)
        return read(files.read(path, limit=LIMIT), taken)
    except files.NotAFileError as error:
        return _refused(f"it is {error.kind}, not a file")
    except files.TooLargeError:
        return _refused(f"it holds more than {LIMIT} bytes")
    except OSError as error:
        return _refused(f"it cannot be read: {error.strerror or error}")


def _not_yours(status: files.Status) -> str:
    """Return why a file is not believed: what stands in it is run with the user's own rights."""
    if not hasattr(os, "geteuid"):
        return ""
    if status.owner not in (0, os.geteuid()):
        return f"it belongs to user {status.owner}, and checks may run programs: it must be yours"
    if status.mode & 0o002:
        return f"everybody may write to it (mode {status.mode:o}), and checks may run programs"
    return ""


def _refused(why: str) -> Read:
    return Read(mistakes=(Mistake(message=why),))


def check_of(found: Sequence[FileRead]) -> Check:
    """Return the check of the files themselves."""

    @probe("own.files", touches={Touches.FILES}, limit=1.0)
    async def read_already(_ctx: Context) -> tuple[FileRead, ...]:
        return tuple(found)

    return Check(
        id=VALID,
        title="The files of your own checks can be read",
        needs=(read_already,),
        reports=(OWN_CHECKS_INVALID,),
        judge=judge_files,
    )


def judge_files(found: Sequence[FileRead]) -> Iterator[Finding]:
    """Yield a finding for each file that has a mistake in it."""
    for each in found:
        if not each.mistakes:
            continue
        first, *rest = each.mistakes
        yield OWN_CHECKS_INVALID.found(
            first,
            evidence={
                "file": each.name,
                **({"line": each.read.mistakes[0].line} if each.read.mistakes[0].line else {}),
                **({"also": tuple(rest[:SHOWN])} if rest else {}),
                "checks that count": len(each.read.checks),
            },
            subjects=frozenset({each.name}),
        )
