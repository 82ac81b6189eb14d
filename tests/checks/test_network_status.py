"""The status page is asked only where something looks wrong, and believed only as far as it makes sense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.network.checks import hosts_accept_connections
from codex_checks.network.gates import Served
from codex_checks.network.hosts import Service
from codex_checks.network.service_checks import is_up
from codex_checks.network.status import Incident, Status, looks_wrong, parse_summary
from codex_checks.network.whose import whose
from codex_doctor.dial import Answer, Fault, Stage
from reached import reach, visit

if TYPE_CHECKING:
    from codex_checks.network.reach import Reach, Visit

INCIDENT = {
    "name": "Elevated errors in Codex",
    "status": "investigating",
    "started_at": "2026-11-20T09:05:00.000Z",
    "shortlink": "https://stspg.io/abc",
    "components": [{"name": "Responses"}],
}
SICK = Answer(status=503, headers={"cf-ray": "8f0-TXL"})


def _summary(*incidents: object, components: object = ()) -> bytes:
    found = {"status": {"indicator": "major"}, "incidents": list(incidents), "components": components}
    return json.dumps(found).encode()


def _dead(service: Service) -> Visit:
    return visit(service, Fault.TIMEOUT, at=Stage.CONNECT)


def test_an_incident_is_read_with_its_beginning_its_parts_and_its_page() -> None:
    assert parse_summary(_summary(INCIDENT)) == Status(
        asked=True,
        understood=True,
        incidents=(
            Incident(
                name="Elevated errors in Codex",
                since="2026-11-20T09:05:00.000Z",
                components=("Responses",),
                link="https://stspg.io/abc",
            ),
        ),
    )


@pytest.mark.parametrize(
    "incident",
    [
        {"name": "Slow images in Sora", "status": "investigating", "components": [{"name": "Sora"}]},
        INCIDENT | {"status": "resolved"},
        INCIDENT | {"status": "postmortem"},
    ],
)
def test_what_is_over_or_concerns_others_is_passed_over(incident: object) -> None:
    assert parse_summary(_summary(incident)) == Status(asked=True, understood=True)


def test_a_component_that_does_not_work_is_named() -> None:
    components = [
        {"name": "Codex CLI", "status": "partial_outage"},
        {"name": "Login", "status": "operational"},
        {"name": "Sora", "status": "major_outage"},
    ]

    assert parse_summary(_summary(components=components)).troubled == ("Codex CLI",)


@given(
    st.binary()
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_whatever_the_page_says_is_no_incident_unless_it_is_one(body: bytes) -> None:
    assert parse_summary(body).admits is False


@given(
    st.dictionaries(
        st.sampled_from(["name", "status", "components", "shortlink", "started_at"]),
        st.text() | st.lists(st.text()) | st.none(),
    )
)
def test_an_incident_of_any_shape_is_told_in_one_line(incident: object) -> None:
    found = parse_summary(_summary(incident))
    for finding in is_up(Served(reach=reach(visit(Service.CHATGPT, answer=SICK)), status=found)):
        assert finding.detail.isprintable()


def test_only_what_looks_like_the_service_leads_to_its_page() -> None:
    well = [visit(Service.CHATGPT), visit(Service.AUTH), visit(Service.API), visit(Service.GITHUB)]
    down = [visit(Service.CHATGPT, answer=SICK), *well[1:]]
    several = [_dead(Service.CHATGPT), _dead(Service.AUTH), *well[2:]]
    one = [_dead(Service.CHATGPT), *well[1:]]
    everything = [_dead(each) for each in (Service.CHATGPT, Service.AUTH, Service.API, Service.GITHUB)]

    assert [looks_wrong(reach(*each)) for each in (well, down, several, one, everything)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_an_incident_is_theirs_with_its_beginning_and_what_to_do_meanwhile() -> None:
    found = reach(visit(Service.CHATGPT, answer=SICK))
    (finding,) = is_up(Served(reach=found, status=parse_summary(_summary(INCIDENT))))

    assert finding.problem.name == "service-unavailable"
    assert finding.detail == (
        "Theirs, not yours: Elevated errors in Codex since 2026-11-20 09:05 UTC; chatgpt.com answered 503"
    )
    assert "https://stspg.io/abc" in finding.advice
    assert "codex resume" in finding.advice


def test_silent_hosts_are_the_services_fault_where_it_admits_one() -> None:
    found = reach(_dead(Service.CHATGPT), _dead(Service.AUTH), visit(Service.GITHUB))
    (finding,) = is_up(Served(reach=found, status=parse_summary(_summary(INCIDENT))))

    assert finding.subjects == {"chatgpt.com", "auth.openai.com"}
    assert {"connection-timeout", "connection-reset", "connection-refused"} <= set(finding.problem.explains)


def test_without_an_incident_the_answers_decide() -> None:
    down, silent = visit(Service.CHATGPT, answer=SICK), _dead(Service.AUTH)
    calm = Status(asked=True, understood=True)

    (finding,) = is_up(Served(reach=reach(down), status=calm))
    assert (finding.detail, finding.evidence["status_page"]) == (
        "Theirs, not yours: chatgpt.com answered 503",
        "it knows of no fault",
    )
    assert is_up(Served(reach=reach(silent, visit(Service.GITHUB)), status=calm)) == ()


def test_a_page_that_could_not_be_read_is_told_as_such() -> None:
    (finding,) = is_up(Served(reach=reach(visit(Service.CHATGPT, answer=SICK)), status=Status(asked=True)))

    assert finding.evidence["status_page"] == "it could not be read"


def test_a_component_without_an_incident_is_admitted_too() -> None:
    found = Served(
        reach=reach(visit(Service.CHATGPT, answer=SICK)),
        status=Status(asked=True, understood=True, troubled=("Codex CLI",)),
    )

    (finding,) = is_up(found)
    assert finding.detail.startswith(
        "Theirs, not yours: the status page says that Codex CLI does not work as it should; chatgpt.com"
    )


CALM = Status(asked=True, understood=True)


def _lost(*more: Visit) -> Reach:
    return reach(_dead(Service.CHATGPT), _dead(Service.AUTH), *more)


@pytest.mark.parametrize(
    ("found", "said", "words"),
    [
        (_lost(visit(Service.GITHUB)), CALM, "on the way rather than theirs: GitHub answers"),
        (
            _lost(visit(Service.GITHUB)),
            Status(asked=True),
            "theirs, or a filter that keeps OpenAI alone away",
        ),
        (_lost(visit(Service.GITHUB)), None, "theirs, or a filter that keeps OpenAI alone away"),
        (_lost(_dead(Service.GITHUB)), None, "this side, not theirs: GitHub does not answer either"),
        (reach(_dead(Service.CHATGPT), visit(Service.AUTH), visit(Service.GITHUB)), CALM, ""),
        (_lost(), CALM, ""),
    ],
)
def test_whose_fault_it_is_shows_in_who_else_answers_and_what_the_page_says(
    found: Reach, said: Status | None, words: str
) -> None:
    (finding,) = hosts_accept_connections(found, said)

    assert whose(found, said).startswith(words)
    assert finding.detail.endswith(f"; {whose(found, said)}") is bool(words)


def test_what_the_page_admits_is_not_guessed_at_as_well() -> None:
    said = parse_summary(_summary(INCIDENT))

    (finding,) = hosts_accept_connections(_lost(visit(Service.GITHUB)), said)

    assert "theirs" not in finding.detail
