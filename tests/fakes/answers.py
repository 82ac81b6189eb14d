"""What healthy servers of OpenAI and GitHub answer; the shapes were recorded with Codex 0.169.0."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import parse_qs

from tokens import ACCOUNT, id_token, jwt

MISSING: Final = "Missing bearer or basic authentication in header"
LATEST: Final = "0.169.0"

USER_CODE: Final = "ABCD-12345"
"""What the user is to enter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: text in *body* is sent as it is, anything else as JSON."""

    status: int = 200
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, kw_only=True)
class Service:
    """What the service knows. *spent* are the refresh tokens that were used once; *revoked* any token.

    *plan* is the plan of every account, *device_login* whether a device code may be asked for. The code is
    entered, by somebody of *account*, after *polls* questions about it (None: never); *logins* counts who
    signed in so. *models* are those that a ChatGPT account may use.
    """

    plan: str = "plus"
    device_login: bool = True
    used_percent: int = 12
    spent: set[str] = field(default_factory=set[str])
    revoked: set[str] = field(default_factory=set[str])
    rotations: int = 0
    account: str = ACCOUNT
    polls: int | None = None
    interval: str = "5"
    logins: int = 0
    models: tuple[str, ...] = ()

    def answer(
        self, *, method: str, path: str, bearer: str | None, account: str | None, upgrade: bool, body: bytes
    ) -> Answer:
        """Answer one request."""
        if upgrade:
            return Answer(status=426)  # Codex then takes HTTPS at once, without a retry
        if path.endswith("/responses"):
            return self._turn(method, path, bearer)
        area = path.split("/")[1]
        match area:
            case "backend-api":
                return self._backend(path.removeprefix("/backend-api/"), bearer, account)
            case "v1":
                return self._refused(bearer) or Answer(body={"object": "list", "data": [{"id": "gpt-5.5"}]})
            case "oauth" | "api":
                return self._sign_in(path, bearer, body)
            case _:
                return _elsewhere(area, path)

    def _turn(self, method: str, path: str, bearer: str | None) -> Answer:
        if method != "POST":
            return Answer(status=405)
        return self._refused(bearer) or Answer(
            body="".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in _turn(path)),
            headers={"Content-Type": "text/event-stream"},
        )

    def _backend(self, path: str, bearer: str | None, account: str | None) -> Answer:
        if not path:
            return Answer(status=403)
        if refused := self._refused(bearer):
            return refused
        known: dict[str, Callable[[], object]] = {
            "wham/usage": lambda: self._usage(account),
            "wham/accounts/check": lambda: self._accounts(account or "acc-1"),
            "wham/config/bundle": dict,
            "codex/models": lambda: {"models": [{"slug": model} for model in self.models]},
        }
        if path in known:
            return Answer(body=known[path]())
        return Answer(status=404, body={"detail": "Not Found"})

    def _sign_in(self, path: str, bearer: str | None, body: bytes) -> Answer:
        if path.endswith("/user-auth-credential/whoami"):
            return self._refused(bearer) or Answer(body=self._whoami())
        if path.endswith("/deviceauth/usercode"):
            if not self.device_login:
                return Answer(status=404, body={})
            code = {"device_auth_id": "device-1", "user_code": USER_CODE, "interval": self.interval}
            return Answer(body=code)
        if path.endswith("/deviceauth/token"):
            return self._grant()
        if path == "/oauth/token":
            return self._sign_someone_in() if b"authorization_code" in body else self._refresh(body)
        if path == "/oauth/revoke":
            self.revoked.add(_field(body, "token"))
        return Answer(body={})

    def _grant(self) -> Answer:
        if self.polls is None:
            return Answer(status=403, body={})
        self.polls -= 1
        if self.polls >= 0:
            return Answer(status=403, body={})
        return Answer(
            body={"authorization_code": "grant-1", "code_challenge": "challenge", "code_verifier": "verifier"}
        )

    def _sign_someone_in(self) -> Answer:
        self.logins += 1
        return Answer(
            body={
                "id_token": id_token(plan=self.plan, account=self.account),
                "access_token": jwt({"exp": int(time.time()) + 3600, "jti": f"login-{self.logins}"}),
                "refresh_token": f"rt_login_{self.logins}",
            }
        )

    def _refresh(self, body: bytes) -> Answer:
        token = _field(body, "refresh_token")
        if not token:
            return _error(400, "invalid_refresh_token", "Invalid 'refresh_token': empty string.")
        if token in self.revoked:
            return _error(401, "refresh_token_invalidated", "Your refresh token was revoked.")
        if token in self.spent:
            return _error(401, "refresh_token_reused", "Your refresh token has already been used.")
        self.spent.add(token)
        self.rotations += 1
        return Answer(
            body={
                "access_token": jwt({"exp": int(time.time()) + 3600, "jti": str(self.rotations)}),
                "refresh_token": f"rt_rotated_{self.rotations}",
            }
        )

    def _refused(self, bearer: str | None) -> Answer | None:
        if not bearer:
            return _error(401, None, MISSING)
        if bearer in self.revoked:
            if bearer.startswith("sk-"):
                return _error(401, "invalid_api_key", f"Incorrect API key provided: {bearer[:3]}***.")
            return _error(401, "token_invalidated", "Your authentication token has been invalidated.")
        expires = _claims(bearer).get("exp")
        if isinstance(expires, int | float) and expires < time.time():
            return _error(401, "token_expired", "Provided authentication token is expired.")
        return None

    def _usage(self, account: str | None) -> Mapping[str, object]:
        window = {
            "limit_window_seconds": 18000,
            "reset_after_seconds": 600,
            "reset_at": int(time.time()) + 600,
        }
        return {
            "plan_type": self.plan,
            "account_id": account,
            "email": "someone@example.com",
            "rate_limit": {
                "allowed": self.used_percent < 100,
                "limit_reached": self.used_percent >= 100,
                "primary_window": {"used_percent": self.used_percent, **window},
                "secondary_window": None,
            },
            "additional_rate_limits": None,
            "credits": None,
        }

    def _accounts(self, account: str) -> Mapping[str, object]:
        return {
            "accounts": [
                {
                    "id": account,
                    "account_user_id": f"user-1__{account}",
                    "name": "Someone",
                    "structure": "personal",
                    "plan_type": self.plan,
                    "is_deactivated": False,
                    "workspace_backend_origin": "https://chatgpt.com",
                    "account_routing_override": "NO_CONSTRAINT",
                }
            ],
            "account_ordering": [account],
            "default_account_id": account,
        }

    def _whoami(self) -> Mapping[str, object]:
        return {
            "email": "someone@example.com",
            "chatgpt_user_id": "user-1",
            "chatgpt_account_id": "acc-1",
            "chatgpt_plan_type": self.plan,
            "chatgpt_account_is_fedramp": False,
        }


def _elsewhere(area: str, path: str) -> Answer:
    """Answer for GitHub and the status page."""
    if path.endswith("/releases/latest"):
        return Answer(body={"tag_name": f"rust-v{LATEST}", "name": LATEST, "prerelease": False})
    if area == "status":
        return Answer(body={"status": {"indicator": "none"}, "components": [], "incidents": []})
    return Answer()


def _error(status: int, code: str | None, message: str) -> Answer:
    kind = "invalid_request_error"
    return Answer(
        status=status, body={"error": {"message": message, "type": kind, "param": None, "code": code}}
    )


def _turn(path: str) -> list[dict[str, object]]:
    """Return the events of a turn in which the model says one word."""
    said = [{"type": "output_text", "text": f"pong from {path}"}]
    message = {"type": "message", "role": "assistant", "id": "message-1", "content": said}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return [
        {"type": "response.created", "response": {"id": "response-1"}},
        {"type": "response.output_item.done", "item": message},
        {"type": "response.completed", "response": {"id": "response-1", "usage": usage}},
    ]


def _field(body: bytes, name: str) -> str:
    """Return a member of a JSON object or of a form."""
    try:
        content = cast("object", json.loads(body))
    except ValueError:
        return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[0]
    found = cast("Mapping[str, object]", content).get(name) if isinstance(content, Mapping) else None
    return found if isinstance(found, str) else ""


def _claims(token: str) -> Mapping[str, object]:
    parts = token.split(".")
    try:
        payload = cast("object", json.loads(base64.urlsafe_b64decode(parts[1] + "==")))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return cast("Mapping[str, object]", payload) if isinstance(payload, Mapping) else {}
