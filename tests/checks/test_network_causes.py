"""One dead proxy, resolver, clock, authority or service is one cause; two independent faults are two."""

from __future__ import annotations

import pytest

from codex_checks.catalogue import catalogue
from codex_checks.problems import PROBLEMS
from codex_doctor.causes import trace
from codex_doctor.model import Outcome, Verdict

BY_NAME = {problem.name: problem for problem in PROBLEMS}
CHECKS = {check.id: check for check in catalogue().checks}

CHATGPT, AUTH, GITHUB = "chatgpt.com", "auth.openai.com", "github.com"


def _found(name: str, *hosts: str) -> Outcome:
    problem = BY_NAME[name]
    check = next(check for check in CHECKS.values() if problem in check.reports)
    return Outcome(
        check=check.id,
        title=check.title,
        area=check.area,
        verdict=Verdict.FOUND,
        findings=(problem.found(f"{name} of {hosts}", subjects=frozenset(hosts)),),
    )


def _skipped(check: str) -> Outcome:
    known = CHECKS[check]
    return Outcome(
        check=check,
        title=known.title,
        area=known.area,
        verdict=Verdict.SKIPPED,
        reason="it could not be read",
        could_be_blocked=True,
    )


def _causes(*found: tuple[str, ...]) -> list[str]:
    diagnosis = trace([_found(*each) for each in found])
    return [traced.finding.problem.name for traced in diagnosis.findings if traced.cause is None]


@pytest.mark.parametrize(
    ("cause", "consequences"),
    [
        ("proxy-connection-refused", [("openai-unreachable", CHATGPT), ("github-unreachable", GITHUB)]),
        ("proxy-timeout", [("openai-unreachable", CHATGPT)]),
        ("proxy-socks-http", [("proxy-connect-rejected", CHATGPT), ("proxy-timeout", CHATGPT)]),
        ("proxy-env-wrong", [("dns-failure", CHATGPT), ("connection-timeout", AUTH)]),
        ("wsl-localhost-proxy", [("proxy-connection-refused", CHATGPT)]),
        ("dns-failure", [("github-unreachable", GITHUB), ("openai-unreachable", CHATGPT)]),
        ("network-unreachable", [("dns-failure", CHATGPT), ("connection-refused", AUTH)]),
        ("captive-portal", [("tls-unknown-issuer", CHATGPT), ("connection-reset", AUTH)]),
        ("clock-skew", [("tls-certificate-expired", CHATGPT), ("access-token-expired",)]),
        ("tls-no-system-roots", [("tls-unknown-issuer", CHATGPT)]),
        ("tls-ca-file-unreadable", [("tls-unknown-issuer", CHATGPT), ("openai-unreachable", CHATGPT)]),
    ],
)
def test_one_fault_of_the_way_is_one_cause(cause: str, consequences: list[tuple[str, ...]]) -> None:
    assert _causes(*consequences, (cause,)) == [cause]


def test_a_service_that_admits_a_fault_explains_the_silence_of_the_same_host() -> None:
    assert _causes(("service-unavailable", CHATGPT), ("connection-timeout", CHATGPT)) == [
        "service-unavailable"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("proxy-connection-refused", CHATGPT), ("auth-json-invalid",)),
        (("connection-refused", CHATGPT), ("connection-timeout", AUTH)),
        (("service-unavailable", CHATGPT), ("connection-timeout", AUTH)),
        (("clock-skew",), ("dns-failure", AUTH)),
        (("tls-unknown-issuer", CHATGPT), ("service-unavailable", AUTH)),
        (("region-blocked", CHATGPT), ("tls-certificate-expired", AUTH)),
        (("websocket-blocked", CHATGPT), ("ipv6-broken", CHATGPT)),
        (("proxy-env-wrong",), ("clock-skew",)),
    ],
)
def test_two_independent_faults_are_two_causes(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert sorted(_causes(one, other)) == sorted([one[0], other[0]])


@pytest.mark.parametrize(
    "cause",
    [
        "network-unreachable",
        "dns-failure",
        "proxy-connection-refused",
        "proxy-timeout",
        "proxy-auth-required",
        "captive-portal",
        "tls-unknown-issuer",
        "tls-ca-file-unreadable",
        "connection-timeout",
    ],
)
def test_whatever_asks_the_service_is_blocked_by_what_keeps_us_from_it(cause: str) -> None:
    asking = ["auth.session-accepted", "service.is-up", "network.clock-is-right", "usage.limits-have-room"]
    diagnosis = trace([*(_skipped(check) for check in asking), _found(cause, CHATGPT)])

    assert diagnosis.blocked_by == dict.fromkeys(asking, BY_NAME[cause].code)
    assert diagnosis.findings[0].blocks == tuple(sorted(asking))


@pytest.mark.parametrize("harmless", ["github-unreachable", "websocket-blocked", "ipv6-broken"])
def test_what_codex_can_do_without_blocks_nothing(harmless: str) -> None:
    assert trace([_skipped("service.is-up"), _found(harmless, GITHUB)]).blocked_by == {}
