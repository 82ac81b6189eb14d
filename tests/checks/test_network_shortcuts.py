"""WebSockets and IPv6: a warning only where something stands in the way, never where a host refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.network.hosts import Service, hosts
from codex_checks.network.proxies import Choice, choose_for_socket
from codex_checks.network.shortcuts import ipv6_leads_there, websockets_get_through
from codex_checks.network.variables import Origins
from codex_doctor.dial import Answer, Attempt, Fault, Stage, Step, Target
from codex_doctor.redact import Secret
from reached import HEALTHY, proxy_setting, reach, visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.network.reach import Visit
    from codex_doctor.model import Finding

CHATGPT = next(host for host in hosts({}, None, mode="chatgpt") if host.service is Service.CHATGPT)
OPEN = Choice()


def _visit(upgrade: Attempt | None, *, answer: Answer = HEALTHY, socket: Choice | None = OPEN) -> Visit:
    return replace(visit(CHATGPT, answer=answer), upgrade=upgrade, socket=socket)


def _answered(status: int, headers: Mapping[str, str] | None = None) -> Attempt:
    there = CHATGPT.upgrade or CHATGPT.target
    answer = Answer(status=status, headers={"cf-ray": "8f0-TXL"} if headers is None else headers)
    return Attempt(target=there, steps=(Step(stage=Stage.HTTP, seconds=0.1),), answer=answer)


def _failed(fault: Fault, *, at: Stage = Stage.HTTP, seconds: float = 2.4) -> Attempt:
    there = CHATGPT.upgrade or CHATGPT.target
    return Attempt(target=there, steps=(Step(stage=at, seconds=seconds, fault=fault, words="it broke"),))


def _judge(visit: Visit) -> list[str]:
    return [finding.detail for finding in websockets_get_through(reach(visit))]


@pytest.mark.parametrize("status", [101, 400, 401, 403, 404, 405, 426, 429])
def test_whatever_the_host_itself_answers_shows_that_the_question_came_through(status: int) -> None:
    assert _judge(_visit(_answered(status))) == []


def test_a_page_in_the_place_of_an_answer_is_somebody_elses() -> None:
    page = {"content-type": "text/html"}

    (words,) = _judge(_visit(_answered(403, page), answer=replace(HEALTHY, headers={})))

    assert "a page was put in the place" in words
    assert _judge(_visit(_answered(403, {**page, "cf-ray": "8f0-TXL"}))) == []


@pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.RESET, Fault.HTTP_GARBAGE])
def test_an_upgrade_that_breaks_off_where_https_works_is_a_warning(fault: Fault) -> None:
    (finding,) = websockets_get_through(reach(_visit(_failed(fault))))

    assert (finding.problem.name, str(finding.problem.severity)) == ("websocket-blocked", "warning")
    assert finding.detail == ("chatgpt.com answers over HTTPS, but a WebSocket does not come about: it broke")


def test_silence_counts_only_where_it_lasts() -> None:
    long, short = (_failed(Fault.HTTP_TIMEOUT, seconds=each) for each in (2.4, 0.6))

    assert _judge(_visit(long)) == [
        "chatgpt.com answers over HTTPS, but nothing answered the question for a WebSocket within 2.4 seconds"
    ]
    assert _judge(_visit(short)) == []


def test_silence_says_nothing_where_the_host_is_slow_anyway() -> None:
    slow = _visit(_failed(Fault.HTTP_TIMEOUT))
    attempt = replace(slow.attempt, steps=(*slow.attempt.steps[:-1], Step(stage=Stage.HTTP, seconds=1.0)))

    assert _judge(replace(slow, attempt=attempt)) == []


def test_a_new_connection_that_fails_proves_nothing_of_websockets() -> None:
    assert _judge(_visit(_failed(Fault.TIMEOUT, at=Stage.CONNECT))) == []


@pytest.mark.parametrize(
    ("headers", "by"),
    [
        ({"server": "squid/6.1"}, "squid/6.1"),
        ({"via": "1.1 office"}, "1.1 office"),
        ({}, "something on the way"),
    ],
)
def test_somebody_who_answers_in_its_place_is_named(headers: Mapping[str, str], by: str) -> None:
    (told,) = _judge(_visit(_answered(403, headers)))

    assert told.endswith(f", but {by} answered the question for a WebSocket in its place, with 403")


def test_a_gateway_of_ones_own_is_not_taken_for_somebody_else() -> None:
    plain = Answer(status=401, headers={"server": "gateway"})

    assert _judge(_visit(_answered(404, {"server": "gateway"}), answer=plain)) == []


def test_a_server_error_for_the_upgrade_alone_is_a_warning() -> None:
    assert _judge(_visit(_answered(502)))[0].endswith("was answered with 502")


def test_where_the_host_is_sick_anyway_nothing_is_said_of_websockets() -> None:
    assert _judge(_visit(_failed(Fault.RESET), answer=Answer(status=503))) == []


def test_a_proxy_that_only_websockets_take_is_named() -> None:
    socket = Choice(setting=proxy_setting("http://127.0.0.1:9", variable="HTTP_PROXY"))
    (finding,) = websockets_get_through(
        reach(_visit(_failed(Fault.PROXY_REFUSED, at=Stage.CONNECT), socket=socket))
    )

    assert finding.detail == (
        "chatgpt.com answers over HTTPS, but a WebSocket goes through HTTP_PROXY (set in the environment), "
        "http://127.0.0.1:9, which does not lead there (it broke)"
    )


URL = "https://chatgpt.com/backend-api"
OFFICE = "http://office.example:3128"


@pytest.mark.parametrize(
    ("variables", "taken"),
    [
        ({}, "straight"),
        ({"HTTPS_PROXY": OFFICE}, "HTTPS_PROXY"),
        ({"HTTP_PROXY": OFFICE}, "HTTP_PROXY"),
        ({"HTTP_PROXY": OFFICE, "NO_PROXY": "chatgpt.com"}, "straight"),
        ({"HTTPS_PROXY": OFFICE, "HTTP_PROXY": "http://other.example:1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": OFFICE, "NO_PROXY": "chatgpt.com"}, "straight"),
        ({"HTTPS_PROXY": "office.example:3128"}, "straight"),
        ({"HTTPS_PROXY": "socks5://office.example:1080"}, "cannot be tried"),
        ({"HTTP_PROXY": "socks5://office.example:1080"}, "cannot be tried"),
        ({"HTTP_PROXY": "office.example:3128"}, "cannot be tried"),
    ],
)
def test_a_websocket_takes_a_way_of_its_own(variables: Mapping[str, str], taken: str) -> None:
    choice = choose_for_socket(variables, URL, Secret)

    told = "cannot be tried" if choice is None else choice.setting.variable if choice.setting else "straight"
    assert told == taken


SIXTH = "2001:db8::10"


def _both(fault: Fault | None) -> list[Finding]:
    four = visit(Service.CHATGPT)
    attempt = replace(four.attempt, addresses=(SIXTH, "203.0.113.10"), address="203.0.113.10")
    step = Step(stage=Stage.CONNECT, seconds=2.0, fault=fault, words="Connection refused" if fault else "")
    sixth = Attempt(target=Target(host=SIXTH, port=443), steps=(step,))
    return list(ipv6_leads_there(replace(reach(replace(four, attempt=attempt)), sixth=sixth)))


def test_ipv6_that_is_silent_where_ipv4_answers_is_a_warning_with_a_line_to_mend_it() -> None:
    (finding,) = _both(Fault.TIMEOUT)

    assert (finding.problem.name, str(finding.problem.severity)) == ("ipv6-broken", "warning")
    assert finding.detail == (f"chatgpt.com answers at 203.0.113.10, and connecting to {SIXTH} is silent")
    assert "disable_ipv6" in repr(finding.fix)


def test_ipv6_that_is_refused_is_told_in_the_words_of_the_system() -> None:
    assert [finding.detail.rpartition(" ")[0] for finding in _both(Fault.REFUSED)] == [
        f"chatgpt.com answers at 203.0.113.10, and connecting to {SIXTH} fails (Connection"
    ]


@pytest.mark.parametrize("fault", [None, Fault.UNREACHABLE, Fault.NOT_PERMITTED])
def test_a_machine_without_ipv6_or_with_one_that_works_is_healthy(fault: Fault | None) -> None:
    assert _both(fault) == []


@pytest.mark.parametrize(("os", "word"), [("macos", "networksetup"), ("windows", "ms_tcpip6")])
def test_ipv6_is_turned_off_as_each_system_does_it(os: str, word: str) -> None:
    four = visit(Service.CHATGPT)
    attempt = replace(four.attempt, addresses=(SIXTH,))
    step = Step(stage=Stage.CONNECT, seconds=2.0, fault=Fault.TIMEOUT)
    sixth = Attempt(target=Target(host=SIXTH, port=443), steps=(step,))
    found = replace(reach(replace(four, attempt=attempt)), sixth=sixth, origins=Origins(os=os))

    assert word in repr(next(iter(ipv6_leads_there(found))).fix)
