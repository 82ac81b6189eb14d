from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_doctor.explain.phrase import Phrase
from codex_doctor.explain.words import words


def fits(source: str, text: str) -> bool:
    return Phrase(source, 1.0).found(b" %b " % b" ".join(words(text)))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("refresh_token_reused", '{"code":"refresh_token_reused"}'),
        ("you ve hit your limit", "You\u2019ve hit your limit"),
        ("mcp client for * failed", "MCP client for `docs` failed"),
        ("mcp client ... timed out", "MCP client for 'my own docs' has now timed out"),
        ("mcp client ... timed out", "mcp client timed out"),
        ("glibc_2 # not found", "version `GLIBC_2.39' not found"),
        ("token was|has been? revoked", "token was revoked"),
        ("token was|has been? revoked", "token has been revoked"),
        ("codex* crashed", "codex-x86_64 crashed: codexhost crashed"),
        ("*codex exe", "my.MyCodex.exe"),
        ("status 404 & url http & !openai", "status 404, url: http://localhost"),
        ("\u65e0\u6cd5\u9a8c\u8bc1", "Apple\u65e0\u6cd5\u9a8c\u8bc1\u201ccodex\u201d"),
    ],
)
def test_a_phrase_fits_whatever_stands_around_and_between_its_words(source: str, text: str) -> None:
    assert fits(source, text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("token reused", "refresh_token reused"),
        ("token reused", "token was reused"),
        ("mcp client for * failed", "mcp client for failed"),
        ("status 404 & url http & !openai", "status 404, url: http://api.openai.com"),
        ("one ... two", "one a b c d e f g h i two"),
        ("codex* crashed", "mycodex crashed"),
    ],
)
def test_a_phrase_fits_nothing_else(source: str, text: str) -> None:
    assert not fits(source, text)


@pytest.mark.parametrize("source", ["* ... #", "!codex", "one|two", ""])
def test_a_phrase_without_a_word_that_must_be_there_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="no word that must be there"):
        _ = Phrase(source, 1.0).parts


@pytest.mark.parametrize("source", ["a " + "b? " * 4 + "c", "a " + "b " * 200])
def test_a_phrase_that_may_take_long_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="take too long"):
        _ = Phrase(source, 1.0).parts


def test_a_phrase_with_many_gaps_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 2 gaps"):
        _ = Phrase("a ... b ... c ... d", 1.0).parts


@given(source=st.text(alphabet="ab*|?#.&! \u9a8c", max_size=30), text=st.text(alphabet="ab #.\u9a8c\n"))
def test_what_cannot_fit_is_known_from_the_words_alone(source: str, text: str) -> None:
    heard = words(text)
    phrase = Phrase(source, 1.0)
    try:
        found = phrase.found(b" %b " % b" ".join(heard))
    except ValueError:
        return

    assert phrase.may_fit(set(heard)) or not found


@pytest.mark.parametrize(
    "text", ["a " * 20_000, "a" * 200_000, "a b " * 10_000, "\\n" * 50_000, "\x1b[" * 50_000]
)
@pytest.mark.parametrize("source", ["a ... ... b", "a * * * b", "a* b* ... c", "a ... b ... c & a ... d"])
def test_no_text_takes_a_phrase_more_than_linear_time(source: str, text: str) -> None:
    began = time.process_time()

    fits(source, text)
    once = time.process_time() - began
    began = time.process_time()
    fits(source, text * 4)

    # Quadratic time would be sixteen times as much.
    assert time.process_time() - began < 10 * once + 0.5
