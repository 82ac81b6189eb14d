"""Problems of the models that the settings name: CDX590 to CDX599."""

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

PROBLEMS: Final[tuple[Problem, ...]] = (MODEL_RETIRED,)
