"""Put a profile, the user's settings and a repository's together: the user goes before the repository."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codex_doctor.errors import UsageError
from codex_doctor.settings import baseline, problems, profiles
from codex_doctor.settings.inforce import InForce
from codex_doctor.settings.names import strange
from codex_doctor.settings.places import PYPROJECT, TABLE
from codex_doctor.settings.reading import Fault, Read, read
from codex_doctor.settings.rulings import Borne, Rule, Rulings
from codex_doctor.settings.shape import (
    NOT_FOR_A_REPOSITORY,
    Profile,
    RepositorySettings,
    Selection,
    UserSettings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_doctor.model import Finding
    from codex_doctor.toml.written import KeyPath


def merged(profile: str | None, known: Path | None, own: Path | None, repository: Path | None) -> InForce:
    """Return what the profile, the baseline *known* and the files *own* and *repository* decide together.

    :raises UsageError: one of them but the repository's is wrong.
    """
    user = _own(own) if own else None
    theirs, said = _theirs(repository) if repository else (None, ())
    mine = user.value if user and user.value else UserSettings()
    chosen = profile or mine.profile or profiles.DEFAULT
    decided = profiles.profile(chosen)
    file = known or (_beside(own, mine.baseline) if own and mine.baseline else None)
    rulings = _rulings(chosen, decided, user, theirs)
    return InForce(
        rulings=replace(rulings, baseline=baseline.read(file) if file else None, said=said),
        profile=chosen,
        require=(*decided.require, *mine.require),
        offline=decided.offline or mine.offline,
        strict=decided.strict or mine.strict,
        deadline=mine.deadline or decided.deadline,
        refuse_live=decided.refuse_live,
        plain=decided.plain,
        fold=decided.fold,
        everything=decided.all,
        private=decided.private,
        files=tuple(each for each in (own, repository) if each),
    )


def _own(file: Path) -> Read[UserSettings]:
    try:
        found = read(file, UserSettings)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from None
    fault = found.fault or (strange(found.value, found.where) if found.value else None)
    if fault is not None:
        raise UsageError(str(fault))
    return found


def _theirs(file: Path) -> tuple[Read[RepositorySettings] | None, tuple[Finding, ...]]:
    try:
        found = read(file, RepositorySettings, table=TABLE if file.name == PYPROJECT else ())
    except OSError as error:
        unread = Fault(where=f"{file}:1:1", words=f"it cannot be read: {error.strerror or error}")
        return None, (_wrong(unread, file),)
    fault = found.fault or (strange(found.value, found.where) if found.value else None)
    return (found, ()) if fault is None else (None, (_wrong(fault, file),))


REDIRECTING = ("url", "endpoint", "host", "proxy", "mirror", "issuer")
RUNNING = ("command", "plugin", "catalogue", "exec", "run", "program", "bin", "script", "hook")


def _wrong(fault: Fault, file: Path) -> Finding:
    evidence = {"file": str(file), "where": fault.where}
    if fault.key is None:
        return problems.SETTINGS_INVALID.found(str(fault), evidence=evidence)
    wants = _wants(fault.key)
    if wants is None:
        return problems.SETTINGS_INVALID.found(str(fault), evidence={**evidence, "key": fault.key})
    return problems.SETTINGS_REFUSED.found(
        f"{fault.where}: {fault.key}: a repository {wants}", evidence={**evidence, "key": fault.key}
    )


def _wants(key: str) -> str | None:
    """Return what a repository may not do that *key* stands for, or None where that is nothing known."""
    if key in NOT_FOR_A_REPOSITORY:
        if key in ("profile", "extends"):
            return "never chooses the profile: another one may send more"
        return "says only what is selected, how much it weighs and what is waived"
    words = key.lower()
    if any(each in words for each in REDIRECTING):
        return "never says where anything is sent"
    if any(each in words for each in RUNNING):
        return "never adds a plugin and never has anything run"
    return "never lets anything be spent" if words in ("live", "round-trip") else None


def _beside(own: Path, named: str) -> Path:
    return own.parent / Path(named).expanduser()


def _rulings(
    name: str,
    profile: Profile,
    user: Read[UserSettings] | None,
    theirs: Read[RepositorySettings] | None,
) -> Rulings:
    mine = user.value if user and user.value else UserSettings()
    their = theirs.value if theirs and theirs.value else RepositorySettings()

    def of_profile(_path: KeyPath) -> str:
        return f"the profile {name}"

    at_mine = user.where if user else of_profile
    at_theirs = theirs.where if theirs else of_profile
    # What stands later goes before.
    return Rulings(
        enable=(
            *_rules(profile, "enable", of_profile),
            *(replace(rule, foreign=True) for rule in _rules(their, "enable", at_theirs)),
            *_rules(mine, "enable", at_mine),
        ),
        disable=(
            *_rules(profile, "disable", of_profile),
            *_rules(their, "disable", at_theirs),
            *_rules(mine, "disable", at_mine),
        ),
        severity=(
            *_severities(profile, of_profile),
            *_severities(their, at_theirs),
            *_severities(mine, at_mine),
        ),
        waivers=(*_waivers(their, at_theirs), *_waivers(mine, at_mine)),
    )


def _rules(selection: Selection, key: str, where: Callable[[KeyPath], str]) -> Iterator[Rule]:
    patterns: tuple[str, ...] = getattr(selection, key)
    for place, pattern in enumerate(patterns):
        yield Rule(pattern=pattern, where=where((key, place)))


def _severities(selection: Selection, where: Callable[[KeyPath], str]) -> Iterator[Rule]:
    for pattern, severity in selection.severity.items():
        yield Rule(pattern=pattern, where=where(("severity", pattern)), severity=severity)


def _waivers(settings: RepositorySettings, where: Callable[[KeyPath], str]) -> Iterator[Borne]:
    today = datetime.now(UTC).date()
    for place, waiver in enumerate(settings.waivers):
        yield Borne(
            rule=Rule(pattern=waiver.problem, where=where(("waivers", place, "problem"))),
            reason=waiver.reason,
            until=waiver.until.isoformat(),
            expired=waiver.until < today,
        )
