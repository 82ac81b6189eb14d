"""Secrets that nobody issued: planted on a fake machine, and looked for in what comes out."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.secret import forms

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACE: Final = re.compile(r"\{secret:([\w.-]+)\}")


class Canaries:
    """What was planted: *planted* maps each secret to its name."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def secret(self, name: str) -> str:
        """Return the secret called *name*: 40 letters and digits without a shape that gives it away."""
        made = hashlib.sha256(f"canary {name}".encode()).hexdigest()[:40]
        self.planted[made] = name
        return made

    def put_into(self, text: str) -> str:
        """Return *text* with a secret wherever `{secret:NAME}` stands."""
        return _PLACE.sub(lambda found: self.secret(found[1]), text)


def seen_in(text: str, planted: Mapping[str, str]) -> list[str]:
    """Return the names of the *planted* secrets that stand in *text*, in whatever way they are written."""
    return [name for secret, name in planted.items() if any(form in text for form in forms(secret))]
