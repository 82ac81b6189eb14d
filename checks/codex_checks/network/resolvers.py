"""Why a name does not resolve: what each name server says when it is asked directly.

It explains a failure of the system's resolver, and never makes a finding by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.context import Context

SECONDS: Final = 1.0
"""A name server that is alive answers in a tenth of this."""

SERVERS: Final = 3
"""More than three are not used by the system's resolver either (MAXNS of resolv.conf)."""

LIMIT: Final = 64 * 1024


def parse_resolv_conf(text: str) -> tuple[str, ...]:
    """Return the name servers that a resolv.conf names."""
    import ipaddress

    found: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                ipaddress.ip_address(words[1].partition("%")[0])
            except ValueError:
                continue
            found.append(words[1])
    return tuple(found[:SERVERS])


def name_servers(ctx: Context) -> tuple[str, ...]:
    """Return the name servers of this machine; empty where they cannot be learnt."""
    if ctx.system.os != "windows":
        try:
            text = ctx.read(ctx.system_path("/etc/resolv.conf"), limit=LIMIT).decode("utf-8", "replace")
        except OSError:
            return ()
        return parse_resolv_conf(text)
    import dns.exception
    import dns.resolver

    try:
        found: Sequence[object] = dns.resolver.Resolver().nameservers
    except (OSError, dns.exception.DNSException):
        return ()
    return tuple(str(each) for each in found)[:SERVERS]


async def explain(ctx: Context, host: str, *, seconds: float) -> tuple[str, ...]:
    """Ask every name server for *host* and return a line for each: `192.0.2.53: SERVFAIL`."""
    import anyio

    servers = await in_thread(lambda: name_servers(ctx), name="name servers")
    lines = dict.fromkeys(servers, "no answer in time")
    bounded = min(SECONDS, seconds)

    async def ask(server: str) -> None:
        lines[server] = await in_thread(lambda: _ask(server, host, bounded), name=f"ask {server}")

    with anyio.move_on_after(bounded + 0.1):
        async with anyio.create_task_group() as group:
            for server in servers:
                group.start_soon(ask, server)
    return tuple(f"{server}: {said}" for server, said in lines.items())


def _ask(server: str, host: str, seconds: float) -> str:
    """Ask *server* for an address of *host* and return its answer in a word or two. Blocks."""
    import dns.exception
    import dns.message
    import dns.query
    import dns.rcode

    try:
        answer = dns.query.udp(dns.message.make_query(host, "A"), server, timeout=seconds)
    except dns.exception.Timeout:
        return "no answer in time"
    except OSError as error:
        return error.strerror or str(error)
    except (dns.exception.DNSException, ValueError) as error:
        return f"an answer that makes no sense ({type(error).__name__})"
    return dns.rcode.to_text(answer.rcode())
