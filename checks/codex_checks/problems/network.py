"""Problems of the network and proxies: CDX3xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

ASKS_THE_SERVICE: Final = (
    "account.*",
    "auth.device-auth-enabled",
    "auth.refresh-works",
    "auth.session-accepted",
    "network.*",
    "service.*",
    "tls.*",
    "usage.*",
)
"""Checks that ask OpenAI or come further on the way there, and cannot be judged where it breaks off.

Only those are blocked that found nothing to judge.
"""

_LOST: Final = (
    "login-token-exchange-network",
    "network-send-failed",
    "network-unreachable-timeout",
    "stream-closed-early",
)
"""What becomes of a turn or of a sign-in on a broken way."""

UNREACHABLE: Final = (
    "device-code-not-returned",
    "github-unreachable",
    "openai-unreachable",
    "refresh-failed-for-now",
    *_LOST,
)
"""What every broken way leads to."""

_STAGES: Final = (
    "captive-portal",
    "connection-refused",
    "connection-reset",
    "connection-timeout",
    "dns-failure",
    "dns-failure-wsl",
)

NETWORK_UNREACHABLE: Final = Problem(
    code="CDX301",
    name="network-unreachable",
    area="network",
    severity=Severity.ERROR,
    title="This machine has no way to the network",
    advice="Connect to a network or a VPN, or allow this container or sandbox to use one, and try again.",
    explains=(*_STAGES, *UNREACHABLE),
    blocks=ASKS_THE_SERVICE,
)

DNS_FAILURE: Final = Problem(
    code="CDX302",
    name="dns-failure",
    area="network",
    severity=Severity.ERROR,
    title="A host that Codex needs has no address",
    advice="Try another network or name server, or ask whoever runs your DNS to resolve the host.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

DNS_FAILURE_WSL: Final = Problem(
    code="CDX303",
    name="dns-failure-wsl",
    area="network",
    severity=Severity.ERROR,
    title="WSL asks a name server that does not answer for the hosts that Codex needs",
    advice="Run `wsl --shutdown` in Windows and open WSL again; if it is no better, turn on DNS tunnelling.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

CONNECTION_REFUSED: Final = Problem(
    code="CDX304",
    name="connection-refused",
    area="network",
    severity=Severity.ERROR,
    title="A host that Codex needs refuses connections",
    advice="Check the address if it is one of your own; else allow the host in your firewall.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

CONNECTION_TIMEOUT: Final = Problem(
    code="CDX305",
    name="connection-timeout",
    area="network",
    severity=Severity.ERROR,
    title="A host that Codex needs does not answer in time",
    advice="Set HTTPS_PROXY if this network needs a proxy, or try with and without a VPN.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

CONNECTION_RESET: Final = Problem(
    code="CDX306",
    name="connection-reset",
    area="network",
    severity=Severity.ERROR,
    title="Something cuts off the connection to a host that Codex needs",
    advice="Try another network; if it works there, have the firewall or virus scanner here allow the host.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROXY_CONNECTION_REFUSED: Final = Problem(
    code="CDX307",
    name="proxy-connection-refused",
    area="network",
    severity=Severity.ERROR,
    title="Nothing listens where the proxy should be",
    advice="Start the proxy program, or correct or unset the variable that names it.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROXY_TIMEOUT: Final = Problem(
    code="CDX308",
    name="proxy-timeout",
    area="network",
    severity=Severity.ERROR,
    title="The proxy does not answer",
    advice="Restart the proxy program, join the network it belongs to, or unset the variable that names it.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROXY_AUTH_REQUIRED: Final = Problem(
    code="CDX309",
    name="proxy-auth-required",
    area="network",
    severity=Severity.ERROR,
    title="The proxy asks for a user name and password",
    advice="Write user and password into the proxy's address, as user:password@ before its host.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROXY_CONNECT_REJECTED: Final = Problem(
    code="CDX310",
    name="proxy-connect-rejected",
    area="network",
    severity=Severity.ERROR,
    title="The proxy refuses to lead to a host that Codex needs",
    advice="Ask whoever runs the proxy to allow the hosts named here on port 443.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROXY_SOCKS_HTTP: Final = Problem(
    code="CDX311",
    name="proxy-socks-http",
    area="network",
    severity=Severity.ERROR,
    title="The proxy variable names a SOCKS proxy, and Codex speaks only HTTP to proxies",
    advice="Name the HTTP port of the same proxy program instead: http://HOST:PORT.",
    explains=(*UNREACHABLE, "proxy-connect-rejected", "proxy-timeout"),
    blocks=ASKS_THE_SERVICE,
)

PROXY_ENV_WRONG: Final = Problem(
    code="CDX312",
    name="proxy-env-wrong",
    area="network",
    severity=Severity.ERROR,
    title="A proxy variable does not say what it should",
    advice="Set the variable to http://HOST:PORT, or unset it, and start Codex from a new terminal.",
    explains=(
        *UNREACHABLE,
        "connection-refused",
        "connection-reset",
        "connection-timeout",
        "dns-failure",
        "dns-failure-wsl",
    ),
    blocks=ASKS_THE_SERVICE,
)

WSL_LOCALHOST_PROXY: Final = Problem(
    code="CDX313",
    name="wsl-localhost-proxy",
    area="network",
    severity=Severity.ERROR,
    title="The proxy on localhost belongs to Windows, and WSL does not reach it there",
    advice="Set networkingMode=mirrored in %UserProfile%\\.wslconfig and run `wsl --shutdown` in Windows.",
    explains=(*UNREACHABLE, "proxy-connection-refused"),
    blocks=ASKS_THE_SERVICE,
)

CAPTIVE_PORTAL: Final = Problem(
    code="CDX314",
    name="captive-portal",
    area="network",
    severity=Severity.ERROR,
    title="This network answers in place of the hosts that Codex needs",
    advice="Sign in to this network in a browser, or use another network; then try again.",
    explains=(
        *UNREACHABLE,
        "connection-refused",
        "connection-reset",
        "connection-timeout",
        "tls-certificate-expired",
        "tls-handshake-failed",
        "tls-hostname-mismatch",
        "tls-unknown-issuer",
    ),
    blocks=ASKS_THE_SERVICE,
)

CLOCK_SKEW: Final = Problem(
    code="CDX315",
    name="clock-skew",
    area="network",
    severity=Severity.ERROR,
    title="The clock of this machine is wrong",
    advice="Let the system set the time from the network.",
    explains=("access-token-expired", "tls-certificate-expired"),
)

GITHUB_UNREACHABLE: Final = Problem(
    code="CDX316",
    name="github-unreachable",
    area="network",
    severity=Severity.WARNING,
    title="GitHub cannot be reached, so Codex finds no updates and no plugins",
    advice="Allow github.com and api.github.com in the firewall or proxy; signing in and turns work without.",
)

OPENAI_UNREACHABLE: Final = Problem(
    code="CDX317",
    name="openai-unreachable",
    area="network",
    severity=Severity.ERROR,
    title="A host that Codex needs is reached but gives no usable answer",
    advice="Look at https://status.openai.com; if all is well there, try without the proxy, VPN or gateway.",
    explains=("device-code-not-returned", "refresh-failed-for-now", *_LOST),
    blocks=ASKS_THE_SERVICE,
)

WEBSOCKET_BLOCKED: Final = Problem(
    code="CDX318",
    name="websocket-blocked",
    area="network",
    severity=Severity.WARNING,
    title="Something on the way stops WebSockets, so Codex waits before it takes HTTPS instead",
    advice="Have the proxy, VPN or virus scanner let WebSockets (wss) through to the host named here.",
)

IPV6_BROKEN: Final = Problem(
    code="CDX319",
    name="ipv6-broken",
    area="network",
    severity=Severity.WARNING,
    title="Hosts have IPv6 addresses that lead nowhere from here, and Codex may wait for them",
    advice="Have IPv6 mended where you get your network from, or turn it off on this machine until then.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    NETWORK_UNREACHABLE,
    DNS_FAILURE,
    DNS_FAILURE_WSL,
    CONNECTION_REFUSED,
    CONNECTION_TIMEOUT,
    CONNECTION_RESET,
    PROXY_CONNECTION_REFUSED,
    PROXY_TIMEOUT,
    PROXY_AUTH_REQUIRED,
    PROXY_CONNECT_REJECTED,
    PROXY_SOCKS_HTTP,
    PROXY_ENV_WRONG,
    WSL_LOCALHOST_PROXY,
    CAPTIVE_PORTAL,
    CLOCK_SKEW,
    GITHUB_UNREACHABLE,
    OPENAI_UNREACHABLE,
    WEBSOCKET_BLOCKED,
    IPV6_BROKEN,
)
