"""Settings hold keys and tokens; from the moment they are read, those are secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_checks.config.mends.certain import one_slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_doctor.redact import Vault
    from codex_doctor.toml.written import Pair

SECRET_TABLES: Final = frozenset({"env", "headers", "http_headers", "query_params", "set"})
"""Tables whose values are sent somewhere or given to a program: keys and tokens stand there."""

SECRET_WORDS: Final = ("token", "secret", "password", "api_key", "apikey", "credential", "authorization")
NAMES_OF_SECRETS: Final = ("_env_var", "_env", "env_key", "_store", "_credentials_store", "_limit", "_file")
"""Ends of keys that hold the name of a variable, a place or a number, not a secret."""

_BETWEEN: Final = re.compile(r"[^a-z0-9]+")

_AROUND: Final = " \t\"'[]{},"
"""What stands around a value on its line."""


def veil(values: Mapping[str, object], vault: Vault) -> dict[str, object]:
    """Return *values* with every secret in it as a `Secret`."""
    return {key: _veiled(key, value, vault, inside=False) for key, value in values.items()}


def veil_as_written(text: str, pairs: Iterable[Pair], vault: Vault) -> None:
    """Let *vault* know the secrets among *pairs* of *text* as they are written there.

    Whoever shows lines of the file shows one at a time, and escapes as they are.
    """
    for pair in pairs:
        *tables, key = (part for part in pair.path if isinstance(part, str))
        if SECRET_TABLES.intersection(tables) or holds_secret(key):
            for line in text[pair.value : pair.end].splitlines():
                vault.secret(line.strip(_AROUND))


def _veiled(key: str, value: object, vault: Vault, *, inside: bool) -> object:
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        secret = inside or key in SECRET_TABLES
        return {name: _veiled(name, item, vault, inside=secret) for name, item in table.items()}
    if isinstance(value, list):
        return tuple(_veiled(key, item, vault, inside=inside) for item in cast("list[object]", value))
    if isinstance(value, str) and (inside or holds_secret(key)):
        return vault.secret(value)
    return value


def holds_secret(key: str) -> bool:
    """Return whether the setting *key* holds a secret itself, going by its name, misspelt or not."""
    name = key.lower()
    if any(word in name for word in SECRET_WORDS):
        return not name.endswith(NAMES_OF_SECRETS)
    words = {*_BETWEEN.split(name), _BETWEEN.sub("", name)}
    return any(one_slip(word, secret) for word in words for secret in SECRET_WORDS)
