"""The `{{...}}` in a machine's texts: tokens that expire relative to now, secrets, times and places."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from tokens import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

_BRACES: Final = re.compile(r"\{\{\s*(\w+)\s*([^{}]*?)\s*\}\}")


@dataclass(slots=True, kw_only=True)
class Words:
    """Fills in a machine's texts.

    *places* are the plain words (`home`, `url`, `proxy` ...). *secrets* collects every value that was
    made and must never be printed.
    """

    places: Mapping[str, str]
    now: float = field(default_factory=time.time)
    secrets: set[str] = field(default_factory=set[str])

    def fill(self, text: str) -> str:
        """Return *text* with everything in braces filled in.

        `{{jwt exp=+3600 account=acc-1 plan=plus}}`: a token with these claims, in seconds from now.
        `{{secret sk-proj- 48}}`: a secret with this beginning and so many characters more.
        `{{time -86400}}`: a moment so many seconds from now, in RFC 3339; `{{epoch -60}}`: one as Codex
        keeps it in its databases. `{{home}}` and its like: a place.
        """
        return _BRACES.sub(lambda found: self._word(found[1], found[2].split()), text)

    def _word(self, kind: str, args: list[str]) -> str:
        match kind:
            case "jwt":
                return self._jwt(dict(arg.split("=", 1) for arg in args))
            case "secret":
                start, length = args
                return self._secret(start, int(length))
            case "time":
                seconds = float(args[0]) if args else 0.0
                return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now + seconds))
            case "epoch":
                return str(int(self.now + float(args[0])))
            case _:
                return self.places[kind]

    def _jwt(self, args: Mapping[str, str]) -> str:
        account = args.get("account", "acc-1")
        claims: dict[str, object] = {
            "email": "someone@example.com",
            "https://api.openai.com/auth": {
                "chatgpt_account_id": account,
                "chatgpt_plan_type": args.get("plan", "plus"),
                "chatgpt_user_id": "user-1",
            },
        }
        if "exp" in args:
            claims["exp"] = int(self.now + float(args["exp"]))
        token = jwt(claims)
        self.secrets |= {token, token.split(".")[1]}
        return token

    def _secret(self, start: str, length: int) -> str:
        """Return the same secret for the same words: a machine is the same machine every time."""
        made = ""
        while len(made) < length:
            made += sha256(f"{start} {length} {len(made)}".encode()).hexdigest()
        secret = start + made[:length]
        self.secrets.add(secret)
        return secret
