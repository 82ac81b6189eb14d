"""Compare settings with the shapes that Codex knows: wrong types, unknown words, unknown keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from codex_doctor.redact import Secret
from codex_doctor.toml.lexicon import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.toml.written import KeyPath

Shape = Any
"""One shape of `known_keys.json`, in the language that its first line explains."""

BOOL: Final = "true or false"
NUMBERS: Final = ("a whole number", "a whole number, not negative", "a number")
LIST: Final = "a list in [ ]"
"""Phrases for what is expected."""

_WORDS: Final = {
    "string": "text in quotes",
    "path": "a path in quotes",
    "bool": BOOL,
    "int": NUMBERS[0],
    "uint": NUMBERS[1],
    "float": NUMBERS[2],
}


class MisfitKind(StrEnum):
    """In what way a setting does not fit."""

    TYPE = "type"
    VARIANT = "variant"
    UNKNOWN = "unknown"


class Misfit(Struct, frozen=True, kw_only=True):
    """A setting that does not fit: *seen* says what stands there, never a secret.

    *expected* holds the allowed words, or one phrase; of an unknown key the known ones. *nearest* is the
    known key or word that comes close. *refused*: Codex does not start with it.
    """

    kind: MisfitKind
    path: KeyPath
    seen: str = ""
    expected: tuple[str, ...] = ()
    nearest: str | None = None
    refused: bool = True

    @property
    def key(self) -> str:
        """The key as it is written in TOML, dots between its parts."""
        return ".".join(str(part) for part in self.path)


@cache
def known_keys() -> Mapping[str, Shape]:
    """Return the shape of every top-level key of `config.toml` (asked of Codex 0.169.0)."""
    text = (Path(__file__).with_name("known_keys.json")).read_text("utf-8")
    return cast("Mapping[str, Shape]", json.loads(text)["keys"])


def misfits(values: Mapping[str, object]) -> Iterator[Misfit]:
    """Yield every setting in *values* that Codex would refuse or ignore, in the order of the file."""
    yield from _table(values, known_keys(), ())


def _table(values: Mapping[str, object], shapes: Mapping[str, Shape], path: KeyPath) -> Iterator[Misfit]:
    other = shapes.get("*")
    for key, value in values.items():
        shape = shapes.get(key, other) if key not in ("*", "!") else other
        if shape is None:
            names = tuple(name for name in shapes if name not in ("*", "!"))
            yield Misfit(
                kind=MisfitKind.UNKNOWN,
                path=(*path, key),
                expected=names,
                nearest=nearest(key, names),
                refused=bool(shapes.get("!")),
            )
        else:
            yield from _judge(value, shape, (*path, key))


def _judge(value: object, shape: Shape, path: KeyPath) -> Iterator[Misfit]:
    if isinstance(shape, str):
        if shape.startswith("@"):
            yield from _judge(value, known_keys()[shape[1:]], path)
        elif not _is(value, shape):
            yield Misfit(kind=MisfitKind.TYPE, path=path, seen=describe(value), expected=(_WORDS[shape],))
    elif isinstance(shape, list):
        yield from _word(value, tuple(cast("list[str]", shape)), path)
    elif "|" in shape:
        yield from _choice(value, shape["|"], path)
    elif "[]" in shape:
        if not isinstance(value, (list, tuple)):
            yield Misfit(kind=MisfitKind.TYPE, path=path, seen=describe(value), expected=(LIST,))
            return
        for place, item in enumerate(cast("Sequence[object]", value)):
            yield from _judge(item, shape["[]"], (*path, place))
    elif isinstance(value, Mapping):
        yield from _table(cast("Mapping[str, object]", value), shape, path)
    else:
        yield Misfit(kind=MisfitKind.TYPE, path=path, seen=describe(value), expected=("a table",))


def _word(value: object, words: tuple[str, ...], path: KeyPath) -> Iterator[Misfit]:
    if not isinstance(value, str) or isinstance(value, Moment):
        yield Misfit(kind=MisfitKind.TYPE, path=path, seen=describe(value), expected=words)
    elif value not in words:
        yield Misfit(
            kind=MisfitKind.VARIANT,
            path=path,
            seen=f'"{value}"',
            expected=words,
            nearest=nearest(value, words),
        )


def _choice(value: object, shapes: Sequence[Shape], path: KeyPath) -> Iterator[Misfit]:
    answers = [tuple(_judge(value, shape, path)) for shape in shapes]
    if all(answers):
        # The most telling answer: one about something inside, else about the word, else about the type.
        yield from max(
            answers, key=lambda answer: (len(answer[0].path), answer[0].kind is MisfitKind.VARIANT)
        )


def _is(value: object, shape: str) -> bool:
    match shape:
        case "any":
            return True
        case "string" | "path":
            return isinstance(value, (str, Secret)) and not isinstance(value, Moment)
        case "bool":
            return isinstance(value, bool)
        case "uint":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case _:
            return isinstance(value, (int, float)) and not isinstance(value, bool)


def describe(value: object) -> str:
    """Return what *value* is, in words; the value itself only where it cannot be a secret."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case Moment():
            return "a date or time"
        case str() | Secret():
            return "a string"
        case list() | tuple():
            return "a list"
        case _:
            return "a table"


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the one of *known* that comes close to *word*, also when it is spelt as JSON spells it."""
    from difflib import get_close_matches

    as_toml = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word).replace(
        "-", "_"
    )
    for spelling in (word, as_toml, word.lower()):
        if spelling in known:
            return spelling
    found = get_close_matches(as_toml, known, n=1, cutoff=0.75)
    return found[0] if found else None
