"""Problems of the service, models and limits: CDX5xx."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.network import ASKS_THE_SERVICE, UNREACHABLE
from codex_doctor.model import Problem, Severity

CLOUDFLARE_CHALLENGE_403: Final = Problem(
    code="CDX501",
    name="cloudflare-challenge-403",
    area="service",
    severity=Severity.ERROR,
    title="Cloudflare stands before the service and asks for a browser",
    advice="Use another network or VPN exit, and wait a few minutes; or sign in with an API key.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)
"""An error where Codex itself met it; a note where only the doctor's own question did."""

REGION_BLOCKED: Final = Problem(
    code="CDX502",
    name="region-blocked",
    area="service",
    severity=Severity.ERROR,
    title="OpenAI does not serve the country that this connection comes from",
    advice="From a supported country, let Codex take the same way out as your browser (HTTPS_PROXY or VPN).",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

SERVICE_UNAVAILABLE: Final = Problem(
    code="CDX503",
    name="service-unavailable",
    area="service",
    severity=Severity.ERROR,
    title="The service has a fault of its own",
    advice="Wait and try again; https://status.openai.com says whether others are affected.",
    explains=(*UNREACHABLE, "connection-refused", "connection-reset", "connection-timeout"),
    blocks=ASKS_THE_SERVICE,
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    CLOUDFLARE_CHALLENGE_403,
    REGION_BLOCKED,
    SERVICE_UNAVAILABLE,
)
