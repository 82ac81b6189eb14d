"""Whether the models that the settings name are still offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.auth.document import Mode
from codex_checks.auth.login import Login, login
from codex_checks.config.settings import Layer, LayerKind, Settings, judged_settings
from codex_checks.models import pinned
from codex_checks.models.retired import RETIRED, Retired
from codex_checks.problems.models import MODEL_RETIRED
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding

BUILT_IN: Final = "openai"
"""The provider that offers these models; another one has names of its own."""

ADDRESSES: Final = ("chatgpt_base_url", "openai_base_url")
"""Settings that lead to a service which may offer other models."""


@check(
    "models.models-are-offered",
    title="The models that the settings name are still offered",
    needs=(judged_settings, login),
    reports=(MODEL_RETIRED,),
)
def models_are_offered(found: Settings, signed_in: Login) -> Iterator[Finding]:
    """Report a model that was retired; what else a model may lack, only the service knows."""
    if signed_in.session_mode not in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS):
        raise NotApplicable("no ChatGPT sign-in is used")
    if found.provider_id != BUILT_IN or any(found.text(key) for key in ADDRESSES):
        raise NotApplicable("the settings name a service of their own, whose models are not known")
    for layer in found.layers:
        if layer.kind is LayerKind.REQUIREMENTS or layer.values.get("model_provider", BUILT_IN) != BUILT_IN:
            continue
        for key in ("model", "review_model"):
            name = layer.values.get(key)
            retired = RETIRED.get(name) if isinstance(name, str) else None
            if retired is None or (retired.since is not None and signed_in.examined < retired.since):
                continue
            if layer.applies and found.text(key) != name:
                continue  # another file says otherwise
            yield _retired(layer, key, str(name), retired)


CHECKS: Final[tuple[Check, ...]] = (models_are_offered, *pinned.CHECKS)


def _retired(layer: Layer, key: str, name: str, retired: Retired) -> Finding:
    at_once = layer.applies and key == "model" and retired.since is not None
    severity = Severity.ERROR if at_once else Severity.WARNING
    said = (
        f"was retired on {retired.since:%Y-%m-%d}"
        if retired.since
        else "is not among Codex's models any more"
    )
    after = f"Set it to {retired.successor}" if retired.successor else "Delete the line"
    return MODEL_RETIRED.weighed(severity).found(
        f"{layer.where((key,), value=True)}: {key} is {name}, which {said}",
        evidence={"key": key, "model": name, "successor": retired.successor},
        advice=f"{after}, and keep Codex up to date; with an API key the old model may still be offered.",
        fix=_fix(layer, key, retired),
        # What fails at once is also why the service refuses, whichever host of it was asked.
        subjects=frozenset() if at_once else frozenset({f"{layer.path} {key}"}),
    )


def _fix(layer: Layer, key: str, retired: Retired) -> Fix | None:
    from codex_checks.config.mends.fixes import deleted, set_to
    from codex_checks.config.mends.text import quoted

    if retired.successor is not None:
        summary = f"Use {retired.successor}, to which Codex leads on"
        return set_to(layer, (key,), quoted(retired.successor), summary)
    return deleted(layer, (key,), "Delete the line; Codex uses its own default then")
