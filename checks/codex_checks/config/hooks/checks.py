"""Whether Codex reads every hook, can start it, and can remember that the user trusts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.config.hooks.reading import Hooks, hooks
from codex_checks.config.hooks.trust import Memory, memory
from codex_checks.problems import config as problems
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding

TOLD: Final = 3
"""Hooks that are named in a sentence; the evidence names all."""


@check(
    "config.hooks-are-read",
    title="Codex reads every hook",
    needs=(hooks,),
    reports=(problems.CONFIG_HOOKS_SCHEMA,),
)
def hooks_are_read(found: Hooks) -> Iterator[Finding]:
    """Report files of hooks that Codex does not read, and single hooks that it leaves out."""
    for source in found.sources:
        words = [source.fault] if source.fault else [flaw.words for flaw in source.flaws]
        if words:
            more = f"; and {len(words) - TOLD} more" if len(words) > TOLD else ""
            yield problems.CONFIG_HOOKS_SCHEMA.weighed(problems.LEFT_OUT).found(
                f"{source.where}: {'; '.join(words[:TOLD])}{more}",
                evidence={"file": str(source.path), "flaws": tuple(words)},
                subjects=frozenset({str(source.path)}),
            )


@check(
    "config.hooks-can-start",
    title="The programs of the hooks are there",
    needs=(hooks,),
    reports=(problems.HOOK_FAILED,),
)
def hooks_can_start(found: Hooks) -> Iterator[Finding]:
    """Report hooks that fail at once, by what they name; none is run."""
    for key, source, handler in found.keyed:
        words = found.missing.get(key)
        if words is not None:
            yield problems.HOOK_FAILED.found(
                f"{source.where}: the hook of {handler.event} cannot be started: {words}",
                evidence={"file": str(source.path), "event": handler.event},
                subjects=frozenset({str(source.path)}),
            )


@check(
    "config.hooks-can-be-trusted",
    title="Codex can remember which hooks you trust",
    needs=(hooks, memory),
    reports=(problems.HOOK_TRUST_FAILED,),
)
def hooks_can_be_trusted(found: Hooks, kept: Memory) -> Iterator[Finding]:
    """Report hooks that are not trusted yet, where the settings cannot be written to say so."""
    waiting = [key for key, _, _ in found.keyed if key not in found.trusted]
    if not waiting:
        raise NotApplicable("every hook has been reviewed")
    if kept.obstacle is not None:
        many = "1 hook waits" if len(waiting) == 1 else f"{len(waiting)} hooks wait"
        yield problems.HOOK_TRUST_FAILED.found(
            f"{many} for your review, and {kept.file} cannot be replaced: {kept.obstacle}",
            evidence={"file": str(kept.file), "hooks": tuple(waiting)},
            subjects=frozenset({str(kept.file)}),
        )


CHECKS: Final[tuple[Check, ...]] = (hooks_are_read, hooks_can_be_trusted, hooks_can_start)
