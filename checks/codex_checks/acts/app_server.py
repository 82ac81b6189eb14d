"""Ask an app-server of Codex: the one that runs in the background, or one of our own (codex-auth 5.4)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Protocol, cast

from msgspec import Struct

from codex_checks.acts.errors import AppServerError, Silent
from codex_doctor import __version__
from codex_doctor.redact import Secret  # noqa: TC001 - beside the struct that holds it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.auth.document import Keep

ANSWER: Final = 30.0
"""Seconds for an answer: a renewal by Codex itself takes as long as the service does."""

GREETING: Final = 5.0
"""Seconds for the first answer; an app-server is ready after 0.2 (codex-environment 9)."""

LONGEST: Final = 16 * 1024 * 1024
"""Bytes of one message: what Codex 0.169.0 says that it accepts itself."""


class Wire(Protocol):
    """The way to an app-server and back: whole messages, each a JSON object."""

    def send(self, message: bytes) -> None:
        """Send *message*.

        :raises AppServerError: nobody takes it.
        """
        ...

    def receive(self, until: float) -> bytes:
        """Return the next message, by the instant *until* of `time.monotonic`.

        :raises AppServerError: none came.
        """
        ...


class Status(Struct, frozen=True, kw_only=True):
    """Who is signed in, as an app-server has it in memory.

    *method* is `chatgpt`, `apikey` or another word, None where nobody is. *token* is None where there is
    none, and where the last renewal failed for good.
    """

    method: str | None
    token: Secret | None


class LoginStarted(Struct, frozen=True, kw_only=True):
    """A sign-in that waits for the user: *user_code* is to be entered at *url*. *id* names it."""

    id: str
    url: str
    user_code: Secret


class LoginEnded(Struct, frozen=True, kw_only=True):
    """How a sign-in ended: *error* is what Codex says of it, None where it succeeded."""

    error: str | None


class AppServer:
    """A conversation by *wire*, one question at a time; *keep* makes secrets of tokens."""

    def __init__(self, wire: Wire, *, keep: Keep) -> None:
        self._wire = wire
        self._keep = keep
        self._asked = 0

    def greet(self) -> None:
        """Begin the conversation.

        :raises AppServerError: there is no answer.
        """
        client = {"name": "codex_doctor", "title": "codex-doctor", "version": __version__}
        self._ask("initialize", {"clientInfo": client}, seconds=GREETING)
        self._wire.send(b'{"method":"initialized"}')

    def status(self, *, renew: bool) -> Status:
        """Return who is signed in; with *renew* the app-server renews the sign-in first.

        That it could not is said by nothing but a token that is not there, and only where it was refused
        for good: then it asks no more.

        :raises AppServerError: there is no answer.
        """
        said = self._ask("getAuthStatus", {"includeToken": True, "refreshToken": renew}, seconds=ANSWER)
        method, token = said.get("authMethod"), said.get("authToken")
        return Status(
            method=method if isinstance(method, str) else None,
            token=self._keep(token) if isinstance(token, str) and token else None,
        )

    def begin_login(self) -> LoginStarted:
        """Begin a sign-in with a device code.

        :raises AppServerError: there is no answer, or no code in it.
        """
        said = self._ask("account/login/start", {"type": "chatgptDeviceCode"}, seconds=ANSWER)
        login, url, code = (said.get(name) for name in ("loginId", "verificationUrl", "userCode"))
        if not (isinstance(login, str) and isinstance(url, str) and isinstance(code, str)):
            raise AppServerError("it gives no device code")
        return LoginStarted(id=login, url=url, user_code=self._keep(code))

    def login_ended(self, login: LoginStarted, until: float) -> LoginEnded | None:
        """Return how *login* ended, None where it has not by the instant *until* of `time.monotonic`.

        :raises AppServerError: it will say nothing any more.
        """
        try:
            while True:
                said = _members(self._wire.receive(until))
                ended = _ended(said, login) if said.get("method") == "account/login/completed" else None
                if ended is not None:
                    return ended
        except Silent:
            return None

    def _ask(self, method: str, params: Mapping[str, object], *, seconds: float) -> Mapping[str, object]:
        self._asked += 1
        question = {"id": self._asked, "method": method, "params": params}
        self._wire.send(json.dumps(question, separators=(",", ":")).encode())
        until = time.monotonic() + seconds
        while True:
            said = _members(self._wire.receive(until))
            if said.get("id") == self._asked and "method" not in said:
                return _result(said, method)


def _ended(said: Mapping[str, object], login: LoginStarted) -> LoginEnded | None:
    params = said.get("params")
    if not isinstance(params, dict):
        return None
    told = cast("Mapping[str, object]", params)
    if told.get("loginId") != login.id:
        return None
    error = told.get("error")
    return LoginEnded(error=None if told.get("success") is True else str(error))


def _members(message: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(message)
    except (ValueError, RecursionError):
        raise AppServerError("it says something that is not JSON") from None
    if not isinstance(found, dict):
        raise AppServerError("it says something that is no message")
    return cast("Mapping[str, object]", found)


def _result(said: Mapping[str, object], method: str) -> Mapping[str, object]:
    result = said.get("result")
    if not isinstance(result, dict):
        error = said.get("error")
        code = cast("Mapping[str, object]", error).get("code") if isinstance(error, dict) else None
        raise AppServerError(f"it does not answer {method}" + (f" ({code})" if isinstance(code, int) else ""))
    return cast("Mapping[str, object]", result)
