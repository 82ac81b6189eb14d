"""Settings hold keys and tokens; from the moment they are read, those are secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from codex_doctor.redact import Vault

SECRET_TABLES: Final = frozenset({"env", "headers", "http_headers", "query_params", "set"})
"""Tables whose values are sent somewhere or given to a program: keys and tokens stand there."""

SECRET_WORDS: Final = ("token", "secret", "password", "api_key", "apikey", "credential", "authorization")
NAMES_OF_SECRETS: Final = ("_env_var", "_env", "env_key", "_store", "_credentials_store", "_limit", "_file")
"""Ends of keys that hold the name of a variable, a place or a number, not a secret."""


def veil(values: Mapping[str, object], vault: Vault) -> dict[str, object]:
    """Return *values* with every secret in it as a `Secret`."""
    return {key: _veiled(key, value, vault, inside=False) for key, value in values.items()}


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
    """Return whether the setting *key* holds a secret itself, going by its name."""
    name = key.lower()
    return any(word in name for word in SECRET_WORDS) and not name.endswith(NAMES_OF_SECRETS)
