"""Problems that a turn of Codex meets, and that Codex records: CDX52x, CDX34x and CDX185."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.network import ASKS_THE_SERVICE, UNREACHABLE
from codex_doctor.model import Problem, Severity

NETWORK_SEND_FAILED: Final = Problem(
    code="CDX340",
    name="network-send-failed",
    area="network",
    severity=Severity.WARNING,
    title="A turn could not be sent to the service",
    advice="Run codex-doctor in the shell that starts Codex, then `codex app-server daemon restart` there.",
)

NETWORK_UNREACHABLE_TIMEOUT: Final = Problem(
    code="CDX341",
    name="network-unreachable-timeout",
    area="network",
    severity=Severity.WARNING,
    title="A turn waited for the service until its time was over",
    advice="Set HTTPS_PROXY if this network needs a proxy; else try with and without a VPN, and with IPv4.",
)

STREAM_CLOSED_EARLY: Final = Problem(
    code="CDX342",
    name="stream-closed-early",
    area="network",
    severity=Severity.WARNING,
    title="The answer of the service ended before it was complete",
    advice="Have the proxy or gateway on the way wait five minutes and more, and hand answers on unbuffered.",
)

STREAM_DECODE_ERROR: Final = Problem(
    code="CDX343",
    name="stream-decode-error",
    area="network",
    severity=Severity.WARNING,
    title="The answer of the service arrived damaged",
    advice="Update Codex, then try another network or VPN exit, or without the proxy.",
)

ENTERPRISE_NETWORK_RULE_BLOCK: Final = Problem(
    code="CDX344",
    name="enterprise-network-rule-block",
    area="network",
    severity=Severity.ERROR,
    title="An access rule keeps what comes from here away from a host that Codex needs",
    advice="Have whoever keeps the rules, of your organization or of this network, allow this machine.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

ORG_NOT_VERIFIED: Final = Problem(
    code="CDX185",
    name="org-not-verified",
    area="account",
    severity=Severity.WARNING,
    title="Your API organization must be verified for what was asked of the model",
    advice='Verify it in the settings of the platform, or set model_reasoning_summary = "none".',
)

VERSION_TOO_OLD_FOR_MODEL: Final = Problem(
    code="CDX520",
    name="version-too-old-for-model",
    area="models",
    severity=Severity.WARNING,
    title="This Codex is too old for the model",
    advice="Update Codex, or name an older model in config.toml until then.",
    explains=("model-metadata-missing", "version-outdated"),
)

CONTEXT_WINDOW_EXCEEDED: Final = Problem(
    code="CDX521",
    name="context-window-exceeded",
    area="models",
    severity=Severity.WARNING,
    title="A session has grown beyond what the model can take in",
    advice="Go on in a new session (/new), or shorten the old one with /compact before it is full.",
)

MODEL_NOT_FOUND: Final = Problem(
    code="CDX522",
    name="model-not-found",
    area="models",
    severity=Severity.WARNING,
    title="The service does not know the model, or does not offer it to you",
    advice="Correct or delete `model` in config.toml, and check that base_url leads to who offers the model.",
)

SESSION_ENCRYPTED_CONTENT: Final = Problem(
    code="CDX523",
    name="session-encrypted-content",
    area="service",
    severity=Severity.WARNING,
    title="A session holds reasoning that only another account or provider can read",
    advice="Sign in as you were when the session began, or go on in a new session.",
)

REASONING_EFFORT_UNSUPPORTED: Final = Problem(
    code="CDX524",
    name="reasoning-effort-unsupported",
    area="models",
    severity=Severity.WARNING,
    title="The model does not accept the reasoning effort or summary that is set",
    advice="Delete model_reasoning_effort or model_reasoning_summary from config.toml, or choose another.",
)

REMOTE_COMPACT_FAILED: Final = Problem(
    code="CDX525",
    name="remote-compact-failed",
    area="service",
    severity=Severity.WARNING,
    title="The service did not come to the end of shortening a session",
    advice="Update Codex, then `codex resume --last --disable enable_request_compression`.",
)

OF_THE_SERVICE: Final[tuple[Problem, ...]] = (
    VERSION_TOO_OLD_FOR_MODEL,
    MODEL_NOT_FOUND,
    REASONING_EFFORT_UNSUPPORTED,
    ORG_NOT_VERIFIED,
    CONTEXT_WINDOW_EXCEEDED,
    SESSION_ENCRYPTED_CONTENT,
    REMOTE_COMPACT_FAILED,
)
"""What the service refuses for what is asked of it."""

OF_THE_WAY: Final[tuple[Problem, ...]] = (
    NETWORK_SEND_FAILED,
    NETWORK_UNREACHABLE_TIMEOUT,
    STREAM_CLOSED_EARLY,
    STREAM_DECODE_ERROR,
    ENTERPRISE_NETWORK_RULE_BLOCK,
)
"""What becomes of a turn that is lost on the way."""

OVER_WHERE_THE_WAY_IS_FREE: Final = frozenset(
    {NETWORK_SEND_FAILED, NETWORK_UNREACHABLE_TIMEOUT, ENTERPRISE_NETWORK_RULE_BLOCK}
)
"""What cannot happen where the hosts answer; a long answer may be cut off all the same."""

PROBLEMS: Final[tuple[Problem, ...]] = (*OF_THE_WAY, *OF_THE_SERVICE)
