"""The real Codex CLI, installed once into a cache outside the repository, and run in scratch homes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

VERSION: Final = "0.169.0"
"""The version whose behaviour the checks were written against."""

CACHE: Final = Path(
    os.environ.get("CODEX_DOCTOR_TEST_CACHE")
    or platformdirs.user_cache_path("codex-doctor-tests", appauthor=False)
)
"""Read at import, before a fixture takes the user's environment away."""

_SURROUNDINGS: Final = dict(os.environ)
"""The user's environment, which npm needs whole: proxies, certificates, its own settings."""

NEEDED: Final = os.environ.get("CODEX_DOCTOR_TESTS_NEED_CLI") == "1"
"""Whether a test that wants the CLI fails, rather than being skipped, where there is none."""

INSTALL_SECONDS: Final = 300.0
"""The package is 375 MB unpacked."""

_WINDOWS: Final = sys.platform == "win32"
_VAR_TMP: Final = Path("/var/tmp")  # noqa: S108 - only ever used through mkdtemp


class NoCodexError(Exception):
    """The CLI is neither in the cache nor could it be installed; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexCli:
    """An installed CLI: npm's *launcher* (needs Node), the *native* program, and npm's *prefix* folder."""

    launcher: Path
    native: Path
    prefix: Path
    homes: Path

    def scratch_home(self) -> Path:
        """Make an empty CODEX_HOME outside the temporary folder, where Codex would complain on stderr.

        It is removed at the end of the session.
        """
        return Path(tempfile.mkdtemp(prefix="home-", dir=self.homes))

    def run(
        self,
        args: Sequence[str],
        home: Path | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = 30.0,
        *,
        through_launcher: bool = False,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run the CLI with *home* as its CODEX_HOME (default: a new one) and nothing inherited but PATH.

        HOME is a scratch folder too. Whatever the CLI leaves running is killed.

        :raises subprocess.TimeoutExpired: it ran for longer than *seconds*.
        """
        with self._started(args, home, env, through_launcher=through_launcher) as process:
            out, err = process.communicate(stdin, timeout=seconds)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def said(
        self, args: Sequence[str], home: Path, env: Mapping[str, str], *, seconds: float = 30.0
    ) -> Generator[str]:
        """Run the CLI as `run` does, and yield the lines of its output as they come.

        It is killed when nobody wants the next line, and after *seconds*.
        """
        with self._started(args, home, env, stderr=subprocess.DEVNULL) as process:
            watch = threading.Timer(seconds, _end, [process])
            watch.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.close()
                yield from process.stdout
            finally:
                watch.cancel()

    @contextlib.contextmanager
    def _started(
        self,
        args: Sequence[str],
        home: Path | None,
        env: Mapping[str, str] | None,
        *,
        through_launcher: bool = False,
        stderr: int = subprocess.PIPE,
    ) -> Generator[subprocess.Popen[str]]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.homes),
            "CODEX_HOME": str(home or self.scratch_home()),
            **({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if _WINDOWS else {}),
            **(env or {}),
        }
        with subprocess.Popen(
            [str(self.launcher if through_launcher else self.native), *args],
            env=environment,
            cwd=self.homes,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                _end(process)


def find_or_install() -> CodexCli:
    """Return the cached CLI, installing it with npm, as npm is configured, where there is none.

    :raises NoCodexError: it is neither cached nor installable here.
    """
    prefix = CACHE / f"codex-{VERSION}"
    if not prefix.is_dir():
        _install(prefix)
    launcher = prefix / "node_modules" / ".bin" / ("codex.cmd" if _WINDOWS else "codex")
    pattern = "codex-*/vendor/*/bin/" + ("codex.exe" if _WINDOWS else "codex")
    native = next((prefix / "node_modules" / "@openai").glob(pattern), None)
    if native is None or not launcher.exists():
        raise NoCodexError(f"the Codex CLI in {prefix} is incomplete: remove that folder and try again")
    parent = _VAR_TMP if _VAR_TMP.is_dir() else CACHE
    homes = Path(tempfile.mkdtemp(prefix="codex-doctor-tests-", dir=parent))
    return CodexCli(launcher=launcher, native=native, prefix=prefix, homes=homes)


def _install(prefix: Path) -> None:
    """Install beside *prefix* and rename, so that parallel runs never see half an installation."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoCodexError(f"the Codex CLI is not in {prefix}, and there is no npm to install it with")
    prefix.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".installing-", dir=prefix.parent))
    # A package of its own, rather than --prefix: that would also take npm's global settings away.
    (made / "package.json").write_text('{"private": true}', "utf-8")
    argv = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", f"@openai/codex@{VERSION}"]
    try:
        subprocess.run(
            argv,
            cwd=made,
            env=_SURROUNDINGS,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        _rename(made, prefix)
    except subprocess.TimeoutExpired:
        raise NoCodexError(f"npm did not install the Codex CLI within {INSTALL_SECONDS:g} s") from None
    except subprocess.CalledProcessError as error:
        raise NoCodexError(f"npm could not install the Codex CLI: {_reason(error.stderr)}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _rename(made: Path, prefix: Path) -> None:
    try:
        made.rename(prefix)
    except OSError:
        if not prefix.is_dir():  # else another run was first, and its installation is as good
            raise


def _end(process: subprocess.Popen[str]) -> None:
    """Kill *process* and everything it started."""
    if _WINDOWS:
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # PermissionError: macOS says so of a group of zombies
        process.kill()


def _reason(said: str) -> str:
    """Return the line of npm's complaint that says why; its last one only names a log file."""
    lines = [line.removeprefix("npm error").strip() for line in said.splitlines() if "npm error" in line]
    telling = [line for line in lines if line and not line.startswith(("code ", "errno ", "A complete log"))]
    return telling[0] if telling else said.strip() or "npm said nothing"
