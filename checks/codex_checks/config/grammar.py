r"""The grammar of TOML 1.1, keeping the place of every key and value.

Codex accepts TOML 1.1 (proved on 0.169.0: `\e`, `\x41`, line breaks and a last comma in inline tables,
times without seconds), which Python's own reader does not before 3.15, and that one keeps no places.
What stays undecided here, such as a date that no calendar has, is left for Codex to refuse.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn, cast

from msgspec import Struct, field

from codex_checks.config.lexicon import NotTomlError, Text

DEPTH_LIMIT: Final = 80
"""Tables and arrays inside each other; no settings come near it, and deeper text is refused by Codex too."""

KeyPath = tuple[str | int, ...]


class _Table(Struct, eq=False):
    """A table being filled. *section* is the header under which dotted keys made it, if they did."""

    items: dict[str, object] = field(default_factory=dict[str, object])
    has_header: bool = False
    closed: bool = False
    section: int | None = None


class _Tables(Struct, eq=False):
    """An array of tables being filled by `[[headers]]`."""

    items: list[_Table]


_BLANK: Final = re.compile(r"[ \t]*")
_GAP: Final = re.compile(r"(?:[ \t\n]|\r\n|#[^\x00-\x08\x0a-\x1f\x7f]*)*")
_COMMENT: Final = re.compile(r"#[^\x00-\x08\x0a-\x1f\x7f]*")
_END_OF_LINE: Final = re.compile(r"\r?\n|\Z")


class Reader:
    """Reads one text; `read` returns its values, and `places` holds the offsets of keys and values."""

    def __init__(self, text: str) -> None:
        self._text = Text(text)
        self._root = _Table(has_header=True)
        self._section = 0
        self.places: dict[KeyPath, tuple[int, int]] = {}

    def read(self) -> dict[str, object]:
        """Return the values.

        :raises NotTomlError: the text is not TOML.
        """
        table, path = self._root, KeyPath()
        while True:
            self._text.skip(_GAP)
            if self._text.ended:
                return cast("dict[str, object]", _plain(self._root))
            if self._text.sees("["):
                table, path = self._header()
            else:
                self._pair(table, path, depth=0)
            self._text.skip(_BLANK)
            self._text.skip(_COMMENT)
            if not self._text.skip(_END_OF_LINE) and not self._text.ended:
                self._text.fail("unexpected text after a value, expected a new line")

    def _header(self) -> tuple[_Table, KeyPath]:
        self._section += 1
        many = self._text.sees("[[")
        self._text.at += 2 if many else 1
        keys = self._key()
        if not self._text.passes("]]" if many else "]"):
            self._text.fail("unclosed table header, expected `]`")
        table, path = self._root, KeyPath()
        for name, offset in keys[:-1]:
            table, path = self._into(table, path, name, offset)
        name, offset = keys[-1]
        return self._open_next(table, path, name, offset) if many else self._open(table, path, name, offset)

    def _into(self, table: _Table, path: KeyPath, name: str, offset: int) -> tuple[_Table, KeyPath]:
        found = table.items.setdefault(name, _Table())
        path = (*path, name)
        self.places.setdefault(path, (offset, offset))
        if isinstance(found, _Tables):
            return found.items[-1], (*path, len(found.items) - 1)
        if not isinstance(found, _Table) or found.closed:
            self._duplicate(offset)
        return found, path

    def _open(self, table: _Table, path: KeyPath, name: str, offset: int) -> tuple[_Table, KeyPath]:
        found = table.items.setdefault(name, _Table())
        if not isinstance(found, _Table) or found.closed or found.has_header or found.section is not None:
            self._duplicate(offset)
        found.has_header = True
        self.places[(*path, name)] = (offset, offset)
        return found, (*path, name)

    def _open_next(self, table: _Table, path: KeyPath, name: str, offset: int) -> tuple[_Table, KeyPath]:
        found = table.items.setdefault(name, _Tables([]))
        if not isinstance(found, _Tables):
            self._duplicate(offset)
        found.items.append(_Table(has_header=True))
        self.places.setdefault((*path, name), (offset, offset))
        place = (*path, name, len(found.items) - 1)
        self.places[place] = (offset, offset)
        return found.items[-1], place

    def _pair(self, table: _Table, path: KeyPath, depth: int) -> None:
        keys = self._key()
        if not self._text.passes("="):
            self._text.fail("key with no value, expected `=`", keys[-1][1] + len(keys[-1][0]))
        self._text.skip(_BLANK)
        for name, offset in keys[:-1]:
            made = name not in table.items
            found = table.items.setdefault(name, _Table(section=self._section))
            if not isinstance(found, _Table) or found.closed or found.has_header:
                self._duplicate(keys[-1][1])
            if not made and found.section != self._section:
                self._duplicate(keys[-1][1])
            table, path = found, (*path, name)
            self.places.setdefault(path, (offset, offset))
        name, offset = keys[-1]
        if name in table.items:
            self._duplicate(offset)
        path = (*path, name)
        self.places[path] = (offset, self._text.at)
        table.items[name] = self._value(path, depth)

    def _key(self) -> list[tuple[str, int]]:
        keys: list[tuple[str, int]] = []
        while True:
            self._text.skip(_BLANK)
            offset = self._text.at
            keys.append((self._text.key_part(), offset))
            self._text.skip(_BLANK)
            if not self._text.passes("."):
                return keys

    def _value(self, path: KeyPath, depth: int) -> object:
        if depth > DEPTH_LIMIT:
            self._text.fail("values stand too deep inside each other")
        text = self._text
        if text.sees("["):
            return self._array(path, depth)
        if text.sees("{"):
            return self._inline(path, depth)
        return text.string() if text.sees('"') or text.sees("'") else text.scalar()

    def _array(self, path: KeyPath, depth: int) -> list[object]:
        opened, items = self._text.at, list[object]()
        self._text.at += 1
        while True:
            self._text.skip(_GAP)
            if self._text.passes("]"):
                return items
            if self._text.ended:
                self._text.fail("unclosed array, expected `]`", opened)
            place = (*path, len(items))
            self.places[place] = (self._text.at, self._text.at)
            items.append(self._value(place, depth + 1))
            self._text.skip(_GAP)
            if not self._text.passes(",") and not self._text.sees("]"):
                self._text.fail("unclosed array, expected `]`")

    def _inline(self, path: KeyPath, depth: int) -> _Table:
        opened, table = self._text.at, _Table()
        self._text.at += 1
        while True:
            self._text.skip(_GAP)
            if self._text.passes("}"):
                _close(table)
                return table
            if self._text.ended:
                self._text.fail("unclosed inline table, expected `}`", opened)
            self._pair(table, path, depth + 1)
            self._text.skip(_GAP)
            if not self._text.passes(",") and not self._text.sees("}"):
                self._text.fail("unclosed inline table, expected `}`")

    def _duplicate(self, offset: int) -> NoReturn:
        raise NotTomlError("duplicate key", offset, duplicate=True)


def _close(value: object) -> None:
    if isinstance(value, _Table):
        value.closed = True
        for item in value.items.values():
            _close(item)


def _plain(value: object) -> object:
    if isinstance(value, _Table):
        return {key: _plain(item) for key, item in value.items.items()}
    if isinstance(value, _Tables):
        return [_plain(item) for item in value.items]
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value
