"""Routes and name servers are read from the system's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.network.links import Links, read_links, routes_out, routes_out_v6
from codex_checks.network.resolvers import parse_resolv_conf
from codex_doctor.context import System
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
OUT = "eth0\t00000000\t0111A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
LOOP = "lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
REJECTED = "eth0\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
ZEROS = "0" * 32
V6 = f"{ZEROS} 00 {ZEROS} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
V6_NONE = f"{ZEROS} 00 {ZEROS} 00 {ZEROS} ffffffff 00000001 00000000 00200200       lo\n"


@pytest.mark.parametrize(
    ("table", "expected"),
    [(HEAD, False), (HEAD + OUT, True), (HEAD + LOOP, False), (HEAD + REJECTED, False), ("", False)],
)
def test_a_route_that_leaves_the_machine_is_seen(table: str, *, expected: bool) -> None:
    assert routes_out(table) is expected


@pytest.mark.parametrize(("table", "expected"), [(V6, True), (V6_NONE, False), ("", False)])
def test_a_default_route_of_ipv6_is_seen(table: str, *, expected: bool) -> None:
    assert routes_out_v6(table) is expected


def _machine(root: Path, v4: str, v6: str) -> Path:
    folder = root / "proc/net"
    folder.mkdir(parents=True)
    (folder / "route").write_text(v4)
    (folder / "ipv6_route").write_text(v6)
    return root


def test_one_family_with_a_route_is_enough(tmp_path: Path) -> None:
    assert read_links(context(_machine(tmp_path, HEAD, V6))) == Links(route=True)


def test_no_route_in_either_family_cuts_a_machine_off(tmp_path: Path) -> None:
    assert read_links(context(_machine(tmp_path, HEAD + LOOP, V6_NONE))).cut_off is True


def test_without_tables_nothing_is_claimed(tmp_path: Path) -> None:
    found = read_links(context(tmp_path))

    assert (found, found.cut_off) == (Links(), False)


def test_elsewhere_the_interfaces_tell(tmp_path: Path) -> None:
    macos = System(os="macos", arch="aarch64", release="24.0", user=501)

    assert read_links(context(tmp_path, system=macos)).route is None


@given(st.text(max_size=200))
def test_any_table_is_read(table: str) -> None:
    assert routes_out(HEAD + table) in (True, False)
    assert routes_out_v6(table) in (True, False)


def test_name_servers_are_those_of_resolv_conf() -> None:
    text = "# made by WSL\nsearch office\nnameserver 10.255.255.254\nnameserver fe80::1%eth0\nnameserver no\n"

    assert parse_resolv_conf(text) == ("10.255.255.254", "fe80::1%eth0")


@given(st.text(max_size=200))
def test_any_resolv_conf_is_read(text: str) -> None:
    assert len(parse_resolv_conf(text)) <= 3
