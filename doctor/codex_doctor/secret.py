"""A secret from the moment it is read, the vault that remembers it, and every way to write it."""

from __future__ import annotations

import re
import threading
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from codex_doctor.shapes import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_KNOWN: Final = 6
"""Characters: a shorter known value would tear ordinary words apart, and is too short to be a key."""


LEVELS: Final = 3
"""How often a value may have been written as JSON within JSON."""


class Secret:
    """A value that must not be shown. Only `reveal` gives it out; nothing prints or stores it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for sending it to the one service that it belongs to."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        """Whether there is anything in it: an empty secret is no secret."""
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never stored")


class Vault:
    """The secrets that this examination has read, so that none of them is ever said.

    It also counts what was taken out elsewhere: a worker takes its own secrets out.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._removed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def secret(self, value: str) -> Secret:
        """Return *value* as a secret, and remember it."""
        if len(value) >= MIN_KNOWN:
            self._known.add(value)
            forms(value)  # kept for the report, which has no time left for thousands of them
        return Secret(value)

    def count(self, removed: Mapping[str, int]) -> None:
        """Remember what was taken out of a text before it came here; a kind that no rule has is not kept."""
        with self._lock:
            self._removed.update({kind: removed.get(kind, 0) for kind in KINDS})

    @property
    def removed(self) -> Counter[str]:
        """What was taken out elsewhere, by kind."""
        with self._lock:
            return +self._removed

    def values(self) -> tuple[str, ...]:
        """Return every known value, the longest first, so that none hides inside another."""
        return tuple(sorted(self._known, key=lambda value: (-len(value), value)))


_HEX_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")


@cache
def forms(value: str) -> frozenset[str]:
    """Return *value* as it stands in text, in JSON, in a URL, in HTML, in hexadecimal, and within Base64.

    In Base64 it has three forms, by its place among the bytes around it; the letters at their edges,
    which also hold bits of the neighbours, are left out.
    """
    import json
    from base64 import b64encode, urlsafe_b64encode
    from urllib.parse import quote, quote_plus

    found = {value, _in_html(value)}
    raw = value.encode("utf-8", "surrogatepass")
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    for only_ascii in (True, False):  # a server's JSON may hold JSON, and stand in JSON itself
        written = value
        for _ in range(LEVELS):
            again = json.dumps(written, ensure_ascii=only_ascii)[1:-1]
            if again == written:  # as a rule: a key needs no escapes
                break
            written = again
            found.add(written)
    found |= {raw.hex(), raw.hex().upper()}
    found.add(raw.decode("latin-1"))  # read as what it is not
    found |= quoted | {_HEX_ESCAPE.sub(lambda escape: escape[0].lower(), text) for text in quoted}
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            size = before + len(raw)
            inner = encode(bytes(before) + raw).decode("ascii")[-(-before * 8 // 6) : size * 8 // 6]
            found.add(inner)
    return frozenset(form for form in found if len(form) >= MIN_KNOWN)


def _in_html(text: str) -> str:
    """Return *text* as `html.escape` does; that module brings the names of 2,000 characters, for 5 ms."""
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
        text = text.replace(plain, escaped)
    return text
