"""The report as a page and as Markdown: for people who were not there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from browsers import in_browser
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Severity, Verdict
from codex_doctor.redact import Vault, redact
from codex_doctor.render import html, markdown
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from engine import LINUX, outcome, problem
from outlines import outline

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.redact import RedactedReport


def report() -> RedactedReport:
    cause = problem("proxy-dead", code="TST301", area="network", explains=("host-away",))
    follow = problem("host-away", code="TST302", area="network")
    small = problem("key-unused", code="TST103", area="auth", severity=Severity.WARNING)
    fix = Fix(summary="Start the proxy", steps=(ShellLine(line='systemctl start "my proxy" && echo <ok>'),))
    made = assemble(
        Examination(
            outcomes=(
                outcome(
                    "network.a", cause.found("127.0.0.1:9 refused", fix=fix, evidence={"port": 9, "no": None})
                ),
                outcome("network.b", follow.found("github.com *was* not reached | at all")),
                outcome("auth.c", small.found("@openai `KEY` is <set> twice")),
                outcome("auth.d"),
                outcome("auth.e", verdict=Verdict.SKIPPED, reason="there is none"),
            ),
            machine={"codex": "0.169.0", "codex_home": "~/.codex"},
        ),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )
    return redact(made, vault=Vault(), home="/home/sam")


def test_the_page_is_well_formed() -> None:
    read = outline(html.render(report()))

    assert (read.faults, read.open) == ([], [])


def test_the_page_fetches_nothing_and_says_so_to_the_browser() -> None:
    page = html.render(report())
    read = outline(page)

    assert re.findall(r"(?:src|href)=\"(?!#)|url\(|@import|https?://", page) == []
    assert {tag for tag, _ in read.seen} & {"link", "img", "iframe", "object", "form", "base"} == set()
    policies = [told.get("content") for tag, told in read.seen if tag == "meta" and "http-equiv" in told]
    assert policies == [html.POLICY]
    assert "default-src 'none'" in html.POLICY
    assert "unsafe" not in html.POLICY


def test_findings_come_first_and_evidence_is_folded() -> None:
    page = html.render(report())

    assert page.index("proxy-dead") < page.index("key-unused") < page.index("All 5 checks")
    assert page.index("TST302 host-away") < page.index("TST103 key-unused")
    assert "<details open" not in page
    assert re.search(r"<summary[^>]*>Evidence</summary>\s*<dl>\s*<dt>port</dt><dd>9</dd>\s*</dl>", page)


def test_the_page_can_be_used_with_a_keyboard_and_a_screen_reader() -> None:
    read = outline(html.render(report()))
    told = [tag for tag, _ in read.seen]

    assert read.seen[0] == ("html", {"lang": "en"})
    assert told.count("h1") == told.count("main") == told.count("title") == 1
    assert told.index("h1") < told.index("h2") < told.index("h3")
    assert ("a", {"class": "skip", "href": "#findings"}) in read.seen
    assert {attributes.get("scope") for tag, attributes in read.seen if tag == "th"} == {"col", "row"}
    assert any(attributes.get("role") == "status" for _, attributes in read.seen)
    assert not any("tabindex" in attributes or "onclick" in attributes for _, attributes in read.seen)


def test_what_colour_says_words_say_too() -> None:
    read = outline(html.render(report()))

    assert "Error" in read.text
    assert "Warning" in read.text


def test_a_command_can_be_copied_and_buttons_are_there_only_with_scripts() -> None:
    page = html.render(report())

    assert "<pre><code>systemctl start &quot;my proxy&quot; &amp;&amp; echo &lt;ok&gt;</code></pre>" in page
    assert "<button" not in page.replace(html.SCRIPT, "")


def test_the_page_is_light_and_dark_and_can_be_printed() -> None:
    assert "color-scheme: light dark" in html.STYLE
    assert "prefers-color-scheme: dark" in html.STYLE
    assert "@media print" in html.STYLE
    assert "beforeprint" in html.SCRIPT


def test_markdown_begins_with_the_answer_and_folds_the_rest() -> None:
    text = markdown.render(report())

    assert text.splitlines()[0] == "**codex-doctor: 1 cause, 1 warning**"
    assert text.index("proxy-dead") < text.index("<details>")
    assert text.count("<details>") == text.count("</details>") == 2
    assert "- leads to: TST302 host-away" in text
    assert '```sh\nsystemctl start "my proxy" && echo <ok>\n```' in text


def test_markdown_calls_nobody_and_means_nothing_that_was_not_meant() -> None:
    text = markdown.render(report())

    assert "@openai" not in text
    assert "\\`KEY\\` is \\<set\\> twice" in text
    assert "github.com \\*was\\* not reached \\| at all" in text


def test_a_healthy_machine_is_a_short_text() -> None:
    healthy = assemble(
        Examination(outcomes=(outcome("auth.d"),), machine={}),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )
    redacted = redact(healthy, vault=Vault(), home="")

    assert markdown.render(redacted).startswith("**codex-doctor: no fault was found**")
    assert "<h1>No fault was found</h1>" in html.render(redacted)


def test_a_browser_adds_a_button_for_each_command(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(html.render(report()), "utf-8")

    shown = in_browser(page, tmp_path)

    assert len(re.findall(r"<button[^>]*>Copy</button>", shown)) == 1
    assert 'aria-label="Copy the command: systemctl start' in shown


def test_a_browser_runs_no_script_but_that_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    broken_out = html.render(report()).replace(
        "</main>",
        "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\"></main>",
    )
    page.write_text(broken_out, "utf-8")

    shown = in_browser(page, tmp_path)

    assert "<title>owned</title>" not in shown
    assert "<title>1 cause, 1 consequence, 1 warning - codex-doctor</title>" in shown


def test_a_browser_shows_all_of_it_without_scripts(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    # A browser whose scripts are off tells no document: here, it may run none.
    page.write_text(re.sub(r"script-src '[^']+'", "script-src 'none'", html.render(report())), "utf-8")

    shown = in_browser(page, tmp_path)

    assert "<button" not in shown.replace(html.SCRIPT, "")
    for word in ("TST301 proxy-dead", "TST302 host-away", "systemctl start", "auth.e"):
        assert word in shown
