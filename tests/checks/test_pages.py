from __future__ import annotations

from codex_checks import pages
from codex_checks.problems import PROBLEMS


def test_the_index_is_the_one_that_the_problems_give() -> None:
    index = (pages.folder() / "index.md").read_text("utf-8")

    assert index == pages.index(PROBLEMS), "renew it: python -m codex_checks.pages"


def test_a_name_without_a_page_has_none() -> None:
    assert (pages.page("no-such-problem"), pages.page_file("no-such-problem")) == (None, None)
