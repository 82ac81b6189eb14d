r"""The grammar of TOML 1.1, keeping the place of every key and value.

Python's own reader knows 1.0 before 3.15 (no `\e`, no `\x41`, no line breaks and no last comma in inline
tables, no times without seconds), and it keeps no places. What stays undecided here, such as a date that no
calendar has, is left to whom the text is meant for.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn, cast

from msgspec.structs import replace

from codex_doctor.toml.lexicon import NotTomlError, Text
from codex_doctor.toml.tables import Table, Tables, close, holds, plain, same
from codex_doctor.toml.written import KeyPart, KeyPath, Pair, Repeated, Written

DEPTH_LIMIT: Final = 80
"""Tables and arrays inside each other; no settings come near it."""

_BLANK: Final = re.compile(r"[ \t]*")
_GAP: Final = re.compile(r"(?:[ \t\n]|\r\n|#[^\x00-\x08\x0a-\x1f\x7f]*)*")
_COMMENT: Final = re.compile(r"#[^\x00-\x08\x0a-\x1f\x7f]*")
_END_OF_LINE: Final = re.compile(r"\r?\n|\Z")


class Reader:
    """Reads one text; `read` returns its values, and the rest says where they stand, in offsets.

    *places* holds the offsets of keys and values, *written* every part of a key, *pairs* every key with its
    value. A *forgiving* reader passes over what is said twice, and `repeated` tells of it.
    """

    def __init__(self, text: str | Text, *, forgiving: bool = False) -> None:
        self._text = Text(text) if isinstance(text, str) else text
        self._root = Table(has_header=True)
        self._section = 0
        self._forgiving = forgiving
        self._tables_again: list[tuple[Repeated, Table, Table]] = []
        self._pairs_again: list[Repeated] = []
        self.places: dict[KeyPath, tuple[int, int]] = {}
        self.written: list[Written] = []
        self.pairs: list[Pair] = []

    def read(self) -> dict[str, object]:
        """Return the values.

        :raises NotTomlError: the text is not TOML.
        """
        table, path = self._root, KeyPath()
        while True:
            self._text.skip(_GAP)
            if self._text.ended:
                return cast("dict[str, object]", plain(self._root))
            if self._text.sees("["):
                table, path = self._header()
            else:
                self._pair(table, path, depth=0)
            self._text.skip(_BLANK)
            self._text.skip(_COMMENT)
            if not self._text.skip(_END_OF_LINE) and not self._text.ended:
                self._text.fail("unexpected text after a value, expected a new line")

    @property
    def repeated(self) -> tuple[Repeated, ...]:
        """What was said again, once all is read."""
        tables = (replace(again, same=holds(first, second)) for again, first, second in self._tables_again)
        return (*self._pairs_again, *tables)

    def _header(self) -> tuple[Table, KeyPath]:
        self._section += 1
        opened = self._text.at
        many = self._text.sees("[[")
        self._text.at += 2 if many else 1
        keys = self._key()
        if not self._text.passes("]]" if many else "]"):
            self._text.fail("unclosed table header, expected `]`")
        table, path = self._root, KeyPath()
        for key in keys[:-1]:
            table, path = self._into(table, path, key)
        if many:
            return self._open_next(table, path, keys[-1])
        return self._open(table, path, keys[-1], opened)

    def _into(self, table: Table, path: KeyPath, key: KeyPart) -> tuple[Table, KeyPath]:
        found = table.items.setdefault(key.name, Table())
        path = (*path, key.name)
        self._write(path, key)
        self.places.setdefault(path, (key.start, key.start))
        if isinstance(found, Tables):
            return found.items[-1], (*path, len(found.items) - 1)
        if not isinstance(found, Table) or found.closed:
            self._duplicate(key.start)
        return found, path

    def _open(self, table: Table, path: KeyPath, key: KeyPart, opened: int) -> tuple[Table, KeyPath]:
        found = table.items.setdefault(key.name, Table())
        path = (*path, key.name)
        self._write(path, key)
        if not isinstance(found, Table) or found.closed or found.section is not None:
            self._duplicate(key.start)
        if found.has_header:
            if not self._forgiving:
                self._duplicate(key.start)
            second = Table(has_header=True)
            again = Repeated(path=path, start=opened, end=self._text.at, same=False, section=self._section)
            self._tables_again.append((again, found, second))
            return second, path
        found.has_header = True
        self.places[path] = (key.start, key.start)
        return found, path

    def _open_next(self, table: Table, path: KeyPath, key: KeyPart) -> tuple[Table, KeyPath]:
        found = table.items.setdefault(key.name, Tables([]))
        if not isinstance(found, Tables):
            self._duplicate(key.start)
        found.items.append(Table(has_header=True))
        self._write((*path, key.name), key)
        self.places.setdefault((*path, key.name), (key.start, key.start))
        place = (*path, key.name, len(found.items) - 1)
        self.places[place] = (key.start, key.start)
        return found.items[-1], place

    def _pair(self, table: Table, path: KeyPath, depth: int) -> None:
        keys = self._key()
        last = keys[-1]
        if not self._text.passes("="):
            self._text.fail("key with no value, expected `=`", last.start + len(last.name))
        self._text.skip(_BLANK)
        for key in keys[:-1]:
            made = key.name not in table.items
            found = table.items.setdefault(key.name, Table(section=self._section))
            if not isinstance(found, Table) or found.closed or found.has_header:
                self._duplicate(last.start)
            if not made and found.section != self._section:
                self._duplicate(last.start)
            table, path = found, (*path, key.name)
            self._write(path, key)
            self.places.setdefault(path, (key.start, key.start))
        again = last.name in table.items
        if again and not self._forgiving:
            self._duplicate(last.start)
        path = (*path, last.name)
        self._write(path, last)
        begins = self._text.at
        if not again:
            self.places[path] = (last.start, begins)
        value = self._value(path, depth)
        pair = Pair(
            path=path,
            start=keys[0].start,
            value=begins,
            end=self._text.at,
            section=self._section,
            depth=depth,
        )
        self.pairs.append(pair)
        if again:
            unchanged = same(plain(table.items[last.name]), plain(value))
            repeated = Repeated(path=path, start=pair.start, end=pair.end, same=unchanged)
            self._pairs_again.append(repeated)
        else:
            table.items[last.name] = value

    def _write(self, path: KeyPath, key: KeyPart) -> None:
        self.written.append(Written(path=path, start=key.start, end=key.end))

    def _key(self) -> list[KeyPart]:
        keys: list[KeyPart] = []
        while True:
            self._text.skip(_BLANK)
            start = self._text.at
            name = self._text.key_part()
            keys.append(KeyPart(name, start, self._text.at))
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

    def _inline(self, path: KeyPath, depth: int) -> Table:
        opened, table = self._text.at, Table()
        self._text.at += 1
        while True:
            self._text.skip(_GAP)
            if self._text.passes("}"):
                close(table)
                return table
            if self._text.ended:
                self._text.fail("unclosed inline table, expected `}`", opened)
            self._pair(table, path, depth + 1)
            self._text.skip(_GAP)
            if not self._text.passes(",") and not self._text.sees("}"):
                self._text.fail("unclosed inline table, expected `}`")

    def _duplicate(self, offset: int) -> NoReturn:
        raise NotTomlError("duplicate key", offset, duplicate=True)
