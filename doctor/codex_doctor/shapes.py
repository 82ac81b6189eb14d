"""What secrets look like in text: the shapes of unknown ones, and every way to write a known one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_KNOWN: Final = 6
"""Characters: a shorter known value would tear ordinary words apart, and is too short to be a key."""


LEVELS: Final = 3
"""How often a value may have been written as JSON within JSON."""


class Rule(Struct, frozen=True):
    """*kind* is what the report's count calls it; group 1, where there is one, stays.

    Where *hints* are given, one of them stands in every text that the pattern fits, in small letters.
    """

    kind: str
    expression: str
    hints: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, understood when it is first needed: most texts hold no hint of most of them."""
        return _understood(self.expression)

    def found(self, text: str, small: str) -> Iterator[tuple[int, int]]:
        """Yield where it is found in *text*, from what does not stay; *small* is *text* in small letters."""
        if self.hints and not any(hint in small for hint in self.hints):
            return
        pattern = self.pattern
        for match in pattern.finditer(text):
            yield (match.end(1) if pattern.groups else match.start()), match.end()


@cache
def _understood(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


_W: Final = r"[A-Za-z0-9_\-]"
_WORDS: Final = (
    r"api|access|account|auth|bearer|bot|client|deploy|encryption|id|master|personal|private|refresh|secret|secure"
    r"|security|service|session|shared|signing"
)
_NAMED: Final = (
    rf"(?:(?:{_WORDS})[_\-]?(?:access[_\-]?)?(?:key|token|secret)(?:[_\-]?data)?"
    r"|password|passwd|passphrase|secret|authorization)"
)
"""How what is called a secret is called (`client_secret`, `AWS_SECRET_ACCESS_KEY`, `X-Auth-Token`)."""

_ISSUED: Final = (
    # DigitalOcean, Databricks, Shopify, Mailgun, Heroku, PyPI, RubyGems, SendGrid, Twilio
    r"do[opr]_v1_|dapi|shp(?:at|ca|pa|ss)_|key-|HRKU-|pypi-|rubygems_|SG\.|SK"
    # services of models: Groq, xAI, Perplexity, Replicate, NVIDIA, Tavily, Cerebras, LangSmith, Fireworks
    r"|gsk_|xai-|pplx-|r8_|nvapi-|tvly-|csk-|lsv2_[a-z]{2}_|fw_"
    # Sentry, Linear, Notion, Figma, Supabase, Doppler, Vault, Terraform, Grafana, GitLab, Docker, Atlassian
    r"|sntry[su]_|lin_api_|ntn_|secret_|fig[du]_|sbp_|sb_secret_|dp\.[a-z]{2}\.|hv[sbr]\."
    r"|[A-Za-z0-9]{14}\.atlasv1\.|gls?[ac]_|gl[a-z]{2,5}-|dckr_[a-z]{3}_|AT[AC]TT3"
    # Stripe, Postman, New Relic, age, PlanetScale, Google, Facebook
    r"|whsec_|PMAK-|NRAK-|AGE-SECRET-KEY-|pscale_[a-z]{2,6}_|ya29\.|1//0|GOCSPX-|EAA"
)
"""What the keys and tokens of further services begin with, as each documents it."""

RULES: Final = (
    # A JWT. The run of letters is walked once from its start, however often `eyJ` stands in it.
    Rule(
        "token",
        (rf"((?<!{_W})(?>{_W}*?(?<![A-Za-z0-9])(?=eyJ)))eyJ{_W}{{8,}}+\.{_W}+(?:\.{_W}*)*"),
        hints=("eyj",),
    ),
    # What follows is a word of English where it is short and in small letters ("Bearer authentication").
    Rule(
        "token",
        (r"\b((?i:bearer|basic)\s{1,40})(?![a-z]{1,20}(?![\w~+/=\-]))[A-Za-z0-9._~+/=\-]{8,}"),
        hints=("bearer", "basic"),
    ),
    # OpenAI, Google, Stripe.
    Rule(
        "api-key",
        (rf"(?<![A-Za-z0-9])(?:sk-{_W}{{8,}}|AIza{_W}{{30,}}|[rs]k_(?:live|test)_[A-Za-z0-9]{{16,}})"),
        hints=("sk-", "aiza", "k_live", "k_test"),
    ),
    # `at-` is a personal access token of ChatGPT, `rt_`, `rt.` and `rt.1.` are refresh tokens.
    Rule(
        "token",
        (rf"(?<![A-Za-z0-9])(?:at-|rt[-_.](?:\d{{1,3}}\.)?){_W}{{16,}}(?:\.{_W}+)*"),
        hints=("at-", "rt-", "rt_", "rt."),
    ),
    Rule(
        "token",
        (
            r"(?<![A-Za-z0-9])(?:(?:gh[pousr]_|github_pat_|npm_|hf_)[A-Za-z0-9_]{20,}"
            r"|(?:xox[a-z]-|xapp-|glpat-)(?=[A-Za-z0-9\-]{16})[A-Za-z0-9_\-]+)"
        ),
        hints=("gh", "github_pat", "npm_", "hf_", "xox", "xapp", "glpat"),
    ),
    Rule("api-key", (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), hints=("akia", "asia")),
    # Of a word that begins alike, no part is so long and has digits in it.
    Rule(
        "token",
        (
            rf"(?<![A-Za-z0-9])(?:{_ISSUED})(?=[\w.\-]{{0,80}}[0-9])(?=[\w.\-]{{0,40}}?[A-Za-z0-9]{{16}})[\w.\-]+=*"
        ),
    ),
    # The addresses at which Slack and Discord take messages, and a bot of Telegram.
    Rule(
        "token",
        (r"(\b(?:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks)/)[\w/\-]{20,}"),
        hints=("hooks.slack", "discord"),
    ),
    Rule("token", (r"(?<![A-Za-z0-9])(?:bot)?\d{8,10}:[A-Za-z0-9_\-]{33,}"), hints=(":",)),
    # A private key that is cut off before its end is one too.
    Rule(
        "private-key",
        (
            r"(-----BEGIN\s[A-Z\s]{0,60}PRIVATE\s{1,40}KEY(?:\s{1,40}BLOCK)?-----)(?!\*\*\*)"
            r"(?s:.{1,20000}?(?=-----END )|.{1,20000})"
        ),
        hints=("-----begin",),
    ),
    Rule(
        "cookie",
        (
            r"(\b(?i:set-cookie|cookie)[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4})(?!\*\*\*)[^\s\"'\\][^\r\n\"'\\]{5,4000}"
        ),
        hints=("cookie",),
    ),
    # What an address asks with: signatures, keys and codes go by any name there.
    Rule(
        "query",
        (r"((?:[?&]|%3F|%26)[\w.\-\[\]%]{1,64}=)(?!\*\*\*)[^\s\\\"'&<>#{}]{6,}"),
        hints=("=",),
    ),
    # What stands between `://` and the last `@` before the path: a password may hold an `@` itself.
    Rule("password", (r"(:(?://|%2F%2F))(?!\*\*\*@)[^\s/\"'<>]+(?=@)"), hints=("@",)),
    Rule(
        "token",
        (
            rf"(?i)({_NAMED}[\\\"']{{0,4}}\s{{0,9}}[=:]\s{{0,9}}[\\\"']{{0,4}})"
            r"(?!\*\*\*|(?:bearer|basic)\s)[^\s\\\"'&,;<>{}]{6,}"
        ),
        hints=("key", "token", "secret", "passw", "passphrase", "credential", "authorization"),
    ),
    # Names that have other meanings: what follows must look like a secret, and PWD is a folder.
    Rule(
        "token",
        (
            r"(?i)(\b(?:token|auth|pwd|credentials?)[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4})"
            r"(?![/~*]|[a-z]:[\\/])(?=[^\s\\\"'&,;<>{}]{0,400}[0-9])[^\s\\\"'&,;<>{}]{12,}"
        ),
        hints=("token", "auth", "pwd", "credential"),
    ),
    # Whatever scheme it is of: `Authorization: Token ...`, `Digest ...`, `AWS4-HMAC-SHA256 ...`.
    Rule(
        "token",
        (
            r"(?i)(\bauthorization[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4}[a-z][\w\-]{2,20}[ \t]{1,9})"
            r"(?!\*\*\*)(?=[^\r\n]{0,200}[0-9])[^\r\n\\]{12,4000}"
        ),
        hints=("authorization",),
    ),
    # On a command line, and in a .netrc, a name and its value are two words.
    Rule(
        "password",
        (
            r"(?i)((?<![\w\-])--?(?:[a-z]+-)?(?:token|password|passwd|passphrase|secret|key)\s{1,40}[\\\"']{0,4})"
            r"(?![\-$<*])(?=[^\s\\\"'<>]{0,400}[0-9])[^\s\\\"'<>]{6,}"
        ),
        hints=("token", "passw", "passphrase", "secret", "key"),
    ),
    Rule(
        "password",
        (
            r"(?i)(\bpassword\s{1,40}|(?<!\S)(?:-u|--user)\s{1,40}[\\\"']{0,4}[^\s:\\\"']{1,64}:)"
            r"(?![*$<])(?=[^\s\\\"'<>]{0,400}[0-9])[^\s\\\"'<>]{6,}"
        ),
        hints=("password", "-u", "--user"),
    ),
    # A password with a slash in it; a port with a path behind it is none.
    Rule(
        "password",
        (
            r"(://[^\s/:@\"'<>]{1,64}:)(?!\*\*\*|\d{1,5}/)(?=[^\s\"'<>@/]{0,128}/)[^\s\"'<>@]{6,128}(?=@[\w\-]{1,63}(?:\.[\w\-]{1,63})+)"
        ),
        hints=("@",),
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


_BETWEEN: Final = re.compile(r"(?:\s|\\[rnt])+")
_DECORATED: Final = re.compile(
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
    for gap in (_DECORATED if decorated else _BETWEEN).finditer(text):
        kept.append(text[end : gap.start()])
        places += range(end, gap.start())
        end = gap.end()
    kept.append(text[end:])
    places += range(end, len(text))
    return "".join(kept), places
