"""The last look at what is about to leave: finished bytes, searched for everything that must not be in them.

Redaction takes secrets out where texts are written down. This asks the result, whoever wrote it, and does
not trust redaction: it undoes encodings and line breaks, and knows what was read on this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from msgspec import Struct

from codex_doctor.disguised import Disguised
from codex_doctor.redact import REMOVED
from codex_doctor.secret import MIN_KNOWN, forms
from codex_doctor.shapes import RULES
from codex_doctor.unveiling import blobs, squeeze, unveiled, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.aliases import Aliases

_FIELD: Final = re.compile(r"[a-z_]+|#")
"""What a key of ours looks like; any other comes from the machine."""


_BACKSLASHES: Final = re.compile(r"\\{2,}")
"""What JSON within JSON makes of one."""


class Remains(Struct, frozen=True, kw_only=True):
    """What must not leave, by kind (`known`, `token`, `email` ...), and the *file* in which it stands."""

    file: str
    kind: str


def remains(
    files: Sequence[tuple[str, bytes]], *, known: Sequence[str], aliases: Aliases
) -> tuple[Remains, ...]:
    """Return what must not leave and still stands in *files*, pairs of name and bytes; at most one a kind."""
    found: dict[tuple[str, str], Remains] = {}
    sought = _Sought(known)
    for name, content in files:
        text = content.decode("utf-8", "replace")
        for kind in (*_known(text, sought), *_shaped(text), *_identity(name, text, aliases)):
            found.setdefault((name, kind), Remains(file=name, kind=kind))
    return tuple(found.values())


def _known(text: str, sought: _Sought) -> Iterator[str]:
    """Yield `known` where a known secret stands in *text*, in any encoding, and however split over lines."""
    ways = {text, unquote(text), unescape(text), _BACKSLASHES.sub(r"\\", text), *_decoded(text)}
    if any(sought.is_disguised_in(way) for way in ways):
        yield "known"
        return
    ways |= {view.text for way in ways if (view := unveiled(way)) is not None}
    ways |= {squeeze(way, decorated=decorated)[0] for way in ways for decorated in (False, True)}
    inside = {meant for _, _, meant in blobs(text)}
    ways |= inside | {meant for each in inside for _, _, meant in blobs(each)}
    if any(sought.stands_in(way) for way in ways):
        yield "known"


class _Sought:
    """Known secrets in every form, also without white space: thousands are found as fast as ten."""

    def __init__(self, known: Sequence[str]) -> None:
        every = {form for value in known if len(value) >= MIN_KNOWN for form in forms(value)}
        every |= {squeeze(form)[0] for form in every if not form.isalnum()}
        self._disguised = Disguised(known)
        self._starts: dict[str, list[str]] = {}
        for form in every:
            if len(form) >= MIN_KNOWN:
                self._starts.setdefault(form[:MIN_KNOWN], []).append(form)

    def is_disguised_in(self, text: str) -> bool:
        """Return whether one of them stands in *text* as no program writes it."""
        return next(self._disguised.places(text), None) is not None

    def stands_in(self, text: str) -> bool:
        """Return whether one of them stands in *text*."""
        starts = self._starts
        for at in range(len(text) - MIN_KNOWN + 1 if starts else 0):
            for form in starts.get(text[at : at + MIN_KNOWN], ()):
                if text.startswith(form, at):
                    return True
        return False


def _shaped(text: str) -> Iterator[str]:
    """Yield the kind of everything in *text* that is shaped like a secret."""
    try:
        words = set(_words(json.loads(text)))
    except ValueError:
        words = set[str]()
    words |= {whole.text for word in words if (whole := unwrapped(word)) is not None}
    for way in (text, *words):  # each for itself: what stands beside it belongs to another
        small = way.lower()
        for rule in RULES:
            if any(not way.startswith(REMOVED, start) for start, _ in rule.found(way, small)):
                yield rule.kind


def _identity(name: str, text: str, aliases: Aliases) -> Iterator[str]:
    if not name.endswith(".json"):
        kind = aliases.remaining(unescape(text), names=False)
        if kind is not None:
            yield kind
        return
    for word in _words(json.loads(text)):
        kind = aliases.remaining(word)
        if kind is not None:
            yield kind


def _decoded(text: str) -> tuple[str, ...]:
    """Return the texts within JSON, a line each, or nothing where *text* is none."""
    try:
        return ("\n".join(_words(json.loads(text))),)
    except ValueError:
        return ()


def _words(data: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in cast("Mapping[str, Any]", data).items():
            if not _FIELD.fullmatch(key):
                yield key
            if key != "$":
                yield from _words(value)
    elif isinstance(data, list):
        for item in cast("Sequence[Any]", data):
            yield from _words(item)
