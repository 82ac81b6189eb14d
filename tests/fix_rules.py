"""What every fix of the catalogue keeps to, whoever finds what: it is asked of each that a test makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_checks.catalogue import catalogue
from codex_doctor.fix import Act, MoveAside, RemoveFile, SetMode, SetOwner, Tell, command
from codex_doctor.repair.handlers import Handlers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding

_DESTROYS: Final = re.compile(
    r"\brm\s+(?!-i)|\bdel\s|\brmdir\b|Remove-Item\s+(?!Env:)|\bcodex logout\b|\bshred\b"
)
"""Commands after which something is gone."""

_WEAKENS: Final = re.compile(
    r"chmod\s+(?:-R\s+)?(?:\d?\d\d[2367]\b|[ugoa]*[oa]\+\w*w)|setenforce 0|TLS_REJECT_UNAUTHORIZED|"
    r"--insecure|\bcurl\b.*\s-k\b|apparmor_restrict_unprivileged_userns=0|--privileged|strict-ssl false|"
    r"sslVerify=false"
)
"""Commands that take a protection away, and that nobody is told."""

_TAKES: Final = re.compile(
    r"\bch(?:own|mod)\s+-R\s+\S+\s+(?:/|~|\$HOME|/(?:etc|usr|usr/local|home|var|opt|root|tmp)/?)(?:\s|$)"
)
"""Commands that give away or change a whole folder of the system, or of the user."""

_LEFT_TO_THE_USER: Final = re.compile(r"\bsudo\b|\bsysctl\b|danger-full-access")
"""What only the user may decide: it concerns the whole machine, or all that Codex may do."""

OTHERS_WRITE: Final = 0o022
OTHERS_READ: Final = 0o044


def broken(finding: Finding) -> Iterator[str]:
    """Yield in words which rules the fix of *finding* breaks."""
    fix = finding.fix
    if fix is None:
        return
    acts = catalogue().steps
    automatic = Handlers(acts, os="linux", user=0).can(fix)
    lines = [line for os in ("linux", "windows") for step in fix.steps if (line := command(step, os=os))]
    if not re.fullmatch(r"[A-Z`][^\n]*[^.\s]", fix.summary):
        yield f"its summary is no imperative without a full stop: {fix.summary!r}"
    if not fix.steps:
        yield "it has no steps"
    if automatic and fix.destructive:
        yield "it would be done without the user's naming it, and destroys something"
    yield from _steps(fix)
    for line in lines:
        if re.search(_DESTROYS, line) and not (fix.destructive or _is_kept(fix)):
            yield f"it destroys something and does not say so: {line}"
        yield from dangers(line)
        if automatic and re.search(_LEFT_TO_THE_USER, line) and not _is_roots(fix):
            yield f"it is left to the user, and would be done: {line}"
    if _is_kept(fix) and finding.advice.startswith("Delete"):
        yield f"it keeps what the advice says to delete: {finding.advice}"


def dangers(line: str) -> Iterator[str]:
    """Yield in words what nobody may be told to do, of a *line* for a shell."""
    if re.search(_WEAKENS, line):
        yield f"it weakens the machine: {line}"
    if re.search(_TAKES, line):
        yield f"it changes a whole folder that is not Codex's: {line}"


def _is_roots(fix: Fix) -> bool:
    """Whether root alone does it, and so nobody else without being told."""
    return any(isinstance(step, SetOwner) for step in fix.steps)


def _is_kept(fix: Fix) -> bool:
    return any(isinstance(step, MoveAside | RemoveFile) for step in fix.steps)


def _steps(fix: Fix) -> Iterator[str]:
    for step in fix.steps:
        match step:
            case SetMode(mode=mode, path=path) if mode & OTHERS_WRITE and "auth.json" in path:
                yield f"others could write {path} afterwards ({mode:o})"
            case SetMode(mode=mode, path=path) if mode & OTHERS_READ and path.endswith("auth.json"):
                yield f"others could read {path} afterwards ({mode:o})"
            case Tell(text=text) if not re.fullmatch(r"[A-Z`][^\n]*", text):
                yield f"it tells no sentence: {text!r}"
            case Act(words=words) if not re.fullmatch(r"[A-Z][^\n]*[^.\s]", words):
                yield f"an act has no imperative without a full stop: {words!r}"
            case _:
                pass
