"""Facts of renewals, and examinations that prove them, for the tests of those checks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

import acts_store
import signins
import tokens
from codex_checks.recorded.errors import RecordedError, RecordedErrors
from codex_checks.recorded.seen import Seen
from codex_checks.renewal.traces import Traces
from codex_doctor.runner import Plan, examine
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.check import Check
    from codex_doctor.model import Outcome
    from fakes.openai import FakeOpenAI

SOURCE = Path("/home/somebody/.codex/thread_history_1.sqlite")
REUSED = (
    "Your access token could not be refreshed because your refresh token was already used. "
    "Please log out and sign in again."
)


def recorded(*errors: tuple[str, float]) -> RecordedErrors:
    """Return what Codex recorded: each text, and how many seconds before the examination."""
    return RecordedErrors(
        errors=tuple(
            RecordedError(when=int(tokens.NOW - ago), source=SOURCE, text=text) for text, ago in errors
        )
    )


def seen(problem: str, *, times: int = 1, ago: float = 600, text: str = REUSED) -> Seen:
    """Return what was seen of *problem*, last *ago* seconds before the examination."""
    last = RecordedError(when=int(tokens.NOW - ago), source=SOURCE, text=text)
    return Seen(problem=problem, count=times, first=last.when, last=last)


def traces(**facts: Any) -> Traces:  # noqa: ANN401 - the fields of Traces
    """Return what tells of renewals on a machine with a healthy sign-in."""
    return replace(Traces(sign_in=signins.chatgpt(), examined=float(tokens.NOW)), **facts)


def machine(folder: Path, content: object = None) -> Path:
    """Make a home with a sign-in (by default one that is good for an hour) and return its CODEX_HOME."""
    home = folder / ".codex"
    acts_store.put(home, tokens.chatgpt_login(expires=time.time() + 3600) if content is None else content)
    return home


def examined(
    check: Check,
    folder: Path,
    openai: FakeOpenAI,
    *,
    live: bool = True,
    seconds: float = 20,
    env: Mapping[str, str] | None = None,
) -> Outcome:
    """Return what *check* finds in the home *folder*, with the fake service as the only one."""
    ctx = context(folder, env={**openai.env, **(env or {})}, live=live, seconds=seconds)
    (outcome,) = examine(Plan(checks=(check,)), ctx).outcomes
    return outcome
