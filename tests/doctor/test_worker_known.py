"""Whether a third-party catalogue knows a word from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.elsewhere import asked
from codex_doctor.taken import Taken
from engine import context
from gone import gone
from third_party import PLENTY, install

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("word", "expected"), [("vpn-off", True), ("ACME101", True), ("weather", False)])
def test_a_catalogue_knows_the_words_of_its_checks(tmp_path: Path, word: str, expected: bool) -> None:
    party = install(tmp_path)
    ctx = context(tmp_path, env=party.env, seconds=PLENTY)

    described = asked(party.source, [word], ctx, taken=Taken())

    assert described is not None
    assert described.unmatched == (() if expected else (word,))


def test_a_catalogue_that_cannot_be_asked_may_know_any_word(tmp_path: Path) -> None:
    party = install(tmp_path, whole="raise RuntimeError")
    ctx = context(tmp_path, env=party.env, seconds=PLENTY)

    assert asked(party.source, ["weather"], ctx, taken=Taken()) is None


def test_a_catalogue_that_hangs_leaves_most_of_the_time_to_the_examination(tmp_path: Path) -> None:
    party = install(tmp_path, "time.sleep(600)")
    ctx = context(tmp_path, env=party.env, seconds=6.0)

    assert asked(party.source, ["weather"], ctx, taken=Taken()) is None
    assert ctx.time_left() > 0.0
    assert all(map(gone, party.noted))
