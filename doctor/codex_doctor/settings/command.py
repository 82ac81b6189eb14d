"""`codex-doctor profiles` and `codex-doctor settings`: what can be chosen, and what is in force here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from codex_doctor.formats import Format
from codex_doctor.speaking import note, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.settings.inforce import InForce


def profiles(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Show this one, to be copied into your own."),
    ] = None,
    *,
    format: Annotated[Format, typer.Option(help="How to write the list.")] = Format.TEXT,
) -> None:
    """List the profiles of `check --profile`: for whom a machine is examined."""
    from codex_doctor.private import config_folder
    from codex_doctor.settings import profiles as every

    if name is not None:
        say(every.text(name))
        return
    found = list(every.listed())
    if format is Format.JSON:
        import json

        rows = [
            {
                "name": each.name,
                "summary": each.profile.summary if each.profile else None,
                "file": str(each.file),
                "fault": each.fault or None,
            }
            for each in found
        ]
        say(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return
    width = max(len(each.name) for each in found)
    for each in found:
        say(f"{each.name:<{width}}  {each.profile.summary if each.profile else each.fault}\n")
    say(f"\nYour own: {config_folder() / 'profiles'}/NAME.toml (`codex-doctor profiles ci` shows one)\n")


def settings(
    *,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="With this profile.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of settings.")] = False,
) -> None:
    """Say which codex-doctor.toml are in force in this folder, and what they decide."""
    from codex_doctor.examination import working_directory
    from codex_doctor.redact import Redactor
    from codex_doctor.settings.inforce import in_force

    if schema:
        import json

        from codex_doctor.settings import shape

        say(json.dumps(shape.schema(), indent=2, ensure_ascii=False) + "\n")
        return
    found = in_force(profile=profile, baseline=None, cwd=working_directory(), isolated=False)
    clean = Redactor().text  # whoever wrote a repository's file may have put anything into it
    for line in _told(found):
        say(f"{clean(line)}\n")
    wrong = found.rulings.said if found.rulings else ()
    for each in wrong:
        note(clean(f"{each.problem.code} {each.problem.name}: {each.detail}"))
    raise typer.Exit(1 if wrong else 0)


def _told(found: InForce) -> Iterator[str]:
    from codex_doctor.private import config_folder
    from codex_doctor.settings.places import FILE

    own = config_folder() / FILE
    yield f"profile     {found.profile}"
    yield f"your own    {own}{'' if own in found.files else ' (there is none)'}"
    theirs = [file for file in found.files if file != own]
    yield f"repository  {theirs[0] if theirs else 'says nothing here'}"
    rulings = found.rulings
    if rulings is None:
        return
    for what, rules in (("enabled", rulings.enable), ("disabled", rulings.disable)):
        for rule in rules:
            yield f"{what:<12}{rule.pattern}   ({rule.where})"
    for rule in rulings.severity:
        yield f"{rule.severity or '':<12}{rule.pattern}   ({rule.where})"
    for waiver in rulings.waivers:
        until = f"{waiver.until}, which is over" if waiver.expired else waiver.until
        yield f"waived      {waiver.rule.pattern} until {until}: {waiver.reason}   ({waiver.rule.where})"
