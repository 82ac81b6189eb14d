"""Whether npm can do what it was last asked for: put Codex here, or a newer one in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import Channel
from codex_checks.install.npm_log import NpmAttempt, npm_attempt
from codex_checks.install.remedies import fresh, install_again
from codex_checks.install.ways import modules_of, prefix_of
from codex_checks.problems import updating as problems
from codex_checks.recorded.seen import ago
from codex_doctor.check import Check, check
from codex_doctor.fix import Fix, RunCommand, ShellLine, Step, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.install.installation import Installation
    from codex_doctor.model import Finding, Problem

UNREACHED: Final = frozenset(
    {
        "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "E407", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET",
        "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EPROTO", "ERR_SOCKET_TIMEOUT", "ETIMEDOUT",
        "FETCH_ERROR", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    }
)  # fmt: skip
"""Words of npm and Node for a registry that was not reached (seen on npm 11 where a test can make them)."""

REFUSED: Final = frozenset({"EACCES", "EPERM"})

OWN_PREFIX: Final = "npm config set prefix ~/.npm-global"


@check(
    "install.npm-got-through",
    title="`npm` could install Codex when it was last asked to",
    needs=(installations, npm_attempt),
    reports=(
        problems.NPM_PLATFORM_TARBALL_UNAVAILABLE,
        problems.NPM_EACCES_GLOBAL,
        problems.NPM_EEXIST_BREW_CONFLICT,
        problems.NPM_REGISTRY_NETWORK,
    ),
)
def npm_got_through(found: Installations, attempt: NpmAttempt) -> Iterator[Finding]:
    """Judge what npm wrote down; where Codex runs all the same, it is only worth knowing."""
    if attempt.absent is not None and not _is_whole(found.chosen):
        yield _absent(found, attempt, attempt.absent, problems.NPM_PLATFORM_TARBALL_UNAVAILABLE)
    elif attempt.code in {"ETARGET", "E403", "E404"} and attempt.absent is not None:
        yield _absent(found, attempt, attempt.absent, _noted(problems.NPM_PLATFORM_TARBALL_UNAVAILABLE))
    elif attempt.code in REFUSED and attempt.closed is not None and _is_npms(found.running):
        yield _refused(found, attempt)
    elif attempt.code == "EEXIST" and attempt.taken:
        yield _taken(attempt)
    elif attempt.code in UNREACHED:
        yield _unreached(found, attempt)


@check(
    "install.npm-may-write",
    title="`npm` may change the copy of Codex that runs",
    needs=(installations,),
    reports=(problems.NPM_EACCES_GLOBAL,),
)
def npm_may_write(found: Installations) -> Iterator[Finding]:
    """Judge the owner and mode of the folders that npm would change: whose machine it is may be right so."""
    copy = found.running
    if copy is not None and copy.channel is Channel.NPM and copy.closed is not None:
        yield _noted(problems.NPM_EACCES_GLOBAL).found(
            f"{copy.path} runs, and you may not write into {copy.closed}: "
            "an update by npm fails there unless root does it",
            evidence={"path": str(copy.path), "closed": str(copy.closed)},
            fix=_own_folder(found),
        )


def _is_npms(copy: Installation | None) -> bool:
    """Whether what npm may do matters to the copy that runs, or there is none."""
    return copy is None or copy.channel is Channel.NPM


def _is_whole(copy: Installation | None) -> bool:
    """Whether a copy has its program; one whose program cannot be known has the benefit."""
    return copy is not None and (copy.program is not None or copy.native is None)


def _noted(problem: Problem) -> Problem:
    return problem.weighed(Severity.NOTE)


def _absent(found: Installations, attempt: NpmAttempt, absent: str, problem: Problem) -> Finding:
    copy = found.chosen
    where = attempt.registry or "its registry"
    return problem.found(
        f"{_when(attempt)} npm asked {where} for {absent}, which it does not have (yet) or does not give",
        evidence={"package": absent, "registry": attempt.registry, "log": str(attempt.log)},
        fix=fresh(found, "Install Codex") if copy is None else install_again(copy, found),
    )


def _refused(found: Installations, attempt: NpmAttempt) -> Finding:
    problem = problems.NPM_EACCES_GLOBAL
    return (problem if found.running else problem.weighed(Severity.ERROR)).found(
        f"{_when(attempt)} npm was refused {attempt.path} ({attempt.code}): {attempt.closed} is not yours",
        evidence={"code": attempt.code, "path": str(attempt.path), "log": str(attempt.log)},
        fix=fresh(found, "Install Codex without npm") if found.chosen is None else _own_folder(found),
    )


def _taken(attempt: NpmAttempt) -> Finding:
    brews = attempt.leads_to is not None and {"Caskroom", "Cellar"} & set(attempt.leads_to.parts)
    leads = f", which leads to {attempt.leads_to}" if attempt.leads_to not in (None, attempt.path) else ""
    keep: tuple[Step, ...] = (
        Tell(text=f"Move {attempt.path} aside if nothing needs it, then ask npm again"),
    )
    if brews:
        keep = (RunCommand(argv=("brew", "upgrade", "--cask", "codex")),)
    return problems.NPM_EEXIST_BREW_CONFLICT.found(
        f"{_when(attempt)} npm found its place taken: {attempt.path}{leads}"
        f"{', belongs to Homebrew' if brews else ''}",
        evidence={"path": str(attempt.path), "leads_to": str(attempt.leads_to), "log": str(attempt.log)},
        fix=Fix(summary="Update the copy that is there" if brews else "Make room for npm's copy", steps=keep),
    )


def _unreached(found: Installations, attempt: NpmAttempt) -> Finding:
    problem = problems.NPM_REGISTRY_NETWORK
    copy = found.chosen
    where = attempt.registry or "the registry"
    return (_noted(problem) if _is_whole(copy) else problem).found(
        f"{_when(attempt)} npm did not reach {where} ({attempt.code})",
        evidence={"code": attempt.code, "registry": attempt.registry, "log": str(attempt.log)},
        fix=fresh(found, "Install Codex") if copy is None else install_again(copy, found),
    )


def _own_folder(found: Installations) -> Fix:
    """Return how npm gets a folder of the user's own."""
    steps: tuple[Step, ...] = (
        ShellLine(line=OWN_PREFIX),
        ShellLine(line='export PATH="$HOME/.npm-global/bin:$PATH"'),
        ShellLine(line="npm install -g @openai/codex@latest --include=optional"),
    )
    prefix = found.running and prefix_of(found.running)
    if prefix:
        away = Tell(text=f"Let root remove the old copy in {modules_of(found.system, prefix)} afterwards")
        steps = (*steps, away)
    return Fix(summary="Give npm a folder of your own", steps=steps)


def _when(attempt: NpmAttempt) -> str:
    when = ago(attempt.ago)
    return f"{when[:1].upper()}{when[1:]}"


CHECKS: Final[tuple[Check, ...]] = (npm_got_through, npm_may_write)
