"""Signing in for the tests of it: with a clock that only they move, and in a process that may be killed.

Run as a program it signs in over HTTP: `python acts_login.py HOME STATE URL [--die-at STEP]`, with the
options of `acts_store`; `--codex PROGRAM` takes the way through that Codex. It prints what came of it as one
JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import acts_store
from codex_checks.acts import login_answer
from codex_checks.acts.attending import Attending
from codex_checks.acts.codex_asked import Asking
from codex_checks.acts.device_flow import DeviceFlow
from codex_checks.acts.device_request import issuer
from codex_checks.acts.errors import ActError
from codex_checks.acts.events import DeviceCode, Event, Waiting
from codex_checks.acts.login import SignedIn, sign_in
from codex_checks.acts.login_by_codex import CodexWay
from codex_checks.acts.login_by_http import by_http
from codex_checks.acts.revoke_request import revoking
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_checks.acts.sending import Send
    from codex_checks.acts.store import CredentialStore
    from fakes.openai import FakeOpenAI

STEPS: Final = tuple(step for step in acts_store.STEPS if step != "read")
"""Every step of signing in, in order."""

PATIENCE: Final = 900.0


@dataclass(slots=True, kw_only=True)
class Somebody:
    """Who attends to signing in, in a time of their own, or in *real* time. *told* holds what they were told.

    Their patience ends when it was *cancel_at* of that time.
    """

    time: float = 0.0
    real: bool = False
    told: list[Event] = field(default_factory=list[Event])
    cancel_at: float | None = None

    def attending(self) -> Attending:
        if self.real:
            return Attending(tell=self.told.append)
        return Attending(
            tell=self.told.append,
            cancelled=lambda: self.cancel_at is not None and self.time >= self.cancel_at,
            now=lambda: 1_795_165_510.0 + self.time,
            passed=lambda: self.time,
            sleep=self._sleep,
        )

    @property
    def codes(self) -> list[DeviceCode]:
        """The codes that were shown."""
        return [event for event in self.told if isinstance(event, DeviceCode)]

    def waited_for(self, name: str | None = None) -> list[int]:
        """The seconds that were told to be left until *name* is over."""
        waits = [event for event in self.told if isinstance(event, Waiting)]
        return [event.seconds_left for event in waits if event.name == name]

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


def login(  # noqa: PLR0913 - whatever a test may want to be otherwise
    store: CredentialStore,
    openai: FakeOpenAI | None,
    somebody: Somebody | None = None,
    *,
    send: Send | None = None,
    env: Mapping[str, str] | None = None,
    workspaces: tuple[str, ...] = (),
    seconds: float = PATIENCE,
    revoke: bool = False,
) -> SignedIn:
    """Sign in at *openai*, or where *env* says, over HTTP, and store it in *store*."""
    attending = (somebody or Somebody()).attending()
    variables = env or (openai.env if openai else {})
    asked, sends = issuer(variables), send or acts_store.sender()
    terms = login_answer.terms(asked, workspaces)
    flow = DeviceFlow(
        issuer=asked, send=sends, keep=store.keep, attending=attending, until=attending.passed() + seconds
    )
    return sign_in(
        store,
        [by_http(flow, terms)],
        terms=terms,
        attending=attending,
        revoke=revoking(sends, variables),
        revoke_old=revoke,
    )


def login_by_codex(  # noqa: PLR0913 - whatever a test may want to be otherwise
    store: CredentialStore,
    openai: FakeOpenAI | None,
    program: Path,
    somebody: Somebody | None = None,
    *,
    env: Mapping[str, str] | None = None,
    workspaces: tuple[str, ...] = (),
    seconds: float = PATIENCE,
) -> SignedIn:
    """Sign in at *openai* through the Codex *program*, and store it in *store*; by no other way."""
    attending = (somebody or Somebody(real=True)).attending()
    variables = {"PATH": os.environ["PATH"], **(openai.env if openai else {}), **(env or {})}
    asked = issuer(variables)
    terms = login_answer.terms(asked, workspaces)
    ctx = context(store.home)
    way = CodexWay(
        ctx=ctx,
        program=program,
        asking=Asking(issuer=asked, attending=attending, until=attending.passed() + seconds),
        terms=terms,
        variables=variables,
        chatgpt=f"{variables['CODEX_DOCTOR_URL_AUTH']}/backend-api",
    )
    try:
        return sign_in(store, [way], terms=terms, attending=attending)
    finally:
        ctx.close()


def child(home: Path, url: str, *options: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a process that signs in, for *home*; *before* stands before its command line."""
    argv = [*before, sys.executable, __file__, str(home), str(home.parent / "state"), url, *options]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(home: Path, url: str, *options: str, before: Sequence[str] = ()) -> tuple[int, dict[str, Any]]:
    """Sign in, for *home*, in another process; return how it ended and what it said."""
    with child(home, url, *options, before=before) as process:
        out, err = process.communicate()
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out) if out else {}


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("url")
    parser.add_argument("--die-at")
    parser.add_argument("--codex", type=Path)
    asked = parser.parse_args()

    def step(name: str) -> None:
        if name == asked.die_at:
            os._exit(acts_store.DIED)

    found = acts_store.store(asked.home, state=asked.state, step=step)
    env = {"CODEX_DOCTOR_URL_AUTH": asked.url}
    try:
        if asked.codex is None:
            login(found, None, env=env)
        else:
            login_by_codex(found, None, asked.codex, env=env)
    except ActError as error:
        said = {"error": type(error).__name__, "problem": error.problem, "kept": error.kept}
    else:
        said = {"signed_in": True}
    print(json.dumps(said), flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    _main()
