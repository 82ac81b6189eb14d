"""Which of our problems a row of Codex's own doctor speaks of, as data.

The words are those of 0.131 to 0.169 (codex-doctor-report 4 and 5). What is not listed keeps its own words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.problems import (
    account,
    config,
    files,
    mcp,
    network,
    providers,
    sandbox,
    service,
    signin,
    state,
    tls,
    updating,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.official.report import Report, Row
    from codex_doctor.model import Problem


class Rule(Struct, frozen=True, kw_only=True):
    """Where *words* stand in a row of *check* and *unless* does not, it speaks of *problem*.

    None: of no fault, and the row is passed over. *also*: it may speak of further ones.
    """

    check: str
    words: str
    problem: Problem | None
    unless: str = ""
    also: bool = False

    def fits(self, words: str) -> bool:
        """Whether it is what *words* speak of."""
        if self.unless and re.search(self.unless, words, _FLAGS):
            return False
        return re.search(self.words, words, _FLAGS) is not None


_FLAGS: Final = re.IGNORECASE | re.MULTILINE
_PROXY: Final = r"proxy env vars present"
"""With a proxy, a host's name is not resolved here, and a refusal may be the proxy's."""


def _rule(check: str, words: str, problem: Problem | None, *, unless: str = "", also: bool = False) -> Rule:
    return Rule(check=check, words=words, problem=problem, unless=unless, also=also)


_REACHED: Final = "network.provider_reachability"
_SOCKET: Final = "network.websocket_reachability"

RULES: Final[tuple[Rule, ...]] = (
    _rule("auth.credentials", r"no Codex credentials were found", signin.NOT_SIGNED_IN),
    _rule("auth.credentials", r"auth env var is missing", config.ENV_KEY_MISSING),
    _rule("auth.credentials", r"missing an API key", signin.API_KEY_MISSING),
    _rule(
        "auth.credentials",
        r"could not be read[^$]*(?:permission denied|os error 13)",
        signin.AUTH_FILE_UNREADABLE,
    ),
    _rule("auth.credentials", r"could not be read[^$]*keyring", signin.KEYRING_UNAVAILABLE),
    _rule(
        "auth.credentials",
        r"deserializ|expected |EOF while|trailing|invalid type|key must be",
        signin.AUTH_JSON_INVALID,
    ),
    _rule("config.load", r"^error: invalid configuration", config.CONFIG_SYNTAX),
    _rule("config.load", r"config could not be loaded", config.CONFIG_REFUSED),
    _rule("config.load", r"ignoring \d+ unrecognized", config.CONFIG_UNKNOWN_KEY),
    _rule("installation", r"would update a different install", updating.UPDATE_CHANGES_ANOTHER),
    _rule(
        "mcp.config",
        r"is not resolvable|No such file or directory|is not executable",
        mcp.MCP_PROGRAM_NOT_FOUND,
        also=True,
    ),
    _rule("mcp.config", r"cwd does not exist", mcp.MCP_CWD_MISSING, also=True),
    _rule("mcp.config", r"env var \S+ is not set", mcp.MCP_ENV_MISSING, also=True),
    _rule("mcp.config", r"failing required inputs", mcp.MCP_REQUIRED_FAILED),
    _rule("network.env", r"custom CA env var", tls.TLS_CA_FILE_UNREADABLE),
    _rule(
        _REACHED,
        r"^(?!ChatGPT|openai )[^\n]*//(?:127\.|localhost|\[::1\])\S* (?:connect failed|request timed)",
        providers.LOCAL_PROVIDER_UNREACHABLE,
    ),
    _rule(_REACHED, r"proxy authentication required", network.PROXY_AUTH_REQUIRED),
    _rule(_REACHED, r"TLS handshake or certificate validation failed", tls.TLS_HANDSHAKE_FAILED),
    _rule(_REACHED, r"^DNS: lookup failed", network.DNS_FAILURE, unless=_PROXY),
    _rule(_REACHED, r"\(os error 101\)|network is unreachable", network.NETWORK_UNREACHABLE),
    _rule(_REACHED, r"request timed out \(required\)", network.CONNECTION_TIMEOUT, unless=_PROXY),
    _rule(_REACHED, r"connection refused", network.CONNECTION_REFUSED, unless=_PROXY),
    _rule(_REACHED, r"(?:chatgpt|openai)\.com/\S* [^\n]*\(required\)", network.OPENAI_UNREACHABLE),
    _rule(_SOCKET, r"\bauth mode: none", None),
    _rule(_SOCKET, r"unsupported_country|country, region, or territory", service.REGION_BLOCKED),
    _rule(
        _SOCKET, r"http 401[^$]*auth mode: chatgpt|auth mode: chatgpt[^$]*http 401", account.AUTH_401_CHATGPT
    ),
    _rule(_SOCKET, r"http 401[^$]*auth mode: api|auth mode: api[^$]*http 401", account.AUTH_401_API_KEY),
    _rule(_SOCKET, r"\bhttp 5\d\d\b", service.SERVICE_UNAVAILABLE),
    _rule(_SOCKET, r"\bhttp (?:400|404|405|426)\b", None),
    _rule(_SOCKET, r"WebSocket (?:failed|timed out|closed)", network.WEBSOCKET_BLOCKED),
    _rule("runtime.search", r"search command could not be verified", updating.RIPGREP_MISSING),
    _rule("sandbox.helpers", r"helper path does not exist", sandbox.LINUX_SANDBOX_SHIM_MISSING),
    _rule(
        "sandbox.helpers",
        r"account (?:is (?:missing|disabled|locked)|password has expired)",
        sandbox.WINDOWS_SANDBOX_LOGON_FAILED,
    ),
    _rule("sandbox.helpers", r"elevated Windows sandbox provisioning", sandbox.WINDOWS_SANDBOX_SETUP_REFRESH),
    _rule("security.endpoint", r"", None),  # a caution on nearly every Windows machine, and no cause
    _rule("state.paths", r"integrity check failed", state.STATE_DB_CORRUPT),
    _rule("state.rollout_db_parity", r"inventory differ", None),  # usual after an update, and harmless
    _rule("system.disk", r"critically low disk space|low disk space", files.DISK_NEARLY_FULL),
    _rule("terminal.env", r"", None),  # nothing of Codex depends on it, and a script has no terminal
    _rule("terminal.title", r"", None),
    _rule("git.worktree.dev_drive", r"", None),
    _rule("updates.status", r"", None),
    _rule("desktop.security.enforcement", r"blocked or quarantined", windows.ANTIVIRUS_BLOCKED),
)

ABOUT: Final[Mapping[str, frozenset[str]]] = {
    "app-server": frozenset({"hosts"}),
    "auth": frozenset({"auth", "account", "env-key-missing", "custom-provider-missing-auth"}),
    "config": frozenset({"config", "codex-home-*"}),
    "install": frozenset({"install"}),
    "mcp": frozenset({"mcp"}),
    "network": frozenset({"network", "tls"}),
    "reachability": frozenset({"network", "tls", "service", "local-provider-unreachable"}),
    "websocket": frozenset({"network", "tls", "service", "auth", "account", "usage"}),
    "search": frozenset({"install"}),
    "sandbox": frozenset({"sandbox"}),
    "security": frozenset({"antivirus-blocked"}),
    "desktop": frozenset({"antivirus-blocked", "hosts"}),
    "state": frozenset({"state", "files"}),
    "threads": frozenset({"state"}),
    "disk": frozenset({"disk-*"}),
    "updates": frozenset({"install"}),
}
"""For each label of a row, the areas and names of our problems that are about the same thing."""

FOLLOWS: Final[tuple[tuple[str, str], ...]] = (
    ("config.load", "auth.credentials"),
    ("config.load", _REACHED),
    ("config.load", _SOCKET),
    ("installation", "updates.status"),
    ("network.env", _REACHED),
    ("network.env", _SOCKET),
    (_REACHED, _SOCKET),
    ("state.paths", "state.rollout_db_parity"),
)
"""What fails after what: a row is no finding where the one before it failed (codex-doctor-report 5)."""

ONLY_WARNING: Final = frozenset({"network.env"})
"""Rows that only warn of what all behind them fails with: without its authorities, Codex reaches nobody."""

CORRESPONDING: Final[tuple[Problem, ...]] = tuple(
    {rule.problem.code: rule.problem for rule in RULES if rule.problem is not None}.values()
)
"""Every problem of ours that a row may speak of."""


def spoken_of(report: Report, row: Row) -> tuple[Problem | None, ...] | None:
    """Return the problems that *row* of *report* speaks of; None in it where it is no fault at all.

    None where it is a fault without a name of ours.
    """
    socket = report.row(_SOCKET) if row.id == _REACHED else None
    words = row.words if socket is None else f"{row.words}\n{socket.words}"
    return tuple(dict.fromkeys(_matching(row.id, words))) or None


def _matching(check: str, words: str) -> Iterator[Problem | None]:
    for rule in RULES:
        if rule.check == check and rule.fits(words):
            yield rule.problem
            if not rule.also:
                return
