"""A check of the user's own of a server: how far the way to it leads, and what it answers.

It is dialled as the hosts of Codex are: through the proxy that Codex would take, trusting whom Codex trusts.
Nothing is sent but the question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.declared.looking import matches, short
from codex_checks.network.hosts import target
from codex_checks.network.proxies import choose
from codex_checks.network.reach import FAIR, SLACK
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_doctor.dial import Attempt, Stage, Target, dial, greet, trusting
from codex_doctor.probe import NotApplicable, Probe, Touches, Unavailable, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import Header, Host, Http
    from codex_doctor.context import Context
    from codex_doctor.dial import Proxy

GOOD: Final = range(200, 300)
"""The status codes that are healthy where none is named."""


class Trust(Struct, frozen=True, kw_only=True):
    """Whom a connection trusts; made once, for it takes 30 ms."""

    context: ssl.SSLContext


class Seen(Struct, frozen=True, kw_only=True):
    """What became of the way to the server. *proxy* is the one that it led through, or None."""

    attempt: Attempt
    proxy: str | None = None


@probe("own.trust", touches=set[Touches](), limit=3.0, needs=(roots,))
async def trust(_ctx: Context, trusted: Roots) -> Trust:
    """Load the certificates that Codex trusts."""
    if trusted.broken is not None:
        raise Unavailable(f"Codex makes no connection while {trusted.broken.variable} names an unusable file")
    context = await in_thread(
        lambda: trusting(trusted.certificates, system=trusted.own_store), name="load roots"
    )
    return Trust(context=context)


def host_probe_of(asked: Host, id: str) -> Probe[Seen]:
    """Return the probe that goes the way that is *asked* for."""

    @probe(id, touches={Touches.NETWORK}, limit=asked.seconds + 1, needs=(environment, trust))
    async def look(ctx: Context, surroundings: Environment, trusted: Trust) -> Seen:
        there, proxy = _way(ctx, surroundings, asked.url)
        seconds = _seconds(ctx, asked.seconds)
        if asked.stage == "http":
            attempt = await dial(there, proxy=proxy, roots=trusted.context, seconds=seconds)
        else:
            last = _last(asked.stage, there, proxy)
            attempt = await greet(there, proxy=proxy, roots=trusted.context, seconds=seconds, last=last)
        return Seen(attempt=attempt, proxy=str(proxy) if proxy else None)

    return look


def _last(stage: str, there: Target, proxy: Proxy | None) -> Stage:
    """Return the last stage to go to."""
    if stage == "resolve":
        if proxy is not None:
            raise NotApplicable(f"the proxy {proxy} finds the address of {there.host}")
        return Stage.RESOLVE
    if stage == "connect":  # the proxy connects, where there is one
        return Stage.PROXY if proxy is not None and there.tls else Stage.CONNECT
    return Stage.TLS


def http_probe_of(asked: Http, id: str) -> Probe[Seen]:
    """Return the probe that asks what is *asked*."""
    keeps = (asked.header.name,) if asked.header else ()

    @probe(id, touches={Touches.NETWORK}, limit=asked.seconds + 1, needs=(environment, trust))
    async def look(ctx: Context, surroundings: Environment, trusted: Trust) -> Seen:
        from msgspec.structs import replace

        there, proxy = _way(ctx, surroundings, asked.url)
        question = replace(there, method=asked.method, keeps=keeps)
        seconds = _seconds(ctx, asked.seconds)
        attempt = await dial(question, proxy=proxy, roots=trusted.context, seconds=seconds)
        return Seen(attempt=attempt, proxy=str(proxy) if proxy else None)

    return look


def _way(ctx: Context, surroundings: Environment, url: str) -> tuple[Target, Proxy | None]:
    """Return whom to ask for *url*, and through which proxy."""
    there = target(url)
    if there is None:
        raise Unavailable(f"{url} is no address that can be asked for")
    choice = choose(surroundings.variables, url, ctx.vault.secret)
    if choice.impossible:
        raise Unavailable("Codex makes no connection while its proxy has no usable port")
    return there, choice.proxy


def _seconds(ctx: Context, asked: float) -> float:
    """Return how long it may take; where there is no time for a fair try, nothing is said of the server."""
    seconds = min(asked, ctx.time_left() - SLACK)
    if seconds < FAIR:
        raise Unavailable("there was no time left to try it")
    return seconds


def judge_host_of(asked: Host) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""

    def judge(seen: Seen) -> Iterator[Wrong]:
        if seen.attempt.failure is not None:
            yield _failed(asked.url, seen)

    return judge


def judge_http_of(asked: Http) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""

    def judge(seen: Seen) -> Iterator[Wrong]:
        answer = seen.attempt.answer
        if answer is None:
            yield _failed(asked.url, seen)
            return
        wanted = (asked.status,) if isinstance(asked.status, int) else asked.status
        if answer.status not in (GOOD if wanted is None else wanted):
            said = "2xx" if wanted is None else " or ".join(map(str, wanted))
            yield f"{asked.url} answered {answer.status}, not {said}", _evidence(asked.url, seen)
        elif asked.header is not None:
            value = answer.headers.get(asked.header.name.lower())
            if said := _wrong_header(asked.header, value):
                yield f"{asked.url} answered {answer.status} {said}", _evidence(asked.url, seen)

    return judge


def _wrong_header(header: Header, value: str | None) -> str:
    if value is None:
        return f"without the header {header.name}" if header.exists else ""
    if not header.exists:
        return f"with the header {header.name}"
    if header.matches is not None and not matches(value, header.matches):
        return f"with the header {header.name}: {short(value)}, not {header.matches}"
    return ""


def _failed(url: str, seen: Seen) -> Wrong:
    failure = seen.attempt.failure
    words = f" ({failure.words})" if failure and failure.words else ""
    return f"{url}: {seen.attempt}{words}", _evidence(url, seen)


def _evidence(url: str, seen: Seen) -> dict[str, str | None]:
    return {"url": url, "proxy": seen.proxy, "stages": str(seen.attempt)}
