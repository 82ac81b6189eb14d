"""What is wrong with each way to a host: one problem for each visit, the most specific one.

What many hosts share is one cause. A fault that concerns GitHub alone keeps nobody from working, and
one of a host that Codex only likes to have is passed over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from codex_checks.network.filters import REFUSED, is_of_a_filter
from codex_checks.network.hosts import Service
from codex_checks.network.proxies import Flaw
from codex_checks.problems import network as n
from codex_checks.problems import service as s
from codex_checks.problems import tls as t
from codex_checks.problems.providers import LOCAL_PROVIDER_UNREACHABLE
from codex_checks.problems.turns import ENTERPRISE_NETWORK_RULE_BLOCK
from codex_doctor.dial import Fault, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.network.reach import Reach, Visit
    from codex_doctor.dial import Answer, Attempt
    from codex_doctor.model import Problem

BY_FAULT: Final[Mapping[Fault, Problem]] = {
    Fault.DNS_NXDOMAIN: n.DNS_FAILURE,
    Fault.DNS_TEMPORARY: n.DNS_FAILURE,
    Fault.DNS_FAILED: n.DNS_FAILURE,
    Fault.DNS_TIMEOUT: n.DNS_FAILURE,
    Fault.REFUSED: n.CONNECTION_REFUSED,
    Fault.UNREACHABLE: n.CONNECTION_REFUSED,
    Fault.NOT_PERMITTED: n.CONNECTION_REFUSED,
    Fault.CONNECT_FAILED: n.CONNECTION_REFUSED,
    Fault.TIMEOUT: n.CONNECTION_TIMEOUT,
    Fault.TLS_TIMEOUT: n.CONNECTION_TIMEOUT,
    Fault.HTTP_TIMEOUT: n.CONNECTION_TIMEOUT,
    Fault.RESET: n.CONNECTION_RESET,
    Fault.CLOSED: n.OPENAI_UNREACHABLE,
    Fault.HTTP_GARBAGE: n.OPENAI_UNREACHABLE,
    Fault.PROXY_UNKNOWN: n.PROXY_ENV_WRONG,
    Fault.PROXY_TLS: n.PROXY_ENV_WRONG,
    Fault.PROXY_REFUSED: n.PROXY_CONNECTION_REFUSED,
    Fault.PROXY_UNREACHABLE: n.PROXY_CONNECTION_REFUSED,
    Fault.PROXY_TIMEOUT: n.PROXY_TIMEOUT,
    Fault.PROXY_AUTH_REQUIRED: n.PROXY_AUTH_REQUIRED,
    Fault.PROXY_REJECTED: n.PROXY_CONNECT_REJECTED,
    Fault.PROXY_GARBAGE: n.PROXY_CONNECT_REJECTED,
    Fault.PROXY_CLOSED: n.PROXY_CONNECT_REJECTED,
    Fault.TLS_EXPIRED: t.TLS_CERTIFICATE_EXPIRED,
    Fault.TLS_NOT_YET_VALID: t.TLS_CERTIFICATE_EXPIRED,
    Fault.TLS_UNKNOWN_ISSUER: t.TLS_UNKNOWN_ISSUER,
    Fault.TLS_HOSTNAME: t.TLS_HOSTNAME_MISMATCH,
    Fault.TLS_HANDSHAKE: t.TLS_HANDSHAKE_FAILED,
}

BY_STAGE: Final[Mapping[tuple[Fault, Stage], Problem]] = {
    (Fault.CLOSED, Stage.TLS): t.TLS_HANDSHAKE_FAILED,
    (Fault.PROXY_CLOSED, Stage.PROXY_TLS): n.PROXY_ENV_WRONG,
}
"""Where the stage says more than the fault alone."""

NO_HTTP_PROXY: Final = frozenset(
    {
        Fault.PROXY_CLOSED,
        Fault.PROXY_GARBAGE,
        Fault.PROXY_REFUSED,
        Fault.PROXY_TIMEOUT,
        Fault.PROXY_UNKNOWN,
        Fault.PROXY_UNREACHABLE,
    }
)
"""What does not show that a SOCKS proxy also speaks HTTP, as some do."""

BEFORE_THE_NETWORK: Final = frozenset({Stage.RESOLVE, Stage.CONNECT})

UNSUPPORTED: Final = "unsupported_country_region_territory"
"""The code in the answer to a country that is not served (codex-environment 3.2)."""

UNSUPPORTED_WORDS: Final = b"Country, region, or territory not supported"
"""The message beside it, which stands in other shapes too (codex-environment 3.3)."""

NO_RULE: Final = b"no_matching_rule"
"""The code of a refusal by rules that name who may come (`rejected_by_access_enforcement`), as reported."""

REFUSALS: Final = (401, 403, 407, 451)

PAGES: Final = frozenset({Service.GITHUB, Service.GITHUB_API, Service.PROVIDER})
"""Who may well answer with a page or lead elsewhere."""

CHALLENGES: Final = (b"Just a moment...", b"Attention Required! | Cloudflare")
"""Titles of Cloudflare's pages for browsers."""


NOT_RUNNING: Final = frozenset(
    {
        Fault.CONNECT_FAILED,
        Fault.DNS_FAILED,
        Fault.DNS_NXDOMAIN,
        Fault.DNS_TEMPORARY,
        Fault.NOT_PERMITTED,
        Fault.REFUSED,
        Fault.TIMEOUT,
        Fault.UNREACHABLE,
    }
)
"""How a server on this machine or network shows that it does not run, or elsewhere."""

OF_A_PROXY: Final = frozenset({403, 502, 503, 504})
"""What a proxy answers that cannot reach whom it is to lead to."""


def problem_of(visit: Visit, *, wsl: int = 0) -> Problem | None:
    """Return what is wrong with the way to this host, or None."""
    attempt = visit.attempt
    if visit.host.own and is_near(attempt.target.host) and _is_not_there(visit):
        return LOCAL_PROVIDER_UNREACHABLE
    if attempt.fault is None:
        return None if attempt.answer is None else problem_of_answer(attempt.answer, attempt.target.host)
    problem = BY_STAGE.get((attempt.fault, attempt.steps[-1].stage), BY_FAULT[attempt.fault])
    setting = visit.choice.setting
    if setting is not None and setting.flaw is Flaw.SOCKS and attempt.fault in NO_HTTP_PROXY:
        return n.PROXY_SOCKS_HTTP
    if problem is n.DNS_FAILURE and wsl:
        return n.DNS_FAILURE_WSL
    if problem is n.PROXY_CONNECTION_REFUSED and wsl > 1 and not visit.outside:
        return n.WSL_LOCALHOST_PROXY
    return problem


def is_near(host: str) -> bool:
    """Return whether *host* is this machine or its own network, as far as its name or address tells."""
    import ipaddress

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan", ".home.arpa"))
    mapped = getattr(address, "ipv4_mapped", None) or address
    networks = (ipaddress.ip_network(each) for each in PRIVATE)
    return mapped.is_loopback or mapped.is_link_local or any(mapped in network for network in networks)


PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""RFC 1918 and RFC 4193. What Python itself calls private is another list in each of its versions."""


def _is_not_there(visit: Visit) -> bool:
    answer = visit.attempt.answer
    if visit.choice.proxy is not None and answer is not None:
        return answer.status in OF_A_PROXY
    return visit.choice.proxy is None and visit.attempt.fault in NOT_RUNNING


def problem_of_answer(answer: Answer, host: str) -> Problem | None:
    """Return what the answer of *host* says is wrong, or None: refusals for want of a sign-in are fine."""
    if is_challenge(answer):
        return s.CLOUDFLARE_CHALLENGE_403
    refused = answer.status in (403, 451)
    if refused and (error_code(answer.body) == UNSUPPORTED or UNSUPPORTED_WORDS in answer.body):
        return s.REGION_BLOCKED
    if answer.status in REFUSALS and NO_RULE in answer.body:
        return ENTERPRISE_NETWORK_RULE_BLOCK
    if is_portal(answer, host) or (answer.status in REFUSED and _is_strange_page(answer)):
        filtered = answer.status != 511 and is_of_a_filter(answer, redirected_to(answer))  # noqa: PLR2004 - as below
        return ENTERPRISE_NETWORK_RULE_BLOCK if filtered else n.CAPTIVE_PORTAL
    return s.SERVICE_UNAVAILABLE if answer.status >= 500 else None  # noqa: PLR2004 - server errors


def is_challenge(answer: Answer) -> bool:
    """Return whether Cloudflare wants to see a browser."""
    if answer.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    if answer.status == 403 and is_page(answer) and "cloudflare" in answer.headers.get("server", "").lower():  # noqa: PLR2004 - Forbidden
        return True  # blocked at the edge, before the service saw it (codex-environment 3.2)
    return answer.status in (403, 429, 503) and any(title in answer.body for title in CHALLENGES)


def is_portal(answer: Answer, host: str) -> bool:
    """Return whether somebody else answered in the place of *host*.

    The hosts that Codex needs stand behind Cloudflare, whose answers carry `cf-ray`. A page, or a
    redirection to another host, without it is somebody else's.
    """
    if answer.status == 511:  # noqa: PLR2004 - Network Authentication Required (RFC 6585)
        return True
    if "cf-ray" in answer.headers:
        return False
    if 300 <= answer.status < 400:  # noqa: PLR2004 - redirections
        elsewhere = redirected_to(answer)
        return elsewhere is not None and _owner(elsewhere) != _owner(host)
    return 200 <= answer.status < 300 and _is_strange_page(answer)  # noqa: PLR2004 - successes


def _is_strange_page(answer: Answer) -> bool:
    """Return whether it is a page that did not come through Cloudflare."""
    return is_page(answer) and "cf-ray" not in answer.headers


def is_page(answer: Answer) -> bool:
    """Return whether the answer is a page for people."""
    return answer.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))


def redirected_to(answer: Answer) -> str | None:
    """Return the host that a redirection leads to, or None where it stays."""
    try:
        return urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        return None


def _owner(host: str) -> str:
    """Return the last two labels of a host: its owner, near enough for comparing."""
    return ".".join(host.lower().rsplit(".", 2)[-2:])


def error_code(body: bytes) -> str | None:
    """Return `error.code` of a body in the form of OpenAI's errors, or None."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for key in ("error", "code"):
        found = cast("dict[str, object]", found).get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def cut_off(reach: Reach) -> tuple[Visit, ...]:
    """Return the visits that failed because nothing outside can be reached at all; mostly none.

    That takes both: no outside host was connected to, and this machine has no route or interface to
    anywhere, or the system says of every address that there is none.
    """
    outside = tuple(visit for visit in reach.visits if visit.outside)
    if not outside or not all(_never_left(visit.attempt) for visit in outside):
        return ()
    unreachable = (Fault.UNREACHABLE, Fault.PROXY_UNREACHABLE)
    told = all(visit.attempt.fault in unreachable for visit in outside)
    return outside if told or reach.links.cut_off else ()


def _never_left(attempt: Attempt) -> bool:
    return attempt.failure is not None and attempt.failure.stage in BEFORE_THE_NETWORK


def diagnose(reach: Reach) -> Mapping[Problem, tuple[Visit, ...]]:
    """Return each problem with the visits that met it; GitHub's own and what nobody needs stand apart.

    Where nothing outside can be reached, that is the only problem of the visits that show it.
    """
    found: dict[Problem, list[Visit]] = {}
    lost = cut_off(reach)
    for visit in reach.visits:
        problem = n.NETWORK_UNREACHABLE if visit in lost else problem_of(visit, wsl=reach.wsl)
        answer = visit.attempt.answer
        by_a_page = problem is n.CAPTIVE_PORTAL or (
            problem is ENTERPRISE_NETWORK_RULE_BLOCK and answer is not None and is_page(answer)
        )
        if by_a_page and visit.host.service in PAGES:
            problem = None
        if problem is not None:
            found.setdefault(problem, []).append(visit)
    judged: dict[Problem, tuple[Visit, ...]] = {}
    github: list[Visit] = []
    for problem, visits in found.items():
        if problem is n.NETWORK_UNREACHABLE or any(visit.host.needed for visit in visits):
            judged[problem] = tuple(visits)
        else:
            github += [visit for visit in visits if visit.host.service.of_github]
    if github:
        judged[n.GITHUB_UNREACHABLE] = tuple(github)
    return judged
