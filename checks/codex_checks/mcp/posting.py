"""Ask a server `initialize` over HTTP as Codex does, with what the settings say or Codex has stored for it.

What is sent to sign in with goes to the server's own address alone: over https or to this machine, through
the proxy that Codex would take, and never after a redirection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.refresh_request import may_receive_a_credential
from codex_checks.mcp.messages import INITIALIZE, INITIALIZED, VERSION, Kind, understood
from codex_checks.mcp.refusal import metadata_is_there, refusal
from codex_checks.mcp.servers import Address
from codex_checks.mcp.tried import Ending, Tried
from codex_checks.network.route import proxy_for_httpx
from codex_doctor import __version__
from codex_doctor.cutting import cut

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    import httpx

    from codex_checks.mcp.addresses import Greeted
    from codex_checks.mcp.sign_ins import SignIn
    from codex_checks.mcp.tried import Refused
    from codex_doctor.context import Context

BODY: Final = 256 * 1024
"""Bytes of an answer that are read: a server may describe itself at length."""

CONNECT: Final = 10.0
ASIDE: Final = 3.0
"""Seconds for what only explains an answer that has come: the next message, and where to sign in."""

AGENT: Final = f"codex-doctor/{__version__}"
SESSION: Final = "mcp-session-id"

ACCEPTED: Final = range(200, 300)
REDIRECTED: Final = range(300, 400)
UNAUTHORIZED: Final = 401


class Way(Struct, frozen=True, kw_only=True):
    """How servers are reached: trusting what *tls* trusts, *until* an instant of `time.monotonic`."""

    tls: ssl.SSLContext
    until: float


class Question(Struct, frozen=True, kw_only=True):
    """What is asked of *url*, and for how many *seconds*. *sent* says what the *headers* sign in with."""

    server: str
    url: str
    headers: Mapping[str, str]
    sent: str
    seconds: float


async def post_and_ask(
    ctx: Context, greeted: Greeted, sign_in: SignIn | None, *, variables: Mapping[str, str], way: Way
) -> Tried:
    """Ask the server that was *greeted*, with Codex's *variables* and perhaps its *sign_in* to the server."""
    server, choice = greeted.server, greeted.choice
    nothing = Tried(server=server.name, ending=Ending.NOT_ASKED)
    address = server.transport
    if not isinstance(address, Address) or choice is None:
        return nothing
    if address.helper:
        return replace(nothing, words="a program makes its headers (http_headers_helper), and was not run")
    if address.bearer and not variables.get(address.bearer):
        return replace(nothing, words=f"{address.bearer} is not set")
    stored = None if address.authorized else sign_in
    if stored is not None and stored.expired(ctx.now()):
        return replace(nothing, words="its sign-in has expired, and Codex renews it at its next start")
    headers = _headers(address, variables, stored)
    url = address.url.reveal()
    sent = "stored" if stored is not None else "own" if len(headers) > len(_USUAL) else ""
    if sent and not (may_receive_a_credential(url) and (choice.proxy is None or url.startswith("https:"))):
        return replace(nothing, words="its headers would go unencrypted, so nothing was sent")
    import httpx

    proxy = proxy_for_httpx(choice.proxy, way.tls) if choice.proxy is not None else None
    seconds = max(0.0, way.until - time.monotonic())
    timeout = httpx.Timeout(seconds, connect=min(CONNECT, seconds))
    async with httpx.AsyncClient(
        verify=way.tls, proxy=proxy, trust_env=False, follow_redirects=False, timeout=timeout
    ) as client:
        question = Question(server=server.name, url=url, headers=headers, sent=sent, seconds=seconds)
        return await _asked(client, question)


_USUAL: Final[Mapping[str, str]] = {
    "Accept": "text/event-stream, application/json",
    "Content-Type": "application/json",
    "User-Agent": AGENT,
}


def _headers(address: Address, variables: Mapping[str, str], stored: SignIn | None) -> dict[str, str]:
    """Return what is sent; a header whose variable is not set is left out, as Codex does."""
    found = {**_USUAL, **{name: value.reveal() for name, value in address.headers.items()}}
    found |= {name: variables[each] for name, each in address.named.items() if variables.get(each)}
    token = variables.get(address.bearer, "") if address.bearer else stored.access.reveal() if stored else ""
    return {**found, "Authorization": f"Bearer {token}"} if token else found


async def _asked(client: httpx.AsyncClient, question: Question) -> Tried:
    """Ask, and give what went wrong a name in our own words: those of others may repeat what was sent."""
    import asyncio

    import httpx

    began = time.monotonic()
    tried = Tried(server=question.server, ending=Ending.SILENT)
    try:
        async with asyncio.timeout(question.seconds):
            tried = await _exchanged(client, question, tried)
    except (TimeoutError, httpx.TimeoutException):
        tried = replace(tried, ending=Ending.SILENT)
    except httpx.ProxyError as error:
        number = str(error)[:3]
        words = f"the proxy answered {number}" if number.isdecimal() else "the proxy did not lead there"
        tried = replace(tried, ending=Ending.UNREACHABLE, words=words)
    except httpx.ConnectError:
        tried = replace(tried, ending=Ending.UNREACHABLE, words="the connection did not come about")
    except (httpx.HTTPError, httpx.InvalidURL):
        tried = replace(tried, ending=Ending.CLOSED, words="the connection broke before an answer came")
    except ValueError:  # a header that HTTP does not allow; its words repeat it
        tried = replace(tried, ending=Ending.NOT_ASKED, words="a header holds what HTTP does not allow")
    return replace(tried, seconds=time.monotonic() - began)


async def _exchanged(client: httpx.AsyncClient, question: Question, tried: Tried) -> Tried:
    async with client.stream("POST", question.url, headers=question.headers, content=INITIALIZE) as response:
        status, kind = response.status_code, response.headers.get("content-type", "")
        session = response.headers.get(SESSION)
        if status in REDIRECTED:
            return replace(tried, ending=Ending.NOT_ASKED, words=f"it answered {status} and led elsewhere")
        if status not in ACCEPTED:
            body = b"".join([part async for part in _limited(response)])
            challenge = response.headers.get("www-authenticate", "")
            tried = replace(tried, ending=Ending.STATUS, http=refusal(status, challenge, body))
        elif kind.startswith("text/event-stream"):
            tried = await _of_events(response, tried)
        elif kind.startswith("application/json"):
            tried = _of_message(b"".join([part async for part in _limited(response)]), tried)
        else:
            shown = kind.partition(";")[0][:60] or "no content type"
            tried = replace(tried, ending=Ending.NOT_MCP, words=f"it answered {status} with {shown}")
    if tried.http is not None:
        return await _explained(client, question, replace(tried.http, sent=question.sent), tried)
    return await _begun(client, question, tried, session) if tried.works else tried


async def _limited(response: httpx.Response) -> AsyncIterator[bytes]:
    left = BODY
    async for part in response.aiter_bytes():
        yield part[:left]
        left -= len(part)
        if left <= 0:
            return


async def _of_events(response: httpx.Response, tried: Tried) -> Tried:
    """Read a stream of events until one of them is the answer; it may stay open long after."""
    rest = b""
    async for part in _limited(response):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                found = _of_message(line.removeprefix(b"data:").strip(), tried)
                if found.ending is not Ending.CLOSED:
                    return found
    return replace(tried, ending=Ending.CLOSED, words="its stream of events ended without an answer")


def _of_message(content: bytes, tried: Tried) -> Tried:
    heard = understood(content)
    match heard.kind:
        case Kind.ANSWER:
            return replace(tried, ending=Ending.ANSWERED)
        case Kind.REFUSAL | Kind.WRONG:
            return replace(tried, ending=Ending.WRONG, words=cut(heard.words, 300))
        case _:
            return replace(tried, ending=Ending.CLOSED, words="what it answered is no message of MCP")


async def _begun(client: httpx.AsyncClient, question: Question, tried: Tried, session: str | None) -> Tried:
    """Say that the exchange begins, as Codex does next: some servers break off at that."""
    import httpx

    headers = {**question.headers, "MCP-Protocol-Version": VERSION, **({SESSION: session} if session else {})}
    try:
        async with client.stream(
            "POST", question.url, headers=headers, content=INITIALIZED, timeout=ASIDE
        ) as answer:  # its body may be a stream that stays open
            status = answer.status_code
        words = "" if status in ACCEPTED else f"it answered {status} to the next message"
        if session:
            await client.delete(question.url, headers=headers, timeout=ASIDE)
    except httpx.TimeoutException:
        return tried  # Codex does not wait for it
    except httpx.HTTPError:
        words = "it broke off the connection at the next message"
    return replace(tried, ending=Ending.DROPPED, words=words) if words else tried


async def _explained(client: httpx.AsyncClient, question: Question, http: Refused, tried: Tried) -> Tried:
    """Ask who wants a sign-in where to get one."""
    if http.status == UNAUTHORIZED and not http.sent:
        known = await metadata_is_there(client, question.url, seconds=ASIDE)
        http = replace(http, metadata=known)
    return replace(tried, http=http)
