"""Problems of model providers other than OpenAI: CDX58x."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.network import ASKS_THE_SERVICE
from codex_doctor.model import Problem, Severity

LOCAL_PROVIDER_UNREACHABLE: Final = Problem(
    code="CDX580",
    name="local-provider-unreachable",
    area="models",
    severity=Severity.ERROR,
    title="The model server on this machine or network that Codex is to use does not answer",
    advice="Start the server, and correct base_url if it listens at another host or port.",
    blocks=ASKS_THE_SERVICE,
)

AZURE_404: Final = Problem(
    code="CDX581",
    name="azure-404",
    area="models",
    severity=Severity.ERROR,
    title="Azure knows no model at the address that Codex is to use",
    advice="End base_url in /openai/v1, and let model be the name of your deployment.",
)

CUSTOM_PROVIDER_MISSING_AUTH: Final = Problem(
    code="CDX582",
    name="custom-provider-missing-auth",
    area="models",
    severity=Severity.ERROR,
    title="The model provider wants a key, and its settings name none",
    advice="Name the variable that holds its key as env_key, or set requires_openai_auth = true.",
)

CUSTOM_PROVIDER_404: Final = Problem(
    code="CDX583",
    name="custom-provider-404",
    area="models",
    severity=Severity.ERROR,
    title="The model provider knows nothing at the address that Codex is to use",
    advice="Correct base_url: it usually ends in /v1; then look whether the provider serves the model.",
)

PROVIDER_KEY_REFUSED: Final = Problem(
    code="CDX528",
    name="provider-key-refused",
    area="models",
    severity=Severity.ERROR,
    title="The model provider refuses the key that Codex sends it",
    advice="Create a new key where the provider gives them out, and put it where Codex takes it from.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    LOCAL_PROVIDER_UNREACHABLE,
    AZURE_404,
    CUSTOM_PROVIDER_MISSING_AUTH,
    CUSTOM_PROVIDER_404,
    PROVIDER_KEY_REFUSED,
)
