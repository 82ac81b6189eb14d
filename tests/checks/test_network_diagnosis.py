"""What many hosts share is one finding, and every finding is the most specific one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.network.checks import CHECKS, github_is_reached, openai_is_reached
from codex_checks.network.diagnosis import diagnose, problem_of_answer
from codex_checks.network.gates import Served
from codex_checks.network.hosts import Service
from codex_checks.network.links import Links
from codex_checks.network.proxies import Flaw, Setting
from codex_checks.network.proxy_checks import ProxySettings
from codex_checks.network.reach import Reach, Visit
from codex_checks.network.roots import Roots
from codex_checks.network.status import Status
from codex_checks.network.variables import Origins
from codex_doctor.dial import Answer, Attempt, Fault, Proxy, Stage, Target
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Finding, Severity
from reached import HOSTS, host, proxy_setting, reach, visit

if TYPE_CHECKING:
    from collections.abc import Sequence

OPENAI = (Service.CHATGPT, Service.AUTH, Service.API)
GITHUB = (Service.GITHUB, Service.GITHUB_API)
EVERYBODY = (*OPENAI, *GITHUB)

DNS = (Fault.DNS_NXDOMAIN, Stage.RESOLVE)
REFUSED = (Fault.REFUSED, Stage.CONNECT)
SILENT = (Fault.TIMEOUT, Stage.CONNECT)


def _judge(found: Reach) -> list[Finding]:
    """Return the findings of every check of the network, as the runner would collect them."""
    findings: list[Finding] = []
    for check in CHECKS:
        facts = {
            "tls.roots": found.roots,
            "network.proxy-settings": ProxySettings(settings=()),
            "service.served": Served(reach=found, status=Status()),
        }
        needs = (facts.get(need.id, None if need.optional_of else found) for need in check.needs)
        try:
            findings += check(*needs)
        except NotApplicable:
            continue
    return [finding for finding in findings if finding.problem.name != "tls-no-system-roots"]


def _names(found: Reach) -> list[str]:
    return [finding.problem.name for finding in _judge(found)]


def _all(fault: Fault, at: Stage, services: Sequence[Service] = EVERYBODY) -> list[Visit]:
    return [visit(service, fault, at=at) for service in services]


def _healthy(*services: Service) -> list[Visit]:
    return [visit(service) for service in services]


def test_a_healthy_machine_has_no_finding() -> None:
    assert _names(reach(*_healthy(*EVERYBODY))) == []


@pytest.mark.parametrize(
    ("fault", "at", "name"),
    [
        (Fault.DNS_NXDOMAIN, Stage.RESOLVE, "dns-failure"),
        (Fault.DNS_TEMPORARY, Stage.RESOLVE, "dns-failure"),
        (Fault.DNS_TIMEOUT, Stage.RESOLVE, "dns-failure"),
        (Fault.REFUSED, Stage.CONNECT, "connection-refused"),
        (Fault.NOT_PERMITTED, Stage.CONNECT, "connection-refused"),
        (Fault.TIMEOUT, Stage.CONNECT, "connection-timeout"),
        (Fault.TLS_TIMEOUT, Stage.TLS, "connection-timeout"),
        (Fault.HTTP_TIMEOUT, Stage.HTTP, "connection-timeout"),
        (Fault.RESET, Stage.TLS, "connection-reset"),
        (Fault.CLOSED, Stage.TLS, "tls-handshake-failed"),
        (Fault.CLOSED, Stage.HTTP, "openai-unreachable"),
        (Fault.HTTP_GARBAGE, Stage.HTTP, "openai-unreachable"),
        (Fault.TLS_EXPIRED, Stage.TLS, "tls-certificate-expired"),
        (Fault.TLS_NOT_YET_VALID, Stage.TLS, "tls-certificate-expired"),
        (Fault.TLS_UNKNOWN_ISSUER, Stage.TLS, "tls-unknown-issuer"),
        (Fault.TLS_HOSTNAME, Stage.TLS, "tls-hostname-mismatch"),
        (Fault.TLS_HANDSHAKE, Stage.TLS, "tls-handshake-failed"),
    ],
)
def test_what_every_host_shares_is_one_finding(fault: Fault, at: Stage, name: str) -> None:
    (finding,) = _judge(reach(*_all(fault, at)))

    assert finding.problem.name == name
    assert finding.subjects >= {"chatgpt.com", "auth.openai.com", "api.openai.com", "github.com"}


@pytest.mark.parametrize(
    ("fault", "at", "name"),
    [
        (Fault.PROXY_REFUSED, Stage.CONNECT, "proxy-connection-refused"),
        (Fault.PROXY_UNREACHABLE, Stage.CONNECT, "network-unreachable"),
        (Fault.PROXY_TIMEOUT, Stage.CONNECT, "proxy-timeout"),
        (Fault.PROXY_TIMEOUT, Stage.PROXY, "proxy-timeout"),
        (Fault.PROXY_AUTH_REQUIRED, Stage.PROXY, "proxy-auth-required"),
        (Fault.PROXY_REJECTED, Stage.PROXY, "proxy-connect-rejected"),
        (Fault.PROXY_GARBAGE, Stage.PROXY, "proxy-connect-rejected"),
        (Fault.PROXY_CLOSED, Stage.PROXY, "proxy-connect-rejected"),
    ],
)
def test_what_the_proxy_does_to_every_host_is_one_finding(fault: Fault, at: Stage, name: str) -> None:
    visits = [visit(service, fault, at=at, setting=proxy_setting()) for service in EVERYBODY]

    assert _names(reach(*visits)) == [name]


def test_two_different_faults_are_two_findings() -> None:
    found = reach(
        visit(Service.CHATGPT, *DNS[:1], at=DNS[1]),
        visit(Service.AUTH, SILENT[0], at=SILENT[1]),
        *_healthy(Service.API, *GITHUB),
    )

    findings = {finding.problem.name: finding.subjects for finding in _judge(found)}
    assert findings == {
        "dns-failure": frozenset({"chatgpt.com"}),
        "connection-timeout": frozenset({"auth.openai.com"}),
    }


def test_what_fails_for_github_alone_is_a_warning_about_github() -> None:
    (finding,) = _judge(reach(*_healthy(*OPENAI), *_all(*SILENT, GITHUB)))

    assert (finding.problem.name, finding.problem.severity) == ("github-unreachable", Severity.WARNING)
    assert finding.evidence["hosts"] == ("github.com", "api.github.com")


def test_a_host_that_is_only_wanted_fails_in_silence() -> None:
    wanted = host(Service.CHATGPT, needed=False)

    assert _names(reach(visit(wanted, *SILENT[:1], at=SILENT[1]), *_healthy(Service.API, *GITHUB))) == []


def test_the_evidence_shows_every_way_stage_by_stage() -> None:
    (finding,) = _judge(reach(*_all(*REFUSED, OPENAI), *_healthy(*GITHUB)))

    assert finding.evidence["chatgpt.com"] == "dns 10 ms, connect failed: refused after 10 ms"
    assert finding.detail.startswith(
        "chatgpt.com, auth.openai.com, api.openai.com refused the connection (it broke); theirs, or a filter"
    )


@pytest.mark.parametrize("links", [Links(route=False), Links(interface=False)])
@pytest.mark.parametrize(("fault", "at"), [DNS, SILENT, (Fault.DNS_TIMEOUT, Stage.RESOLVE)])
def test_without_a_route_nothing_else_is_reported(links: Links, fault: Fault, at: Stage) -> None:
    assert _names(reach(*_all(fault, at), links=links)) == ["network-unreachable"]


def test_the_system_may_say_itself_that_there_is_no_route() -> None:
    assert _names(reach(*_all(Fault.UNREACHABLE, Stage.CONNECT))) == ["network-unreachable"]


def test_hosts_on_loopback_are_judged_on_their_own() -> None:
    here = host(Service.CHATGPT, url="http://127.0.0.1:9/backend-api")
    found = reach(
        visit(here, REFUSED[0], at=REFUSED[1]), *_all(*DNS, (Service.AUTH,)), links=Links(route=False)
    )

    assert sorted(_names(found)) == ["connection-refused", "network-unreachable"]


def test_a_machine_whose_hosts_are_all_on_loopback_needs_no_route() -> None:
    here = host(Service.CHATGPT, url="http://localhost:9/backend-api")

    assert _names(reach(visit(here), links=Links(route=False))) == []


def test_a_name_that_wsl_cannot_resolve_has_a_finding_of_its_own() -> None:
    assert _names(reach(*_all(*DNS), wsl=2)) == ["dns-failure-wsl"]


def test_a_proxy_on_localhost_that_refuses_in_wsl_belongs_to_windows() -> None:
    setting = proxy_setting("http://127.0.0.1:7890")
    visits = [visit(s, Fault.PROXY_REFUSED, at=Stage.CONNECT, setting=setting) for s in EVERYBODY]

    assert _names(reach(*visits, wsl=2)) == ["wsl-localhost-proxy"]
    assert _names(reach(*visits, wsl=1)) == ["proxy-connection-refused"]


@pytest.mark.parametrize("fault", [Fault.PROXY_GARBAGE, Fault.PROXY_CLOSED, Fault.PROXY_TIMEOUT])
def test_a_socks_proxy_that_speaks_no_http_is_named_as_such(fault: Fault) -> None:
    proxy = Proxy(host="127.0.0.1", port=1080)
    setting = Setting(variable="ALL_PROXY", shown="socks5://127.0.0.1:1080", proxy=proxy, flaw=Flaw.SOCKS)
    visits = [visit(s, fault, at=Stage.PROXY, setting=setting) for s in EVERYBODY]

    assert [problem.name for problem in diagnose(reach(*visits))] == ["proxy-socks-http"]


CHALLENGE = Answer(status=403, headers={"cf-mitigated": "challenge", "cf-ray": "8f0-TXL"})
REGION = Answer(
    status=403, body=json.dumps({"error": {"code": "unsupported_country_region_territory"}}).encode()
)
PAGE = Answer(status=200, headers={"content-type": "text/html; charset=utf-8"}, body=b"<html>")
LED_AWAY = Answer(status=302, headers={"location": "http://login.hotel.example/?to=chatgpt"})


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (CHALLENGE, "cloudflare-challenge-403"),
        (Answer(status=403, body=b"<title>Just a moment...</title>"), "cloudflare-challenge-403"),
        (REGION, "region-blocked"),
        (Answer(status=503), "service-unavailable"),
        (Answer(status=520), "service-unavailable"),
        (PAGE, "captive-portal"),
        (LED_AWAY, "captive-portal"),
        (Answer(status=511), "captive-portal"),
        (replace(PAGE, status=511, body=b"Access denied: sign in"), "captive-portal"),
        (replace(PAGE, status=403), "enterprise-network-rule-block"),
        (replace(PAGE, status=451), "enterprise-network-rule-block"),
        (replace(PAGE, body=b"<h1>Web Page Blocked</h1>FortiGuard"), "enterprise-network-rule-block"),
        (replace(PAGE, body=b"This site has been blocked by your school"), "enterprise-network-rule-block"),
        (
            replace(LED_AWAY, headers={**LED_AWAY.headers, "server": "Zscaler/6.2"}),
            "enterprise-network-rule-block",
        ),
        (
            Answer(status=307, headers={"location": "https://gateway.zscloud.net/auD?x"}),
            "enterprise-network-rule-block",
        ),
        (
            Answer(status=302, headers={"location": "https://blocked.school.example/"}),
            "enterprise-network-rule-block",
        ),
        (replace(PAGE, status=403, headers={"content-type": "text/html", "cf-ray": "8f0"}), None),
        (Answer(status=301, headers={"location": "https://www.chatgpt.com/"}), None),
        (Answer(status=302, headers={"location": "/login"}), None),
        (Answer(status=302, headers={"location": "http://[::"}), None),
        (Answer(status=200, headers={"content-type": "text/html", "cf-ray": "8f0"}), None),
        (Answer(status=405), None),
        (Answer(status=404, body=b"not json"), None),
        (Answer(status=429), None),
    ],
)
def test_an_answer_is_sorted_by_who_gave_it_and_why(answer: Answer, name: str | None) -> None:
    problem = problem_of_answer(answer, "chatgpt.com")

    assert (problem.name if problem else None) == name


def test_a_challenge_that_only_the_doctor_met_is_a_note() -> None:
    (finding,) = _judge(reach(visit(Service.CHATGPT, answer=CHALLENGE), *_healthy(*GITHUB)))

    assert (finding.problem.name, finding.problem.severity) == ("cloudflare-challenge-403", Severity.NOTE)
    assert finding.evidence["cf_ray"] == "8f0-TXL"


def test_github_may_answer_with_a_page() -> None:
    assert _names(reach(*_healthy(*OPENAI), visit(Service.GITHUB, answer=PAGE))) == []


def test_a_portal_that_breaks_every_certificate_is_seen_over_plain_http() -> None:
    plain = Attempt(target=Target(host="chatgpt.com", port=80, tls=False), answer=LED_AWAY)
    found = Reach(
        visits=tuple(_all(Fault.TLS_UNKNOWN_ISSUER, Stage.TLS)), links=Links(route=True), portal=plain
    )

    findings = {finding.problem.name: finding for finding in _judge(found)}
    assert set(findings) == {"captive-portal", "tls-unknown-issuer"}
    assert "login.hotel.example" in findings["captive-portal"].detail
    assert "tls-unknown-issuer" in findings["captive-portal"].problem.explains


@pytest.mark.parametrize(
    ("skews", "severity"),
    [
        ((7200.0, 7210.0), Severity.ERROR),
        ((-7200.0,), Severity.ERROR),
        ((400.0, 420.0), Severity.WARNING),
        ((200.0,), None),
        ((7200.0, 0.5), None),
        ((7200.0, -7200.0), None),
        ((), None),
    ],
)
def test_the_clock_is_wrong_where_every_server_says_so(
    skews: tuple[float, ...], severity: Severity | None
) -> None:
    visits = [visit(service, skew=skew) for service, skew in zip(OPENAI, skews, strict=False)]
    found = [each for each in _judge(reach(*visits)) if each.problem.name == "clock-skew"]

    assert [each.problem.severity for each in found] == ([] if severity is None else [severity])


def test_a_clock_that_is_behind_says_by_how_much() -> None:
    (finding,) = _judge(reach(visit(Service.CHATGPT, skew=7200.0)))

    assert finding.detail == "This machine is 2 hours behind chatgpt.com"
    assert finding.fix is not None


def test_a_file_that_replaced_the_public_authorities_is_named_in_the_advice() -> None:
    set_in = Origins(file="/home/me/.codex/.env", lines={"SSL_CERT_FILE": 3})
    roots = Roots(replaced_by="SSL_CERT_FILE", origins=set_in, sources=("x (SSL_CERT_FILE)",))
    (finding,) = _judge(reach(*_all(Fault.TLS_UNKNOWN_ISSUER, Stage.TLS), roots=roots))

    assert "SSL_CERT_FILE (set in /home/me/.codex/.env, line 3) replaces" in finding.advice
    assert "CODEX_CA_CERTIFICATE" in finding.advice


def test_every_fault_has_a_name() -> None:
    for fault in Fault:
        at = Stage.RESOLVE if fault.startswith("dns") else Stage.HTTP
        assert diagnose(reach(visit(Service.CHATGPT, fault, at=at), visit(Service.AUTH))), fault


BODIES = (b"[]", b'{"error": []}', b'{"error": {"code": 1}}', b"[" * 5000)


@given(
    status=st.integers(200, 999),
    body=st.binary(max_size=60) | st.sampled_from(BODIES),
    location=st.text(max_size=20),
)
def test_any_answer_is_judged(status: int, body: bytes, location: str) -> None:
    answer = Answer(status=status, body=body, headers={"location": location, "content-type": location})
    found = reach(visit(HOSTS[Service.CHATGPT], answer=answer))

    assert len(_judge(found)) <= 1


def test_healthy_ways_are_told_stage_by_stage() -> None:
    found = reach(visit(Service.CHATGPT), visit(Service.AUTH), visit(Service.GITHUB))
    way = "dns 10 ms, connect 10 ms, tls 10 ms, http 401 10 ms"

    assert openai_is_reached.conclude(found, None) == ((), f"chatgpt.com: {way}; auth.openai.com: {way}")
    assert github_is_reached.conclude(found) == ((), f"github.com: {way}")
