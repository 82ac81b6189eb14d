"""A secret gives its value to nobody but who asks for it by name."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from codex_doctor.redact import Secret, Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VALUE = "swordfish-swordfish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a probe might read."""

    key: Secret


def test_a_secret_gives_its_value_to_who_asks_by_name() -> None:
    assert Secret(VALUE).reveal() == VALUE


SHOWN: Mapping[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda secret: format(secret, ">30") + format(secret, ".3"),
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - one more way to print
    "f-string": lambda secret: f"{secret:>30} {secret!s} {secret=}",
    "within": lambda secret: str([secret, {"key": secret}]),
    "fact": lambda secret: str(Fact(key=secret)),
    "traceback": lambda secret: "".join(traceback.format_exception(ValueError(secret))),
}


@pytest.mark.parametrize("way", SHOWN)
def test_a_secret_is_never_shown(way: str) -> None:
    shown = SHOWN[way](Secret(VALUE))

    assert VALUE[:3] not in shown
    assert "Secret(***)" in shown


STORED: Mapping[str, Callable[[Secret], object]] = {
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "builtins": msgspec.to_builtins,
    "asdict": lambda secret: asdict(Fact(key=secret)),
    "fact": lambda secret: msgspec.json.encode(Fact(key=secret)),
    "sum": lambda secret: VALUE + cast("str", secret),
    "bytes": lambda secret: bytes(cast("bytes", secret)),
    "letters": lambda secret: list(cast("str", secret)),
}


@pytest.mark.parametrize("way", STORED)
def test_a_secret_is_never_stored_or_turned_into_something_else(way: str) -> None:
    with pytest.raises(TypeError) as caught:
        STORED[way](Secret(VALUE))

    assert VALUE not in str(caught.value)


def test_secrets_can_be_compared_without_being_shown() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert len({Secret(VALUE), Secret(VALUE), Secret("another")}) == 2
    assert Secret(VALUE) != VALUE


def test_an_empty_secret_is_no_secret() -> None:
    assert not Secret("")
    assert Secret(VALUE)


def test_a_vault_remembers_what_is_long_enough_to_be_a_key_the_longest_first() -> None:
    vault = Vault()
    for value in ("short", "swordfish", VALUE, VALUE):
        vault.secret(value)

    assert vault.values() == (VALUE, "swordfish")


def test_a_vault_does_not_show_what_it_keeps() -> None:
    vault = Vault()
    vault.secret(VALUE)

    assert VALUE not in repr(vault)
