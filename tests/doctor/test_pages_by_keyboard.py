"""In a real browser, the pages are used without a mouse, and by who hears them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_doctor.render import html
from doctor.test_render_for_others import report
from doctor.test_triage_page import page as triage
from driven import FOCUSED, Page, driven

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN = "document.activeElement.parentNode.open"
HEARD = """(async () => {
  const said = document.getElementById("said");
  for (let tries = 0; tries < 300 && !said.textContent; tries++)
    await new Promise(done => setTimeout(done, 10));
  return said.textContent;
})()"""
"""What is said aloud, once something is."""

COUNTED = "document.querySelectorAll('a, button, summary, [tabindex]').length"
WIDTH = 320
"""Of a telephone, or of a window four times enlarged."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("report")
    file = folder / "report.html"
    file.write_text(html.render(report()), "utf-8")
    with driven(file, folder) as page:
        yield page


@pytest.fixture(scope="module")
def triaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("triage")
    (folder / "reports").mkdir()
    file = folder / "triage.html"
    file.write_text(triage(folder / "reports"), "utf-8")
    with driven(file, folder) as page:
        yield page


@pytest.fixture
def fresh(shown: Page) -> Page:
    again(shown)
    return shown


def again(page: Page) -> None:
    """Load it anew: all is folded, and the focus is before the beginning."""
    page.go(page.value("location.href.split('#')[0]"))


def words(walked: list[dict[str, Any]]) -> list[str]:
    return [each["name"] or each["text"] for each in walked]


def test_tab_reaches_all_that_acts_in_order_and_the_focus_is_seen(fresh: Page) -> None:
    walked = fresh.walk()

    assert words(walked) == [
        "To the findings",
        'Copy the command: systemctl start "my proxy" && echo <ok>',
        "Evidence of TST301",
        "1 consequence of these",
        "All 5 checks",
    ]
    assert len(walked) == fresh.value(COUNTED)
    assert [each["text"] for each in walked if not (each["ring"] and each["seen"])] == []


def test_tab_leads_back_as_well(fresh: Page) -> None:
    there = fresh.walk()
    back = fresh.walk(shift=True)

    assert words(back) == words(there)[::-1]


def test_a_fold_opens_with_enter_and_with_the_space_bar(fresh: Page) -> None:
    for _ in range(3):
        fresh.press("Tab")

    states: list[bool] = []
    for key in ("Enter", "Enter", "Space", "Space"):
        fresh.press(key)
        states.append(fresh.value(OPEN))

    assert states == [True, False, True, False]


def test_what_is_in_an_open_fold_is_reached_in_its_place(triaged: Page) -> None:
    again(triaged)
    closed = words(triaged.walk())
    triaged.value("document.querySelector('details').open = true")
    opened = words(triaged.walk())

    at = closed.index("The same in numbers") + 1
    assert opened == [*closed[:at], "Reports over time", *closed[at:]]


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_command_is_copied_by_a_key_and_that_is_said(key: str, fresh: Page) -> None:
    fresh.press("Tab")
    fresh.press("Tab")

    fresh.press(key)
    said = fresh.value(HEARD)

    assert said == 'Copied: systemctl start "my proxy" && echo <ok>'
    assert fresh.value("navigator.clipboard.readText()") == 'systemctl start "my proxy" && echo <ok>'
    assert fresh.value(FOCUSED)["tag"] == "button"


def test_the_first_key_leads_past_what_is_known(fresh: Page) -> None:
    fresh.press("Tab")
    fresh.press("Enter")
    fresh.press("Tab")

    assert fresh.value(FOCUSED)["tag"] == "button"


def test_who_hears_the_report_is_told_where_everything_is(fresh: Page) -> None:
    tree = fresh.tree()
    told = [(role, name) for role, name, _ in tree]

    assert [role for role, _ in told if role in {"banner", "main", "status"}] == ["banner", "main", "status"]
    levels = [told["level"] for role, _, told in tree if role == "heading"]
    assert (levels[0], set(levels)) == (1, {1, 2, 3})
    assert ("article", "Error TST301 proxy-dead proxy-dead stands in the way") in told
    assert [told["expanded"] for role, _, told in tree if role == "DisclosureTriangle"] == [False] * 3
    assert [told["live"] for role, _, told in tree if role == "status"] == ["polite"]


def test_tab_reaches_all_of_a_triage(triaged: Page) -> None:
    again(triaged)
    walked = triaged.walk()

    assert words(walked) == [
        "To the causes",
        "Root causes",
        "Reports a day",
        "The same in numbers",
        "Versions of Codex",
        "Platforms",
        "How it was installed",
        "1 name, with the reason",
    ]
    assert [each["name"] for each in walked if not (each["ring"] and each["seen"])] == []


def test_who_hears_a_triage_is_told_what_every_column_and_chart_is(triaged: Page) -> None:
    again(triaged)
    told = [(role, name) for role, name, _ in triaged.tree()]
    named = {"columnheader", "rowheader", "table", "region", "image", "heading", "DisclosureTriangle"}

    assert [role for role, _ in told if role in {"banner", "main"}] == ["banner", "main"]
    assert [role for role, name in told if role in named and not name] == []
    assert ("image", "never-heard-of: 1 report, at most 1 in the day of 2026-11-20") in told


def test_a_narrow_window_shows_all_of_a_line(fresh: Page, triaged: Page) -> None:
    for page in (fresh, triaged):
        page.ask(
            "Emulation.setDeviceMetricsOverride", width=WIDTH, height=600, deviceScaleFactor=1, mobile=False
        )
        wide = page.value("document.documentElement.scrollWidth")
        page.ask("Emulation.clearDeviceMetricsOverride")

        assert wide <= WIDTH
