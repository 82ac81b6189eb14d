"""A sign-in in the browser is only spoken of where one is needed, and errors of it until one is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec.structs import replace

import engine
from codex_checks.auth.login import Rules
from codex_checks.browser.checks import (
    Attempts,
    Place,
    Ports,
    browser_can_be_opened,
    browser_comes_back,
    browser_logins_succeed,
    login_attempts,
    login_port_is_free,
    place,
    sign_in_needed,
)
from codex_checks.browser.ports import Taken
from codex_checks.network.reach import Reach
from codex_checks.problems import browser as p
from codex_checks.recorded import said
from codex_checks.recorded.errors import DAY, RecordedError, RecordedErrors
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine
from codex_doctor.model import Severity
from signins import WSL, login
from tokens import api_key_login, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.auth.login import Login

NOW: Final = 1_800_000_000
SSH: Final = {"SSH_CONNECTION": "203.0.113.7 50000 198.51.100.4 22", "SSH_TTY": "/dev/pts/0"}
EXCHANGE: Final = (
    "oauth token exchange transport failure is_timeout=false is_connect=true is_request=true "
    "error=error sending request for url (https://auth.openai.com/oauth/token)"
)
MISMATCH: Final = "login callback state mismatch path=/auth/callback has_code=true has_state=true"

_place: Callable[..., Place] = place.read  # type: ignore[assignment]
_attempts: Callable[..., Attempts] = login_attempts.read  # type: ignore[assignment]
_needed: Callable[..., Any] = sign_in_needed.read


def placed(env: Mapping[str, str] | None = None, **context: Any) -> Place:  # noqa: ANN401 - as for the engine
    return _place(engine.context(env=env, **context), login())


def attempts(*texts: str, ago: int = 600, stored: int | None = None) -> Attempts:
    ctx = replace(engine.context(), now=lambda: float(NOW))
    found = login(chatgpt_login() if stored is not None else None)
    if stored is not None and found.file.status is not None:
        status = replace(found.file.status, modified_ns=(NOW - stored) * 10**9)
        found = replace(found, file=replace(found.file, status=status))
    errors = tuple(
        RecordedError(
            when=NOW - ago, source=Path("codex-login.log"), text=text, code=said.from_text(text).code
        )
        for text in texts
    )
    return _attempts(ctx, found, RecordedErrors(errors=errors))


def needed(found: Login) -> Login:
    answer: Login = _needed(engine.context(), found)
    return answer


@pytest.mark.parametrize(
    "found",
    [
        login(chatgpt_login()),
        login(api_key_login()),
        login(variables={"CODEX_API_KEY": "sk-x"}),
        login(rules=Rules(methods=("api",))),
    ],
    ids=["a ChatGPT sign-in", "a stored key", "a key in a variable", "only keys are allowed"],
)
def test_where_no_browser_is_needed_nothing_is_judged(found: Login) -> None:
    with pytest.raises(NotApplicable):
        needed(found)


@pytest.mark.parametrize("content", [None, {}, {"auth_mode": "apikey"}])
def test_who_is_signed_out_may_need_a_browser(content: object) -> None:
    found = login(content)

    assert needed(found) is found


def test_over_ssh_the_browser_cannot_come_back() -> None:
    (finding,) = browser_comes_back(placed(SSH))

    assert finding.problem is p.LOGIN_REMOTE_CALLBACK
    assert "ssh -L 1455:localhost:1455 198.51.100.4" in finding.advice
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="codex-doctor login"),)


@pytest.mark.parametrize(
    "more", [{"DISPLAY": "localhost:10.0"}, {"VSCODE_IPC_HOOK_CLI": "/run/user/1000/vscode-ipc.sock"}]
)
def test_where_pages_are_led_on_the_browser_comes_back(more: Mapping[str, str]) -> None:
    assert browser_comes_back(placed({**SSH, **more})) == ()


def test_in_a_container_it_is_a_note(tmp_path: Path) -> None:
    (tmp_path / ".dockerenv").touch()

    (finding,) = browser_comes_back(placed(home=tmp_path))

    assert finding.problem.severity is Severity.NOTE
    assert finding.problem.name == "login-remote-callback"


def test_before_a_display_with_an_opener_nothing_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "xdg-open").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "xdg-open").chmod(0o755)
    found = placed({"DISPLAY": ":0", "PATH": str(tmp_path)})

    assert (browser_comes_back(found), browser_can_be_opened(found)) == ((), ())


@pytest.mark.parametrize(
    ("env", "system", "words"),
    [
        ({}, engine.LINUX, "there is no display"),
        ({"DISPLAY": ":0", "PATH": "/nowhere"}, engine.LINUX, "nothing here opens web pages"),
        ({"PATH": "/nowhere"}, WSL, "nothing here opens web pages"),
    ],
)
def test_where_no_browser_opens_it_is_a_note(env: Mapping[str, str], system: Any, words: str) -> None:  # noqa: ANN401 - a System
    (finding,) = browser_can_be_opened(placed(env, system=system))

    assert finding.problem.severity is Severity.NOTE
    assert words in finding.detail


def test_who_sits_elsewhere_is_told_once() -> None:
    assert browser_can_be_opened(placed(SSH)) == ()


def test_a_second_port_makes_the_first_a_note() -> None:
    one = Ports(login=login(), taken=(Taken(port=1455, program="node", pid=7),))
    both = Ports(login=login(), taken=(*one.taken, Taken(port=1457)))

    (noted,) = login_port_is_free(one)
    (told,) = login_port_is_free(both)

    assert (noted.problem.severity, told.problem.severity) == (Severity.NOTE, Severity.WARNING)
    assert "1455 (by node, process 7) and 1457 (by a program of another user)" in told.detail
    assert told.advice.startswith("End process 7")


@pytest.mark.parametrize("busy", [(), (Taken(port=1457),)])
def test_a_free_first_port_is_enough(busy: tuple[Taken, ...]) -> None:
    assert login_port_is_free(Ports(login=login(), taken=busy)) == ()


def test_an_exchange_that_failed_is_told_and_a_note_where_the_way_is_free_now() -> None:
    (told,) = browser_logins_succeed(attempts(EXCHANGE), None)
    (noted,) = browser_logins_succeed(attempts(EXCHANGE), Reach(visits=()))

    assert told.problem is p.LOGIN_TOKEN_EXCHANGE_NETWORK
    assert noted.problem.severity is Severity.NOTE
    assert "once, 10 minutes ago" in told.detail


def test_an_answer_to_another_sign_in_is_told() -> None:
    (finding,) = browser_logins_succeed(attempts(MISMATCH), Reach(visits=()))

    assert finding.problem is p.LOGIN_STATE_MISMATCH


def test_what_failed_before_the_sign_in_was_stored_is_over() -> None:
    assert browser_logins_succeed(attempts(MISMATCH, EXCHANGE, stored=300), None) == ()
    assert browser_logins_succeed(attempts(MISMATCH, ago=DAY + 1), None) == ()
    assert len(browser_logins_succeed(attempts(MISMATCH, EXCHANGE, stored=900), None)) == 2
