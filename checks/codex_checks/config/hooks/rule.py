"""Hooks in settings in a form with which Codex does not start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.config.hooks.shape import refused
from codex_checks.config.refusal import refusal
from codex_checks.problems import config as problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Layer
    from codex_doctor.model import Finding


def hook_shapes(layer: Layer) -> Iterator[Finding]:
    """Yield what is wrong with the form of the hooks in *layer*."""
    for flaw in refused(layer.values["hooks"]) if "hooks" in layer.values else ():
        path = ("hooks",) if flaw.event is None else ("hooks", flaw.event)
        yield refusal(layer, problems.CONFIG_HOOKS_SCHEMA, path, flaw.words)
