from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.likely import likely, sure
from codex_doctor.explain.matching import candidates
from codex_doctor.explain.signature import Known
from codex_doctor.explain.words import words

SIGNATURES: Final = """
# A comment.
:about
  acme*

:others
  make

used-up
  exact  token_used_up
  says   token has been used up
  hint   token rejected

full
  says    the tank is full
  unless  test drive
  on      windows

half-full
  says@80 the tank is full

:ask full half-full
  Is there a drop left?
"""


def known(text: str = SIGNATURES) -> Known:
    found = Known()
    found.read(text, where="the test")
    return found


def names(text: str) -> list[str]:
    return [candidate.name for candidate in candidates(text, known())]


NOISE: Final = (
    "\x1b[1;31merror:\x1b[0m token has been used up\x1b[K",
    '{"error": {"message": "the token has been\\nused up", "code": 3}}',
    "2026-01-02T03:04:05.678Z ERROR acme: Token \u201chas been\u201d used up (id 5f2e)",
    "Il y a un probl\u00e8me\u00a0: token has been used up",
    "\u8fd9\u662f\u9519\u8bef\uff1atoken has been used up\uff0c\u8bf7\u91cd\u8bd5",
    "\u2502 token has been \u2502\n\u2502 used up        \u2502",
    "| token has be\n| en used up",
    "    at x (C:\\app\\node\\x.js:3)\nToken has  been\tused\r\nup",
)


@pytest.mark.parametrize("text", NOISE)
def test_noise_around_and_within_a_message_does_not_hide_it(text: str) -> None:
    assert names(text) == ["used-up"]


def test_the_reasons_are_the_phrases_and_never_the_text() -> None:
    (found,) = candidates("acme: token_used_up, secret hunter2", known())

    assert found.why == ("token_used_up",)


def test_a_hint_counts_only_in_a_text_that_is_of_the_program() -> None:
    assert names("token rejected") == []
    assert names("make: token rejected") == []
    assert names("acme-cli: token rejected") == ["used-up"]


def test_what_rules_a_problem_out_does() -> None:
    assert names("the tank is full") == ["full", "half-full"]
    assert names("the tank is full, at the test drive") == ["half-full"]


def test_on_another_system_a_problem_is_less_likely() -> None:
    assert names("/home/you/.acme: the tank is full") == ["half-full", "full"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("the tank leaks", ["old", "new"]),
        ("codex-cli 0.114.0: the tank leaks", ["old", "new"]),
        ("OpenAI Codex v0.115.0 (research preview) the tank leaks", ["new", "old"]),
        ("Update available! Codex 0.99.1, now Codex 0.140.2: the tank leaks", ["new", "old"]),
        ("codex app 26.601.10930: the tank leaks", ["old", "new"]),
    ],
)
def test_in_a_version_that_has_it_not_a_problem_is_less_likely(said: str, expected: list[str]) -> None:
    leaks = known("old\n  says@86 the tank leaks\n  until 0.115\nnew\n  says the tank leaks\n  since 0.115\n")

    assert [candidate.name for candidate in candidates(said, leaks)] == expected


@pytest.mark.parametrize("version", ["1.2", "0", "0.x", ""])
def test_a_version_is_one_of_codex(version: str) -> None:
    with pytest.raises(CatalogueError, match="line 2 cannot be understood"):
        known(f"old\n  until {version}\n")


def test_two_that_are_as_likely_make_no_answer() -> None:
    assert not sure(likely("the tank is full", known()))
    assert sure(likely("token has been used up", known()))
    assert not sure([])


def test_in_a_long_log_the_message_is_found_wherever_it_stands() -> None:
    line = "2026-01-02T03:04:05Z INFO nothing of any interest happened to the {}th of things\n"
    log = "".join(line.format(each) for each in range(20_000))
    middle = log.index("\n", len(log) // 2)

    assert names(log) == []
    assert names(f"{log[:middle]}\nError: the token has\nbeen used up{log[middle:]}") == ["used-up"]


def test_of_a_log_that_is_longer_than_fits_the_end_is_read() -> None:
    assert names("x y " * 5_000_000 + "token_used_up") == ["used-up"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_file_may_be_in_the_encodings_of_windows(encoding: str) -> None:
    found = candidates("the token has been used up".encode(encoding), known())

    assert [candidate.name for candidate in found] == ["used-up"]


@pytest.mark.parametrize(
    "text", ["  says a word", "name\n  frobs a word", "name\n  says", "name\n  says@x a word"]
)
def test_signatures_that_cannot_be_understood_are_refused_with_the_line(text: str) -> None:
    with pytest.raises(CatalogueError, match=r"line [12] cannot be understood"):
        known(text)


@given(st.binary() | st.text())
def test_any_text_is_answered(text: str | bytes) -> None:
    for candidate in candidates(text, known()):
        assert 0.5 <= candidate.score <= 1


@given(st.text(alphabet="aZ09_ \\\"'\n\x1b[m\u2019\u9a8c\u00e9"))
def test_words_hold_no_blank_and_no_punctuation(text: str) -> None:
    for word in words(text):
        plain = word.decode()
        assert plain
        assert all(letter.isalnum() or letter == "_" or not letter.isascii() for letter in plain)
        assert plain.lower() == plain


def test_the_order_of_files_does_not_matter() -> None:
    blocks = reversed(SIGNATURES.split("\n\n"))

    found = candidates("token_used_up & the tank is full", known("\n\n".join(blocks)))

    assert {candidate.name for candidate in found} == {"used-up", "full", "half-full"}
