"""Facts as data that can leave: only what a disclosure names, and every text of it redacted.

A value that JSON has no form for is an object with the key `$`, which says what it is. What the facts
share is written once: the object carries a number (`#`), and `see` points to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

import msgspec

from codex_doctor.model import Problem
from codex_doctor.redact import REMOVED, Secret

if TYPE_CHECKING:
    from codex_doctor.bundle.disclosure import Disclosure
    from codex_doctor.readings import Answer
    from codex_doctor.redact import Redactor


class Encoder:
    """Encodes the facts of one file. *fields* are those that left, as `Type.field`."""

    def __init__(self, disclosure: Disclosure, redactor: Redactor, secrets: dict[str, int]) -> None:
        """*secrets* numbers them, so that two are told apart; it is shared by all files of an archive."""
        self._types = disclosure.types
        self._redactor = redactor
        self._secrets = secrets
        self._seen: dict[int, tuple[dict[str, Any], frozenset[str], object]] = {}
        self._plain: set[str] = set()
        self._shared = 0
        self._withheld: set[str] = set()
        self.fields: set[str] = set()

    def answer(self, answer: Answer) -> dict[str, Any]:
        """Return what a probe answered as data, with `withheld`: what stays and would be needed to judge."""
        from codex_doctor.readings import Missing

        if isinstance(answer, Missing):
            return {"missing": answer.gap.name.lower(), "reason": self._text(answer.reason)}
        self._withheld = set()
        fact = self._data(answer.value)
        return {"fact": fact, "withheld": sorted(self._withheld)}

    def _data(self, value: object) -> Any:  # noqa: ANN401, PLR0911 - any JSON value; a line for each kind
        match value:
            case Enum():
                return self._word(value)
            case None | bool() | int():
                return value
            case float():
                return value if math.isfinite(value) else {"$": "float", "is": str(value)}
            case str():
                return self._text(value)
            case Problem():
                return {"$": "problem", "is": value.code}
            case msgspec.Struct():
                return self._struct(value)
            case Mapping():
                return self._mapping(cast("Mapping[object, object]", value))
            case tuple() | list():
                return [self._data(item) for item in cast("Sequence[object]", value)]
            case _:
                return self._named(value)

    def _named(self, value: object) -> dict[str, Any] | None:
        """Return *value*, of a kind that JSON has no form for, as an object that says what it is."""
        match value:
            case bytes():
                return {"$": "bytes", "is": self._text(value.decode("utf-8", "replace"))}
            case Secret():
                return {"$": "secret", "is": self._number(value)}
            case PurePath():
                return {"$": "path", "is": self._text(str(value))}
            case datetime():
                return {"$": "time", "is": value.isoformat()}
            case frozenset() | set():
                items = [self._data(item) for item in cast("frozenset[object]", value)]
                return {"$": "set", "of": sorted(items, key=repr)}
            case _:
                self._withheld.add(name_of(type(value)))
                return None

    def _text(self, text: str) -> str:
        if text in self._plain:  # facts say many a thing many times
            return text
        clean = self._redactor.text(text)
        if clean == text:
            self._plain.add(text)
        return clean

    def _mapping(self, value: Mapping[object, object]) -> dict[str, Any]:
        pairs = [
            (self._data(key), self._redactor.under(key, item) or self._data(item))
            for key, item in value.items()
        ]
        words = {key: item for key, item in pairs if isinstance(key, str) and not key.startswith(("$", "#"))}
        if len(words) == len(pairs):
            return words
        return {"$": "map", "of": [list(pair) for pair in pairs]}

    def _word(self, value: Enum) -> dict[str, Any] | None:
        name = name_of(type(value))
        if type(value) not in self._types:
            self._withheld.add(name)
            return None
        return {"$": name, "is": value.value}

    def _number(self, secret: Secret) -> str:
        if not secret:
            return ""
        return f"{REMOVED}{self._secrets.setdefault(secret.reveal(), len(self._secrets) + 1)}"

    def _struct(self, value: msgspec.Struct) -> dict[str, Any]:
        if id(value) in self._seen:
            first, withheld, _ = self._seen[id(value)]
            self._withheld |= withheld
            if "#" not in first:
                self._shared += 1
                first["#"] = self._shared
            return {"$": "see", "is": first["#"]}
        outer, self._withheld = self._withheld, set()
        data = self._members(value)
        # It is kept alive: what takes its place in memory would be taken for it.
        self._seen[id(value)] = (data, frozenset(self._withheld), value)
        self._withheld |= outer
        return data

    def _members(self, value: msgspec.Struct) -> dict[str, Any]:
        name = name_of(type(value))
        leaving = self._types.get(type(value))
        if leaving is None:
            self._withheld.add(name)
            return {"$": name}
        data: dict[str, Any] = {"$": name}
        for field in type(value).__struct_fields__:
            item = getattr(value, field)
            if field in leaving.fields:
                self.fields.add(f"{name}.{field}")
                shown = leaving.shown.get(field)
                data[field] = self._data(item if shown is None else shown(item))
            elif field not in leaving.spared and not is_default(type(value), field, item):
                self._withheld.add(f"{name}.{field}")
        return data


def is_default(kind: type[msgspec.Struct], field: str, value: object) -> bool:
    """Return whether *value* is what the *field* of *kind* holds where nothing is said."""
    fields, defaults = kind.__struct_fields__, kind.__struct_defaults__
    place = fields.index(field) - (len(fields) - len(defaults))
    if place < 0 or defaults[place] is msgspec.NODEFAULT:
        return False
    default = defaults[place]
    made = default.factory() if hasattr(default, "factory") else default
    return bool(made == value)


def name_of(kind: type) -> str:
    """Return what *kind* is called in the facts of a report: its module and its name."""
    return f"{kind.__module__}:{kind.__qualname__}"
