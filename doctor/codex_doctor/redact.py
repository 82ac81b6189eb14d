"""Take secrets and identity out of what is said, and count what was taken.

A secret is a `Secret` from the moment it is read, and its value is known to the examination's
`Vault`. Before anything is rendered, the finished report is searched for every known value and for
everything that is shaped like a secret. A renderer accepts only what comes out of `redact`.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.model import Report


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


MIN_KNOWN: Final = 6
"""Characters: a shorter known value would tear ordinary words apart, and is too short to be a key."""


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


@dataclass(frozen=True, slots=True)
class _Rule:
    """*kind* is what the report's count calls it; group 1, where there is one, stays."""

    kind: str
    pattern: re.Pattern[str]


_WORD: Final = r"[A-Za-z0-9_\-]"
_NAMED: Final = (
    r"(?:api[_-]?key|(?:access|refresh|id)[_-]?token|client[_-]?secret|password|passwd|secret|authorization)"
)

RULES: Final = (
    _Rule("token", re.compile(rf"\beyJ{_WORD}{{8,}}\.{_WORD}+(?:\.{_WORD}*)?")),
    _Rule("token", re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=\-]{8,}")),
    _Rule("api-key", re.compile(rf"\bsk-{_WORD}{{8,}}")),
    _Rule("token", re.compile(rf"\b(?:at|rt)[-_.]{_WORD}{{16,}}(?:\.{_WORD}+)*")),
    _Rule(
        "token",
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|npm_[A-Za-z0-9]{20,})"),
    ),
    _Rule("api-key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    _Rule("password", re.compile(r"(?i)\b([a-z][a-z0-9+.\-]*://)[^\s/@\"'<>]+(?=@)")),
    _Rule("token", re.compile(rf"(?i)(\b{_NAMED}[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[^\s\"'&,;<>{{}}]{{6,}}")),
)
"""Everything that is shaped like a secret, whoever wrote it and wherever it stands."""

KINDS: Final = ("known", *sorted({rule.kind for rule in RULES}))
"""What a report's count may call what was taken out."""

REMOVED: Final = "***"

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would move a terminal's cursor or turn its text around: files and servers may say anything."""


class RedactedReport:
    """A report that is fit to be shown. Only `redact` makes one, and renderers accept nothing else."""

    __slots__ = ("report",)

    def __init__(self, report: Report, *, _made_by: object) -> None:
        if _made_by is not _TOKEN:
            raise TypeError("a redacted report comes from redact()")
        self.report = report


_TOKEN: Final = object()


class Redactor:
    """Takes known secrets, secret-shaped text and the user's home out of text, and counts them."""

    def __init__(self, *, known: tuple[str, ...] = (), home: str = "") -> None:
        self.removed: Counter[str] = Counter()
        forms = {form for value in known for form in _forms(value)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None
        self._home = re.compile(re.escape(home.rstrip("/\\")) + r"(?![\w.\-])") if len(home) > 1 else None

    def text(self, text: str) -> str:
        """Return *text* without secrets, and with the home as `~`."""
        if self._known is not None:
            text, count = self._known.subn(REMOVED, text)
            self._count("known", count)
        for rule in RULES:
            text, count = rule.pattern.subn(rf"\g<1>{REMOVED}" if rule.pattern.groups else REMOVED, text)
            self._count(rule.kind, count)
        if self._home is not None:
            text = self._home.sub("~", text)
        return _CONTROL.sub(_visible, text)

    def tree(self, value: Any) -> Any:  # noqa: ANN401 - it returns what it is given, redacted
        """Return *value* with every string in it redacted; keys too."""
        if isinstance(value, str):
            return type(value)(self.text(value)) if type(value) is str else value
        if isinstance(value, dict):
            mapping = cast("Mapping[Any, Any]", value)
            return {self.tree(key): self.tree(item) for key, item in mapping.items()}
        if isinstance(value, (tuple, list)):
            return tuple(self.tree(item) for item in cast("tuple[Any, ...]", value))
        if hasattr(value, "__dataclass_fields__"):
            return replace(
                value, **{name: self.tree(getattr(value, name)) for name in value.__dataclass_fields__}
            )
        if isinstance(value, Secret):
            raise TypeError("a secret stands in the report")
        return value

    def _count(self, kind: str, count: int) -> None:
        if count:
            self.removed[kind] += count


def redact(report: Report, *, vault: Vault, home: str) -> RedactedReport:
    """Return *report* fit to be shown: no secret in it, the user's home as `~`, the removals counted."""
    redactor = Redactor(known=vault.values(), home=home)
    clean = redactor.tree(report)
    removed: Mapping[str, int] = dict(sorted((redactor.removed + vault.removed).items()))
    return RedactedReport(replace(clean, redactions=removed), _made_by=_TOKEN)


def _visible(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode("ascii")


def _forms(value: str) -> set[str]:
    """Return *value* as it stands in text, in JSON and in a URL."""
    import json
    from urllib.parse import quote, quote_plus

    return {value, json.dumps(value)[1:-1], quote(value, safe=""), quote(value), quote_plus(value)}
