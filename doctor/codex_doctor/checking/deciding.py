"""What is asked for on the command line, with what a profile and the settings decide of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from codex_doctor.errors import UsageError
from codex_doctor.examination import DEADLINE, LIVE_DEADLINE, Request, working_directory
from codex_doctor.settings.inforce import InForce, in_force

if TYPE_CHECKING:
    from codex_doctor.wanted import Wanted


def decided(wanted: Wanted) -> tuple[Wanted, InForce]:
    """Return *wanted* as it is after the settings, and these; what is said on the command line goes before.

    :raises UsageError: the settings are wrong, or forbid what is wanted.
    """
    if wanted.instead:  # something else than this machine is judged
        return wanted, InForce()
    settings = in_force(
        profile=wanted.profile,
        baseline=None if wanted.write_baseline else wanted.baseline,
        cwd=working_directory(),
        isolated=wanted.isolated,
    )
    if wanted.live and settings.refuse_live:
        raise UsageError(
            f"--live is refused with the profile {settings.profile}: it would spend the stored sign-in, "
            "which others may share, or ask for a code that nobody enters"
        )
    if wanted.round_trip and settings.refuse_live:
        raise UsageError(
            f"--round-trip is refused with the profile {settings.profile}: it would spend what others share"
        )
    if (wanted.live or wanted.round_trip) and settings.offline:
        option = "--live" if wanted.live else "--round-trip"
        raise UsageError(f"{option} needs the network, and your settings say offline")
    merged = replace(
        wanted,
        require=(*wanted.require, *settings.require),
        offline=wanted.offline or settings.offline,
        strict=wanted.strict or settings.strict,
        deadline=wanted.deadline or settings.deadline,
        everything=wanted.everything or settings.everything,
        no_color=wanted.no_color or settings.plain,
    )
    return merged, settings


def requested(wanted: Wanted, settings: InForce) -> Request:
    """Return the examination that is *wanted*."""
    from codex_doctor.wanted import FOR_OTHERS

    takes_its_time = wanted.live or wanted.round_trip or wanted.instead
    named = {"codex-bin": wanted.codex_bin, "codex-home": wanted.codex_home}
    return Request(
        select=wanted.select,
        require=wanted.require,
        offline=wanted.offline,
        live=wanted.live,
        round_trip=wanted.round_trip,
        strict=wanted.strict,
        leaves=settings.private or any(target.format in FOR_OTHERS for target in wanted.targets),
        deadline=wanted.deadline or (LIVE_DEADLINE if takes_its_time else DEADLINE),
        options={name: str(path) for name, path in named.items() if path is not None} | dict(wanted.instead),
        rulings=settings.rulings,
    )
