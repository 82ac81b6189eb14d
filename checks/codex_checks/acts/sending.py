"""Send a credential to the one address that it is meant for, once, and follow nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.errors import SendError
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh_request import Request, may_receive_a_credential
from codex_checks.network.diagnosis import BY_FAULT
from codex_doctor.dial.secure import certificate_fault
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT: Final = 10.0
"""Seconds to reach the service."""

ANSWER: Final = 30.0
"""Seconds for an answer to begin or go on: a token that was spent and not received is lost."""

WHOLE: Final = 30.0
"""Seconds for all of an answer, however it trickles in."""

LONGEST_WAIT: Final = 24 * 3600.0
"""Seconds: whoever asks for more to be waited means never."""

LONGEST: Final = 1024 * 1024
"""Bytes of an answer that are read; tokens take about 5 KB."""

Send = Callable[[Request], Answer]
"""Sends a request once, follows no redirection, and returns the answer or raises `SendError`."""


class Way(Struct, frozen=True, kw_only=True):
    """How Codex would reach the service: through *proxy* (a URL) or directly, trusting what *tls* trusts.

    *seconds*: no stage takes longer, though it could by what is usual.
    """

    tls: ssl.SSLContext
    proxy: httpx.Proxy | str | None = None
    seconds: float = WHOLE

    def send(self, request: Request) -> Answer:
        """Send *request* and return the answer, whatever its status.

        The environment is not asked for a proxy: what applies is in *proxy*.

        :raises SendError: the address may not receive a credential, or there is no answer.
        """
        import httpx

        timeout = httpx.Timeout(min(ANSWER, self.seconds), connect=min(CONNECT, self.seconds))
        try:
            url = httpx.URL(request.url)
            if not may_receive_a_credential(str(url)):  # as it will be used, however it was written
                raise SendError("base-url-overridden", "the address is neither https nor local", sent=False)
            with (
                httpx.Client(
                    verify=self.tls,
                    proxy=self.proxy,
                    trust_env=False,
                    follow_redirects=False,
                    timeout=timeout,
                ) as client,
                client.stream("POST", url, headers=request.headers, content=request.body) as response,
            ):
                return Answer(
                    status=response.status_code,
                    body=_body(response, self.seconds),
                    retry_after=_retry_after(response),
                )
        except httpx.HTTPError as error:
            raise _failure(error, proxy=self.proxy is not None) from None  # its request holds the credential
        except httpx.InvalidURL:
            raise SendError("base-url-overridden", "the address is not one", sent=False) from None
        except (ImportError, ValueError):  # a proxy of a kind that httpx does not speak to
            words = "the proxy is of a kind that codex-doctor cannot use; let Codex itself renew the sign-in"
            raise SendError(None, words, sent=False) from None


def in_time(send: Callable[[Request], Answer], seconds: float) -> Callable[[Request], Answer]:
    """Return what sends as *send* does and takes no longer than *seconds* in all."""

    def bounded(request: Request) -> Answer:
        came: list[Answer] = []
        failed: list[SendError] = []

        def work() -> None:
            try:
                came.append(send(request))
            except SendError as error:
                failed.append(error)

        in_background(work).join(seconds)
        if came:
            return came[0]
        raise (*failed, SendError("connection-timeout", "the service did not answer in time", sent=True))[0]

    return bounded


def _body(response: httpx.Response, seconds: float) -> bytes:
    """Return the body of an answer.

    :raises httpx.ReadTimeout: it takes longer than *seconds*.
    """
    import httpx

    until = time.monotonic() + seconds
    found = bytearray()
    for part in response.iter_bytes():
        found += part
        if len(found) > LONGEST:
            break
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end")
    return bytes(found)


def _failure(error: httpx.HTTPError, *, proxy: bool) -> SendError:
    """Return what went wrong, in our own words: those of others may repeat what was sent."""
    import httpx

    match error:
        case httpx.ConnectTimeout():
            problem, who = ("proxy-timeout", "proxy") if proxy else ("connection-timeout", "service")
            return SendError(problem, f"the {who} did not take the connection", sent=False)
        case httpx.ProxyError() if str(error).startswith("407"):
            return SendError("proxy-auth-required", "the proxy asks for a user name and password", sent=False)
        case httpx.ProxyError():
            return SendError("proxy-connect-rejected", "the proxy refused to connect", sent=False)
        case httpx.ConnectError():
            return _not_connected(error, proxy=proxy)
        case httpx.ReadTimeout():
            return SendError("connection-timeout", "the service did not answer in time", sent=True)
        case _:
            return SendError("connection-reset", "the connection broke before an answer came", sent=True)


def _not_connected(error: BaseException, *, proxy: bool) -> SendError:
    import socket
    import ssl

    where = "the proxy" if proxy else "the service"
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ssl.SSLCertVerificationError():
                problem = BY_FAULT[certificate_fault(cause)].name
                return SendError(problem, "the certificate of the service is not trusted here", sent=False)
            case ssl.SSLError():
                return SendError("tls-handshake-failed", "no encrypted connection came about", sent=False)
            case socket.gaierror():
                problem = "proxy-env-wrong" if proxy else "dns-failure"
                return SendError(problem, f"the name of {where} has no address", sent=False)
            case ConnectionRefusedError():
                problem = "proxy-connection-refused" if proxy else "connection-refused"
                return SendError(problem, f"{where} could not be reached: refused", sent=False)
            case _:
                cause = cause.__cause__ or cause.__context__
    return SendError("network-unreachable", f"{where} could not be reached", sent=False)


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait that the service asks for, None where it does not say (RFC 9110, 10.2.3)."""
    from email.utils import parsedate_to_datetime

    said = response.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return min(float(said), LONGEST_WAIT)
    try:
        return min(max(0.0, parsedate_to_datetime(said).timestamp() - time.time()), LONGEST_WAIT)
    except (ValueError, OverflowError):
        return None
