"""Whether the examination itself runs inside a sandbox of Codex, and what that forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.problems import sandbox as problems
from codex_checks.sandbox.inside import NO_NETWORK, Inside, inside
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding


@check(
    "sandbox.shell-is-outside",
    title="This command sees the machine itself, not the inside of a sandbox",
    needs=(inside,),
    reports=(
        problems.SANDBOX_NETWORK_BLOCKED,
        problems.SANDBOX_GIT_READONLY,
        problems.SEATBELT_EXEC_FAILED,
    ),
)
def shell_is_outside(found: Inside) -> Iterator[Finding]:
    """Report that the examination itself runs inside a sandbox, and what that forbids."""
    if found.without_network and found.sandboxed:
        yield problems.SANDBOX_NETWORK_BLOCKED.found(
            f"{NO_NETWORK} is set: Codex started this command, and gave it neither a network "
            "nor the right to write outside of the project",
            evidence={"variable": NO_NETWORK},
        )
    elif found.handed_on:
        yield problems.SANDBOX_NETWORK_BLOCKED.weighed(Severity.WARNING).found(
            f"{NO_NETWORK} is set, although this is no sandbox: whatever looks at it does as if there "
            "were no network",
            evidence={"variable": NO_NETWORK},
            advice="Unset it here, and start anew what handed it on, such as tmux or an editor.",
            fix=Fix(summary="Unset it", steps=(ShellLine(line=f"unset {NO_NETWORK}"),)),
        )
    if found.git is not None:
        yield problems.SANDBOX_GIT_READONLY.found(
            f"{found.git} is read-only here: Codex laid a mount over it, against unasked changes",
            evidence={"path": str(found.git)},
        )
    if found.other is not None:
        yield problems.SEATBELT_EXEC_FAILED.found(
            f"{found.other} is set: an app with a sandbox of its own started this shell, "
            "and macOS starts no second one in there",
            evidence={"variable": found.other},
        )
