from __future__ import annotations

from typing import Final

import pytest

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.likely import CLOSE, MOST, likely, sure
from codex_doctor.explain.signature import Known

SIGNATURES: Final = """
:about
  acme*

used-up
  exact  token_used_up
  says   token has been used up

rejected
  says   token was rejected by the counter

tank-leaks
  says@83 tank leaks

tank-drips
  says@81 tank leaks

tank-empty
  says    the tank is empty

guest-of-others
  says    guest has left

:learnt
* -50 meter-drifts:-90 tank-drips:-90 tank-empty:-90 tank-leaks:-90 token-lost:-90 used-up:-90
barometer -90 50
counter 10 50 4:40
drop 10 50 1:30 3:-10
dew 10 50 1:10
flux 20 50 0:40
gauge 90 50
left 5 50 2:70
meter 20 50 0:30 1:-10
noise 0 90
of 0 15 0:2 1:2
puddle 10 50 1:30
rejected 10 50 4:30
mist 10 50 1:10
moss 10 50 0:30 2:35 3:25 4:20 1:15 5:10
rust 10 50 0:30 2:35 3:25 4:20 1:15 5:10
token 10 50 4:20 5:10
"""


def known() -> Known:
    found = Known()
    found.read(SIGNATURES, where="the test")
    return found


def names(text: str) -> list[str]:
    return [one.name for one in likely(text, known())]


def test_what_a_phrase_says_is_the_answer_and_what_comes_close_stands_behind_it() -> None:
    first, second, *_ = likely("token has been used up", known())

    assert (first.name, first.said, first.why) == ("used-up", True, ("matched `token has been used up`",))
    assert (second.name, second.said, second.why) == ("token-lost", False, ("has the words token",))
    assert sure([first, second])


def test_of_two_that_are_nearly_as_likely_the_one_with_more_words_of_its_own_comes_first() -> None:
    assert names("the tank leaks")[:2] == ["tank-leaks", "tank-drips"]
    assert names("the tank leaks: a drop, then a puddle")[:2] == ["tank-drips", "tank-leaks"]


def test_the_words_of_another_problem_come_before_a_phrase_that_others_use_too() -> None:
    found = likely("token was rejected by the counter: flux", known())

    assert [(one.name, one.said) for one in found[:2]] == [("rejected", True), ("token-lost", False)]

    found = likely("the tank leaks: flux of the meter", known())

    assert [(one.name, one.said) for one in found[:2]] == [("meter-drifts", False), ("tank-leaks", True)]
    assert not sure(found)


def test_a_failure_s_very_own_words_are_stronger_than_all_others() -> None:
    found = likely("token_used_up: the flux of the meter", known())

    assert (found[0].name, found[0].said) == ("used-up", True)
    assert sure(found)


def test_none_is_told_as_more_likely_than_the_one_before() -> None:
    scores = [one.score for one in likely("the tank leaks: flux of the meter, a drop, rust", known())]

    assert scores == sorted(scores, reverse=True)


def test_words_speak_neither_for_nor_against_a_problem_of_which_nothing_was_learnt() -> None:
    assert names("acme failed: guest has left")[0] == "guest-of-others"


def test_where_no_phrase_fits_what_comes_close_is_told_as_such() -> None:
    first, *_ = likely("acme failed: the flux of the meter", known())

    assert (first.name, first.said, first.score) == ("meter-drifts", False, CLOSE)
    assert first.why == ("has the words flux, meter",)
    assert not sure([first])


def test_words_tell_what_a_text_is_of_where_nothing_names_the_program() -> None:
    assert names("failed gauge: the flux of the meter")[0] == "meter-drifts"
    assert names("failed barometer: the flux of the meter") == []


def test_nothing_comes_close_that_has_no_telling_word() -> None:
    assert names("failed: something of somebody") == []
    assert names("acme failed: something else") == []


def test_the_program_s_own_text_comes_less_easily_close_where_it_tells_of_nothing_wrong() -> None:
    assert names("acme failed: dew and mist, noise, barometer, gauge")
    assert names("acme likes: dew and mist, noise, barometer, gauge") == []
    assert names("acme likes: flux of the meter")


def test_one_word_alone_is_enough_only_where_something_is_wrong() -> None:
    assert names("acme failed: flux")[0] == "meter-drifts"
    assert names("acme likes flux") == []
    assert names("failed: flux") == []


def test_of_two_messages_the_later_one_is_the_answer() -> None:
    between = "and so on " * 20

    assert names(f"token was rejected by the counter {between} guest has left")[0] == "guest-of-others"
    assert names(f"guest has left {between} token was rejected by the counter")[0] == "rejected"


def test_no_more_than_a_few_are_told_of() -> None:
    assert len(likely("acme failed: rust, rust and moss", known())) == MOST


def test_of_a_log_nothing_is_told_by_its_words() -> None:
    assert names("acme failed: the flux of the meter\n" * 400) == []


def test_without_anything_learnt_phrases_are_all() -> None:
    found = Known()
    found.read(SIGNATURES.partition(":learnt")[0], where="the test")

    assert [one.name for one in likely("the tank leaks: flux", found)] == ["tank-leaks", "tank-drips"]
    assert likely("acme failed: flux", found) == []


def test_what_was_read_first_stays_learnt() -> None:
    found = known()
    found.read("other\n  says it\n:learnt\n* 0 other:90\nflux 90 50 0:90\n", where="a guest")

    assert likely("acme failed: flux of the meter", found)[0].name == "meter-drifts"


@pytest.mark.parametrize(
    "learnt",
    [
        "",
        "flux 90",
        "* 0 one:1\nflux x 2",
        "* x",
        "* 0 one:x",
        "* 0 one:1\nflux 90",
        "* 0 one:1\nflux 1 2 0:x",
        "* 0 one:1\nflux 1 2 7:1",
    ],
)
def test_what_was_learnt_and_cannot_be_understood_is_named(learnt: str) -> None:
    found = Known()
    found.read(f"{SIGNATURES.partition(':learnt')[0]}:learnt\n{learnt}\n", where="the test")

    if learnt:
        with pytest.raises(CatalogueError, match="cannot be understood"):
            likely("acme failed: flux of the meter", found)
    else:
        assert likely("acme failed: flux of the meter", found) == []


@pytest.mark.parametrize("written", [":learnt\n* 0 one:9\n", "one\n  says it\n:learnt \r\n* 0 one:9\n"])
def test_what_was_learnt_is_told_from_signatures_however_its_line_is_written(written: str) -> None:
    found = Known()
    found.read(written, where="the test")

    assert found.learnt is not None
    assert found.learnt.names == ["one"]


def test_what_somebody_keeps_to_himself_is_no_reason() -> None:
    (first, *_) = likely("acme failed: meter of rust, password=flux", known())

    assert all("flux" not in why for why in first.why)
