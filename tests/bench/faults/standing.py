"""Where the machines of the bench are built: servers on loopback, an authority of its own, the real CLI."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import trustme

import codex_cli
import machine_sandbox
from fakes import world
from fakes.openai import HOSTS, FakeOpenAI
from machine_build import build
from machine_world import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from machine_build import Built
    from machine_description import Machine

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every machine is built with."""

    cli: codex_cli.CodexCli
    http: FakeOpenAI
    tls: FakeOpenAI
    authority: trustme.CA
    authority_file: Path

    def on(self, name: str, machine: Machine, look: Callable[[Built], T]) -> T:
        """Build *machine*, and return what *look* saw there; it is gone then."""

        def stand(tls: FakeOpenAI) -> T:
            with build(
                name, machine, cli=self.cli, http=self.http, tls=tls, authority=self.authority_file
            ) as built:
                return look(built)

        if machine.network.world is None:
            return stand(self.tls)
        with standing(machine.network.world, self.authority) as (around, server):
            return around.run(lambda: stand(server))

    def impossible(self, machine: Machine) -> str | None:
        """Return why *machine* cannot be made here, or None."""
        root = os.name == "posix" and os.geteuid() == 0
        if not root and any(place.owner for place in machine.files.values()):
            return "only root can give a file to another user"
        if machine.network.world is not None and not world.possible():
            return "only root on Linux can leave the network"
        return machine_sandbox.impossible(machine, self.cli)


@contextlib.contextmanager
def ground() -> Generator[Ground]:
    """Start the servers and fetch the real CLI; everything is taken away when the context ends.

    :raises codex_cli.NoCodexError: there is no real CLI, and no way to get it.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    authority = trustme.CA(organization_name="Test Office")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1", "localhost", *HOSTS)
    with certificate.private_key_and_cert_chain_pem.tempfile() as pem:
        tls.load_cert_chain(pem)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority.cert_pem.write_to_path(str(folder / "office-ca.pem"))
        servers = FakeOpenAI(), FakeOpenAI(tls=tls)
        for server in servers:
            server.start()
            stack.callback(server.stop)
        cli = codex_cli.find_or_install()
        stack.callback(shutil.rmtree, cli.homes, ignore_errors=True)
        yield Ground(
            cli=cli,
            http=servers[0],
            tls=servers[1],
            authority=authority,
            authority_file=folder / "office-ca.pem",
        )
