"""Which of the errors that Codex recorded may still be true: those since its settings were changed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.recorded.errors import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.config.settings import Settings
    from codex_checks.recorded.errors import RecordedError, RecordedErrors
    from codex_doctor.context import Context


def still_said(
    ctx: Context, settings: Settings, errors: RecordedErrors, *, within: float = DAY
) -> tuple[RecordedError, ...]:
    """Return the errors of the last *within* seconds that are newer than every settings file."""
    changed = max((_changed(ctx, layer.path) for layer in settings.layers if layer.applies), default=0.0)
    return errors.newer_than(max(changed, ctx.now() - within))


def _changed(ctx: Context, path: Path) -> float:
    """Return when a file was changed, in seconds since the epoch; 0 where that cannot be learnt."""
    try:
        status = ctx.status(path)
    except OSError:
        return 0.0
    return status.modified_ns / 1e9 if status is not None else 0.0
