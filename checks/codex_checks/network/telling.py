"""A finding of the network in words: what was seen on the way, once for all hosts that show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.network.diagnosis import error_code, is_page, redirected_to
from codex_doctor.dial import Fault, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codex_checks.network.proxies import Setting
    from codex_checks.network.reach import Reach, Visit
    from codex_checks.network.variables import Origins
    from codex_doctor.dial import Answer, Attempt
    from codex_doctor.fix import Fix
    from codex_doctor.model import Finding, Problem


def report(
    problem: Problem,
    visits: Sequence[Visit],
    found: Reach,
    *,
    detail: str | None = None,
    advice: str | None = None,
    fix: Fix | None = None,
    **more: str,
) -> Finding:
    """Return *problem* as found on *visits*: what was seen, the hosts, and each way stage by stage."""
    evidence: dict[str, str | tuple[str, ...]] = {
        "hosts": tuple(visit.host.name for visit in visits),
        **{visit.host.name: way(visit) for visit in visits},
        **{name: value for name, value in more.items() if value},
    }
    subjects = frozenset[str]().union(*(visit.host.subjects for visit in visits))
    return problem.found(
        detail or seen(visits, found.origins), evidence=evidence, advice=advice, fix=fix, subjects=subjects
    )


def way(visit: Visit) -> str:
    """Say how far the way to a host led, and through what: `via http://proxy:3128: dns 2 ms, ...`."""
    setting = visit.choice.setting
    via = f"via {setting.shown} ({setting.variable}): " if setting is not None else ""
    return f"{via}{visit.attempt}"


def stages(visits: Iterable[Visit]) -> str:
    """Say of each host how long every stage of the way took: `chatgpt.com: dns 2 ms, connect 11 ms, ...`."""
    return "; ".join(f"{visit.host.name}: {way(visit)}" for visit in visits)


def seen(visits: Sequence[Visit], origins: Origins) -> str:
    """Say what was seen on *visits*, in a sentence for all hosts that show the same."""
    groups: dict[tuple[Setting | None, str], list[Visit]] = {}
    for visit in visits:
        groups.setdefault((visit.choice.setting, _told(visit)), []).append(visit)
    return "; ".join(
        _sentence(setting, words, several, origins) for (setting, words), several in groups.items()
    )


def named(visits: Sequence[Visit]) -> str:
    """Return the hosts of *visits*, without those that are not needed where others are."""
    needed = [visit.host.name for visit in visits if visit.host.needed]
    return ", ".join(needed or [visit.host.name for visit in visits])


def _sentence(setting: Setting | None, words: str, visits: Sequence[Visit], origins: Origins) -> str:
    hosts = named(visits)
    if setting is None:
        return words.replace(_HOST, hosts)
    place = f"{setting.variable} (set in {origins.where(setting.variable)}) names {setting.shown}"
    if _HOST not in words:
        return f"{place}, {words}; needed for {hosts}"
    return f"{words.replace(_HOST, hosts)}; {place}, which leads there"


_HOST: Final = "{host}"
"""Stands in a sentence for the hosts; a sentence about a proxy has none."""


def _told(visit: Visit) -> str:
    """Return what was seen as a sentence in which the hosts are missing."""
    attempt = visit.attempt
    failure = attempt.failure
    if failure is None or failure.fault is None:
        return f"{_HOST} {_answered(attempt.answer)}" if attempt.answer else f"{_HOST} gave no answer"
    if failure.fault in _OF_PROXIES:
        return _OF_PROXIES[failure.fault].format(words=failure.words, **_of_proxy(attempt))
    if failure.fault is Fault.RESET or failure.fault is Fault.CLOSED:
        return f"{_HOST}: {failure.words}"
    silent = failure.words == "no answer in time"
    return _OF_HOSTS.get(failure.fault, "{host}: {words}").format(
        host=_HOST, words="silence" if silent else failure.words
    )


def _of_proxy(attempt: Attempt) -> Mapping[str, str]:
    given = attempt.proxy is not None and attempt.proxy.authorization is not None
    reached = any(step.fault is None and step.stage is Stage.CONNECT for step in attempt.steps)
    return {
        "asks": "which refuses the user and password that stand there"
        if given
        else "which asks for a user and a password",
        "silence": "which takes the connection and then says nothing" if reached else "which does not answer",
    }


_OF_PROXIES: Final[Mapping[Fault, str]] = {
    Fault.PROXY_REFUSED: "and nothing listens there",
    Fault.PROXY_UNREACHABLE: "and this machine has no way there ({words})",
    Fault.PROXY_UNKNOWN: "and that host has no address ({words})",
    Fault.PROXY_TIMEOUT: "{silence}",
    Fault.PROXY_AUTH_REQUIRED: "{asks} ({words})",
    Fault.PROXY_REJECTED: "which refuses to lead there ({words})",
    Fault.PROXY_GARBAGE: "and what answers there is no HTTP proxy ({words})",
    Fault.PROXY_CLOSED: "and what answers there is no HTTP proxy, or refuses ({words})",
    Fault.PROXY_TLS: "which cannot be spoken to over TLS ({words})",
}
"""What a proxy did, after `HTTPS_PROXY names http://proxy:3128,`."""

_OF_HOSTS: Final[Mapping[Fault, str]] = {
    Fault.DNS_NXDOMAIN: "The name server knows no {host} ({words})",
    Fault.DNS_TEMPORARY: "The name server gives no answer about {host} ({words})",
    Fault.DNS_FAILED: "The name server gives no answer about {host} ({words})",
    Fault.DNS_TIMEOUT: "No name server answers about {host} in time",
    Fault.REFUSED: "{host} refused the connection ({words})",
    Fault.UNREACHABLE: "This machine has no way to {host} ({words})",
    Fault.NOT_PERMITTED: "This machine does not permit connections to {host} ({words})",
    Fault.CONNECT_FAILED: "No connection to {host} comes about ({words})",
    Fault.TIMEOUT: "Attempts to connect to {host} meet with {words}",
    Fault.TLS_TIMEOUT: "{host} accepted the connection and said nothing to the TLS handshake",
    Fault.HTTP_TIMEOUT: "{host} accepted the connection and said nothing to the request",
    Fault.HTTP_GARBAGE: "{host}: {words}",
    Fault.TLS_EXPIRED: "{host} showed a certificate that has expired ({words})",
    Fault.TLS_NOT_YET_VALID: "{host} showed a certificate that is not valid yet ({words})",
    Fault.TLS_UNKNOWN_ISSUER: "{host} showed a certificate from nobody that Codex trusts ({words})",
    Fault.TLS_HOSTNAME: "{host} showed a certificate of another host ({words})",
    Fault.TLS_HANDSHAKE: "TLS with {host} fails ({words})",
}


def _answered(answer: Answer) -> str:
    code = error_code(answer.body)
    elsewhere = redirected_to(answer) if 300 <= answer.status < 400 else None  # noqa: PLR2004 - redirections
    extra = code or (f"and led to {elsewhere}" if elsewhere else "")
    extra = extra or ("with a page for people" if is_page(answer) else "")
    return f"answered {answer.status} {extra}".rstrip()
