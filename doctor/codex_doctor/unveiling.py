"""Text as it is meant: escapes undone, lines put together, and blobs decoded, each with its place.

A secret may be written in many ways, and in several at once. So a text is looked at once more as what it
stands for; what is found there is taken out of the text where it stands.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PASSES: Final = 4
"""How often what was escaped may have been escaped again."""

SHORTEST_BLOB: Final = 16
"""Letters: fewer hold no secret that is known, and no shape of one."""

LONGEST_BLOB: Final = 64 * 1024
LAST_LETTER: Final = 0x10FFFF

_INVISIBLE: Final = r"\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_ESCAPED: Final = (
    rf"(?=[%\\=&\x00\x1b{_INVISIBLE}])(?:"
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<unicode>\\u[0-9A-Fa-f]{4})"
    r"|(?P<bytes>(?:\\x[0-9A-Fa-f]{2})+|(?:=[0-9A-F]{2}){2,})"
    r"|(?P<octal>(?:\\[0-3][0-7]{2})+)"
    r"|\\(?P<slash>[/\\])"
    r"|&#(?:(?P<decimal>\d{1,7})|x(?P<hexadecimal>[0-9A-Fa-f]{1,6}));"
    r"|&(?P<entity>amp|lt|gt|quot|apos);"
    rf"|(?P<invisible>[{_INVISIBLE}\x00]|\x1b\[[0-9;?]*[A-Za-z]))"
)
_SIGNS: Final = (("%", 1), ("\\", 1), ("&", 1), ("=", 2))
"""One of which stands in every escape that can be printed, and how often; the others cannot."""

_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

_BLOB: Final = re.compile(rf"[A-Za-z0-9+/_\-]{{{SHORTEST_BLOB},{LONGEST_BLOB}}}={{0,6}}")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[ :,]?[0-9A-Fa-f]{2}){11,}(?![0-9A-Za-z])")
_BASE32: Final = re.compile(r"(?:[A-Z2-7]{16,}|[a-z2-7]{16,})={0,6}")


class View:
    """What a text stands for, and for each letter of it, and for its end, the place in the text.

    Letters that one escape stands for have the same place.
    """

    __slots__ = ("places", "text")

    def __init__(self, text: str, places: Sequence[int]) -> None:
        self.text = text
        self.places = places

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the text of what stands here from *start* to before *end*."""
        last = self.places[end - 1]
        while self.places[end] == last:
            end += 1
        return self.places[start], self.places[end]


def unveiled(text: str) -> View | None:
    """Return *text* with every escape undone, or None where there is none in it."""
    view: View | None = None
    for _ in range(PASSES):
        once = _once(text if view is None else view.text)
        if once is None:
            break
        view = once if view is None else View(once.text, [view.places[at] for at in once.places])
    return view


def _once(text: str) -> View | None:
    if text.isprintable() and not any(text.count(sign) >= least for sign, least in _SIGNS):
        return None
    return _read(re.finditer(_ESCAPED, text), text, _meant)


def _read(matches: Iterable[re.Match[str]], text: str, meant: Callable[[re.Match[str]], str]) -> View | None:
    """Return *text* with what is *meant* in the place of each match, or None where there is none."""
    letters: list[str] = []
    places: list[int] = []
    end = 0
    for match in matches:
        start = match.start()
        letters.append(text[end:start])
        places += range(end, start)
        said = meant(match)
        letters.append(said)
        places += [start] * len(said)
        end = match.end()
    if not end:
        return None
    letters.append(text[end:])
    places += range(end, len(text) + 1)
    return View("".join(letters), places)


def _meant(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    return _MEANING[kind](match[kind])


def _letter(number: int) -> str:
    return chr(number) if number <= LAST_LETTER else ""


_MEANING: Final[Mapping[str, Callable[[str], str]]] = {
    "percent": lambda said: _text(bytes.fromhex(said.replace("%", ""))),
    "bytes": lambda said: _text(bytes.fromhex(said.replace("\\x", "").replace("=", ""))),
    "octal": lambda said: _text(bytes(int(each, 8) for each in said.split("\\")[1:])),
    "unicode": lambda said: chr(int(said.removeprefix("\\u"), 16)),
    "decimal": lambda said: _letter(int(said)),
    "hexadecimal": lambda said: _letter(int(said, 16)),
    "entity": lambda said: _ENTITIES[said],
    "slash": lambda said: said,
    "invisible": lambda _said: "",
}


def blobs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the place of everything in *text* that may be encoded, and the text that it stands for."""
    for pattern, decode in _DECODERS:
        for match in pattern.finditer(text):
            meant = _printable(decode(match[0]))
            if meant:
                yield match.start(), match.end(), meant
            if pattern is _HEX:  # a number may stand before it, which is none of its bytes
                for run in re.finditer("[0-9A-Fa-f]{24,}", match[0]):
                    apart = run[0] != match[0] and _printable(_from_hex(run[0][: len(run[0]) // 2 * 2]))
                    if apart:
                        yield match.start() + run.start(), match.start() + run.end(), apart


def _from_base64(blob: str) -> bytes:
    plain = blob.rstrip("=").replace("-", "+").replace("_", "/")
    return _tried(
        base64.b64decode, plain[: len(plain) // 4 * 4 + (0 if len(plain) % 4 == 1 else len(plain) % 4)], 4
    )


def _from_base32(blob: str) -> bytes:
    plain = blob.rstrip("=").upper()
    return _tried(base64.b32decode, plain, 8)


def _from_hex(blob: str) -> bytes:
    return bytes.fromhex(re.sub(r"[ :,]", "", blob))


def _tried(decode: Callable[[str], bytes], plain: str, unit: int) -> bytes:
    try:
        return decode(plain + "=" * (-len(plain) % unit))
    except (binascii.Error, ValueError):
        return b""


_DECODERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], bytes]], ...]] = (
    (_BLOB, _from_base64),
    (_HEX, _from_hex),
    (_BASE32, _from_base32),
)


def _printable(content: bytes) -> str:
    """Return *content* as text, or nothing where it is none: UTF-16 has a zero beside most letters."""
    if len(content) < SHORTEST_BLOB // 2:
        return ""
    zeros = content.count(0)
    if zeros * 3 >= len(content):
        return content.replace(b"\0", b"").decode("latin-1")
    if zeros:
        return ""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() or "\n" in text or "\t" in text else ""


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


_OF_A_KEY: Final = r"A-Za-z0-9_\-./+~%$@"

_WRAPPED: Final = (
    rf"(?<=[{_OF_A_KEY}=:])(?:\r?\n|\\r\\n|\\n)[|>#*\"' \t]{{0,40}}"
    # The next line goes on as no word does, with a digit or a capital within it; and it is no date, no
    # version, no name of something else, and no address.
    rf"(?!\d{{4}}-\d\d-|\d{{1,2}}:\d\d|\d{{1,3}}\.\d)(?=[{_OF_A_KEY}]{{0,400}}?(?:[0-9]|[a-z][A-Z]|[A-Z]{{7}}|@))"
    rf"(?=[{_OF_A_KEY}]{{2,400}}+(?:=[A-Z0-9]{{8}}|={{0,2}})(?=[\s\"'<>,;)\]}}&\\;]|:\d|$))"
)
"""A break within a key, with what follows it."""


@cache
def _understood(expression: str) -> re.Pattern[str]:
    """Return *expression*, understood when it is first needed: most texts have one line."""
    return re.compile(expression)


def unwrapped(text: str) -> View | None:
    """Return *text* as if what is broken over lines were not, or None where nothing looks like that."""
    return _without(_WRAPPED, text) if "\n" in text or "\\n" in text else None


_IN_A_NAME: Final = r"(?<=[\w@./:\\\-])\r?\n[|>#*\"' \t]{0,40}(?=[\w@./:\\\-])"


def squeezed(text: str) -> View | None:
    """Return *text* with all lines put together that may be one word, or None where it has one line."""
    return _without(_IN_A_NAME, text) if "\n" in text else None


def _without(breaks: str, text: str) -> View | None:
    return _read(_understood(breaks).finditer(text), text, lambda _break: "")


_BETWEEN: Final = r"(?:\s|\\[rnt])+"
_DECORATED: Final = (
    r"""(?:[\-\\|>#*"'][\-\\|>#*"' \t]{0,8}(?=\r?\n|\\[rn])|(?:\r?\n|\\[rn])[|>#*"' \t]{0,40}"""
    r"""|["']\s{0,9}\+\s{0,9}["']|\s|\\[rnt])+"""
)
"""The same with what a log, a quotation or a program puts at the ends and beginnings of lines."""


def squeeze(text: str, *, decorated: bool = False) -> tuple[str, Sequence[int]]:
    """Return *text* without white space, as it is or as JSON writes it, and the place of each letter.

    With *decorated*, also without what only holds lines together.
    """
    kept: list[str] = []
    places: list[int] = []
    end = 0
    for gap in re.finditer(_DECORATED if decorated else _BETWEEN, text):
        kept.append(text[end : gap.start()])
        places += range(end, gap.start())
        end = gap.end()
    kept.append(text[end:])
    places += range(end, len(text))
    return "".join(kept), places
