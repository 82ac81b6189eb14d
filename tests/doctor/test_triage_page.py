"""The page of a triage: it fetches nothing, runs nothing, and every chart is a table too."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from browsers import in_browser, printed
from codex_doctor.triage.asking import summarise
from codex_doctor.triage.gathering import gather
from codex_doctor.triage.page import POLICY, render
from codex_doctor.triage.store import Store
from triaged import NEVER_HEARD, REUSED, as_bytes, report

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "rect", "line", "br"}


def page(folder: Path) -> str:
    """Return the page of a few reports, and of a file with a name that would act."""
    for day in range(1, 15):
        told = report(REUSED, started=f"2026-11-{day:02}T09:00:00Z")
        (folder / f"{day}.json").write_bytes(as_bytes(told))
    evil = report(NEVER_HEARD, codex="<script>alert(1)</script>", os="<img src=x onerror=alert(1)>")
    evil["findings"][0]["title"] = "</style><script>alert(1)</script>"
    (folder / "evil.json").write_bytes(as_bytes(evil))
    (folder / "<b>&").write_text("nothing")
    with Store() as store:
        for found in gather([str(folder)]):
            store.add(found)
        return render(summarise(store))


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_it_is_well_formed_and_holds_nothing_that_acts(tmp_path: Path) -> None:
    read = _Elements()
    read.feed(page(tmp_path))

    assert read.open == []
    assert not {"script", "img", "b", "iframe", "link", "audio"} & set(read.seen)
    assert not {name for name in read.attributes if name.startswith("on") or name in {"src", "style"}}
    assert "script-src" not in POLICY


def test_it_fetches_nothing(tmp_path: Path) -> None:
    assert re.findall(r"(?:https?:|url\(|@import)", page(tmp_path)) == []


def test_what_is_not_known_is_marked_in_words_and_comes_first(tmp_path: Path) -> None:
    said = page(tmp_path)

    assert said.index("never-heard-of") < said.index("refresh-token-reused")
    assert "not known here</span>" in said
    assert "15 reports, 2 causes, 1 not known here" in said
    assert "&lt;b&gt;&amp;" in said


def test_a_chart_says_in_words_what_it_shows(tmp_path: Path) -> None:
    said = page(tmp_path)

    told = "refresh-token-reused: 14 reports, at most 1 in the day of 2026-11-01"
    assert f'role="img" aria-label="{told}"' in said
    assert said.count("<svg") == said.count('aria-hidden="true"') + said.count('role="img"')
    assert '<tr><th scope="row">2026-11-14</th><td class="n">1</td>' in said


def test_nothing_at_all_is_a_page_too() -> None:
    with Store() as store:
        assert "0 reports, 0 causes" in render(summarise(store))


def test_a_browser_shows_all_of_it_without_a_script_of_anybody(tmp_path: Path) -> None:
    file = tmp_path / "triage.html"
    folder = tmp_path / "reports"
    folder.mkdir()
    acting = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\"></main>"
    file.write_text(page(folder).replace("</main>", acting), "utf-8")

    shown = in_browser(file, tmp_path)

    assert "<title>15 reports, 2 causes, 1 not known here - codex-doctor triage</title>" in shown
    assert shown.count("<svg") > 6


def test_it_prints(tmp_path: Path) -> None:
    file = tmp_path / "triage.html"
    folder = tmp_path / "reports"
    folder.mkdir()
    file.write_text(page(folder), "utf-8")

    assert printed(file, tmp_path).startswith(b"%PDF")
