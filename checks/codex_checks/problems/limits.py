"""Problems of limits, quotas and models that an answer of the service names: CDX550 to CDX589."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.account import TELLS_NOTHING_OF_THE_SIGN_IN
from codex_doctor.model import Problem, Severity

USAGE_LIMIT_HIT: Final = Problem(
    code="CDX550",
    name="usage-limit-hit",
    area="usage",
    severity=Severity.ERROR,
    title="The usage limit of your plan is used up",
    advice="Wait for the reset, or see https://chatgpt.com/codex/settings/usage for credits and other plans.",
    explains=("usage-limit-near",),
)

USAGE_LIMIT_NEAR: Final = Problem(
    code="CDX551",
    name="usage-limit-near",
    area="usage",
    severity=Severity.WARNING,
    title="The usage limit of your plan is nearly used up",
    advice="Plan for the pause until the reset; a smaller model uses less of the limit.",
)

USAGE_LIMIT_STALE_PLAN: Final = Problem(
    code="CDX552",
    name="usage-limit-stale-plan",
    area="usage",
    severity=Severity.NOTE,
    title="Your sign-in still names another plan than the service does",
    advice="Sign in again if what you may use does not fit your plan; choose the right workspace.",
)

RATE_LIMITED_429: Final = Problem(
    code="CDX553",
    name="rate-limited-429",
    area="usage",
    severity=Severity.ERROR,
    title="The service holds back your requests because they come too fast",
    advice="Wait a minute, run fewer sessions at once, and look at https://status.openai.com if it goes on.",
    blocks=TELLS_NOTHING_OF_THE_SIGN_IN,
)

API_QUOTA_EXCEEDED: Final = Problem(
    code="CDX554",
    name="api-quota-exceeded",
    area="usage",
    severity=Severity.ERROR,
    title="The credit of your API account is used up",
    advice="Add credit or raise the budget at https://platform.openai.com/settings/organization/billing.",
)

SERVER_ERROR_PROCESSING: Final = Problem(
    code="CDX555",
    name="server-error-processing",
    area="service",
    severity=Severity.ERROR,
    title="The service failed while it worked on a request",
    advice="Try again; if it goes on, start a new session and report the request id with /feedback.",
    blocks=TELLS_NOTHING_OF_THE_SIGN_IN,
)

MODEL_AT_CAPACITY: Final = Problem(
    code="CDX556",
    name="model-at-capacity",
    area="models",
    severity=Severity.ERROR,
    title="The service has no room for the model at the moment",
    advice="Try again in some minutes, or choose another model with /model; nothing is wrong here.",
    blocks=TELLS_NOTHING_OF_THE_SIGN_IN,
)

MODEL_NOT_SUPPORTED_CHATGPT: Final = Problem(
    code="CDX557",
    name="model-not-supported-chatgpt",
    area="models",
    severity=Severity.ERROR,
    title="The model is not offered with a ChatGPT sign-in",
    advice="Remove `model` from config.toml or name a current one, and keep Codex up to date.",
    blocks=TELLS_NOTHING_OF_THE_SIGN_IN,
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    USAGE_LIMIT_HIT,
    USAGE_LIMIT_NEAR,
    USAGE_LIMIT_STALE_PLAN,
    RATE_LIMITED_429,
    API_QUOTA_EXCEEDED,
    SERVER_ERROR_PROCESSING,
    MODEL_AT_CAPACITY,
    MODEL_NOT_SUPPORTED_CHATGPT,
)
