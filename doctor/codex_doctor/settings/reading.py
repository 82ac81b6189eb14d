"""Read a file of settings: its values in the shape that they must have, or what is wrong and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from msgspec import Struct, ValidationError, convert

from codex_doctor.model import Severity
from codex_doctor.toml.grammar import Reader
from codex_doctor.toml.lexicon import Moment, NotTomlError
from codex_doctor.toml.spots import spots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from codex_doctor.toml.written import KeyPath

T = TypeVar("T")

LARGEST: Final = 1024 * 1024
"""Bytes of a file of settings; nobody writes so many."""

_PLACE: Final = re.compile(r"^(?P<words>.*?)(?: - at `(?P<key>key in )?\$(?P<path>[^`]*)`)?$", re.DOTALL)
"""How msgspec ends a complaint: with the path of what it is about."""

_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with a file of settings; *where* is `file:line:column`, *key* one that is not known."""

    where: str
    words: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


class Read(Struct, Generic[T], frozen=True, kw_only=True):
    """What a file says, or None and the *fault*; *where* tells where a key stands, as `file:line:column`."""

    value: T | None
    where: Callable[[KeyPath], str]
    fault: Fault | None = None


class Table(Struct, frozen=True, kw_only=True):
    """The values of a table in a file; *found* is false where it has none, or cannot be read."""

    values: Mapping[str, object]
    where: Callable[[KeyPath], str]
    found: bool = True
    fault: Fault | None = None


def read(file: Path, shape: type[T], *, table: KeyPath = ()) -> Read[T]:
    """Return what *table* of *file* says, in *shape*.

    :raises OSError: the file cannot be read.
    """
    found = read_table(file, table)
    if found.fault is not None:
        return Read(value=None, where=found.where, fault=found.fault)
    try:
        return Read(value=convert(found.values, shape), where=found.where)
    except ValidationError as error:
        return Read(value=None, where=found.where, fault=fault_of(str(error), found, shape))


def read_table(file: Path, table: KeyPath) -> Table:
    """Return the values of *table* of *file*; empty where it has none.

    :raises OSError: the file cannot be read.
    """
    with file.open("rb") as stream:
        content = stream.read(LARGEST + 1)

    def nowhere(_path: KeyPath) -> str:
        return f"{file}:1:1"

    if len(content) > LARGEST:
        fault = Fault(where=nowhere(()), words=f"it is larger than {LARGEST // 1024} KiB")
        return Table(values={}, where=nowhere, found=False, fault=fault)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(where=nowhere(()), words=f"it is not UTF-8 text (byte {error.start + 1})")
        return Table(values={}, where=nowhere, found=False, fault=fault)
    spot = spots(text)
    reader = Reader(text)
    try:
        values: object = _plain(reader.read())
    except NotTomlError as error:
        line, column = spot(error.offset)
        return Table(
            values={},
            where=nowhere,
            found=False,
            fault=Fault(where=f"{file}:{line}:{column}", words=error.message),
        )

    def where(path: KeyPath) -> str:
        """Return the place of the key, or of the nearest one that holds it."""
        whole = (*table, *path)
        while whole and whole not in reader.places:
            whole = whole[:-1]
        line, column = spot(reader.places[whole][0]) if whole else (1, 1)
        return f"{file}:{line}:{column}"

    found = True
    for name in table:
        inside = cast("dict[str, object]", values).get(str(name)) if isinstance(values, dict) else None
        found, values = found and inside is not None, inside
    if values is not None and not isinstance(values, dict):
        fault = Fault(where=where(()), words="it must be a table")
        return Table(values={}, where=where, fault=fault)
    return Table(values=cast("dict[str, object]", values or {}), where=where, found=found)


def _plain(value: Any) -> Any:  # noqa: ANN401 - it returns what it is given, dates as plain text
    if isinstance(value, Moment):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value


def fault_of(complaint: str, found: Table, shape: type[Any]) -> Fault:
    """Return what *complaint* of msgspec says, and where in the file."""
    match = _PLACE.match(complaint)
    words, path = (match["words"], match["path"] or "") if match else (complaint, "")
    keys = tuple(_keys(path))
    if unknown := _UNKNOWN.match(words):
        name = unknown["name"]
        return Fault(where=found.where((*keys, name)), words=_strange(name, shape, keys), key=name)
    if keys == ("severity",) and (named := _without_severity(found.values.get("severity"))) is not None:
        said = f"{named}: a severity is {', '.join(Severity)}"
        return Fault(where=found.where(("severity", named)), words=said)
    return Fault(where=found.where(keys), words=_told(words, keys))


def _without_severity(table: object) -> str | None:
    """Return the first name in *table* that has no severity; msgspec says only that there is one."""
    if not isinstance(table, dict):
        return None
    named = cast("dict[str, object]", table)
    return next((name for name, value in named.items() if value not in list(Severity)), None)


def _keys(path: str) -> Iterator[str | int]:
    """Yield the keys of a path as msgspec writes it: `.waivers[0].until`, `[...]` for a key of a table."""
    for name, place in re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", path):
        if name:
            yield name
        elif place.isdigit():
            yield int(place)


def _told(words: str, keys: KeyPath) -> str:
    name = next((str(key) for key in reversed(keys) if isinstance(key, str)), "it")
    return f"{name}: {words[:1].lower()}{words[1:]}"


def _strange(name: str, shape: type[Any], keys: KeyPath) -> str:
    from difflib import get_close_matches

    from codex_doctor.settings.shape import Waiver

    place: Any = Waiver if keys[:1] == ("waivers",) else shape
    known = sorted(place.__struct_encode_fields__)
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"no key is called {name}; {hint}"
