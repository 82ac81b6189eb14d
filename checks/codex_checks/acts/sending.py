"""Send a credential to the one address that it is meant for, once, and follow nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from codex_checks.acts.errors import SendError
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh_request import may_receive_a_credential

if TYPE_CHECKING:
    import ssl

    import httpx

    from codex_checks.acts.refresh_request import Request

CONNECT: Final = 10.0
"""Seconds to reach the service."""

ANSWER: Final = 30.0
"""Seconds for an answer to begin or go on: a token that was spent and not received is lost."""

WHOLE: Final = 30.0
"""Seconds for all of an answer, however it trickles in."""

LONGEST: Final = 1024 * 1024
"""Bytes of an answer that are read; tokens take about 5 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
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
                return Answer(status=response.status_code, body=_body(response, self.seconds))
        except httpx.HTTPError as error:
            raise _failure(error) from None  # its request holds the credential
        except httpx.InvalidURL:
            raise SendError("base-url-overridden", "the address is not one", sent=False) from None
        except (ImportError, ValueError):  # a proxy of a kind that httpx does not speak to
            words = "the proxy is of a kind that codex-doctor cannot use; let Codex itself renew the sign-in"
            raise SendError(None, words, sent=False) from None


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


def _failure(error: httpx.HTTPError) -> SendError:
    """Return what went wrong, in our own words: those of others may repeat what was sent."""
    import httpx

    match error:
        case httpx.ConnectTimeout():
            return SendError("connection-timeout", "the service did not take the connection", sent=False)
        case httpx.ProxyError():
            return SendError("proxy-connect-rejected", "the proxy refused to connect", sent=False)
        case httpx.ConnectError():
            return SendError(_connect_problem(error), "the service could not be reached", sent=False)
        case httpx.ReadTimeout():
            return SendError("connection-timeout", "the service did not answer in time", sent=True)
        case _:
            return SendError("connection-reset", "the connection broke before an answer came", sent=True)


def _connect_problem(error: BaseException) -> str:
    import socket
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls-handshake-failed"
        if isinstance(cause, socket.gaierror):
            return "dns-failure"
        if isinstance(cause, ConnectionRefusedError):
            return "connection-refused"
        cause = cause.__cause__ or cause.__context__
    return "network-unreachable"
