"""Who the user is, by names that say nothing: `user-1`, `host-1`.

One name stands for the same everywhere. Names stay legible as names, so that a report can still be read;
the hosts of public services stay.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.unveiling import blobs, squeezed, unveiled

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

KINDS: Final = ("user", "host", "email", "address", "id")

DEEPEST: Final = 2
"""How often what is encoded may be encoded again."""

_SHORTEST: Final = 3
"""Characters: a shorter name stands in too many words to be told from them."""

_NOBODY: Final = """
account admin administrator all app auth bin build builder ci cloud codex codespace config container daemon
debian default dev developer docker ec2-user fedora files git guest gitpod home host hosts install jenkins
linux local localhost local-host machine macbook mac main mcp models network node nobody openai ops pi
public python root runner sandbox service share shared staff state system temp terminal test tester tls tmp
ubuntu usage user users vagrant var vscode windows work www-data
"""

NOBODY: Final = frozenset(_NOBODY.split())
"""Names that many have, or that are words of a report: they say nothing of a person, or would tear it apart.

As the name of a home they are replaced all the same.
"""

_HOMES: Final = re.compile(
    r"(?i)((?:/home/|/Users/|\b[a-z]:\\{1,4}(?:Users|Documents and Settings)\\{1,4}|\b[a-z]:/Users/"
    r"|(?<=[\w$])\\{1,4}home\$?\\{1,4}))(?!\.)([^/\\\s\"'<>:;,()`]{1,64})"
)
_NOT_OF_A_PERSON: Final = frozenset({"shared", "public", "default", "linuxbrew", "all users", "you", "me"})

_EMAIL: Final = re.compile(
    r"(?:(?<=mailto:)|(?<![\w.%+/:\-]))[\w.%+\-]{1,64}@(?!\d+\.\d+\.\d)(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w\-])"
)
_OF_EVERYBODY: Final = frozenset({"git"})
"""What stands before the `@` in the address of a repository."""

_IPV4: Final = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)")
_IPV6: Final = re.compile(r"(?i)(?<![\w:.])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]{2,40}(?![\w:])")
_PRIVATE: Final = tuple(
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
)
_INNER_HOST: Final = re.compile(
    r"(?i)(?<![\w.\-])(?:[a-z0-9_\-]{1,63}\.){1,8}(?:local|lan|internal|intranet|corp|localdomain|home\.arpa|ts\.net)(?![\w\-]|\.\w)"
)
_HARDWARE: Final = re.compile(
    r"(?<![\w:.\-])[0-9A-Fa-f]{2}(?=([:\-]))(?:\1[0-9A-Fa-f]{2}){5}(?![\w]|[:\-][0-9A-Fa-f]{2})"
)
"""The address of a network card."""

_SHARE: Final = re.compile(
    r"(?i)((?<![\w:\\$./])\\{2}(?:\\{2})?)(?!wsl|\\|[?.]\\)([a-z0-9][\w.\-]{1,62})(?=\\[a-z])"
)
"""The server of a path such as `\\\\server\\share`."""

_ID: Final = re.compile(
    r"(?i)(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])"
    r"|(?<![\w\-])S-1-5-21(?:-\d{1,10}){3,4}(?![\w\-])|(?<![\w+])\+[1-9]\d{10,14}(?!\w)"
    r"|(?<![\w\-])(?:org|user|account|acct|proj)[-_][A-Za-z0-9]{20,}(?![\w\-])"
)
"""Ids of accounts, organisations and conversations, of a user of Windows, and telephone numbers."""


class Aliases:
    """The names of one machine's user, and what stands in their place in what leaves it."""

    def __init__(self, *, users: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        """*users* and *hosts* are the names of this machine's, the most important first."""
        self._numbers: dict[tuple[str, str], str] = {}
        self._users = _pattern(users, "user", self)
        self._hosts = _pattern(hosts, "host", self)

    def of(self, kind: str, name: str) -> str:
        """Return what stands for *name*, which is the name of a *kind*."""
        key = (kind, name.lower())
        if key not in self._numbers:
            number = 1 + sum(each == kind for each, _ in self._numbers)
            self._numbers[key] = f"{kind}-{number}"
        return self._numbers[key]

    def put_into(self, text: str, removed: Counter[str]) -> str:
        """Return *text* with aliases, and count them in *removed* by kind."""
        text = self._into_veiled(text, removed)
        for kind, pattern in self._patterns(text):

            def instead(found: re.Match[str], kind: str = kind) -> str:
                name = found[0][_before(found) :]
                if not _tells(kind, name, found):
                    return found[0]
                removed[kind] += 1
                return found[0][: _before(found)] + self.of(kind, name)

            text = pattern.sub(instead, text)
        return text

    def remaining(self, text: str, *, names: bool = True) -> str | None:
        """Return the kind of a name that still stands in *text*, or None.

        Without *names*, only what looks like one is found, and not encoded: a user may be called as a word of
        a page is.
        """
        if names:
            for kind, *_ in self._veiled(text):
                return kind
        for kind, _, _ in self._plain(text, names=names):
            return kind
        return None

    def _plain(self, text: str, *, names: bool = True) -> Iterator[tuple[str, int, int]]:
        """Yield the kind and the place of each name in *text*."""
        for kind, pattern in self._patterns(text):
            if not names and pattern in (self._users, self._hosts):
                continue
            for found in pattern.finditer(text):
                if _tells(kind, found[0][_before(found) :], found):
                    yield kind, found.start() + _before(found), found.end()

    def _veiled(self, text: str, *, depth: int = 0) -> Iterator[tuple[str, str, int, int]]:
        """Yield the kind, the name and the place in *text* of each that is escaped, split or encoded."""
        plain: set[tuple[int, int]] | None = None
        for view in (each for each in (unveiled(text), squeezed(text)) if each is not None):
            for kind, start, end in self._plain(view.text):
                first, last = view.span(start, end)
                plain = {(at, to) for _, at, to in self._plain(text)} if plain is None else plain
                if (first, last) not in plain:
                    yield kind, view.text[start:end], first, last
        for first, last, meant in blobs(text) if depth < DEEPEST else ():
            names = [(kind, meant[start:end]) for kind, start, end in self._plain(meant)]
            names += [(kind, name) for kind, name, *_ in self._veiled(meant, depth=depth + 1)]
            for kind, name in names[:1]:
                yield kind, name, first, last

    def _into_veiled(self, text: str, removed: Counter[str]) -> str:
        pieces: list[str] = []
        end = 0
        for kind, name, first, last in sorted(self._veiled(text), key=lambda each: (each[2], -each[3])):
            if first < end:
                continue
            pieces += (text[end:first], self.of(kind, name))
            removed[kind] += 1
            end = last
        return "".join((*pieces, text[end:]))

    def _patterns(self, text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
        if "@" in text:
            yield "email", _EMAIL
        yield "id", _ID
        yield "user", _HOMES
        yield "address", _IPV4
        yield "address", _IPV6
        yield "address", _HARDWARE
        yield "host", _SHARE
        yield "host", _INNER_HOST
        if self._hosts:
            yield "host", self._hosts
        if self._users:
            yield "user", self._users


def _before(found: re.Match[str]) -> int:
    """Return how many letters of what was *found* lead to the name."""
    return len(found[1]) if found.re.groups > 1 else 0


def _tells(kind: str, name: str, found: re.Match[str]) -> bool:
    """Whether *name* tells something of the user."""
    if re.fullmatch(rf"(?:{'|'.join(KINDS)})-\d+", name):
        return False
    if found.re is _HOMES:
        return name.lower() not in _NOT_OF_A_PERSON and name not in {"~", "***"}
    if kind == "email":
        return name.partition("@")[0].lower() not in _OF_EVERYBODY
    if found.re is _IPV4:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return any(address in block for block in _PRIVATE)
    return True


def _pattern(names: Iterable[str], kind: str, aliases: Aliases) -> re.Pattern[str] | None:
    """Return what finds *names* as words of their own; the first of them gets the first number."""
    told = [name for name in dict.fromkeys(names) if len(name) >= _SHORTEST and name.lower() not in NOBODY]
    for name in told:
        aliases.of(kind, name)
    longest_first = sorted(told, key=lambda name: (-len(name), name))
    if not longest_first:
        return None
    return re.compile(rf"(?i)(?<![\w\-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w\-])")
