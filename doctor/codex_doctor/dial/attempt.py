"""What became of dialling a server: a step for each stage, and where the way ended."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from datetime import datetime  # noqa: TC003 - the same
from enum import StrEnum

from msgspec import Struct, field

from codex_doctor.redact import Secret  # noqa: TC001 - the same


class Stage(StrEnum):
    """The stages of a way to a server, in order. Through a proxy, the first three concern the proxy."""

    RESOLVE = "dns"
    CONNECT = "connect"
    PROXY_TLS = "proxy-tls"
    PROXY = "proxy"
    """CONNECT: asking the proxy for a tunnel."""
    TLS = "tls"
    HTTP = "http"


class Fault(StrEnum):
    """Why a stage failed. Faults of a proxy have names of their own: they are mended elsewhere."""

    DNS_NXDOMAIN = "dns-nxdomain"
    DNS_TEMPORARY = "dns-temporary"
    DNS_FAILED = "dns-failed"
    DNS_TIMEOUT = "dns-timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_PERMITTED = "not-permitted"
    CONNECT_FAILED = "connect-failed"
    TIMEOUT = "timeout"
    RESET = "reset"
    CLOSED = "closed"
    """The server hung up in an orderly way, but too early."""
    PROXY_UNKNOWN = "proxy-unknown"
    """The proxy's name does not resolve."""
    PROXY_REFUSED = "proxy-refused"
    PROXY_UNREACHABLE = "proxy-unreachable"
    PROXY_TIMEOUT = "proxy-timeout"
    PROXY_AUTH_REQUIRED = "proxy-auth-required"
    PROXY_REJECTED = "proxy-rejected"
    PROXY_GARBAGE = "proxy-garbage"
    PROXY_CLOSED = "proxy-closed"
    PROXY_TLS = "proxy-tls"
    TLS_EXPIRED = "tls-expired"
    TLS_NOT_YET_VALID = "tls-not-yet-valid"
    TLS_UNKNOWN_ISSUER = "tls-unknown-issuer"
    TLS_HOSTNAME = "tls-hostname"
    TLS_HANDSHAKE = "tls-handshake"
    TLS_TIMEOUT = "tls-timeout"
    HTTP_TIMEOUT = "http-timeout"
    HTTP_GARBAGE = "http-garbage"


class Target(Struct, frozen=True, kw_only=True):
    """What is asked of whom. *path* includes the query; *tls* is False for plain HTTP.

    *headers* may be credentials: they are sent with the request, to this target alone, and only where
    its certificate was accepted. *body_limit* is how many bytes of the answer's body are read, *keeps* which
    headers of it are kept beside the usual ones. *upgrade*: it is asked to go on as a WebSocket.
    """

    host: str
    port: int
    path: str = "/"
    tls: bool = True
    method: str = "GET"
    headers: tuple[tuple[str, Secret], ...] = ()
    body_limit: int = 16 * 1024
    upgrade: bool = False
    keeps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to send *headers* where others on the way can read them.

        :raises ValueError: it is plain HTTP, and not to this machine itself.
        """
        if self.headers and not self.tls and not _is_this_machine(self.host):
            raise ValueError(f"{self.host}: headers go over TLS only, or to this machine")

    @property
    def authority(self) -> str:
        """The host and port as they stand in a CONNECT request."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def origin(self) -> str:
        """The host as it stands in a Host header: without the port that goes without saying."""
        usual = 443 if self.tls else 80
        return bracketed(self.host) if self.port == usual else self.authority

    def revealed(self) -> list[tuple[str, str]]:
        """Return *headers* with their values, for sending them."""
        return [(name, value.reveal()) for name, value in self.headers]


class Proxy(Struct, frozen=True, kw_only=True):
    """An HTTP proxy. *tls*: it is itself spoken to through TLS; *authorization* is the header's value."""

    host: str
    port: int
    tls: bool = False
    authorization: Secret | None = None

    def __str__(self) -> str:
        return f"{'https' if self.tls else 'http'}://{bracketed(self.host)}:{self.port}"


class Step(Struct, frozen=True, kw_only=True):
    """One stage: how long it took and, where it failed, why, and in words."""

    stage: Stage
    seconds: float
    fault: Fault | None = None
    words: str = ""


class Certificate(Struct, frozen=True, kw_only=True):
    """What a server's certificate says of itself; names as short as a person would say them."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime


class Answer(Struct, frozen=True, kw_only=True):
    """The head of an answer, its interesting headers by lower-case name, and the first bytes of its body.

    *open*: it came to its end, and the connection may be asked again.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    open: bool = False


class Attempt(Struct, frozen=True, kw_only=True):
    """One try to reach a server.

    *addresses* are those of the first hop: of the proxy where there is one. *address* is the one that
    answered. *certificate* is what the server showed, also where it was not accepted. *date* is what
    the server's clock says, whatever else is wrong with it.
    """

    target: Target
    proxy: Proxy | None = None
    steps: tuple[Step, ...] = ()
    addresses: tuple[str, ...] = ()
    address: str | None = None
    certificate: Certificate | None = None
    answer: Answer | None = None
    date: datetime | None = None

    @property
    def failure(self) -> Step | None:
        """The step that failed, or None: the first one to fail is the last one there is."""
        return self.steps[-1] if self.steps and self.steps[-1].fault is not None else None

    @property
    def fault(self) -> Fault | None:
        """Why it failed, or None."""
        return self.failure.fault if self.failure else None

    @property
    def first_hop(self) -> str:
        """The host that this machine talks to: the proxy, or the target itself."""
        return self.proxy.host if self.proxy else self.target.host

    def __str__(self) -> str:
        """Say each stage and its time: `dns 12 ms, connect 30 ms, tls 45 ms, http 405 80 ms`."""
        said: list[str] = []
        for step in self.steps:
            if step.fault is None:
                status = f" {self.answer.status}" if self.answer and step.stage is Stage.HTTP else ""
                said.append(f"{step.stage}{status} {milliseconds(step.seconds)}")
            else:
                said.append(f"{step.stage} failed: {step.fault} after {milliseconds(step.seconds)}")
        return ", ".join(said)


def milliseconds(seconds: float) -> str:
    """Return a duration as a person reads it."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _is_this_machine(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bracketed(host: str) -> str:
    """Return *host* as it stands in an address: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
