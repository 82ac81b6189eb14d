"""Take secrets and identity out of what is said, and count what was taken.

A secret is a `Secret` from the moment it is read, and its value is known to the examination's
`Vault`. Before anything is rendered, the finished report is searched for every known value and for
everything that is shaped like a secret. A renderer accepts only what comes out of `redact`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec.structs import replace

from codex_doctor.homes import home_pattern, in_home, quoted_home_pattern
from codex_doctor.secret import MIN_KNOWN, Secret, Vault, forms
from codex_doctor.shapes import KINDS, RULES, names_secret
from codex_doctor.spans import Span, merged
from codex_doctor.unveiling import blobs, squeeze, unveiled, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_doctor.aliases import Aliases
    from codex_doctor.disguised import Disguised
    from codex_doctor.model import Report
    from codex_doctor.unveiling import View

__all__ = ["Secret", "Vault"]


REMOVED: Final = "***"

MOST_TEXT: Final = 4000
"""Characters of one text that a report shows: nobody reads more, and a file may hold megabytes of it."""

MOST_WORDS: Final = 200
"""Texts that a report shows of one list."""

LONG: Final = 4096
"""Characters by which a longer value is known, so that it is found where a text was cut inside it."""

_CONTROL: Final = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
"""What would move a terminal's cursor, turn its text around, or cannot be written at all.

Files and servers may say anything; half a surrogate pair is how Python reads a name that is no Unicode.
"""


class RedactedReport:
    """A report that is fit to be shown. Only `redact` makes one, and renderers accept nothing else."""

    __slots__ = ("_report",)

    def __init__(self, report: Report, *, _made_by: object) -> None:
        if _made_by is not _TOKEN:
            raise TypeError("a redacted report comes from redact()")
        self._report = report

    @property
    def report(self) -> Report:
        """The report, without secrets."""
        return self._report

    def counting(self, removed: Mapping[str, int]) -> RedactedReport:
        """Return this report with *removed* for what was taken out of it before it came here."""
        told = {str(Redactor().text(kind)): number for kind, number in removed.items()}
        return RedactedReport(replace(self._report, redactions=told), _made_by=_TOKEN)


_TOKEN: Final = object()


class Redactor:
    """Takes known secrets, secret-shaped text and the user's home out of text, and counts them.

    With *aliases*, also who the user is, and with *disguised*, known secrets as no program writes them: for
    what leaves the machine. *ours* are texts which stand in our own code, so that there is nothing in them to
    be found: most of a report's.
    """

    def __init__(
        self,
        *,
        known: tuple[str, ...] = (),
        home: str = "",
        aliases: Aliases | None = None,
        disguised: Disguised | None = None,
        ours: frozenset[str] = frozenset(),
    ) -> None:
        self._aliases = aliases
        self._disguised = disguised
        self.removed: Counter[str] = Counter()
        self._forms = {
            form[:LONG]: form for form in sorted({form for value in known for form in forms(value)})
        }
        self._starts: dict[str, list[str]] = {}
        for head in self._forms:
            self._starts.setdefault(head[:MIN_KNOWN], []).append(head)
        self._unchanged: set[str] = set(ours)
        self._home = home_pattern(home)
        self._quoted = quoted_home_pattern(home)

    def text(self, text: str, *, most: int | None = None) -> str:
        """Return *text* without secrets, with the home as `~` and without what moves a cursor.

        With *most*, only so many characters of it, and then how many more there are.
        """
        most = len(text) if most is None else min(most, len(text))
        near = text[: most + LONG]  # what begins before the cut may be a secret that ends behind it
        pieces: list[str] = []
        end = 0
        for span in merged(self._spans(near), KINDS):
            if span.start >= most:
                break
            pieces += (text[end : span.start], REMOVED)
            end = span.end
            self.removed[span.kind] += 1
        pieces.append(text[end:most])
        if more := len(text) - max(end, most):
            pieces.append(f"... ({more} more characters)")
        clean = "".join(pieces)
        if self._home is not None:
            clean = self._quoted.sub(in_home, clean) if self._quoted else clean
            clean = self._home.sub("~", clean)
        if self._aliases is not None:
            clean = self._aliases.put_into(clean, self.removed)
        # What can be printed holds none of them, and most texts can.
        return visible(clean)

    def tree(self, value: Any) -> Any:  # noqa: ANN401 - it returns what it is given, redacted
        """Return *value* with every string in it redacted, keys too; what is no data becomes text.

        Of a text or a list of texts that is too long to be read, only the beginning is kept.
        """
        match value:
            case None | bool() | int() | float() | Enum():
                return value
            case str() if value in self._unchanged:
                return value
            case str():
                clean = self.text(value, most=MOST_TEXT)
                if clean == value:  # a report says many a thing many times
                    self._unchanged.add(value)
                return clean
            case Secret():
                self.removed["known"] += 1
                return REMOVED
            case _:
                return self._branch(value)

    def under(self, key: object, value: object) -> str:
        """Return what stands in the place of a *value* that is a secret by its *key*; else nothing."""
        if not isinstance(key, str) or isinstance(value, bool) or not isinstance(value, (str, int)):
            return ""
        if len(str(value)) < MIN_KNOWN or not names_secret(key):
            return ""
        self.removed["token"] += 1
        return REMOVED

    def _branch(self, value: Any) -> Any:  # noqa: ANN401 - it returns what it is given, redacted
        fields: tuple[str, ...] = tuple(getattr(value, "__struct_fields__", ()))
        if fields:
            return replace(value, **{name: self.tree(getattr(value, name)) for name in fields})
        if isinstance(value, Mapping):
            items = cast("Iterable[tuple[Any, Any]]", value.items())
            return {self.tree(key): self.under(key, item) or self.tree(item) for key, item in items}
        if isinstance(value, (tuple, list)):
            return tuple(self.tree(item) for item in _shown(cast("Sequence[Any]", value)))
        if isinstance(value, (set, frozenset)):
            return frozenset(self.tree(item) for item in cast("Iterable[Any]", value))
        return self.text(str(value), most=MOST_TEXT)

    def _spans(self, text: str, *, depth: int = 0) -> Iterator[Span]:
        """Yield every secret in *text*, overlapping ones too: what one leaves over, another may hold."""
        yield from self._plain(text)
        yield from self._decoded(text, depth)
        view = unveiled(text)
        if view is not None:
            yield from _placed(view, self._plain(view.text))
            if (whole := unwrapped(view.text)) is not None:
                yield from _placed(view, _placed(whole, self._plain(whole.text)))
        if (whole := unwrapped(text)) is not None:
            yield from _placed(whole, self._plain(whole.text))
            yield from _placed(whole, self._decoded(whole.text, depth))

    def _decoded(self, text: str, depth: int) -> Iterator[Span]:
        """Yield what is encoded in *text*, and has a secret in it."""
        if depth >= DEEPEST:
            return
        for start, end, meant in blobs(text):
            inside = next(self._spans(meant, depth=depth + 1), None)
            if inside is not None:
                yield Span(start, end, inside.kind)

    def _plain(self, text: str) -> Iterator[Span]:
        for at, head in self._heads(text):
            form = self._forms[head]
            whole = len(form) == len(head) or text.startswith(form, at)
            yield Span(at, at + len(form) if whole else len(text), "known")
        if self._disguised is not None:
            yield from (Span(start, end, "known") for start, end in self._disguised.places(text))
        yield from self._split(text)
        small = text.lower()
        for rule in RULES:
            for start, end in rule.found(text, small):
                yield Span(start, end, rule.kind)

    def _split(self, text: str) -> Iterator[Span]:
        """Yield the known secrets that are split over lines of *text*, whatever their lines begin with."""
        if not self._forms or not _BREAK.search(text):
            return
        for decorated in (False, True):
            squeezed, places = squeeze(text, decorated=decorated)
            for at, head in self._heads(squeezed):
                if squeezed.startswith(self._forms[head], at):
                    yield Span(places[at], places[at + len(self._forms[head]) - 1] + 1, "known")

    def _heads(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where known values begin in *text*, looking through the text or the values: the fewer."""
        if len(text) < len(self._forms):
            for at in range(len(text) - MIN_KNOWN + 1):
                for head in self._starts.get(text[at : at + MIN_KNOWN], ()):
                    if text.startswith(head, at):
                        yield at, head
            return
        for head in self._forms:
            at = text.find(head)
            while at >= 0:
                yield at, head
                at = text.find(head, at + 1)


_BREAK: Final = re.compile(r"""[\r\n]|\\[rn]|["']\s{0,9}\+""")

DEEPEST: Final = 3
"""How often what is encoded may be encoded again."""


def redact(
    report: Report,
    *,
    vault: Vault,
    home: str,
    aliases: Aliases | None = None,
    disguised: Disguised | None = None,
    ours: frozenset[str] = frozenset(),
) -> RedactedReport:
    """Return *report* fit to be shown: no secret in it, the user's home as `~`, the removals counted.

    With *aliases*, it is fit to be given to others. *disguised* and *ours* are as in `Redactor`.
    """
    redactor = Redactor(known=vault.values(), home=home, aliases=aliases, disguised=disguised, ours=ours)
    clean = redactor.tree(report)
    removed: Mapping[str, int] = dict(sorted((redactor.removed + vault.removed).items()))
    return RedactedReport(replace(clean, redactions=removed), _made_by=_TOKEN)


def _placed(view: View, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield *spans* of a view where they stand in the text that it is a view of."""
    for span in spans:
        yield Span(*view.span(span.start, span.end), span.kind)


def _shown(items: Sequence[Any]) -> Sequence[Any]:
    if len(items) <= MOST_WORDS or not all(isinstance(item, str) for item in items):
        return items
    return (*items[:MOST_WORDS], f"... ({len(items) - MOST_WORDS} more)")


def visible(text: str) -> str:
    """Return *text* with what would move a terminal's cursor in a form that can be read."""
    return text if text.isprintable() else re.sub(_CONTROL, _visible, text)


def _visible(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode("ascii")
