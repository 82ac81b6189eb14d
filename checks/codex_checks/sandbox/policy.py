"""Whether the settings want a sandbox at all, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.config.settings import Settings, settings
from codex_checks.sandbox.inside import Inside, outside
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from codex_checks.config.settings import Layer
    from codex_doctor.context import Context

FULL: Final = "danger-full-access"
"""The mode, and with a colon before it the built-in permission profile, without any sandbox."""

LEGACY: Final = ("features", "use_legacy_landlock")


class Policy(Struct, frozen=True, kw_only=True):
    """What the settings say of the sandbox, where they want one.

    *legacy*: they ask for the old one. *profile* is the permission profile in use, where the user wrote it.
    """

    legacy: bool = False
    profile: str | None = None


@blocking_probe("sandbox.policy", touches={Touches.FILES}, limit=1.0, needs=(settings, outside))
def policy(ctx: Context, found: Settings, place: Inside) -> Policy:  # noqa: ARG001 - a probe
    """Say what the settings ask of the sandbox."""
    profile = found.text("default_permissions")
    if found.text("sandbox_mode") == FULL or profile == f":{FULL}":
        raise NotApplicable("the settings let Codex run commands without a sandbox")
    own = profile if profile and not profile.startswith(":") else None
    return Policy(legacy=found.get(".".join(LEGACY)) is True, profile=own)


def legacy_layer(found: Settings) -> Layer | None:
    """Return the settings file that has the last word on the old sandbox, where that is yes."""
    if found.get(".".join(LEGACY)) is not True:
        return None
    named = (layer for layer in reversed(found.layers) if layer.applies and LEGACY in layer.places)
    return next(named, None)
