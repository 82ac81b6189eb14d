"""What a repair would do, for a person and for programs. Secrets are taken out by whoever prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codex_doctor.errors import RepairError
from codex_doctor.fix import RewriteFile
from codex_doctor.render.wrapping import hanging
from codex_doctor.repair.plan import BESIDE, Standing
from codex_doctor.repair.rewriting import preview

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.render.style import Style
    from codex_doctor.repair.plan import Planned

SCHEMA: Final = 1

_SEVERITY_COLOUR: Final = {"error": "red", "warning": "yellow", "note": "cyan"}
_DIFF_COLOUR: Final = {"-": "red", "+": "green"}


def as_text(plan: Sequence[Planned], *, style: Style) -> str:
    """Return *plan* as text: what is done first, then what is left to the user."""
    doing = [one for one in plan if one.standing is Standing.PLANNED]
    left = [one for one in plan if one.standing not in (Standing.PLANNED, *BESIDE)]
    later = [one for one in plan if one.standing is Standing.LATER]
    lines: list[str] = []
    if doing:
        lines += [_heading(f"{_count(len(doing), 'repair')} planned", style)]
        for one in doing:
            lines += ["", *_planned(one, plan, style)]
    if later:
        names = ", ".join(f"{one.traced.finding.problem.code} {one.name}" for one in later)
        lines += ["", f"Then, where it is still there, {names}: something above changes the same file first."]
    if left:
        lines += ["", _heading("left to you", style)] if doing else [_heading("left to you", style)]
        for one in left:
            lines += ["", *_by_hand(one, style)]
    return "\n".join(line.rstrip() for line in lines)


def as_data(plan: Sequence[Planned]) -> Mapping[str, Any]:
    """Return *plan* as plain data, schema 1; secrets are still in it."""
    shown = [one for one in plan if one.standing in (Standing.PLANNED, Standing.TO_BE_NAMED)]
    return {
        "schema": SCHEMA,
        "plan": [
            {
                "for": one.name,
                "also": [other.name for other in plan if other.included_in == one.name],
                "only_if_named": one.standing is Standing.TO_BE_NAMED,
                "summary": one.summary,
                "steps": [
                    {
                        "do": step.do,
                        "target": step.target,
                        "command": step.command,
                        "words": step.words,
                        **({"diff": _diff(step.step)} if isinstance(step.step, RewriteFile) else {}),
                    }
                    for step in one.steps
                ],
                "destructive": one.destructive,
                "told": list(one.told),
            }
            for one in shown
        ],
        "needs_network": [
            {
                "for": one.name,
                "summary": one.summary,
                "commands": [step.command for step in one.steps if step.command],
            }
            for one in plan
            if one.standing is Standing.OFFLINE
        ],
        "later": [one.name for one in plan if one.standing is Standing.LATER],
        "by_hand": [
            {
                "for": one.name,
                "summary": one.summary,
                "commands": [step.command for step in one.steps if step.command],
                "told": list(one.told),
            }
            for one in plan
            if one.standing in (Standing.BY_HAND, Standing.NO_FIX)
        ],
    }


def _planned(one: Planned, plan: Sequence[Planned], style: Style) -> Iterator[str]:
    yield _head(one, style)
    yield from hanging(f"  {one.summary}", style.width, under=2)
    for step in one.steps:
        yield f"  {style.symbol('note')} {step.words}"
        if isinstance(step.step, RewriteFile):
            yield from (_painted(line, style) for line in _diff(step.step).splitlines())
        elif step.command and step.command not in step.words:
            yield f"      {style.paint(step.command, 'cyan')}"
    for told in one.told:
        yield from hanging(f"  then  {told}", style.width, under=8)
    for other in plan:
        if other.included_in == one.name:
            yield f"  This also mends {other.traced.finding.problem.code} {other.name}."


def _by_hand(one: Planned, style: Style) -> Iterator[str]:
    yield _head(one, style)
    if one.traced.finding.detail:
        yield from hanging(f"  seen  {one.traced.finding.detail}", style.width, under=8)
    match one.standing:
        case Standing.TO_BE_NAMED:
            yield from hanging(f"  {one.summary}", style.width, under=2)
            yield "  This destroys something that no undo brings back, so it is done only where you name it:"
            yield f"      {style.paint(f'codex-doctor repair {one.name}', 'cyan')}"
        case Standing.OFFLINE:
            yield from hanging(f"  {one.summary}", style.width, under=2)
            yield "  This needs the network, which --offline keeps away. Where it may be used:"
            for line in dict.fromkeys(
                step.command or f"codex-doctor repair {one.name}" for step in one.steps
            ):
                yield f"      {style.paint(line, 'cyan')}"
        case Standing.NO_FIX:
            yield from hanging(f"  {one.summary}", style.width, under=2)
        case _:
            yield from hanging(f"  {one.summary}:", style.width, under=2)
            for step in one.steps:
                yield f"      {style.paint(step.command or step.words, 'cyan')}"
    for told in one.told:
        yield from hanging(f"  {told}", style.width, under=2)


def _head(one: Planned, style: Style) -> str:
    problem = one.traced.finding.problem
    colour = _SEVERITY_COLOUR[problem.severity.value]
    return (
        f"{style.paint(problem.code, colour, 'bold')} {style.paint(problem.name, 'bold')}   {problem.title}"
    )


def _heading(text: str, style: Style) -> str:
    return style.paint(text[:1].upper() + text[1:], "bold")


def _diff(step: RewriteFile) -> str:
    try:
        return preview(step)
    except RepairError as error:
        return f"({error})"


def _painted(line: str, style: Style) -> str:
    colour = _DIFF_COLOUR.get(line[:1])
    return f"      {style.paint(line, colour) if colour else line}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
