"""The fake servers and the kept reports of the test kit."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from codex_doctor.check import check
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.testing import FakeMachine, MachineBuilder
from codex_doctor.testing.golden import Golden
from codex_doctor.testing.raw import hangs_up, says
from engine import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.model import Finding, Report
    from codex_doctor.testing.raw import Manner
    from codex_doctor.testing.servers import FakeServer

ODD = problem("odd", code="ACME101", area="hosts")


@blocking_probe("acme.rule", touches={Touches.FILES}, limit=5.0)
def rule(ctx: Context) -> str:
    return str(ctx.system_path("/etc/acme"))


@check("hosts.acme-rules", title="Acme rules", needs=(rule,), reports=(ODD,))
def rules(path: str) -> Iterator[Finding]:
    yield ODD.found(f"{path} rules")


@pytest.fixture
def report(doctor_machine: MachineBuilder) -> Report:
    return doctor_machine(FakeMachine()).report((rules,))


def test_a_server_answers_what_it_is_told(doctor_http: FakeServer) -> None:
    doctor_http.http.expect_request("/health").respond_with_json({"well": True})

    assert httpx.get(f"{doctor_http.url}/health").json() == {"well": True}


def test_a_server_of_https_is_trusted_with_its_authority_alone(doctor_https: FakeServer) -> None:
    doctor_https.http.expect_request("/").respond_with_data("well")
    trusting = ssl.create_default_context(cafile=str(doctor_https.authority_file))

    assert httpx.get(f"{doctor_https.url}/", verify=trusting).text == "well"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{doctor_https.url}/")


@pytest.mark.parametrize(("manner", "error"), [(hangs_up, http.client.RemoteDisconnected)])
def test_a_server_that_misbehaves_does_so(
    manner: Manner, error: type[Exception], doctor_misbehaving: Callable[[Manner], int]
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", doctor_misbehaving(manner))
    connection.request("GET", "/")

    with pytest.raises(error):
        connection.getresponse()


def test_two_servers_misbehave_side_by_side(doctor_misbehaving: Callable[[Manner], int]) -> None:
    ports = [doctor_misbehaving(says(b"HTTP/1.1 503 Busy\r\n\r\n")) for _ in range(2)]

    assert len(set(ports)) == 2


def test_a_report_that_is_kept_is_compared(report: Report, tmp_path: Path) -> None:
    assert "+" in Golden(tmp_path, update=False).difference("odd", report)
    assert Golden(tmp_path, update=True).difference("odd", report) == ""
    assert Golden(tmp_path, update=False).difference("odd", report) == ""


def test_what_is_kept_of_a_report_says_nothing_of_this_machine(
    report: Report, doctor_golden: Callable[[str, Report], None]
) -> None:
    doctor_golden("acme", report)
    assert report.findings[0].detail == "/etc/acme rules"


def test_a_report_that_has_changed_fails_with_the_difference(
    report: Report, doctor_golden: Callable[[str, Report], None]
) -> None:
    with pytest.raises(pytest.fail.Exception, match="--doctor-update-golden"):
        doctor_golden("not-kept", report)
