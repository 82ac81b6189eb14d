"""Why a Codex that is there does not start: the most specific reason that the evidence bears out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.install.header import Format
from codex_checks.install.installation import Channel
from codex_checks.install.remedies import install_again, installer
from codex_checks.problems import install as problems
from codex_doctor.fix import Fix, SetMode, ShellLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.install.binary import Binary
    from codex_checks.install.found import Installations
    from codex_checks.install.installation import Installation, Program
    from codex_doctor.model import Evidence, Finding, Problem

STARTING: Final = (
    problems.BINARY_NOT_EXECUTABLE,
    problems.BINARY_WRONG_ARCHITECTURE,
    problems.NPM_VENDOR_BINARY_ENOENT,
    problems.BINARY_NO_VERSION,
    problems.BINARY_HANGS,
    problems.GLIBC_TOO_OLD,
    problems.MACOS_GATEKEEPER,
    problems.WINDOWS_VCREDIST_MISSING,
)
"""Everything that this module can find."""

ELSEWHERE: Final = "Install Codex on a file system without that option, or have it mounted without."

_NO_LIBRARY: Final = {0xC0000135, 0xC0000135 - 2**32}
"""STATUS_DLL_NOT_FOUND, as Windows' exit code is read with and without a sign."""

_SIGKILL: Final = -9

_BAD_CPU: Final = {"ENOEXEC", "EBADARCH", "Bad CPU type in executable"}
"""What a system answers when it is given a program of another kind."""

_SYSTEMS: Final = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
"""How the systems write their own names."""


def why_not_started(copy: Installation, found: Installations, answered: Binary) -> Iterator[Finding]:
    """Yield what kept *copy* from starting; nothing if it said its version and may be executed."""
    program = copy.program or copy.file
    locked = next((file for file in (copy.file, program) if not file.executable_on(found.system)), None)
    if not program.size:
        yield _found(
            problems.BINARY_NO_VERSION,
            f"{program.path} is empty: it can be started, does nothing, and reports success",
            copy=copy,
            found=found,
            answered=answered,
        )
    elif locked is not None:
        yield _not_executable(locked, answered)
    elif answered.version is None:
        problem, words = _reason(program, found, answered)
        yield _found(problem, words, copy=copy, found=found, answered=answered)


def _reason(program: Program, found: Installations, answered: Binary) -> tuple[Problem, str]:
    path = answered.started
    if answered.timed_out:
        return problems.BINARY_HANGS, f"{path} --version gave no answer within {answered.seconds:.1f} s"
    if answered.fault is not None:
        return _refused(program, found, answered)
    if program.truncated:
        return problems.NPM_VENDOR_BINARY_ENOENT, _cut_short(program)
    return _ended(found, answered)


def _ended(found: Installations, answered: Binary) -> tuple[Problem, str]:
    path = answered.started
    if re.search(r"GLIBC\w*_[0-9.]+.{0,3} not found", answered.complaint):
        return problems.GLIBC_TOO_OLD, f"{path} stopped at once: {answered.complaint}"
    if answered.code in _NO_LIBRARY and found.system.os == "windows":
        return problems.WINDOWS_VCREDIST_MISSING, f"{path} ended with 0xC0000135 (a library was not found)"
    if answered.code == _SIGKILL and found.system.os == "macos":
        return problems.MACOS_GATEKEEPER, f"{path} was killed before it printed anything"
    printed = "printed nothing" if answered.silent else "printed no version"
    complaint = f": {answered.complaint}" if answered.complaint else ""
    return (
        problems.BINARY_NO_VERSION,
        f"{path} --version {printed} and ended with {_ending(answered.code)}{complaint}",
    )


def _refused(program: Program, found: Installations, answered: Binary) -> tuple[Problem, str]:
    path = answered.started
    if program.foreign_to(found.system) or (answered.fault in _BAD_CPU and program.header.native):
        built = " and ".join(program.header.arches) or "an unknown processor"
        here = f"{_SYSTEMS.get(found.system.os, found.system.os)} on {found.system.arch}"
        return (
            problems.BINARY_WRONG_ARCHITECTURE,
            f"{path} is a program for {program.header.format} on {built}; this is {here}",
        )
    if program.truncated:
        return problems.NPM_VENDOR_BINARY_ENOENT, _cut_short(program)
    if answered.fault == "EACCES":
        why = "may be executed by its mode, but the system refuses: a disk mounted noexec, or a policy"
        if answered.mount is not None:
            why = f"stands on what is mounted at {answered.mount} with noexec, where no program starts"
        return problems.BINARY_NOT_EXECUTABLE, f"{path} {why}"
    if answered.fault == "ENOENT" and program.header.interpreter:
        loader = program.header.interpreter
        return problems.NPM_VENDOR_BINARY_ENOENT, f"{path} asks for {loader}, which this system does not have"
    if program.header.format is Format.UNKNOWN:
        return problems.NPM_VENDOR_BINARY_ENOENT, f"{path} is no program: its content is damaged"
    return problems.NPM_VENDOR_BINARY_ENOENT, f"Starting {path} failed with {answered.fault}"


def _cut_short(program: Program) -> str:
    return f"{program.path} ends after {program.size} of at least {program.header.needs_bytes} bytes"


def _ending(code: int | None) -> str:
    if code is None:
        return "no exit code"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _found(
    problem: Problem, words: str, *, copy: Installation, found: Installations, answered: Binary
) -> Finding:
    if answered.mount is not None:  # another copy in the same place would not start either
        return problem.found(words, evidence=_evidence(answered), advice=ELSEWHERE)
    fix = install_again(copy, found)
    if problem is problems.GLIBC_TOO_OLD and copy.channel is not Channel.OTHER:
        fix = Fix(summary="Install the standalone program", steps=(ShellLine(line=installer(found)),))
    elif problem is problems.WINDOWS_VCREDIST_MISSING:
        fix = Fix(
            summary="Install the library",
            steps=(ShellLine(line="winget install Microsoft.VCRedist.2015+.x64"),),
        )
    return problem.found(words, evidence=_evidence(answered), fix=fix)


def _not_executable(file: Program, answered: Binary) -> Finding:
    return problems.BINARY_NOT_EXECUTABLE.found(
        f"{file.path} has mode {file.mode:04o}",
        evidence={**_evidence(answered), "path": str(file.path), "mode": f"{file.mode:04o}"},
        fix=Fix(
            summary="Let the file be executed",
            steps=(SetMode(path=str(file.path), mode=file.mode | 0o111),),
        ),
    )


def _evidence(answered: Binary) -> Mapping[str, Evidence]:
    return {
        "started": str(answered.started),
        "exit_code": answered.code,
        "fault": answered.fault,
        "complaint": answered.complaint or None,
    }
