"""What in the set-up of an MCP server may be a key, and so must not be said, whoever repeats it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from codex_checks.config.veil import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codex_doctor.redact import Vault

OPAQUE: Final = 16
"""Characters: a longer piece of an address is a key rather than a word."""

_OPAQUE: Final = re.compile(rf"[A-Za-z0-9_\-~]{{{OPAQUE},}}")
_ASSIGNED: Final = re.compile(r"(?i)-{0,2}([\w.\-]+)[=:]\s*(?:bearer\s+)?(.+)")
_PATH: Final = re.compile(r"[~./\\]|[A-Za-z]:[\\/]")


def origin(url: str) -> str:
    """Return the part of an address that may be said: no user, no path and no query, where keys may stand."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an address that is none"
    if not parts.scheme or not host:
        return "an address that is none"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def know_address(url: str, vault: Vault) -> None:
    """Remember what in *url* may be a key: a password, the values of its query, long pieces of its path."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return
    for value in (password or "", *(value for _, value in parse_qsl(parts.query))):
        vault.secret(value)
    for piece in parts.path.split("/"):
        if _OPAQUE.fullmatch(piece):
            vault.secret(piece)


def know_arguments(words: Iterable[str], vault: Vault) -> None:
    """Remember what goes in *words* by the name of a secret: `--token X`, `--api-key=X`."""
    announced = False
    for word in words:
        assigned = _ASSIGNED.fullmatch(word)
        if announced and not word.startswith("-"):
            vault.secret(word)
        elif assigned and holds_secret(assigned[1].replace("-", "_")):
            vault.secret(assigned[2])
        announced = (
            word.startswith("-") and "=" not in word and holds_secret(word.lstrip("-").replace("-", "_"))
        )


def know_variables(names: Iterable[str], variables: Mapping[str, str], vault: Vault) -> None:
    """Remember what is handed over in the variables *names*, unless it is only a place."""
    for name in names:
        value = variables.get(name, "")
        if not _PATH.match(value):
            vault.secret(value)
