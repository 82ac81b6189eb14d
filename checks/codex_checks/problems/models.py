"""Problems of the models that the settings name: CDX590 to CDX599, and CDX526 and CDX527."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

MODEL_RETIRED: Final = Problem(
    code="CDX590",
    name="model-retired",
    area="models",
    severity=Severity.ERROR,
    title="The settings name a model that is retired",
    advice="Delete the line that names it, or name a current model, and keep Codex up to date.",
    explains=("model-not-found", "model-not-supported-chatgpt"),
)

MODEL_METADATA_MISSING: Final = Problem(
    code="CDX526",
    name="model-metadata-missing",
    area="models",
    severity=Severity.WARNING,
    title="Codex does not know the model that the settings name, and guesses what it can do",
    advice="Correct or delete `model` in config.toml, or update Codex if the model is newer than it.",
    explains=("model-not-found",),
)

MODELS_CACHE_MISSING: Final = Problem(
    code="CDX527",
    name="models-cache-missing",
    area="models",
    severity=Severity.NOTE,
    title="The list of models that other programs read is not there",
    advice="Let Codex fetch it: `codex debug models`.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (MODEL_METADATA_MISSING, MODELS_CACHE_MISSING, MODEL_RETIRED)
