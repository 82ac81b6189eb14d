"""Makes a described machine real, under a folder of its own, and takes it away again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

import machine_sandbox
from codex_cli import CACHE
from fakes import filtered
from fakes.proxies import FakeProxy, RefusingPort
from machine_codex import install, native, package
from machine_files import finish, make, write_database
from machine_past import change_database, interrupt
from machine_text import Words

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from machine_description import Machine

MCP: Final = Path(__file__).parent / "fakes" / "mcp_program.py"
"""An MCP server that a machine may start, by `{{python}}`; its argument says how it behaves."""

NOBODY: Final = 65534
"""The user without privileges, by number: a container may not name it."""

TURN_SECONDS: Final = 40.0

TURN: Final = ("exec", "--json", "--skip-git-repo-check", "--disable", "unbounded_connection_retries")
"""One turn that ends by itself: without the last option a lost network is waited for without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A machine that stands: where its home is, what is set on it, and with what its texts were filled."""

    machine: Machine
    home: Path
    cwd: Path
    env: Mapping[str, str]
    args: tuple[str, ...]
    words: Words
    cli: CodexCli
    openai: FakeOpenAI

    @property
    def demoted(self) -> bool:
        """Whether the machine's user is another one than the tests'."""
        return self.machine.unprivileged and os.name == "posix" and os.geteuid() == 0

    @property
    def as_its_user(self) -> list[str]:
        """What stands before a command so that the machine's user runs it, as this machine lets it."""
        before = filtered.before([]) if self.machine.sandbox.filtered else []
        if not self.demoted:
            return before
        program = shutil.which("setpriv") or "setpriv"  # the machine's own PATH does not hold it
        return [program, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *before]

    @property
    def codex_home(self) -> Path:
        """The folder where Codex keeps its files on this machine."""
        return self.cwd / (self.env.get("CODEX_HOME") or self.home / ".codex")

    def ask_codex(self, args: list[str], *, seconds: float = 40.0) -> subprocess.CompletedProcess[str]:
        """Run the real Codex CLI on this machine. It changes the machine: ask it last."""
        return self.cli.run(args, self.codex_home, self._for_codex(), seconds)

    def _for_codex(self) -> dict[str, str]:
        if not self.env.get("CODEX_HOME"):
            self.codex_home.mkdir(exist_ok=True)  # as Codex does with its default, and only with that
        there = self.openai.codex_env if self.machine.network.fakes else {}
        own = {name: value for name, value in self.env.items() if not name.startswith("CODEX_DOCTOR_")}
        return {**there, **own}

    def turn_without_websocket(self) -> bool:
        """Do as `turn`, where no server offers a WebSocket unless this machine is about those.

        Codex then takes HTTPS at once, as it does in the end: not after five tries, which take 7 seconds.
        """
        if not any(each.method == "UPGRADE" for each in self.machine.network.sick):
            self.openai.sicken("*", 426, method="UPGRADE")
        return self.turn()

    def turn(self) -> bool:
        """Let the real Codex CLI try one turn, and tell whether it completed.

        What fails twice in a row without a WebSocket fails for ever here, and is not waited for.
        """
        there = self.openai.codex_args if self.machine.network.fakes else []
        said = self.cli.said([*TURN, *there, "hi"], self.codex_home, self._for_codex(), seconds=TURN_SECONDS)
        over_https = False
        with contextlib.closing(said):
            for line in said:
                if '"type":"turn.completed"' in line:
                    return True
                if over_https and "Reconnecting... 2/" in line:
                    return False
                over_https = over_https or "Reconnecting... 1/" in line
        return False

    def sandboxes(self) -> bool:
        """Let the machine's own Codex run a command in its sandbox, and tell whether that worked."""
        codex = shutil.which("codex", path=self.env["PATH"]) or "codex"
        self.codex_home.mkdir(exist_ok=True)
        ran = subprocess.run(
            [*self.as_its_user, codex, "sandbox", "--", "/bin/true"],
            env=self.env,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=40.0,
            check=False,
        )
        return ran.returncode == 0

    def codex_doctor(self) -> dict[str, str]:
        """Return the status that the built-in doctor gives each of its checks."""
        there = self.openai.codex_args if self.machine.network.fakes else []
        said = self.ask_codex([*there, "doctor", "--json"]).stdout
        report = msgspec.json.decode(said, type=_BuiltIn)
        return {name: check.status for name, check in report.checks.items()}


class _BuiltInCheck(msgspec.Struct):
    status: str


class _BuiltIn(msgspec.Struct):
    checks: dict[str, _BuiltInCheck]


@contextlib.contextmanager
def build(
    name: str, machine: Machine, *, cli: CodexCli, http: FakeOpenAI, tls: FakeOpenAI, authority: Path
) -> Generator[Built]:
    """Build the machine called *name*; it is gone when the context ends."""
    with contextlib.ExitStack() as stack:
        root = _root(cli)
        stack.callback(_remove, root)
        openai = http if machine.network.fakes else tls
        stack.callback(openai.heal)
        _sicken(openai, machine)
        proxy, refusing = (
            FakeProxy(port=tls.port, host=tls.host, manner=machine.network.proxy),
            RefusingPort(),
        )
        proxy.start()
        stack.callback(proxy.stop)
        stack.callback(refusing.stop)
        home, cwd = root / "home", root / "project"
        words = Words(
            places={
                "root": str(root),
                "home": str(home),
                "cwd": str(cwd),
                "url": openai.url,
                "proxy": proxy.url,
                "refused": refusing.url,
                "proxy_address": proxy.url.removeprefix("http://"),
                "ca": str(authority),
                "python": sys.executable,
                "mcp": str(MCP),
                "package": str(package(root)),
                "native": str(native(root, cli)),
            }
        )
        for folder in (home, cwd, root / "tmp"):
            folder.mkdir()
        built = Built(
            machine=machine,
            home=home,
            cwd=cwd,
            env=_environment(machine, words, root, install(machine.codex, cli, root), openai),
            args=(*(words.fill(arg) for arg in machine.args), *(["--live"] if machine.live else [])),
            words=words,
            cli=cli,
            openai=openai,
        )
        machine_sandbox.install(machine, cli, root / "tools")
        _furnish(built, name, stack)
        openai.asked.clear()
        yield built


def _root(cli: CodexCli) -> Path:
    """Make a folder where hard links to the real CLI are possible, and that is no temporary folder."""
    same = os.stat(cli.homes).st_dev == os.stat(cli.prefix).st_dev  # noqa: PTH116 - numbers, not paths
    return Path(tempfile.mkdtemp(prefix="machine-", dir=cli.homes if same else CACHE))


def _environment(machine: Machine, words: Words, root: Path, path: str, openai: FakeOpenAI) -> dict[str, str]:
    return {
        "HOME": str(root / "home"),
        "PATH": path,
        "TMPDIR": str(root / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "USER": "someone",
        **(openai.env if machine.network.fakes else {}),
        **{name: words.fill(value) for name, value in machine.env.items()},
    }


def _sicken(openai: FakeOpenAI, machine: Machine) -> None:
    for sickness in machine.network.sick:
        if sickness.status is None:
            openai.swallow(sickness.path, method=sickness.method)
        else:
            openai.sicken(
                sickness.path, sickness.status, sickness.body, sickness.headers, method=sickness.method
            )


def _furnish(built: Built, name: str, stack: contextlib.ExitStack) -> None:
    """Put the files into the home; modes and owners last, for what is closed cannot be filled."""
    words = built.words
    places = {built.home / words.fill(path): place for path, place in built.machine.files.items()}
    for path, place in places.items():
        if not place.is_written_last:
            make(path, place, name, words, stack)
    _use_codex(built, name)
    for path, place in places.items():
        if place.sqlite is not None:
            write_database(path, place.sqlite, stack)
        change_database(path, map(words.fill, place.sql))
    interrupt(built.codex_home, built.home, words, at=built.machine.interrupted)
    if built.demoted:
        _give_away(built)
    for path, place in reversed(places.items()):
        finish(path, place, stack, now=words.now)


def _use_codex(built: Built, name: str) -> None:
    if built.machine.codex.used and not built.turn():
        raise AssertionError(f"{name}: Codex did not complete the turn that was to leave its traces")


def _give_away(built: Built) -> None:
    """Make everything in the home its user's, and let that user come there."""
    for folder in (built.home.parent, built.cli.homes):
        folder.chmod(0o711)
    for top in (built.home, built.cwd, built.home.parent / "tmp"):
        for path in (top, *top.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _remove(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)
    shutil.rmtree(root, ignore_errors=True)
