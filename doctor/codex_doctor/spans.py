"""Where secrets stand in a text, and what of it is taken out where they overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Span(NamedTuple):
    """A secret in a text, from *start* to before *end*."""

    start: int
    end: int
    kind: str


def merged(spans: Iterable[Span], kinds: Sequence[str]) -> Iterator[Span]:
    """Yield *spans* in order, those that overlap as one that keeps the kind of the first.

    Of those with the same place, the kind that comes first in *kinds* is kept.
    """
    current: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end, kinds.index(span.kind))):
        if current is not None and span.start < current.end:
            current = current._replace(end=max(current.end, span.end))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current
