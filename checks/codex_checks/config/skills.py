"""The skills of the user and of the working directory: whether Codex can load what they begin with.

A `SKILL.md` begins with YAML between two lines of dashes. What is judged here, Codex 0.169.0 refuses
for sure (asked by `skills/list` of its app-server); YAML that only a whole parser understands is left to it.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.places import CodexHome, codex_home
from codex_checks.problems.config import SKILL_INVALID
from codex_doctor.check import check
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

FILE: Final = "SKILL.md"

DEPTH: Final = 6
"""Folders below `skills` in which Codex 0.169.0 looks; in the seventh it does not."""

FOLDERS: Final = 400
"""Folders that are looked into; a collection of skills holds some dozens."""

LIMIT: Final = 1024 * 1024
"""Bytes: a skill is a page of text."""

LONGEST_NAME: Final = 64
"""Characters: "invalid name: exceeds maximum length of 64 characters"."""

TOLD: Final = 3
"""Skills that are named in the sentence; the evidence names all."""

_FRONT: Final = r"(?s)---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|$)"
_KEY: Final = r"""(?m)^["']?([A-Za-z_]+)["']?[ \t]*:(?=\s|$)(.*)$"""
_NOTHING: Final = r"""(?:#.*|null|~|"\s*"|'\s*')?"""


class Skill(Struct, frozen=True, kw_only=True):
    """One `SKILL.md`: *fault* says in words why Codex does not load it, None where it may."""

    path: Path
    fault: str | None = None


class Skills(Struct, frozen=True, kw_only=True):
    """Every skill that Codex would look at."""

    found: tuple[Skill, ...]


@blocking_probe("config.skills", touches={Touches.FILES}, limit=2.0, needs=(codex_home,))
def skills(ctx: Context, home: CodexHome) -> Skills:
    """Read the beginning of every skill."""
    roots = (
        home.path / "skills",
        ctx.home / ".agents" / "skills",
        ctx.cwd / ".agents" / "skills",
        ctx.cwd / ".codex" / "skills",
    )
    found = tuple(skill for root in dict.fromkeys(roots) for skill in _below(ctx, root))
    if not found:
        raise NotApplicable("there are no skills")
    return Skills(found=found)


@check(
    "config.skills-are-valid",
    title="Codex can load every skill",
    needs=(skills,),
    reports=(SKILL_INVALID,),
)
def skills_are_valid(skills_: Skills) -> Iterator[Finding]:
    """Report the skills that Codex leaves out, all in one."""
    broken = [skill for skill in skills_.found if skill.fault is not None]
    if broken:
        words = "; ".join(f"{skill.path} {skill.fault}" for skill in broken[:TOLD])
        more = f"; and {len(broken) - TOLD} more" if len(broken) > TOLD else ""
        yield SKILL_INVALID.found(
            words + more, evidence={"skills": tuple(str(skill.path) for skill in broken)}
        )


def why_refused(content: bytes) -> str | None:
    """Return in words why Codex does not load a skill with this *content*, or None where it may."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 text (byte {error.start + 1})"
    front = re.match(_FRONT, text)
    if front is None:
        return "does not begin with a block between two lines of three dashes"
    block = front[1]
    if block.lstrip().startswith("{"):
        return None  # YAML's other way to write a table
    values = {match[1]: match for match in re.finditer(_KEY, block)}
    description = values.get("description")
    if description is None or _is_blank(description, block):
        return "has no description"
    name = values["name"][2].strip() if "name" in values else ""
    if name[:1] not in ('"', "'", "|", ">") and len(name) > LONGEST_NAME:
        return f"has a name of {len(name)} characters; {LONGEST_NAME} are allowed"
    return None


def _is_blank(value: re.Match[str], block: str) -> bool:
    """Whether nothing stands behind the key, and nothing that belongs to it below."""
    below = block[value.end() :].lstrip("\r\n")
    return re.fullmatch(_NOTHING, value[2].strip()) is not None and not below.startswith((" ", "\t", "-"))


def _below(ctx: Context, root: Path) -> Iterator[Skill]:
    """Yield every skill below *root*, each folder once, however many links lead there."""
    queue, seen = [(root, 0)], {ctx.real(root)}
    for folder, depth in queue:
        for name in ctx.entries(folder):
            path = folder / name
            if name == FILE:
                yield from _read(ctx, path)
            elif depth < DEPTH and not name.startswith(".") and _is_folder(ctx, path):
                real = ctx.real(path)
                if real not in seen and len(seen) < FOLDERS:
                    seen.add(real)
                    queue.append((path, depth + 1))


def _read(ctx: Context, path: Path) -> Iterator[Skill]:
    try:
        status = ctx.status(path, follow=False)
        if status is None or status.kind != "file":
            return  # Codex passes over what is no file of its own
        fault = why_refused(ctx.read(path, limit=LIMIT))
    except OSError as error:
        fault = f"cannot be read: {error.strerror or error}"
    yield Skill(path=path, fault=fault)


def _is_folder(ctx: Context, path: Path) -> bool:
    try:
        status = ctx.status(path)
    except OSError:
        return False
    return status is not None and status.kind == "folder"
