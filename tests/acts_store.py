"""Stored sign-ins for the tests of the store, and a process that renews one and may be killed at it.

Run as a program it renews the sign-in of a home: `python acts_store.py HOME STATE TOKEN_URL [OPTION]...`
with `--die-at STEP` (ends like a kill when that step is done), `--pause-at STEP` (says `paused`, goes on
at the next line on standard input) and `--force`. It prints what came of it as one JSON line. With
`--import FILE` it imports that file instead, with `--logout` it signs out.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tokens
from codex_checks.acts.errors import ActError
from codex_checks.acts.importing import install
from codex_checks.acts.logout import sign_out
from codex_checks.acts.pasted import read_pasted
from codex_checks.acts.place import effective_user
from codex_checks.acts.refresh import Renewed, refresh
from codex_checks.acts.sending import Way
from codex_checks.acts.store import CredentialStore
from codex_checks.auth.login import Store
from codex_doctor.redact import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_checks.acts.journal import Answer
    from codex_checks.acts.refresh_request import Request
    from fakes.openai import FakeOpenAI

DIED: Final = 9
STEPS: Final = (
    "read",
    "intent",
    "answered",
    "ready",
    "locked",
    "temporary-made",
    "temporary-written",
    "temporary-synced",
    "renamed",
    "folder-synced",
    "committed",
    "cleared",
)
"""Every step of a renewal, in order."""

AFTER_THE_ANSWER: Final = STEPS[STEPS.index("answered") :]
STORED_FROM: Final = STEPS[STEPS.index("renamed") :]


def login(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return a ChatGPT sign-in whose access token has ended, so that it is due for renewal."""
    return tokens.chatgpt_login(expires=time.time() - 5, **changed)


def put(home: Path, content: object) -> bytes:
    """Store *content* in *home* as Codex would, and return its bytes."""
    home.mkdir(parents=True, exist_ok=True)
    raw = content if isinstance(content, bytes) else tokens.as_file(content)
    path = home / "auth.json"
    path.write_bytes(raw)
    path.chmod(0o600)
    return raw


def store(
    home: Path,
    *,
    state: Path | None = None,
    step: Callable[[str], None] | None = None,
    kept_in: Store = Store.FILE,
) -> CredentialStore:
    """Return the store of *home*, with its own state beside it."""
    return CredentialStore(
        home,
        state=state or home.parent / "state",
        keep=Vault().secret,
        user=effective_user(),
        kept_in=kept_in,
        step=step or (lambda _: None),
    )


def sender() -> Callable[[Request], Answer]:
    """Return what sends requests over plain HTTP to this machine."""
    return Way(tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)).send


def renew(store: CredentialStore, openai: FakeOpenAI, *, force: bool = False) -> Renewed:
    """Renew the sign-in in *store* at the fake service."""
    return refresh(store, sender(), env=openai.env, force=force)


def child(home: Path, url: str, *options: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a process that renews the sign-in of *home*; *before* stands before its command line."""
    argv = [*before, sys.executable, __file__, str(home), str(home.parent / "state"), url, *options]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("url")
    parser.add_argument("--die-at")
    parser.add_argument("--pause-at")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--import", dest="source", type=Path)
    parser.add_argument("--logout", action="store_true")
    asked = parser.parse_args()

    def step(name: str) -> None:
        if name == asked.die_at:
            os._exit(DIED)
        if name == asked.pause_at:
            print("paused", flush=True)  # noqa: T201 - it is a program
            sys.stdin.readline()

    found = store(asked.home, state=asked.state, step=step)
    env = {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": asked.url}
    said: dict[str, object]
    try:
        if asked.source is not None:
            said = {"changed": install(found, read_pasted(asked.source.read_bytes(), found.keep)).changed}
        elif asked.logout:
            left = sign_out(found, sender(), env=env)
            said = {"existed": left.existed, "revoked": left.revoked}
        else:
            ended = refresh(found, sender(), env=env, force=asked.force)
            said = {"ending": ended.ending.value, "problem": ended.problem}
    except ActError as error:
        said = {"error": type(error).__name__, "problem": error.problem, "kept": error.kept}
    print(json.dumps(said), flush=True)  # noqa: T201 - the same


if __name__ == "__main__":
    _main()
