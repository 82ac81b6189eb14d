"""Tables of TOML while they are filled, and whether two of them say the same."""

from __future__ import annotations

from typing import cast

from msgspec import Struct, field


class Table(Struct, eq=False):
    """A table being filled. *section* is the header under which dotted keys made it, if they did."""

    items: dict[str, object] = field(default_factory=dict[str, object])
    has_header: bool = False
    closed: bool = False
    section: int | None = None


class Tables(Struct, eq=False):
    """An array of tables being filled by `[[headers]]`."""

    items: list[Table]


def holds(first: Table, second: Table) -> bool:
    """Whether *first* says all that *second* says."""
    return all(
        name in first.items and same(plain(first.items[name]), plain(item))
        for name, item in second.items.items()
    )


def same(one: object, other: object) -> bool:
    """Whether two values are the same for TOML, which keeps 1, 1.0 and true apart."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        table, second = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return table.keys() == second.keys() and all(same(table[name], second[name]) for name in table)
    if isinstance(one, list):
        items, more = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(more) and all(map(same, items, more))
    return one == other


def close(value: object) -> None:
    """Let nothing be added to *value* any more, nor to what is in it."""
    if isinstance(value, Table):
        value.closed = True
        for item in value.items.values():
            close(item)


def plain(value: object) -> object:
    """Return *value* as dicts, lists and what stands in them."""
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Tables):
        return [plain(item) for item in value.items]
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    return value
