"""Start the bubblewrap that Codex would take, with the options that Codex gives it, and nothing in it.

It takes 0.006 s and leaves nothing behind. `codex sandbox` proves more, but takes 0.13 s and makes
folders in /tmp: it is left to `--live`, and to where something makes doubtful what this says.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.install.binary import without_credentials
from codex_checks.install.version import older
from codex_checks.sandbox.bubblewrap import Bubblewrap, bubblewrap
from codex_checks.sandbox.surroundings import Surroundings, look_around
from codex_doctor.cutting import cut
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.processes import Ran

PATIENCE: Final = 1.0
"""Seconds: it takes 0.006."""

TRIES: Final = 2
"""Times that silence is met with patience: a machine may be busy once."""

COMPLAINT: Final = 400
"""Characters kept of what it said."""

PERMS: Final = ("0.126.0", "0.129.0")
"""From the first of these versions on Codex gives `--perms`, from the second on it takes its own bubblewrap
where the system's does not know that (a report on 0.128 and the answer to it)."""

ARGV0: Final = ("0.116.0", "0.118.0")
"""Between these versions Codex gave `--argv0`, whatever the system's bubblewrap knew (reports on 0.116)."""

_OPTIONS: Final = (
    "--new-session",
    "--die-with-parent",
    *("--ro-bind", "/", "/"),
    *("--dev", "/dev"),
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-net",
)
"""What Codex 0.169.0 gives it, apart from the folders of the project (seen by strace)."""

_NEWER: Final = ("--as-pid-1", *("--perms", "0700"), *("--tmpfs", "/dev/shm"))  # noqa: S108 - not this machine's
"""What it also gives, and what an old bubblewrap does not know."""

_UNKNOWN: Final = r"[Uu]nknown option (--[a-z0-9-]+)"

_PROC: Final = (
    r"Can't mount proc.*/newroot/proc.*(?:Invalid argument|Operation not permitted|Permission denied)"
)
"""Where Codex goes on without a fresh /proc; a bubblewrap that says it otherwise makes it stop."""


class Trial(Struct, frozen=True, kw_only=True):
    """What became of it. *program* was started; *own*: it is the one in Codex's package.

    *complaint* is what it said where it did not work, and *around* what may be the reason. *unknown* is the
    option that the system's bubblewrap did not know, and *old* that program.
    """

    program: Path
    own: bool
    worked: bool
    complaint: str = ""
    around: Surroundings | None = None
    unknown: str | None = None
    old: Path | None = None


@blocking_probe(
    "sandbox.trial", touches={Touches.FILES, Touches.PROCESSES}, limit=5 * PATIENCE, needs=(bubblewrap,)
)
def trial(ctx: Context, found: Bubblewrap) -> Trial:
    """Start bubblewrap as Codex would."""
    options = (*_OPTIONS, *_given(found.version))
    unknown = None
    if found.system is not None:
        ran = _start(ctx, found.system, options)
        unknown = _unknown(ran)
        if unknown is None:
            return _concluded(ctx, found.system, ran, own=False)
    if found.own is not None and not (unknown and _never_falls_back(found.version)):
        ran = _start(ctx, found.own, options)
        made = _concluded(ctx, found.own, ran, own=True)
        return replace(made, unknown=unknown, old=found.system if unknown else None)
    if found.system is not None:
        return Trial(program=found.system, own=False, worked=False, unknown=unknown, old=found.system)
    if found.built_in:
        raise NotApplicable(f"the bubblewrap of Codex {found.version} is a part of its program")
    raise Unavailable("there is no bubblewrap to start")


def _start(ctx: Context, program: Path, options: tuple[str, ...]) -> Ran:
    """Start *program* so that it prints its own version inside the sandbox: no other need be there."""
    env = without_credentials(ctx.env)
    for proc in (("--proc", "/proc"), ()):
        argv = (str(program), *options, *proc, "--cap-drop", "ALL", "--", str(program), "--version")
        ran = _patiently(ctx, program, argv, env)
        if ran.timed_out or not re.search(_PROC, ran.stderr.decode("utf-8", "replace")):
            break
    return ran


def _patiently(ctx: Context, program: Path, argv: tuple[str, ...], env: dict[str, str]) -> Ran:
    """Run *argv*, and once more where nothing came."""
    try:
        for _ in range(TRIES - 1):
            ran = ctx.run_here(argv, seconds=PATIENCE, env=env, cwd=Path("/"))
            if not ran.timed_out:
                return ran
        return ctx.run_here(argv, seconds=PATIENCE, env=env, cwd=Path("/"))
    except OSError as error:
        raise Unavailable(f"{program} could not be started: {error.strerror or error}") from None


def _concluded(ctx: Context, program: Path, ran: Ran, *, own: bool) -> Trial:
    if ran.code == 0 and not ran.timed_out:
        return Trial(program=program, own=own, worked=True)
    around = look_around(ctx)
    return Trial(program=program, own=own, worked=False, complaint=_said(ran), around=around)


def _said(ran: Ran) -> str:
    """Return the first sentence of its last line: what may follow is a guess of its own, and often wrong."""
    if ran.timed_out:
        return f"nothing, {TRIES} times within {PATIENCE:g} s each, where it takes a hundredth of that"
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1].removeprefix("bwrap: ").partition(". ")[0] if lines else ""
    return cut(said, COMPLAINT) or f"nothing, and ended with exit code {ran.code}"


def _given(version: str | None) -> tuple[str, ...]:
    """Return the options beyond the usual that a Codex of this *version* gives; of None, the newest."""
    if older(version, PERMS[0]):
        wanted = version is not None and not older(version, ARGV0[0]) and older(version, ARGV0[1])
        return ("--argv0", "codex-linux-sandbox") if wanted else ()
    return _NEWER


def _never_falls_back(version: str | None) -> bool:
    return older(version, PERMS[1])


def _unknown(ran: Ran) -> str | None:
    found = re.search(_UNKNOWN, ran.stderr.decode("utf-8", "replace"))
    return found[1] if ran.code != 0 and found else None
