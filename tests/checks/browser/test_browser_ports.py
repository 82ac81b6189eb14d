"""Who listens is read from the system: really on Linux, from what the other systems' programs print."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import engine
from codex_checks.browser.ports import PORTS, Taken, read_lsof, read_netstat, read_table, taken
from fakes.world import World, possible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_cli import CodexCli

LSOF: Final = """p501
cnode
f23
n127.0.0.1:1455
f24
n[::1]:1455
p777
cOther
n*:1457
n10.0.0.5:1455
"""

NETSTAT: Final = """
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1240
  TCP    127.0.0.1:1455         0.0.0.0:0              ABHÖREN         9012
  TCP    127.0.0.1:1457         127.0.0.1:50000        HERGESTELLT     9012
"""

TABLE: Final = """  sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
   0: 0100007F:05AF 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 41 1 0 100
   1: 0100007F:05B1 0100007F:C350 01 00000000:00000000 00:00000000 00000000 1000 0 42 1 0 100
   2: 0B00000A:05B1 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 43 1 0 100
"""


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are those of Linux")
def test_a_real_program_that_listens_is_found_with_its_number(listening: int) -> None:
    ctx = replace(engine.context(), root=Path("/"))

    (found,) = taken(ctx, (listening,))

    assert (found.port, found.pid) == (listening, os.getpid())
    assert found.program is not None


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are those of Linux")
def test_a_real_program_that_listens_everywhere_is_found() -> None:
    ctx = replace(engine.context(), root=Path("/"))
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]

        assert [each.port for each in taken(ctx, (port,))] == [port]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are those of Linux")
def test_a_port_that_was_free_again_is_not_found(listening: int) -> None:
    ctx = replace(engine.context(), root=Path("/"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert taken(ctx, (port,)) == ()
    assert taken(ctx, (listening, port))[0].port == listening


@pytest.mark.skipif(not possible(), reason="only root on Linux can leave the network")
def test_codex_itself_gives_up_where_both_ports_are_taken(codex_cli: CodexCli) -> None:
    with World({}, links="loopback") as world, contextlib.ExitStack() as stack:
        for port in PORTS:
            stack.enter_context(world.run(partial(socket.create_server, ("127.0.0.1", port))))

        ran = world.run(lambda: codex_cli.run(["login"]))

    assert (ran.returncode, ran.stderr.strip()) == (
        1,
        "Error logging in: Port 127.0.0.1:1457 is already in use",
    )


def test_where_the_kernel_tells_nothing_nothing_is_taken(tmp_path: Path) -> None:
    assert taken(engine.context(tmp_path)) == ()


def test_only_what_listens_where_codex_would_counts() -> None:
    assert read_table(TABLE, PORTS) == {"41": 1455}


def test_lsof_names_the_program() -> None:
    assert list(read_lsof(LSOF, PORTS)) == [
        Taken(port=1455, program="node", pid=501),
        Taken(port=1457, program="Other", pid=777),
    ]


def test_netstat_is_read_in_any_language() -> None:
    assert list(read_netstat(NETSTAT, PORTS)) == [Taken(port=1455, pid=9012)]


def test_who_it_is_is_said_in_words() -> None:
    assert str(Taken(port=1455, program="node", pid=7)) == "1455 (by node, process 7)"
    assert str(Taken(port=1455)) == "1455 (by a program of another user)"


@given(text=st.text())
def test_any_table_is_read_or_passed_over(text: str) -> None:
    read_table(text, PORTS)
    list(read_lsof(text, PORTS))
    list(read_netstat(text, PORTS))
