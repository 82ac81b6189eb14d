"""Third-party catalogues are described side by side: one that hangs costs the others nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from codex_doctor import elsewhere, guests
from codex_doctor.catalogue import Source
from codex_doctor.errors import CatalogueError
from codex_doctor.wire import Described

if TYPE_CHECKING:
    import pytest

FIRST = Source(name="a", distribution="acme-a", value="acme_a:catalogue")
SECOND = Source(name="b", distribution="acme-b", value="acme_b:catalogue")
NOTHING = Described(checks=(), problems=(), retired={}, selected=(), unmatched=())


def test_the_second_is_asked_before_the_first_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    second_was_asked = threading.Event()

    def describe(source: Source, *_: object, **__: object) -> Described:
        if source is FIRST:
            assert second_was_asked.wait(30)
            raise CatalogueError(source.distribution, "its worker was not done when the time was over")
        second_was_asked.set()
        return NOTHING

    monkeypatch.setattr(elsewhere, "describe", describe)
    monkeypatch.setattr(guests, "discover", lambda: (FIRST, SECOND))
    first, second = guests.guests(())

    assert (first.distribution, first.described) == ("acme-a", None)
    assert first.fault == "acme-a: its worker was not done when the time was over"
    assert (second.distribution, second.described, second.fault) == ("acme-b", NOTHING, "")
