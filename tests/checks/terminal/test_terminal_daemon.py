"""The background server keeps the environment that it began with: what differs here is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from codex_checks.config.settings import Settings
from codex_checks.places import CodexHome, Environment
from codex_checks.terminal.daemon import Beside, Daemon, daemon_environment, daemon_sees_this_shell
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine
from codex_doctor.model import Severity
from codex_doctor.redact import Secret
from engine import context

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from codex_cli import CodexCli
    from codex_doctor.context import Context

PROXY = "http://sam:swordfish@proxy.example:3128"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the process is looked at as on Linux")


def here(home: Path, *, system: str = "linux") -> Context:
    found = context(home, system=System(os=system, arch="x86_64", release="6", user=1000))
    return replace(found, root=Path("/"))


def began(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def note(home: Path, pid: int, *, ticks: int | None = None) -> None:
    """Write the file that 0.169.0 writes for its background server."""
    folder = home / "app-server-daemon"
    folder.mkdir(exist_ok=True)
    identity = {} if ticks is None else {"processIdentity": {"bootId": "x", "startTicks": ticks}}
    (folder / "daemon.pid").write_text(json.dumps({"pid": pid, **identity}))


@contextmanager
def server(cli: CodexCli, home: Path, env: Mapping[str, str]) -> Generator[int]:
    """Run a real app-server with *env*, as the background one of *home*."""
    with subprocess.Popen(
        [str(cli.native), "app-server"],
        env={"PATH": os.defpath, "CODEX_HOME": str(home), **env},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            note(home, process.pid, ticks=began(process.pid))
            # The system shows the environment of a program a moment after it has begun.
            while str(home).encode() not in Path(f"/proc/{process.pid}/environ").read_bytes():
                assert process.poll() is None
            yield process.pid
        finally:
            process.kill()


def read(ctx: Context, home: Path, variables: Mapping[str, str], **provider: str) -> Beside:
    place = CodexHome(path=home, source="CODEX_HOME", status=None, target=home)
    shell = Environment(variables=variables, from_file=frozenset(), file=None)
    values: dict[str, Any] = (
        {"model_provider": "own", "model_providers": {"own": provider}} if provider else {}
    )
    found: Beside = daemon_environment.read(ctx, place, shell, Settings(values=values, layers=()))  # type: ignore[assignment]
    return found


@ON_LINUX
def test_a_proxy_that_only_the_server_has_is_told_without_its_password(codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    with server(codex_cli, home, {"HTTPS_PROXY": PROXY}) as pid:
        ctx = here(home)
        (finding,) = daemon_sees_this_shell(read(ctx, home, {"PATH": os.defpath}))

    assert finding.detail == (
        f"The background server (process {pid}) began with another environment: "
        "HTTPS_PROXY is http://***@proxy.example:3128 there and not set here"
    )
    assert finding.problem.severity is Severity.WARNING
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="codex app-server daemon restart"),)
    assert "sam:swordfish" in ctx.vault.values()


@ON_LINUX
def test_a_server_that_began_in_such_a_shell_is_healthy(codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    env = {"https_proxy": PROXY, "SSL_CERT_FILE": "/etc/ca.pem", "PATH": f"{home}/arg0:/usr/bin:/bin"}
    with server(codex_cli, home, env):
        found = read(here(home), home, {**env, "PATH": "/bin:/usr/bin"})

    assert daemon_sees_this_shell(found) == ()


@ON_LINUX
def test_the_key_of_a_provider_is_compared_and_never_said(codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    with server(codex_cli, home, {"OWN_KEY": "the-old-key-of-mine"}):
        ctx = here(home)
        other = read(ctx, home, {"OWN_KEY": "the-new-key-of-mine"}, env_key="OWN_KEY")
        gone = read(ctx, home, {}, env_key="OWN_KEY")

    assert "OWN_KEY has another value there than here" in daemon_sees_this_shell(other)[0].detail
    assert "OWN_KEY is set there only" in daemon_sees_this_shell(gone)[0].detail
    assert "key-of-mine" not in repr((other, gone))


@ON_LINUX
def test_a_note_of_a_server_that_has_ended_is_no_server(tmp_path: Path) -> None:
    own = os.getpid()
    note(tmp_path, own, ticks=began(own) + 1)  # another process has its number now
    with pytest.raises(NotApplicable, match="has ended"):
        read(here(tmp_path), tmp_path, {})

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    note(tmp_path, ended.pid)
    with pytest.raises(NotApplicable, match="has ended"):
        read(here(tmp_path), tmp_path, {})


@ON_LINUX
def test_elsewhere_the_system_is_asked_for_the_same(codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    with server(codex_cli, home, {"ALL_PROXY": PROXY}):
        found = read(here(home, system="macos"), home, {})

    assert found.now.proxies == {"ALL_PROXY": Secret(PROXY)}


def test_elsewhere_another_program_with_its_number_is_no_server(tmp_path: Path) -> None:
    note(tmp_path, os.getpid())

    with pytest.raises(NotApplicable, match="has ended"):
        read(here(tmp_path, system="windows"), tmp_path, {})


@pytest.mark.parametrize("content", [None, "", "{", "7", '{"pid": "7"}', '{"pid": -1}', "[" * 9000])
def test_a_note_that_names_no_process_is_none(content: str | None, tmp_path: Path) -> None:
    (tmp_path / "app-server-daemon").mkdir()
    if content is not None:
        (tmp_path / "app-server-daemon" / "daemon.pid").write_text(content)

    with pytest.raises(NotApplicable, match="does not run"):
        read(here(tmp_path), tmp_path, {})


def test_authorities_in_another_file_are_told() -> None:
    (finding,) = daemon_sees_this_shell(
        Beside(
            now=Daemon(pid=7, authorities={"SSL_CERT_FILE": "/old.pem"}),
            here=Daemon(pid=7, authorities={"CODEX_CA_CERTIFICATE": "/new.pem"}),
        )
    )

    assert "CODEX_CA_CERTIFICATE is not set there and /new.pem here" in finding.detail
    assert "SSL_CERT_FILE is /old.pem there and not set here" in finding.detail


def test_a_path_alone_is_a_note_of_the_folders_that_it_lacks() -> None:
    folders = tuple(f"/opt/{number}" for number in range(9))

    (finding,) = daemon_sees_this_shell(
        Beside(now=Daemon(pid=7, path=("/usr/bin",)), here=Daemon(pid=7, path=("/usr/bin", *folders)))
    )

    assert finding.problem.severity is Severity.NOTE
    assert finding.detail.endswith("its PATH lacks /opt/0, /opt/1, /opt/2 and 6 more")
