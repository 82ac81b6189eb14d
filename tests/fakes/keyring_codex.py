"""A program that answers like Codex 0.169.0 whose sign-in is in a keyring: no test machine has one.

The keyring is the file FAKE_STORE. FAKE_REFUSES says how a renewal ends: `for-good`, `for-now`, or not set.
FAKE_LOGIN says how a sign-in with a device code ends: what Codex complains of, `hang`, or not set.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any


def program(folder: Path, *, keyring: Path) -> tuple[Path, dict[str, str]]:
    """Make the program in *folder*, and return it with the environment that it needs."""
    path = folder / "codex"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    path.chmod(0o755)
    return path, {"FAKE_STORE": str(keyring), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}


def token(expires: int) -> str:
    """Return an access token that ends at *expires*, in seconds since the epoch."""
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl"


def _status(keyring: Path, *, renew: bool) -> dict[str, Any]:
    if not keyring.exists():
        return {"authMethod": None, "authToken": None, "requiresOpenaiAuth": True}
    known, refuses = json.loads(keyring.read_bytes()), os.environ.get("FAKE_REFUSES")
    if renew and refuses is None:
        known["expires"] += 3600
        keyring.write_text(json.dumps(known))
    gone = renew and refuses == "for-good"
    return {"authMethod": known["method"], "authToken": None if gone else token(known["expires"])}


def _app_server(keyring: Path) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked:
            _say({"method": "configWarning", "params": {}})
            _say({"id": asked["id"], "result": _result(keyring, asked)})
        if asked["method"] == "account/login/start":
            _sign_in(keyring, os.environ.get("FAKE_LOGIN"))


def _result(keyring: Path, asked: dict[str, Any]) -> dict[str, Any]:
    match asked["method"]:
        case "getAuthStatus":
            return _status(keyring, renew=asked["params"]["refreshToken"])
        case "account/login/start":
            page = f"{os.environ['CODEX_APP_SERVER_LOGIN_ISSUER']}/codex/device"
            return {"loginId": "login-1", "verificationUrl": page, "userCode": "ABCD-12345"}
        case _:
            return {}


def _sign_in(keyring: Path, complaint: str | None) -> None:
    if complaint == "hang":
        return
    if complaint in (None, "workspace routing discovery failed"):
        known = json.loads(keyring.read_bytes()) if keyring.exists() else {"expires": 1_795_165_510}
        keyring.write_text(json.dumps({"method": "chatgpt", "expires": known["expires"] + 7200}))
    ended = {"loginId": "login-1", "success": complaint is None, "error": complaint}
    _say({"method": "account/login/completed", "params": ended})


def _say(message: object) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - it is a program


def _main() -> None:
    keyring = Path(os.environ["FAKE_STORE"])
    match sys.argv[1:]:
        case ["--version"]:
            print("codex-cli 0.169.0")  # noqa: T201 - the same
        case ["app-server"]:
            _app_server(keyring)
        case ["logout"]:
            there = keyring.exists()
            keyring.unlink(missing_ok=True)
            print("Successfully logged out" if there else "Not logged in", file=sys.stderr)  # noqa: T201
        case _:
            sys.exit(64)


if __name__ == "__main__":
    _main()
