"""Problems of the account and of credentials that the service refuses: CDX150 to CDX199."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

NEEDS_ACCEPTANCE: Final = (
    "account.plan-includes-codex",
    "account.workspace-is-usable",
    "usage.limits-have-room",
    "usage.requests-are-served",
)
"""Checks of what an account may do, which cannot be judged while its credential is refused."""

TELLS_NOTHING_OF_THE_SIGN_IN: Final = ("auth.session-accepted", *NEEDS_ACCEPTANCE)
"""Checks that cannot be judged from an answer that came before the credential was looked at."""

_NEEDS_A_HEALTHY_ANSWER: Final = ("account.plan-includes-codex", "usage.limits-have-room")
"""Checks that cannot be judged where the service says only what is wrong with the account."""

AUTH_401_CHATGPT: Final = Problem(
    code="CDX150",
    name="auth-401-chatgpt",
    area="auth",
    severity=Severity.ERROR,
    title="The service refuses your ChatGPT sign-in",
    advice="Start Codex once, which tries to renew the sign-in; if it is refused again, sign in again.",
    blocks=NEEDS_ACCEPTANCE,
)

AUTH_401_API_KEY: Final = Problem(
    code="CDX151",
    name="auth-401-api-key",
    area="auth",
    severity=Severity.ERROR,
    title="The service refuses your API key",
    advice="Create a new key at https://platform.openai.com/api-keys and put it where the old one stands.",
    blocks=NEEDS_ACCEPTANCE,
)

ACCESS_TOKEN_AGENT_IDENTITY_401: Final = Problem(
    code="CDX152",
    name="access-token-agent-identity-401",
    area="auth",
    severity=Severity.ERROR,
    title="The service refuses your access token for programs",
    advice="Have a new access token made, store it in place of the old one, and keep Codex up to date.",
    blocks=NEEDS_ACCEPTANCE,
)

AUTH_MISSING_SCOPE_RESPONSES_WRITE: Final = Problem(
    code="CDX153",
    name="auth-missing-scope-responses-write",
    area="auth",
    severity=Severity.ERROR,
    title="Your credential may not use the model",
    advice="Give the key the permission to write Responses, or use a key or sign-in that has it.",
    blocks=NEEDS_ACCEPTANCE,
)

AUTH_MISSING_BEARER: Final = Problem(
    code="CDX154",
    name="auth-missing-bearer",
    area="auth",
    severity=Severity.ERROR,
    title="Your sign-in is lost on its way to the service",
    advice="Let the proxy or gateway between here and the service pass on the Authorization header.",
    blocks=NEEDS_ACCEPTANCE,
)

WORKSPACE_DEACTIVATED: Final = Problem(
    code="CDX155",
    name="workspace-deactivated",
    area="account",
    severity=Severity.ERROR,
    title="The workspace of your sign-in is deactivated",
    advice="Ask its owner to renew it, or sign in again and choose another workspace.",
    blocks=_NEEDS_A_HEALTHY_ANSWER,
)

WORKSPACE_CODEX_DISABLED: Final = Problem(
    code="CDX156",
    name="workspace-codex-disabled",
    area="account",
    severity=Severity.ERROR,
    title="Your workspace does not allow Codex",
    advice="Ask an administrator of the workspace to allow Codex, or sign in again and choose another one.",
    blocks=_NEEDS_A_HEALTHY_ANSWER,
)

WORKSPACE_INVALID_SELECTED: Final = Problem(
    code="CDX157",
    name="workspace-invalid-selected",
    area="account",
    severity=Severity.ERROR,
    title="Your sign-in is for a workspace that you may not use",
    advice="Sign in again and choose a workspace that you are a member of.",
    blocks=_NEEDS_A_HEALTHY_ANSWER,
)

PLAN_NOT_INCLUDED: Final = Problem(
    code="CDX158",
    name="plan-not-included",
    area="account",
    severity=Severity.ERROR,
    title="Your ChatGPT plan does not include Codex",
    advice="Sign in again and choose the account or workspace that pays for Codex, or change the plan.",
    blocks=_NEEDS_A_HEALTHY_ANSWER,
)

ACCOUNT_REFUSED: Final = Problem(
    code="CDX159",
    name="account-refused",
    area="account",
    severity=Severity.WARNING,
    title="The service refuses what is asked for your account",
    advice="Try another network; if Codex itself is refused too, ask support with the ids that --all shows.",
    blocks=TELLS_NOTHING_OF_THE_SIGN_IN,
)
"""A warning: one endpoint refused, for a reason that no table knows. A turn may still work."""

WORKSPACE_ROUTING_FAILED: Final = Problem(
    code="CDX189",
    name="workspace-routing-failed",
    area="account",
    severity=Severity.ERROR,
    title="The service does not tell Codex where the turns of your account go",
    advice="Try again in a minute; then sign in again, and choose the workspace that you mean.",
)

CLOUD_CONFIG_UNAVAILABLE: Final = Problem(
    code="CDX226",
    name="cloud-config-unavailable",
    area="config",
    severity=Severity.ERROR,
    title="The settings that your workspace gives Codex cannot be fetched, and it runs nothing without",
    advice="Try again in a minute; then ask the workspace's administrator, or whoever runs the network.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    AUTH_401_CHATGPT,
    AUTH_401_API_KEY,
    ACCESS_TOKEN_AGENT_IDENTITY_401,
    AUTH_MISSING_SCOPE_RESPONSES_WRITE,
    AUTH_MISSING_BEARER,
    WORKSPACE_DEACTIVATED,
    WORKSPACE_CODEX_DISABLED,
    WORKSPACE_INVALID_SELECTED,
    PLAN_NOT_INCLUDED,
    ACCOUNT_REFUSED,
    WORKSPACE_ROUTING_FAILED,
    CLOUD_CONFIG_UNAVAILABLE,
)
