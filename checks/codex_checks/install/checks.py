"""Whether Codex starts, with all that it is started through; and every check of the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.abilities import codex_examines_itself, ripgrep_is_there
from codex_checks.install.answers import LauncherNode, ScriptUtility, launcher_node, script_utility
from codex_checks.install.binary import Binary, binary
from codex_checks.install.formula import homebrew_can_update
from codex_checks.install.found import Installations, installations
from codex_checks.install.node import OLDEST
from codex_checks.install.node_remedies import newer_node
from codex_checks.install.npm_failed import CHECKS as OF_NPM
from codex_checks.install.presence import binary_is_found
from codex_checks.install.rivals import copies_agree, next_update_can_begin, version_is_current
from codex_checks.install.starting import STARTING, why_not_started
from codex_checks.install.updating import update_changes_what_runs
from codex_checks.install.wholeness import package_is_whole, tools_have_their_host
from codex_checks.problems import install as problems
from codex_doctor.check import Check, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding


@check(
    "install.binary-answers",
    title="Codex starts and says which version it is",
    needs=(installations, binary),
    reports=STARTING,
)
def binary_answers(found: Installations, answered: Binary) -> Iterator[Finding]:
    """Judge what became of starting the copy that runs."""
    copy = found.chosen
    if copy is not None and not copy.windows_side:
        yield from why_not_started(copy, found, answered)


@check(
    "install.node-starts-the-launcher",
    title="The launcher of Codex finds a Node that is new enough",
    needs=(installations, launcher_node),
    reports=(problems.ENV_NODE_NOT_FOUND, problems.NODE_TOO_OLD),
)
def node_starts_the_launcher(found: Installations, launcher: LauncherNode) -> Iterator[Finding]:
    """Judge the Node that `#!/usr/bin/env node` finds."""
    node, nearby = launcher.node, launcher.nearby
    hint = f"; there is one at {nearby.path}" if nearby is not None else ""
    fix = newer_node(launcher, found)
    if node.path is None:
        yield problems.ENV_NODE_NOT_FOUND.found(
            f"{launcher.launcher} is started by node, and no folder of PATH holds it{hint}",
            evidence={"launcher": str(launcher.launcher), "nearby": str(nearby.path) if nearby else None},
            fix=fix,
        )
    elif node.major is not None and node.major < OLDEST:
        yield problems.NODE_TOO_OLD.found(
            f"{launcher.launcher} runs on {node.path}, which is {node.version}; "
            f"it needs {OLDEST} or newer{hint}",
            evidence={"node": str(node.path), "version": node.version, "needs": OLDEST},
            fix=fix,
        )


@check(
    "install.script-is-there",
    title="The Unix program `script`, which some hosts need, is installed",
    needs=(script_utility,),
    reports=(problems.SCRIPT_UTILITY_MISSING,),
)
def script_is_there(utility: ScriptUtility) -> Iterator[Finding]:
    """Judge whether a host that wraps Codex in `script` could start it."""
    if utility.path is None:
        yield problems.SCRIPT_UTILITY_MISSING.found("Neither PATH, /usr/bin nor /bin holds script")


CHECKS: Final[tuple[Check, ...]] = (
    binary_is_found,
    package_is_whole,
    binary_answers,
    tools_have_their_host,
    node_starts_the_launcher,
    copies_agree,
    version_is_current,
    next_update_can_begin,
    script_is_there,
    homebrew_can_update,
    update_changes_what_runs,
    ripgrep_is_there,
    codex_examines_itself,
    *OF_NPM,
)
