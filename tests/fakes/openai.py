"""Everything Codex talks to, on loopback: healthy unless told otherwise, over HTTP or HTTPS.

One server plays every host. By path, behind the addresses of `FakeOpenAI.env`; or by the Host header,
when it is reached under the real names through a proxy. What healthy answers look like is in the
fact sheets: codex-auth 5.1 and 5.2, codex-environment 3.1 and 3.2.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from pytest_httpserver import HTTPServer
from werkzeug import Response

from fakes import answers

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from werkzeug import Request

HOSTS: Final[Mapping[str, str]] = {
    "auth.openai.com": "",
    "chatgpt.com": "",
    "api.openai.com": "",
    "github.com": "/github",
    "api.github.com": "/github-api",
    "status.openai.com": "/status",
}
"""What stands before a path that is asked of each host."""

VARIABLES: Final[Mapping[str, str]] = {
    "CODEX_DOCTOR_URL_AUTH": "",
    "CODEX_DOCTOR_URL_CHATGPT": "/backend-api",
    "CODEX_DOCTOR_URL_API": "/v1",
    "CODEX_DOCTOR_URL_GITHUB": "/github",
    "CODEX_DOCTOR_URL_GITHUB_API": "/github-api",
    "CODEX_DOCTOR_URL_STATUS": "/status",
}

PATIENCE: Final = 60.0
"""Seconds after which even a swallowed request is let go, should nobody close the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came. *headers* have lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def bearer(self) -> str | None:
        """The credential that was sent, if any."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" else None


class FakeOpenAI:
    """The servers of OpenAI and GitHub; *asked* holds every request in order."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, at: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self._server = HTTPServer(host=at[0], port=at[1], ssl_context=tls, threaded=True)
        self.identity = tls
        self._released = threading.Event()
        self._sick: dict[str, Callable[[Request], Response]] = {}
        self._held: dict[str, threading.Event] = {}
        self.asked: list[Asked] = []
        self.service = answers.Service()

    @property
    def url(self) -> str:
        """The address before every path, without a slash at its end."""
        return self._server.url_for("").rstrip("/")

    @property
    def host(self) -> str:
        """The address it listens at."""
        return self._server.host

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._server.port

    @property
    def env(self) -> dict[str, str]:
        """The variables that point the doctor, and nothing else, at this server."""
        return {name: self.url + path for name, path in VARIABLES.items()}

    @property
    def codex_env(self) -> dict[str, str]:
        """The variables that point the real Codex CLI at this server; see also `codex_args`."""
        return {
            "CODEX_REFRESH_TOKEN_URL_OVERRIDE": f"{self.url}/oauth/token",
            "CODEX_REVOKE_TOKEN_URL_OVERRIDE": f"{self.url}/oauth/revoke",
            "CODEX_APP_SERVER_LOGIN_ISSUER": self.url,
            "CODEX_AUTHAPI_BASE_URL": f"{self.url}/api/accounts",
        }

    @property
    def codex_args(self) -> list[str]:
        """The options that point the real Codex CLI at this server."""
        chatgpt, api = f'chatgpt_base_url="{self.url}/backend-api"', f'openai_base_url="{self.url}/v1"'
        return ["-c", chatgpt, "-c", api]

    def sicken(
        self,
        path: str,
        status: int,
        body: object = "",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "*",
    ) -> None:
        """Answer *path*, which may be a pattern, with *status* from now on.

        Text is sent as it is, anything else as JSON. The *method* of a question for a WebSocket is UPGRADE.
        """
        self._sick[f"{method} {path}"] = lambda _: _response(status, body, headers or {})

    def swallow(self, path: str, *, method: str = "*") -> None:
        """Never answer *path*, which may be a pattern, from now on."""
        self._sick[f"{method} {path}"] = self._keep_waiting

    def hold(self, path: str) -> threading.Event:
        """Answer *path*, which may be a pattern, only once the returned event is set."""
        return self._held.setdefault(path, threading.Event())

    def forget_sickness(self) -> None:
        """Be healthy again, and remember what was asked and told."""
        self._sick.clear()

    def heal(self) -> None:
        """Be healthy again, and forget what was asked and told."""
        self._released.set()
        for held in self._held.values():
            held.set()
        self._held.clear()
        self._released = threading.Event()
        self._sick.clear()
        self.asked.clear()
        self.service = answers.Service()

    def start(self) -> None:
        """Begin to listen."""
        self._server.expect_request(re.compile(".*")).respond_with_handler(self._answer)
        self._server.start()

    def stop(self) -> None:
        """Let go of every request and stop listening."""
        self._released.set()
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        path = HOSTS.get(request.host.partition(":")[0], "") + request.path
        asked = Asked(
            method=request.method,
            path=path,
            query=request.query_string.decode(),
            headers={name.lower(): value for name, value in request.headers},
            body=request.get_data(),
        )
        self.asked.append(asked)
        for pattern, held in tuple(self._held.items()):
            if fnmatchcase(path, pattern):
                held.wait(PATIENCE)
        verb = "UPGRADE" if "upgrade" in asked.headers else request.method
        for pattern, answer in reversed(self._sick.items()):
            if fnmatchcase(f"{verb} {path}", pattern):
                return answer(request)
        answered = self.service.answer(
            method=asked.method,
            path=path,
            bearer=asked.bearer,
            account=asked.headers.get("chatgpt-account-id"),
            upgrade="upgrade" in asked.headers,
            body=asked.body,
        )
        return _response(answered.status, answered.body, answered.headers)

    def _keep_waiting(self, _: Request) -> Response:
        self._released.wait(PATIENCE)
        return Response(status=504)


def _response(status: int, body: object, headers: Mapping[str, str]) -> Response:
    if isinstance(body, str):
        return Response(body, status=status, headers={"Content-Type": "text/plain", **headers})
    return Response(json.dumps(body), status=status, headers={"Content-Type": "application/json", **headers})
