"""Which settings are in force for an examination: of its profile, of the user, and of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.settings.rulings import Rulings

PATIENCE: Final = 0.5
"""Seconds for looking whether there are settings: a home on a disk that hangs is what others tell of."""


class InForce(Struct, frozen=True, kw_only=True):
    """What was decided beforehand. *deadline* is None where nothing says one.

    *plain*, *fold*, *everything*, *private* and *refuse_live* are those of the `Profile` called *profile*.
    """

    rulings: Rulings | None = None
    profile: str = "default"
    require: tuple[str, ...] = ()
    offline: bool = False
    strict: bool = False
    deadline: float | None = None
    refuse_live: bool = False
    plain: bool = False
    fold: bool = False
    everything: bool = False
    private: bool = False
    files: tuple[Path, ...] = ()


def in_force(*, profile: str | None, baseline: Path | None, cwd: Path, isolated: bool) -> InForce:
    """Return the settings for an examination in *cwd*; *isolated*: no file of settings is looked for.

    :raises UsageError: the profile, the baseline or the user's own file is wrong; the message says where.
        What is wrong with a repository's file is a finding, and the file decides nothing.
    """
    own, repository = (None, None) if isolated else _files(cwd)
    if (profile, baseline, own, repository) == (None, None, None, None):
        return InForce()
    from codex_doctor.settings.merging import merged

    return merged(profile, baseline, own, repository)


def _files(cwd: Path) -> tuple[Path | None, Path | None]:
    from codex_doctor.settings.places import repository_file, user_file
    from codex_doctor.threads import within

    try:
        return within(PATIENCE, lambda: (user_file(), repository_file(cwd)))
    except (TimeoutError, OSError):  # a disk that hangs: the examination says so
        return None, None
