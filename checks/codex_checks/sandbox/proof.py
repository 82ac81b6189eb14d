"""Let Codex itself run a command that does nothing in its sandbox: the proof that it works.

It costs 0.13 s, and Codex makes folders in /tmp for it: so it belongs to `--live`, and to settings and
versions that bubblewrap alone tells nothing about. Codex gets a scratch home with a copy of the user's
settings, and no credential.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.said import PASSED_ON
from codex_checks.config.settings import LIMIT, LayerKind, Settings, settings
from codex_checks.files.mounts import parse_mounts
from codex_checks.install.binary import Codex, codex
from codex_checks.install.version import older
from codex_checks.sandbox.inside import MOUNTS_LIMIT
from codex_checks.sandbox.policy import Policy, policy
from codex_checks.sandbox.trial import COMPLAINT, Trial, trial
from codex_doctor.cutting import cut
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.processes import Ran

PATIENCE: Final = 3.0
"""Seconds: it takes 0.13."""

WSLG: Final = "/mnt/wslg/distro"
"""Where WSL shows the whole distribution a second time."""

STUMBLES: Final = ("0.155.0-alpha.0", "0.169.0")
"""From the first of these versions on Codex refused the mount at `WSLG`; the second does not (proved)."""

_TRUE: Final = ("/usr/bin/true", "/bin/true")
"""What Codex itself tries its sandbox with."""


class Proof(Struct, frozen=True, kw_only=True):
    """What became of it. *program* is the Codex that was asked, and *why* it was.

    *worked*: the command ran. *complaint* is what was said where it did not.
    """

    program: Path
    version: str
    why: str
    worked: bool
    complaint: str = ""


@blocking_probe(
    "sandbox.proof",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=PATIENCE + 1.0,
    needs=(policy, codex, settings, trial.maybe()),
)
def proof(ctx: Context, asked: Policy, program: Codex, found: Settings, tried: Trial | None) -> Proof:
    """Let Codex run a command that does nothing."""
    if ctx.system.os == "windows":
        raise NotApplicable("trying the sandbox could ask for the rights of an administrator here")
    if tried is not None and not tried.worked:
        raise NotApplicable("bubblewrap itself does not start")
    why = _why(ctx, asked, program)
    true = next((path for path in _TRUE if ctx.status(ctx.system_path(path)) is not None), None)
    if true is None:
        raise NotApplicable("there is no program here that does nothing")
    ran = _run(ctx, program, true, _user_file(ctx, found))
    if ran.timed_out:
        raise Unavailable(f"{program.path} sandbox gave no answer within {PATIENCE:g} s")
    said = ran.stderr.decode("utf-8", "replace").strip()
    if ran.code == 2 and "Usage:" in said:  # noqa: PLR2004 - clap's code for wrong usage
        raise NotApplicable(f"Codex {program.version} has no command to try its sandbox")
    return Proof(
        program=program.path,
        version=program.version,
        why=why,
        worked=ran.code == 0,
        complaint="" if ran.code == 0 else cut(_telling(said), COMPLAINT),
    )


def _run(ctx: Context, program: Codex, true: str, content: bytes) -> Ran:
    home = ctx.scratch_here({"config.toml": content})
    env = {name: ctx.env[name] for name in PASSED_ON if name in ctx.env}
    env |= {"CODEX_HOME": str(home), "HOME": str(home), "RUST_BACKTRACE": "0"}
    try:
        # Its own folder, so that what Codex protects in a project is not made in the user's.
        return ctx.run_here((str(program.path), "sandbox", "--", true), seconds=PATIENCE, env=env, cwd=home)
    except OSError as error:
        raise Unavailable(f"{program.path} could not be started: {error.strerror or error}") from None


def _why(ctx: Context, asked: Policy, program: Codex) -> str:
    """Return the reason to try it.

    :raises NotApplicable: there is none.
    """
    if ctx.live:
        return "--live was given"
    if asked.legacy:
        return "the settings ask for the old sandbox"
    if asked.profile is not None:
        return f'the permission profile "{asked.profile}" is the user\'s own'
    if ctx.system.wsl and _stumbles(program.version) and _has_second_view(ctx):
        return f"Codex {program.version} may stumble over {WSLG}"
    raise NotApplicable("nothing makes it doubtful; --live tries it anyway")


def _stumbles(version: str) -> bool:
    return not older(version, STUMBLES[0]) and older(version, STUMBLES[1])


def _has_second_view(ctx: Context) -> bool:
    try:
        text = ctx.read(ctx.system_path("/proc/self/mountinfo"), limit=MOUNTS_LIMIT)
    except OSError:
        return False
    return any(mount.point == WSLG for mount in parse_mounts(text.decode("utf-8", "replace")))


def _user_file(ctx: Context, found: Settings) -> bytes:
    for layer in found.layers:
        if layer.kind is LayerKind.USER:
            try:
                return ctx.read(layer.path, limit=LIMIT)
            except OSError as error:
                raise Unavailable(f"{layer.path} cannot be read: {error.strerror or error}") from None
    return b""


def _telling(said: str) -> str:
    """Return the lines of *said* that tell something: not where in Codex it was said, and no warnings."""
    dull = ("note:", "stack backtrace:", "thread '", "warning:")
    lines = [line for line in said.splitlines() if line and not line.lower().startswith(dull)]
    return "\n".join(lines) or said
