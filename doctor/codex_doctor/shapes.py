"""What secrets look like in text: the shapes of unknown ones, and every way to write a known one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_KNOWN: Final = 6
"""Characters: a shorter known value would tear ordinary words apart, and is too short to be a key."""


LEVELS: Final = 3
"""How often a value may have been written as JSON within JSON."""


class Rule(Struct, frozen=True):
    """*kind* is what the report's count calls it; group 1, where there is one, stays."""

    kind: str
    pattern: re.Pattern[str]


_W: Final = r"[A-Za-z0-9_\-]"
_NAMED: Final = (
    r"(?:api[_-]?key|(?:access|refresh|id)[_-]?token|client[_-]?secret|password|passwd|secret|authorization)"
)

RULES: Final = (
    # A JWT. The run of letters is walked once from its start, however often `eyJ` stands in it.
    Rule(
        "token", re.compile(rf"((?<!{_W})(?>{_W}*?(?<![A-Za-z0-9])(?=eyJ)))eyJ{_W}{{8,}}+\.{_W}+(?:\.{_W}*)*")
    ),
    # What follows is a word of English where it is short and in small letters ("Bearer authentication").
    Rule(
        "token",
        re.compile(r"\b((?i:bearer|basic)\s{1,9})(?![a-z]{1,20}(?![\w~+/=\-]))[A-Za-z0-9._~+/=\-]{8,}"),
    ),
    # OpenAI, Google, Stripe.
    Rule(
        "api-key",
        re.compile(
            rf"(?<![A-Za-z0-9])(?:sk-{_W}{{8,}}|AIza{_W}{{30,}}|[rs]k_(?:live|test)_[A-Za-z0-9]{{16,}})"
        ),
    ),
    # `at-` is a personal access token of ChatGPT, `rt_`, `rt.` and `rt.1.` are refresh tokens.
    Rule("token", re.compile(rf"(?<![A-Za-z0-9])(?:at-|rt[-_.](?:\d{{1,3}}\.)?){_W}{{16,}}(?:\.{_W}+)*")),
    Rule(
        "token",
        re.compile(
            r"(?<![A-Za-z0-9])(?:(?:gh[pousr]_|github_pat_|npm_|hf_)[A-Za-z0-9_]{20,}"
            r"|(?:xox[a-z]-|xapp-|glpat-)(?=[A-Za-z0-9\-]{16})[A-Za-z0-9_\-]+)"
        ),
    ),
    Rule("api-key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    # A private key that is cut off before its end is one too.
    Rule(
        "private-key",
        re.compile(
            r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?!\*\*\*)"
            r"(?s:.{1,20000}?(?=-----END )|.{1,20000})"
        ),
    ),
    Rule(
        "cookie",
        re.compile(
            r"(\b(?i:set-cookie|cookie)[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4})(?!\*\*\*)[^\s\"'\\][^\r\n\"'\\]{5,4000}"
        ),
    ),
    # What an address asks with: signatures, keys and codes go by any name there.
    Rule("query", re.compile(r"((?:[?&]|%3F|%26)[\w.\-\[\]%]{1,64}=)(?!\*\*\*)[^\s\\\"'&<>#{}]{6,}")),
    # What stands between `://` and the last `@` before the path: a password may hold an `@` itself.
    Rule("password", re.compile(r"(:(?://|%2F%2F))(?!\*\*\*@)[^\s/\"'<>]+(?=@)")),
    Rule(
        "token",
        re.compile(
            rf"(?i)({_NAMED}[\\\"']{{0,4}}\s{{0,9}}[=:]\s{{0,9}}[\\\"']{{0,4}})"
            r"(?!\*\*\*|(?:bearer|basic)\s)[^\s\\\"'&,;<>{}]{6,}"
        ),
    ),
)
"""Everything that is shaped like a secret, whoever wrote it and wherever it stands.

Each looks at a character a bounded number of times: a megabyte of anything takes milliseconds.
"""


@cache
def names_secret(key: str) -> bool:
    """Return whether what stands under *key* is a secret by its name, whatever it looks like."""
    return re.search(rf"(?i){_NAMED}$", key) is not None


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


_BETWEEN: Final = re.compile(r"(?:\s|\\[rnt])+")


def squeeze(text: str) -> tuple[str, Sequence[int]]:
    """Return *text* without white space, as it is or as JSON writes it, and the place of each letter."""
    kept: list[str] = []
    places: list[int] = []
    end = 0
    for gap in _BETWEEN.finditer(text):
        kept.append(text[end : gap.start()])
        places += range(end, gap.start())
        end = gap.end()
    kept.append(text[end:])
    places += range(end, len(text))
    return "".join(kept), places
