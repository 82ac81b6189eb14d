"""Addresses are tried in turn, and what the system's numbers mean is the same on every system."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from codex_doctor.dial import Fault
from codex_doctor.dial.connect import connect, dns_fault, interleaved
from codex_doctor.dial.error import StageError
from codex_doctor.dial.secure import certificate_fault
from codex_doctor.testing.raw import RawServer, stalls

if TYPE_CHECKING:
    from fakes.proxies import RefusingPort

REFUSING = "127.0.0.2"
"""An address of the loopback at which the servers of these tests do not listen."""


def _connect(addresses: list[str], port: int) -> str:
    async def connected() -> str:
        stream, address = await connect(addresses, port)
        await stream.aclose()
        return address

    return asyncio.run(connected())


def test_an_address_that_refuses_is_passed_over() -> None:
    with RawServer(stalls) as server:
        assert _connect([REFUSING, "127.0.0.1"], server.port) == "127.0.0.1"


def test_the_first_address_that_answers_is_taken() -> None:
    with RawServer(stalls) as server:
        assert _connect(["127.0.0.1", REFUSING], server.port) == "127.0.0.1"


def test_where_all_fail_the_one_that_answered_tells(refusing_port: RefusingPort) -> None:
    with pytest.raises(StageError) as failed:  # 255.255.255.255 is no address to connect to
        _connect(["255.255.255.255", "127.0.0.1"], refusing_port.number)

    assert failed.value.fault is Fault.REFUSED
    assert failed.value.words == "127.0.0.1: Connection refused"


def test_the_two_families_take_turns() -> None:
    addresses = ("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3")

    assert interleaved(addresses) == ("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (socket.EAI_NONAME, Fault.DNS_NXDOMAIN),
        (socket.EAI_AGAIN, Fault.DNS_TEMPORARY),
        (socket.EAI_FAIL, Fault.DNS_FAILED),
        (None, Fault.DNS_FAILED),
    ],
)
def test_what_the_resolver_says_has_a_name(code: int | None, fault: Fault) -> None:
    assert dns_fault(code) is fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (10, Fault.TLS_EXPIRED),
        (9, Fault.TLS_NOT_YET_VALID),
        (18, Fault.TLS_UNKNOWN_ISSUER),
        (62, Fault.TLS_HOSTNAME),
        (-67818, Fault.TLS_EXPIRED),
        (-67843, Fault.TLS_UNKNOWN_ISSUER),
        (0x800B0109, Fault.TLS_UNKNOWN_ISSUER),
        (0x800B010F, Fault.TLS_HOSTNAME),
        (66, Fault.TLS_HANDSHAKE),
    ],
)
def test_a_refused_certificate_is_sorted_on_every_system(code: int, fault: Fault) -> None:
    error = ssl.SSLCertVerificationError("refused")
    error.verify_code = code

    assert certificate_fault(error) is fault
