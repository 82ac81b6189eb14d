"""The command `repair`: it shows the plan, asks, does it, looks again, and can take it back."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codex_doctor.command import DONE, FAILED, NOT_TRIED, Door
from codex_doctor.completing import problems
from codex_doctor.errors import RepairError, UsageError

if TYPE_CHECKING:
    from codex_doctor.repair.asked import Asked
    from codex_doctor.repair.record import Records


class Format(StrEnum):
    """How the plan is written."""

    TEXT = "text"
    JSON = "json"


def repair(  # noqa: PLR0913 - one parameter for each option of the contract
    door: Door,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|CODE]...",
            help="Mend these problems alone; with --undo: a repair.",
            autocompletion=problems,
        ),
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the last repair back, or the one that is named.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="With --undo: even where something is lost, or only a part can be."),
    ] = False,
    history: Annotated[
        bool, typer.Option("--list", help="List the repairs that were made, the newest first.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to write the plan of --dry-run.")] = Format.TEXT,
    offline: Annotated[bool, typer.Option("--offline", help="Examine and mend without the network.")] = False,
    deadline: Annotated[
        float | None,
        typer.Option(min=0.1, max=3600.0, metavar="SECONDS", help="Let each examination take that long."),
    ] = None,
    codex_bin: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Mend this codex.")
    ] = None,
    codex_home: Annotated[
        Path | None, typer.Option(parser=Path, metavar="PATH", help="Mend this CODEX_HOME.")
    ] = None,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> int:
    """Mend what is found: shows the plan, asks, keeps what it replaces, and looks again."""
    contradictions = {
        "--format json writes a plan: it needs --dry-run": format is Format.JSON and (undo or not dry_run),
        "--undo takes back one repair at a time": undo and len(names or ()) > 1,
        "--force belongs to --undo": force and not undo,
        "--list stands alone": history and bool(names or undo or dry_run or yes),
        "--deadline is not a number of seconds": deadline is not None and math.isnan(deadline),
    }
    for words in (words for words, true in contradictions.items() if true):
        raise UsageError(words)
    from codex_doctor.redact import Vault
    from codex_doctor.repair.asked import Asked, must_be_problems
    from codex_doctor.repair.record import own_records

    door.restyle(ascii=ascii, no_color=no_color)
    door.hide(Vault(), home=str(Path.home()))
    if not undo:
        must_be_problems(names or ())
    paths = {"codex-bin": codex_bin, "codex-home": codex_home}
    asked = Asked(
        names=tuple(names or ()),
        yes=yes,
        offline=offline,
        deadline=deadline,
        options={name: str(path) for name, path in paths.items() if path is not None},
    )
    records = own_records()
    if history:
        return _list(records, door)
    try:
        if dry_run:
            return _show_undo(asked, records, door) if undo else _show(asked, records, door, format)
        return _change(asked, records, door, undo=undo, force=force)
    except RepairError as error:
        door.note(f"codex-doctor: {error.message}", under=2)
        if error.command:
            door.note(f"  {error.command}")
        return NOT_TRIED if error.transient else FAILED


def _change(asked: Asked, records: Records, door: Door, *, undo: bool, force: bool) -> int:
    from codex_doctor.repair.alone import alone
    from codex_doctor.repair.rounds import Rounds

    with alone():
        _finish(asked, records, door)
        if undo:
            return _undo(asked, records, door, force=force)
        return Rounds(asked, records, door).run()


def _show(asked: Asked, records: Records, door: Door, format: Format) -> int:
    import json

    from codex_doctor.redact import Redactor
    from codex_doctor.render.plan import as_data, as_text
    from codex_doctor.repair.looked import Looked
    from codex_doctor.repair.rounds import absent, incomplete

    looked = Looked(asked, door)
    seen = looked.look()
    plan = asked.plan(seen)
    if format is Format.JSON:
        redactor = Redactor(known=seen.context.vault.values(), home=str(seen.context.home))
        door.say(json.dumps(redactor.tree(as_data(plan)), indent=2, ensure_ascii=False))
        return DONE
    cut_off = [record.id for record in records.all() if record.unfinished]
    if cut_off:
        door.say(f"An earlier repair was cut off; it is finished first ({', '.join(cut_off)}).\n")
    if plan:
        door.say(f"{as_text(plan, style=door.style)}\n")
    for line in absent(looked.missing()):
        door.say(line)
    if not asked.names and looked.unfinished:
        door.say(incomplete(looked.unfinished))
    elif not asked.names and not plan:
        door.say("Nothing needs mending.")
    door.say("Nothing was changed (--dry-run).")
    return DONE


def _show_undo(asked: Asked, records: Records, door: Door) -> int:
    from codex_doctor.repair.undoing import why_not

    record = records.find(asked.names[0] if asked.names else None)
    if not record.undoable:
        raise RepairError(f"the repair {record.id} cannot be undone: {why_not(record)}")
    door.say(f"This would be taken back: the repair {record.id} ({', '.join(record.names)})")
    for step in reversed(record.steps):
        if step.standing:
            door.say(f"  {step.words}")
    return DONE


def _undo(asked: Asked, records: Records, door: Door, *, force: bool) -> int:
    from codex_doctor.repair.asked import handlers_on
    from codex_doctor.repair.undoing import undo

    record = records.find(asked.names[0] if asked.names else None)
    context = asked.workshop(door)
    try:
        undo(record, handlers=handlers_on(context), context=context, door=door, force=force)
    finally:
        context.close()
    door.say(f"Taken back: the repair {record.id} ({', '.join(record.names)})")
    for step in reversed(record.steps):
        if step.standing:
            door.say(f"  {step.words}")
    return DONE


def _finish(asked: Asked, records: Records, door: Door) -> None:
    """Finish what was cut off, and say what it came to."""
    if not any(record.unfinished for record in records.all()):
        return
    from codex_doctor.repair.asked import handlers_on
    from codex_doctor.repair.undoing import finish_all

    context = asked.workshop(door)
    try:
        finish_all(records, handlers=handlers_on(context), context=context, door=door)
    finally:
        context.close()


def _list(records: Records, door: Door) -> int:
    found = records.all()
    for record in found:
        door.say(f"{record.id}  {record.standing:<15}  {', '.join(record.names)}")
    if not found:
        door.say("No repair was made yet.")
    return DONE
