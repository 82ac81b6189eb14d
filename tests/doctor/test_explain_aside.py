"""What a program prints of itself, what it was asked and what was answered is no sign of a failure."""

from __future__ import annotations

from typing import Final

import pytest

from codex_doctor.errors import CatalogueError
from codex_doctor.explain.likely import likely
from codex_doctor.explain.signature import Known

SIGNATURES: Final = """
:about
  acme*

:aside
  line  folder:
  line  fuel:
  line  tank:
  said  you
  said  acme
  ends  done
  ends  error

leaks
  says  tank leaks

low-fuel
  says  fuel & low
"""

HEAD: Final = "Acme 1.2\nfolder: /home/you\nfuel: low\ntank: leaks\n"


def names(text: str) -> list[str]:
    known = Known()
    known.read(SIGNATURES, where="the test")
    return [one.name for one in likely(text, known)]


def test_the_head_that_a_program_prints_tells_of_no_failure() -> None:
    assert names(HEAD) == []
    assert names(f"{HEAD}error: the tank leaks") == ["leaks"]


def test_a_line_that_looks_like_one_of_a_head_is_read_where_there_is_no_head() -> None:
    assert names("fuel: low") == ["low-fuel"]


@pytest.mark.parametrize("who", ["you", "ACME", " acme \r"])
def test_what_was_asked_and_answered_is_left_out_until_a_line_that_ends_it(who: str) -> None:
    assert names(f"{HEAD}{who}\nwhy does it say that the tank leaks?\n") == []
    assert names(f"{HEAD}{who}\nthe tank leaks\nERROR: fuel is low\n") == ["low-fuel"]


@pytest.mark.parametrize("line", ["line", "lines folder:", "line  "])
def test_what_cannot_be_understood_is_refused(line: str) -> None:
    with pytest.raises(CatalogueError, match="line 2 cannot be understood"):
        Known().read(f":aside\n  {line}\n", where="the test")
