from __future__ import annotations

from typing import Final

from codex_doctor.explain.likely import CLOSE, NEAR, likely
from codex_doctor.explain.matching import sure
from codex_doctor.explain.signature import Known

SIGNATURES: Final = """
:about
  acme*

:words
  -10 *
  +20 gauge
  +6 gauge+failed
  -30 barometer

used-up
  exact  token_used_up
  says   token has been used up
  near   rejected

rejected
  says   token was rejected by the counter

meter-drifts
  says    meter drift* flux
  says    tube hatch
  like    needle & dial

tank-leaks
  says@83 tank leaks

tank-drips
  says@81 tank leaks
  like    drop & puddle & a drop

handle-broken
  says  broken & pump handle & lever

lever-broken
  says  broken & lever handle & pump

tank-empty
  says    the tank is empty & !meadow & !forest
  unless  river mountain
"""


def known() -> Known:
    found = Known()
    found.read(SIGNATURES, where="the test")
    return found


def names(text: str) -> list[str]:
    return [one.name for one in likely(text, known())]


def test_what_is_often_said_in_the_same_words_stands_behind_the_answer() -> None:
    first, second, *_ = likely("token has been used up", known())

    assert (first.name, first.said) == ("used-up", True)
    assert (second.name, second.said, second.score) == ("rejected", False, NEAR)
    assert sure([first, second])
    assert second.why == ("often said where it is used-up",)


def test_behind_a_failure_s_very_own_words_its_neighbours_stand_too_and_the_answer_is_sure() -> None:
    found = likely("token_used_up", known())

    assert [(one.name, one.said) for one in found] == [("used-up", True), ("rejected", False)]
    assert sure(found)


def test_of_two_that_are_nearly_as_likely_the_one_with_more_words_in_common_comes_first() -> None:
    assert names("the tank leaks") == ["tank-leaks", "tank-drips", "tank-empty"]
    assert names("the tank leaks: a drop, then a puddle") == ["tank-drips", "tank-leaks", "tank-empty"]


def test_words_that_stand_together_bring_a_problem_closer_than_the_same_words_apart() -> None:
    assert names("acme failed: broken pump handle, handle of a lever")[0] == "handle-broken"
    assert names("acme failed: broken lever handle, handle of a pump")[0] == "lever-broken"


def test_words_tell_what_a_text_is_of_where_nothing_names_the_program() -> None:
    said = "failed: drift of the meter, flux in the tube, an open hatch, the needle"

    assert names(f"gauge {said}") == ["meter-drifts"]
    assert names(f"gauge {said} (barometer)") == []


def test_where_no_phrase_fits_what_comes_close_is_told_as_such() -> None:
    (first,) = likely("acme failed: drift of the meter, flux in the tube, an open hatch", known())

    assert (first.name, first.said, first.score) == ("meter-drifts", False, CLOSE)
    assert first.why == ("has the words flux, hatch, meter, tube",)
    assert not sure([first])


def test_nothing_comes_close_to_what_is_not_of_the_program_or_is_no_complaint() -> None:
    assert names("failed: drift of the meter, flux in the tube, an open hatch") == []
    assert names("acme: I like the drift of the meter, the flux in the tube, the open hatch") == []
    assert names("acme failed: it has a meter") == []


def test_what_must_not_be_said_does_not_bring_a_problem_closer() -> None:
    assert names("acme failed: meadow forest river mountain") == []


def test_of_a_log_nothing_is_told_by_its_words() -> None:
    assert names("acme failed: drift of the meter, flux in the tube, an open hatch\n" * 400) == []
