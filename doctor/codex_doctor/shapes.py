"""What secrets look like in text: the shapes of those that nobody knows."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.issued import CERTAIN, ELSEWHERE, HOOKS, IDS, WORDLIKE

if TYPE_CHECKING:
    from collections.abc import Iterator


class Rule(Struct, frozen=True):
    """*kind* is what the report's count calls it; group 1, where there is one, stays.

    Where *hints* are given, one of them stands in every text that the pattern fits, in small letters, and
    so does one of the *signs*; where it is *drawn* by lot, so does a run that no word has. All are looked for
    before the pattern is understood.
    """

    kind: str
    expression: str
    hints: tuple[str, ...] = ()
    drawn: bool = False
    signs: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, understood when it is first needed: most texts hold no hint of most of them."""
        return _understood(self.expression)

    def found(self, text: str, small: str) -> Iterator[tuple[int, int]]:
        """Yield where it is found in *text*, from what does not stay; *small* is *text* in small letters."""
        if self.hints and not any(hint in small for hint in self.hints):
            return
        if self.signs and not any(sign in text for sign in self.signs):
            return
        if self.drawn and not _has_run(text):
            return
        pattern = self.pattern
        for match in pattern.finditer(text):
            yield (match.end(1) if pattern.groups else match.start()), match.end()


_RUN: Final = re.compile(
    r"[0-9][A-Za-z0-9]{8}|[A-Za-z0-9]{16}|-[0-9A-Fa-f]{12}|(?=[A-Za-z_\-]{0,24}[0-9])[A-Za-z0-9_\-]{25}"
)
"""What stands in every key that is drawn by lot, and in next to no word, version or path."""


@lru_cache(maxsize=16)
def _has_run(text: str) -> bool:
    return _RUN.search(text) is not None


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
    r"|password|passwd|passphrase|secret|authorization|code[_\-]?verifier|device[_\-]code|device[_\-]auth[_\-]id"
    r"|(?:php|j)sessid|connect\.sid|(?:csrf|xsrf)[_\-]?token)"
)
"""How what is called a secret is called (`client_secret`, `AWS_SECRET_ACCESS_KEY`, `X-Auth-Token`)."""

_GITLAB: Final = "pat|rt|dt|ft|cbt|ptt|oas|imt|soat|agent|ffct"

_PROSE: Final = (
    r"option|options|argument|needs?|requires?|cannot|should|without|instead|because|expects?|where|which|while|after"
    r"|before|twice|again|there|their|these|those|would|could|wants?|takes?|given|flags?|prompt|value|asked|missing"
)
"""What follows the name of an option where somebody only writes about it."""

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
            rf"|(?:xox[a-z](?:\.xox[a-z])?-|xapp-|gl(?:{_GITLAB})-)(?=[A-Za-z0-9]*[0-9]|{_W}{{0,40}}[0-9]){_W}{{16,}}(?:\.{_W}+)*)"
        ),
        hints=(
            "gh",
            "github_pat",
            "npm_",
            "hf_",
            "xox",
            "xapp",
            *(f"gl{word}-" for word in _GITLAB.split("|")),
        ),
    ),
    Rule("api-key", (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), hints=("akia", "asia")),
    Rule(
        "token",
        rf"(?<![A-Za-z0-9])(?:{CERTAIN})(?=[\w.\-]{{0,80}}[0-9])(?:[.+/]{{0,3}}{_W}){{16,}}[\w.\-+/=]*",
        drawn=True,
    ),
    # Of a word that begins alike, no part is so long and has digits in it.
    Rule(
        "token",
        rf"(?<![A-Za-z0-9])(?:{WORDLIKE})(?=[\w.\-]{{0,80}}[0-9])(?=[\w.\-]{{0,40}}?[A-Za-z0-9]{{16}})[\w.\-+/]+=*",
        drawn=True,
    ),
    Rule("token", rf"(?<![A-Za-z0-9])(?:{ELSEWHERE})", drawn=True),
    # Whoever issued it: a short name, and then more letters and digits than any name has.
    Rule(
        "token",
        (
            rf"(?<![A-Za-z0-9])(?!(?:{IDS})[_\-])[A-Za-z][A-Za-z0-9]{{1,9}}[_\-](?:[A-Za-z0-9]{{1,12}}[_\-])?"
            rf"(?=[A-Za-z]{{0,23}}[0-9])[A-Za-z0-9]{{24,}}{_W}*"
        ),
        drawn=True,
    ),
    # Whoever knows the address may send a message there; and a bot of Telegram.
    Rule("token", rf"(\b(?:{HOOKS})/)[\w/@\-]{{20,}}", hints=("hooks.slack", "discord", "webhookb2")),
    Rule(
        "token",
        r"(?<![A-Za-z0-9])(?:bot)?\d{8,10}:[A-Za-z0-9_\-]{33,}",
        hints=(":",),
        drawn=True,
    ),
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
        "private-key",
        r"(Private-Lines:\s{1,9}\d{1,4})(?s:.{1,20000}?(?=Private-MAC)|.{1,20000})",
        hints=("private-lines",),
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
        signs="?&%",
    ),
    # What stands between `://` and the last `@` before the path: a password may hold an `@` itself.
    Rule(
        "password",
        (r"(:(?://|%2F%2F))(?!\*\*\*@)[^\s/\"'<>]+(?=@)"),
        hints=("://", ":%2f%2f"),
        signs="@",
    ),
    Rule(
        "token",
        (
            rf"(?i)({_NAMED}[\\\"']{{0,4}}\s{{0,9}}[=:]\s{{0,9}}[\\\"']{{0,4}})"
            r"(?!\*\*\*|(?:bearer|basic)\s)[^\s\\\"'&,;<>{}]{6,}"
        ),
        hints=(
            "key",
            "token",
            "secret",
            "passw",
            "passphrase",
            "authorization",
            "verifier",
            "device_",
            "device-code",
            "sessid",
            ".sid",
        ),
        signs="=:",
    ),
    # Names that have other meanings: what follows must look like a secret, and PWD is a folder.
    Rule(
        "token",
        (
            r"(?i)((?<![a-z0-9])(?:token|auth|pwd|credentials?|sessionid|(?-i:(?<=[A-Z0-9]_)KEY))[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4})"
            r"(?![/~*]|[a-z]:[\\/]|[a-z]{2,5}://)(?=[^\s\\\"'&,;<>{}]{0,400}[0-9])[^\s\\\"'&,;<>{}]{12,}"
        ),
        hints=("token", "auth", "pwd", "credential", "sessionid", "_key"),
        signs="=:",
    ),
    # Whatever scheme it is of: `Authorization: Token ...`, `Digest ...`, `AWS4-HMAC-SHA256 ...`.
    Rule(
        "token",
        (
            r"(?i)(\bauthorization[\\\"']{0,4}\s{0,9}[=:]\s{0,9}[\\\"']{0,4}[a-z][\w\-]{2,20}[ \t]{1,9})"
            r"(?!\*\*\*)(?=[^\r\n]{0,200}[0-9])(?:[^\r\n\\]|\\{1,7}[\"']){12,4000}"
        ),
        hints=("authorization",),
    ),
    # On a command line, and in a .netrc, a name and its value are two words.
    Rule(
        "password",
        (
            r"(?i)((?:(?<![\w\-])--?(?:[a-z]+-)?|\badd-auth)(?:token|password|passwd|passphrase|secret|key)"
            r"\s{1,40}[\\\"']{0,4})(?![\-$<*])(?=[^\s\\\"'<>]{0,400}[0-9])[^\s\\\"'<>]{6,}"
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
    # One that is a word: where nothing else can stand, or next to nothing.
    Rule(
        "password",
        (
            r"(?i)((?<![\w\-])--(?:[a-z]+-)?(?:password|passwd|passphrase)[ \t]{1,9}[\\\"']{0,4})"
            rf"(?![\-$<*\[{{(]|(?:{_PROSE})\b)[^\s\\\"'<>,;]{{5,}}(?<![.:)])"
        ),
        hints=("passw", "passphrase"),
    ),
    Rule(
        "password",
        (
            r"(?i)(\bcurl\s[^\r\n|;]{0,200}?(?<!\S)(?:-u|--user)\s{0,9}[\\\"']{0,4}[^\s:\\\"']{1,64}:"
            r"|\b(?:sshpass|mysql|mysqldump|mysqladmin|mariadb|(?:docker|podman|oras|registry)\slogin)"
            r"\s[^\r\n|;&]{0,200}?(?<!\S)-p\s?[\"']?)(?![*$<\-])[^\s\\\"'<>]{5,}"
        ),
        hints=(
            "curl ",
            "sshpass",
            "mysql",
            "mariadb",
            "docker login",
            "podman login",
            "oras login",
            "registry login",
        ),
    ),
    Rule(
        "password",
        r"(?i)(\blogin\s{1,9}[^\s\"']{1,64}\s{1,9}password\s{1,9}[\"']?)"
        rf"(?![*$<]|(?:{_PROSE})\b)[^\s\\\"'<>]{{4,}}",
        hints=("password",),
    ),
    # What is typed at auth.openai.com/codex/device, for whoever knows it may sign in.
    Rule("token", r"(?<![\w\-])(?=[A-Z0-9\-]{0,4}[A-Z])[A-Z0-9]{4}-[A-Z0-9]{5}(?![\w\-])", hints=("-",)),
    # A password with a slash in it; a port with a path behind it is none.
    Rule(
        "password",
        (
            r"(://[^\s/:@\"'<>]{1,64}:)(?!\*\*\*|\d{1,5}/)(?=[^\s\"'<>@/]{0,128}/)[^\s\"'<>@]{6,128}(?=@[\w\-]{1,63}(?:\.[\w\-]{1,63})+)"
        ),
        hints=("://",),
        signs="@",
    ),
)
"""Everything that is shaped like a secret, whoever wrote it and wherever it stands.

Each looks at a character a bounded number of times: a megabyte of anything takes milliseconds.
"""


KINDS: Final = ("known", *sorted({rule.kind for rule in RULES}))
"""What a report's count may call what was taken out."""


_ENDS: Final = ("key", "token", "secret", "data", "word", "wd", "phrase", "ion", "verifier", "code", "id")
"""How each of these names ends, in small letters."""


@cache
def names_secret(key: str) -> bool:
    """Return whether what stands under *key* is a secret by its name, whatever it looks like."""
    return key.lower().endswith(_ENDS) and re.search(rf"(?i){_NAMED}$", key) is not None
