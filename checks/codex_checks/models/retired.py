"""Models that are not offered any more with a ChatGPT sign-in; with an API key some of them still are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Retired(Struct, frozen=True, kw_only=True):
    """A retired model. *since* is None where it is only known that Codex lists it no more.

    *successor* is the model to which Codex itself leads on, None where it names none.
    """

    since: datetime | None = None
    successor: str | None = None


RETIRED: Final[Mapping[str, Retired]] = {
    "gpt-5.1-codex": Retired(),
    "gpt-5.1-codex-max": Retired(),
    "gpt-5.1-codex-mini": Retired(),
    "gpt-5.2": Retired(since=datetime(2026, 6, 3, tzinfo=UTC)),
    "gpt-5.2-codex": Retired(),
    "gpt-5.3-codex": Retired(since=datetime(2026, 6, 3, tzinfo=UTC)),
    "gpt-5.5": Retired(since=datetime(2026, 10, 14, 19, tzinfo=UTC), successor="gpt-6-sol"),
}
"""By name (codex-environment 7). The successor is the `upgrade` that Codex 0.169.0 carries in its own list
of models, which the tests ask for; none of the others stands in that list."""
