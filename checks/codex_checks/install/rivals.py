"""Whether the copy that runs is the only one that matters, and the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.install.answers import Latest, Versions, latest, versions
from codex_checks.install.binary import Binary, binary
from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import Channel, Installation, Kind
from codex_checks.install.remedies import removal, update
from codex_checks.install.updating import Update, update_of
from codex_checks.install.version import older
from codex_checks.problems import install as problems
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, MoveAside, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding


@check(
    "install.copies-agree",
    title="The Codex that runs is the one that an update changes",
    needs=(installations, versions, binary.maybe()),
    reports=(problems.MULTIPLE_INSTALLS,),
)
def copies_agree(found: Installations, told: Versions, answered: Binary | None) -> Iterator[Finding]:
    """Judge whether other copies stand in the way of the one that runs."""
    running = found.running
    if running is None:
        raise NotApplicable("no Codex is in PATH")
    mine = (answered and answered.version) or told.of(running)
    rivals = [
        copy
        for copy in found.copies
        if copy is not running
        and _is_rival(copy)
        and (_side_by_side(running, copy) or _differs(told.of(copy), mine))
    ]
    if not rivals:
        return
    others = ", ".join(_named_copy(copy, told.of(copy)) for copy in rivals[:4])
    updated = update_of(running, found)
    kept, why = _worth_keeping(running, rivals, mine, told)
    others_to_go = [copy for copy in (running, *rivals) if copy is not kept][:4]
    yield problems.MULTIPLE_INSTALLS.found(
        f"{_named_copy(running, mine)} runs; also installed: {others}."
        f"{f' {updated.words}' if updated is not None else ''}",
        evidence={
            "running": str(running.path),
            "version": mine,
            "others": tuple(_named_copy(copy, told.of(copy)) for copy in rivals),
            "update": updated.command if updated is not None else None,
            "update_changes": _changed(running, updated),
        },
        advice=_keep_one(kept, why, others_to_go, found),
        fix=Fix(
            summary=f"Keep {kept.path} alone",
            steps=tuple(removal(copy, found) for copy in others_to_go),
        ),
    )


def _worth_keeping(
    running: Installation, rivals: list[Installation], mine: str | None, told: Versions
) -> tuple[Installation, str]:
    """Return the copy to keep, and why: the one that runs, unless another is newer or looked after."""
    best, version = running, mine
    for copy in rivals:
        if older(version, told.of(copy)):
            best, version = copy, told.of(copy)
    if best is not running:
        return best, "the newest"
    looked_after = [copy for copy in rivals if copy.channel is not Channel.OTHER]
    if running.channel is Channel.OTHER and looked_after and not older(told.of(looked_after[0]), mine):
        return looked_after[0], "the one that can be updated"
    return running, "the one that runs"


def _keep_one(kept: Installation, why: str, others: list[Installation], found: Installations) -> str:
    """Return the advice in words; what has no command is said in it."""
    words = [step.text for step in (removal(copy, found) for copy in others) if isinstance(step, Tell)]
    advice = f"Keep {kept.path}, which is {why}, and take the {'others' if len(others) > 1 else 'other'} away"
    return ". ".join((advice, *words)) + "."


def _is_rival(copy: Installation) -> bool:
    """Whether it is a copy of the user's own that a shell or an update may reach.

    Copies inside other programs are updated by those. One that belongs to a version of Node comes and
    goes with it by design, as long as PATH does not show it.
    """
    return not (
        copy.channel.bundled
        or copy.channel is Channel.NPM_PROJECT
        or copy.kind is Kind.SHIM
        or copy.windows_side
        or copy.wrong_package
        or (copy.own_node and copy.on_path is None)
    )


def _side_by_side(running: Installation, copy: Installation) -> bool:
    """Whether PATH shows both, so that the next update parts them even if they are equal today.

    A script or a version manager's shim may be the door to the very copy that it stands beside.
    """
    return None not in {running.on_path, copy.on_path} and not {running.kind, copy.kind} & {
        Kind.SHIM,
        Kind.SCRIPT,
    }


def _differs(version: str | None, mine: str | None) -> bool:
    return version is not None and mine is not None and version != mine


def _changed(running: Installation, updated: Update | None) -> str | None:
    """Return the path of the copy that an update would change, or the folder in which it would make one."""
    if updated is None or updated.command is None:
        return None
    where = running.path if updated.itself else updated.copy or updated.changes
    return str(where) if where is not None else None


def _named_copy(copy: Installation, version: str | None) -> str:
    by = "" if copy.channel is Channel.OTHER else f"{copy.channel}, "
    return f"{copy.path} ({by}{version or 'version unknown'})"


@check(
    "install.version-is-current",
    title="No newer version of Codex is known here",
    needs=(installations, binary, latest),
    reports=(problems.VERSION_OUTDATED,),
)
def version_is_current(found: Installations, answered: Binary, newest: Latest) -> Iterator[Finding]:
    """Compare what runs with the newest version that Codex itself has noted."""
    copy = found.chosen
    if copy is not None and older(answered.version, newest.version):
        yield problems.VERSION_OUTDATED.found(
            f"{answered.version} runs; {newest.version} is out",
            evidence={
                "version": answered.version,
                "newest": newest.version,
                "noted_in": str(newest.path),
                "channel": copy.channel,
            },
            fix=update(copy, found),
        )


@check(
    "install.next-update-can-begin",
    title="Nothing that a broken update of npm left stands in the way of the next",
    needs=(installations,),
    reports=(problems.NPM_ENOTEMPTY_UPDATE,),
)
def next_update_can_begin(found: Installations) -> Iterator[Finding]:
    """Judge what npm left under the names that it gives to packages for a moment (codex-environment 1.1)."""
    if not found.leftovers:
        return
    several = len(found.leftovers) > 1
    yield problems.NPM_ENOTEMPTY_UPDATE.found(
        f"{', '.join(map(str, found.leftovers[:3]))}: npm moves Codex there while it updates, "
        f"and {'they are' if several else 'it is'} still there",
        evidence={"leftovers": tuple(map(str, found.leftovers))},
        fix=Fix(
            summary="Move what is left aside",
            steps=(
                *(MoveAside(path=str(left), to=f"{left}.aside") for left in found.leftovers),
                Tell(text=f"Delete {'them' if several else 'it'} when Codex runs: each may take 400 MB"),
            ),
        ),
    )
