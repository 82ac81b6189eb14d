"""What the real Codex writes down of a sign-in in the browser that fails is known for what it is."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final

import pytest

import engine
from codex_checks.browser.checks import Attempts, browser_logins_succeed, login_attempts
from codex_checks.recorded.errors import RecordedErrors, parse_log
from codex_doctor.redact import Redactor
from fakes.world import World, possible
from signins import login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_cli import CodexCli

_attempts: Callable[..., Attempts] = login_attempts.read  # type: ignore[assignment]

PATIENCE: Final = 20.0
"""Seconds: it takes milliseconds."""

pytestmark = pytest.mark.skipif(not possible(), reason="only root on Linux can leave the network")


def answered(codex_cli: CodexCli, home: Path, state: str | None) -> None:
    """Let Codex wait for the browser, and answer as one would, with *state* or the right one."""
    argv = [str(codex_cli.native), "login"]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home)}
    with subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            lines = process.stderr or ()
            asked = next(found for line in lines if (found := re.search(r"[?&]state=([^&\s]+)", line)))
            answer = f"http://127.0.0.1:1455/auth/callback?code=x&state={state or asked[1]}"
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                direct.open(answer, timeout=PATIENCE).close()
            except urllib.error.HTTPError as error:
                error.close()
            _until_written(home / "log" / "codex-login.log")
        finally:
            process.kill()


def _until_written(log: Path) -> None:
    """Wait until Codex has complained in its *log*: it answers the browser first."""
    end = time.monotonic() + PATIENCE
    while not re.search(r" (?:ERROR|WARN) ", log.read_text("utf-8")):
        if time.monotonic() > end:
            raise AssertionError(log.read_text("utf-8"))
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("state", "problem"), [("other", "login-state-mismatch"), (None, "login-token-exchange-network")]
)
def test_an_attempt_that_fails_is_known_by_what_codex_wrote_of_it(
    codex_cli: CodexCli, state: str | None, problem: str
) -> None:
    home = codex_cli.scratch_home()
    with World({}, links="loopback") as world:
        world.run(lambda: answered(codex_cli, home, state))
    log = home / "log" / "codex-login.log"
    errors = tuple(parse_log(log, log.read_bytes(), Redactor()))

    found = _attempts(engine.context(), login(), RecordedErrors(errors=errors))

    assert [finding.problem.name for finding in browser_logins_succeed(found, None)] == [problem]
