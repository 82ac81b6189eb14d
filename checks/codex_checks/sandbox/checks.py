"""The checks of the sandbox: whether this is one, whether one can start, and whether commands work in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.background import LINE, RESTARTING
from codex_checks.config.settings import Layer, Settings, settings
from codex_checks.install.found import Installations, installations
from codex_checks.install.remedies import install_again
from codex_checks.problems import sandbox as problems
from codex_checks.sandbox.bubblewrap import Bubblewrap, bubblewrap
from codex_checks.sandbox.complaints import meaning
from codex_checks.sandbox.confined import shell_is_outside
from codex_checks.sandbox.landlock import Landlock, kernel_landlock
from codex_checks.sandbox.policy import LEGACY, Policy, legacy_layer, policy
from codex_checks.sandbox.proof import Proof, proof
from codex_checks.sandbox.remedies import remedy
from codex_checks.sandbox.shell import LoginShell, LostPath, login_shell
from codex_checks.sandbox.shims import Shims, shims
from codex_checks.sandbox.trial import Trial, trial
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Act, Edit, Fix, RewriteFile, ShellLine, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding, Problem

BWRAP_WANTED: Final = "0.5.0"
"""The first bubblewrap that knows `--perms`; Codex 0.169.0 takes none without it (proved)."""


@check(
    "sandbox.wsl-has-namespaces",
    title="This Linux is not the first version of WSL, which has no sandboxes",
    needs=(policy, installations),
    reports=(problems.WSL1_UNSUPPORTED,),
)
def wsl_has_namespaces(asked: Policy, found: Installations) -> Iterator[Finding]:  # noqa: ARG001 - a gate
    """Report the first version of WSL, which has no user namespaces (codex-environment 6)."""
    if not found.system.wsl:
        raise NotApplicable("this is no WSL")
    if found.system.wsl == 1:
        yield problems.WSL1_UNSUPPORTED.found(
            f"the kernel calls itself {found.system.release}; Codex runs no command in its sandbox there",
            evidence={"release": found.system.release},
            fix=Fix(
                summary="Convert this distribution, in a PowerShell of Windows",
                steps=(
                    Tell(text="`wsl.exe -l -v` names the distribution."),
                    ShellLine(line="wsl.exe --set-version NAME 2"),
                ),
            ),
        )


@check(
    "sandbox.bubblewrap-is-there",
    title="There is a bubblewrap that Codex can use",
    needs=(bubblewrap, trial.maybe(), installations),
    reports=(problems.BWRAP_MISSING, problems.BWRAP_TOO_OLD),
)
def bubblewrap_is_there(found: Bubblewrap, tried: Trial | None, copies: Installations) -> Iterator[Finding]:
    """Report that there is none; and, as worth knowing, that Codex takes its own for want of a better."""
    if tried is not None and tried.unknown is not None:
        yield _too_old(tried)
    elif found.system is None and not found.built_in:
        yield _missing(found, copies)


def _too_old(tried: Trial) -> Finding:
    rescued = tried.own
    problem = _as_note(problems.BWRAP_TOO_OLD) if rescued else problems.BWRAP_TOO_OLD
    instead = f"Codex uses {tried.program} instead" if rescued else "Codex cannot start it"
    return problem.found(
        f"{tried.old} does not know {tried.unknown}; {instead}",
        evidence={"path": str(tried.old), "option": tried.unknown, "wanted": BWRAP_WANTED},
    )


def _missing(found: Bubblewrap, copies: Installations) -> Finding:
    passed = f"; {found.passed_over} is in the working directory, where Codex takes no program from"
    detail = "PATH leads to no bwrap" + (passed if found.passed_over else "")
    install = (ShellLine(line=found.install),) if found.install else ()
    copy = copies.chosen
    if found.own is not None:
        problem = _as_note(problems.BWRAP_MISSING)
        detail += f"; Codex uses {found.own}, and warns each time"
        fix = Fix(summary="Install it", steps=install) if install else None
    else:
        problem = problems.BWRAP_MISSING
        detail += f", and there is none beside {found.copy} either: Codex can run no command"
        fix = install_again(copy, copies) if copy else None
    return problem.found(
        detail,
        evidence={"codex": str(found.copy), "own": str(found.own) if found.own else None},
        fix=fix,
    )


def _as_note(problem: Problem) -> Problem:
    """Return *problem* where Codex helps itself: worth knowing, and in nobody's way."""
    return replace(problem, severity=Severity.NOTE, explains=(), blocks=())


@check(
    "sandbox.bubblewrap-starts",
    title="The sandbox in which Codex runs commands can be set up",
    needs=(trial, bubblewrap),
    reports=(
        problems.BWRAP_NO_USERNS_CONTAINER,
        problems.BWRAP_LOOPBACK_NETNS,
        problems.BWRAP_UID_MAP_DENIED,
        problems.SANDBOX_NOT_STARTING,
    ),
)
def bubblewrap_starts(tried: Trial, found: Bubblewrap) -> Iterator[Finding]:
    """Report why bubblewrap did not start with what Codex gives it."""
    if tried.worked or not tried.complaint:
        return
    problem = meaning(tried.complaint)
    if problem not in bubblewrap_starts.reports:
        problem = problems.SANDBOX_NOT_STARTING
    seen, advice, fix = remedy(problem, tried, found.install)
    around = tried.around
    yield problem.found(
        f"{tried.program} says: {tried.complaint}{seen}",
        evidence={
            "program": str(tried.program),
            "container": around.container if around else None,
            "unprivileged_userns_clone": around.clone if around else None,
            "max_user_namespaces": around.most if around else None,
            "apparmor_restricts": around.apparmor if around else None,
        },
        advice=advice,
        fix=fix,
    )


@check(
    "sandbox.codex-runs-a-command",
    title="Codex runs a command in its sandbox",
    needs=(proof, settings),
    reports=(
        problems.BWRAP_EXEC_HELPER_MISSING,
        problems.BWRAP_LOOPBACK_NETNS,
        problems.BWRAP_MISSING,
        problems.BWRAP_NO_USERNS_CONTAINER,
        problems.BWRAP_TOO_OLD,
        problems.BWRAP_UID_MAP_DENIED,
        problems.LANDLOCK_UNSUPPORTED,
        problems.LEGACY_LANDLOCK_INCOMPATIBLE,
        problems.SANDBOX_NOT_STARTING,
        problems.SEATBELT_EXEC_FAILED,
        problems.WSL1_UNSUPPORTED,
        problems.WSL2_WSLG_MOUNT_SANDBOX,
    ),
)
def codex_runs_a_command(tried: Proof, found: Settings) -> Iterator[Finding]:
    """Report why a command that does nothing could not be run by Codex itself."""
    if tried.worked:
        return
    problem = meaning(tried.complaint)
    layer = legacy_layer(found) if problem is problems.LEGACY_LANDLOCK_INCOMPATIBLE else None
    where = f"{layer.where(LEGACY)}: " if layer else ""
    yield problem.found(
        f"{where}`codex sandbox -- true` says: {tried.complaint}",
        evidence={"codex": str(tried.program), "version": tried.version, "asked_because": tried.why},
        fix=_without_legacy(layer) if layer else None,
    )


@check(
    "sandbox.settings-are-current",
    title="The settings ask for the sandbox of today",
    needs=(settings,),
    reports=(problems.LEGACY_LANDLOCK_DEPRECATED,),
)
def settings_are_current(found: Settings) -> Iterator[Finding]:
    """Report a setting that Codex says it will drop (failures.json legacy-landlock-deprecated)."""
    layer = legacy_layer(found)
    if layer is not None:
        yield problems.LEGACY_LANDLOCK_DEPRECATED.found(
            f"{layer.where(LEGACY)}: use_legacy_landlock is true",
            evidence={"file": str(layer.path), "key": ".".join(LEGACY)},
            fix=_without_legacy(layer),
        )


def _without_legacy(layer: Layer) -> Fix:
    from codex_checks.config.mends.fixes import deleted

    text = f"Delete the line `use_legacy_landlock = true` from {layer.path}."
    by_hand = Fix(summary="Go without the old sandbox", steps=(Tell(text=text),))
    return deleted(layer, LEGACY, "Go without the old sandbox") or by_hand


@check(
    "sandbox.kernel-has-landlock",
    title="The kernel has what an older Codex needs for its sandbox",
    needs=(kernel_landlock, installations),
    reports=(problems.LANDLOCK_UNSUPPORTED,),
)
def kernel_has_landlock(found: Landlock, copies: Installations) -> Iterator[Finding]:
    """Report a kernel without Landlock under a Codex that knows nothing else."""
    if found.supported:
        return
    copy = copies.chosen
    yield problems.LANDLOCK_UNSUPPORTED.found(
        f"Codex {found.version} runs commands with the help of Landlock; the kernel {found.release} says: "
        f"{found.fault}",
        evidence={"version": found.version, "release": found.release, "fault": found.fault},
        fix=install_again(copy, copies) if copy else None,
    )


@check(
    "sandbox.running-codex-keeps-its-link",
    title="Every Codex that runs still has the link to its sandbox",
    needs=(shims,),
    reports=(problems.LINUX_SANDBOX_SHIM_MISSING,),
)
def running_codex_keeps_its_link(found: Shims) -> Iterator[Finding]:
    """Report each Codex whose link is gone, or leads to a program that is."""
    for lost in found.lost:
        daemon = lost.pid == found.daemon
        problem = problems.LINUX_SANDBOX_SHIM_MISSING
        words = "Start the background Codex again; a turn that it is in the middle of has a minute to end"
        restart = Act(kind=RESTARTING, words=words, command=LINE)
        who = "The background daemon" if daemon else "The Codex"
        yield (problem if daemon else problem.weighed(Severity.WARNING)).found(
            f"{who} with process id {lost.pid} starts commands through {lost.link}, {lost.why}",
            evidence={"pid": lost.pid, "link": str(lost.link), "daemon": daemon},
            fix=Fix(summary="Start the daemon again", steps=(restart,)) if daemon else None,
        )


@check(
    "sandbox.login-shell-finds-programs",
    title="The login shell in which Codex runs commands finds programs",
    needs=(login_shell,),
    reports=(problems.SHELL_PATH_BROKEN_LOGIN_SHELL,),
)
def login_shell_finds_programs(found: LoginShell) -> Iterator[Finding]:
    """Report a start-up file that sets PATH to folders that hold no program of the system."""
    if found.lost is None:
        return
    yield problems.SHELL_PATH_BROKEN_LOGIN_SHELL.found(
        f"{found.lost.file}:{found.lost.line}: PATH is set to {found.lost.value}, which leaves out /usr/bin "
        f"and /bin; Codex runs commands with `{found.shell} -lc`, which reads that file",
        evidence={"file": str(found.lost.file), "line": found.lost.line, "path": found.lost.value},
        fix=_kept(found.lost),
    )


def _kept(lost: LostPath) -> Fix:
    summary = "Keep what PATH held before"
    if lost.kept is None or lost.sha256 is None:
        return Fix(
            summary=summary, steps=(Tell(text=f"Let line {lost.line} end in :$PATH, in double quotes."),)
        )
    edit = Edit(first=lost.line, old=(lost.text,), new=(lost.kept,))
    return Fix(summary=summary, steps=(RewriteFile(path=str(lost.file), sha256=lost.sha256, edits=(edit,)),))


CHECKS: Final[tuple[Check, ...]] = (
    bubblewrap_is_there,
    bubblewrap_starts,
    codex_runs_a_command,
    kernel_has_landlock,
    login_shell_finds_programs,
    running_codex_keeps_its_link,
    settings_are_current,
    shell_is_outside,
    wsl_has_namespaces,
)
