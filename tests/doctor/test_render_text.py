from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from codex_doctor.fix import Fix, RunCommand
from codex_doctor.model import Outcome, Severity, Verdict
from codex_doctor.redact import RedactedReport, Vault, redact
from codex_doctor.render.style import Style
from codex_doctor.render.text import render
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from engine import LINUX, outcome, problem

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PROXY = problem("dead-proxy", code="TST301", area="network", explains=("no-*",), blocks=("account.*",))
NO_CHAT = problem("no-chat", code="TST302", area="network")
LOOSE = problem("loose-file", code="TST105", area="auth", severity=Severity.WARNING)
ODD = problem("odd-thing", code="TST901", severity=Severity.NOTE)

BROKEN = (
    outcome(
        "network.proxy-answers",
        PROXY.found(
            "127.0.0.1:9 refused the connection",
            evidence={"proxy": "http://127.0.0.1:9", "hosts": ("chatgpt.com", "auth.openai.com")},
            fix=Fix(summary="Do without it", steps=(RunCommand(argv=("env", "-u", "HTTPS_PROXY", "codex")),)),
        ),
    ),
    outcome("network.chat-answers", NO_CHAT.found("chatgpt.com could not be asked")),
    outcome("auth.file-is-private", LOOSE.found("/home/sam/.codex/auth.json has mode 0644")),
    outcome("account.limits", verdict=Verdict.SKIPPED, reason="nobody could be asked", could_be_blocked=True),
    outcome("doctor.odd", ODD.found("the moon is full")),
    outcome("install.binary-runs"),
    outcome("mcp.servers", verdict=Verdict.SKIPPED, reason="no MCP server is configured"),
)


def redacted(*outcomes: Outcome, codex: str | None = "0.169.0") -> RedactedReport:
    report = assemble(
        Examination(outcomes=outcomes, machine={"codex": codex, "codex_home": "/home/sam/.codex"}),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )
    return redact(replace(report), vault=Vault(), home="/home/sam")


@pytest.mark.parametrize(
    ("name", "outcomes", "style", "everything"),
    [
        ("broken", BROKEN, Style(width=90), False),
        ("broken_all", BROKEN, Style(width=90), True),
        ("broken_ascii", BROKEN, Style(width=90, ascii=True), False),
        ("broken_narrow", BROKEN, Style(width=44), False),
        ("healthy", (outcome("install.a"), outcome("auth.b"), BROKEN[-1]), Style(width=90), False),
        ("warning", (BROKEN[2], outcome("install.a")), Style(width=90), False),
        (
            "incomplete",
            (
                outcome(
                    "install.a", verdict=Verdict.TIMED_OUT, reason="the deadline came while reading install.x"
                ),
                outcome("auth.b", verdict=Verdict.CRASHED, reason="ValueError: no at judge:7"),
            ),
            Style(width=90),
            False,
        ),
    ],
)
def test_the_text_of_a_report_is_as_it_was_agreed(
    name: str, outcomes: tuple[Outcome, ...], style: Style, everything: bool
) -> None:
    text = render(redacted(*outcomes), style=style, everything=everything)

    assert text == (GOLDEN / f"text_{name}.txt").read_text("utf-8")


def test_a_healthy_machine_is_one_line() -> None:
    text = render(redacted(outcome("install.a"), outcome("auth.b")), style=Style(width=90))

    assert text.count("\n") == 1


def test_plain_text_holds_no_escape_sequence() -> None:
    text = render(redacted(*BROKEN), style=Style(width=90, colour=False, link=lambda _name: "file:///page"))

    assert "\x1b" not in text


def test_on_a_colour_terminal_the_code_is_a_link_to_its_page() -> None:
    text = render(
        redacted(*BROKEN), style=Style(width=90, colour=True, link=lambda name: f"file:///{name}.md")
    )

    assert "\x1b]8;;file:///dead-proxy.md\x1b\\TST301\x1b]8;;\x1b\\" in text


def test_a_command_to_copy_is_never_wrapped() -> None:
    text = render(redacted(*BROKEN), style=Style(width=44))

    assert "env -u HTTPS_PROXY codex\n" in text


@pytest.mark.parametrize("name", ["error", "warning", "note", "healthy", "skipped", "blocked"])
def test_ascii_marks_are_ascii(name: str) -> None:
    assert Style(ascii=True).symbol(name).isascii()


def test_a_command_within_a_sentence_is_not_torn_apart() -> None:
    words = "Sign in with a device code (`codex-doctor login`), or with a browser here (`codex login`)."
    found = redacted(outcome("auth.stored", problem("not-signed-in").found("nothing", advice=words)))
    drawn = {width: render(found, style=Style(width=width)) for width in range(52, 111)}

    whole = ("`codex-doctor login`", "`codex login`")
    assert [width for width, text in drawn.items() if not all(words in text for words in whole)] == []


def test_many_blocked_checks_are_counted_and_listed_only_on_demand() -> None:
    ids = [f"account.{name}" for name in ("a", "b", "c", "d", "e")]
    skipped = [outcome(each, verdict=Verdict.SKIPPED, could_be_blocked=True) for each in ids]
    report = redacted(outcome("network.proxy", PROXY.found("x")), *skipped)

    assert "blocks    5 checks of account\n" in render(report, style=Style(width=90))
    assert "account.a, account.b," in render(report, style=Style(width=90), everything=True)


def test_where_nothing_was_passed_nothing_is_called_healthy_and_the_reason_is_told() -> None:
    skipped = outcome("auth.file-is-valid", verdict=Verdict.SKIPPED, reason="there is no auth.json")

    text = render(redacted(skipped), style=Style(width=90))

    assert "healthy" not in text
    assert "Nothing here could be judged" in text
    assert "because   there is no auth.json\n" in text


def test_a_note_that_was_asked_for_alone_is_shown() -> None:
    text = render(redacted(outcome("doctor.odd", ODD.found("the moon is full"))), style=Style(width=90))

    assert "No fault was found, with 1 note" in text
    assert "seen      the moon is full\n" in text


def test_codex_is_called_healthy_only_where_its_version_is_known() -> None:
    text = render(redacted(outcome("auth.b"), codex=None), style=Style(width=90))

    assert "No fault was found: 1 check passed" in text


def test_a_healthy_line_with_notes_fits_an_old_terminal() -> None:
    checks = [outcome(f"install.a{number}") for number in range(38)]
    skipped = [outcome(f"mcp.s{number}", verdict=Verdict.SKIPPED, reason="x") for number in range(19)]
    report = redacted(*checks, *skipped, outcome("doctor.odd", ODD.found("the moon is full")))

    text = render(report, style=Style(width=80))

    assert text.count("\n") == 1
    assert len(text.rstrip("\n")) <= 80


def test_a_title_that_is_too_long_for_its_line_stands_below() -> None:
    text = render(redacted(*BROKEN), style=Style(width=44))

    assert "TST301 dead-proxy\n  dead-proxy stands in the way\n" in text


def test_a_page_that_is_published_is_named_beside_the_command() -> None:
    published = replace(PROXY, code="ACME101", url="https://acme.example/proxy")
    text = render(redacted(outcome("network.proxy", published.found("x"))), style=Style(width=90))

    assert "read      codex-doctor explain ACME101\n            https://acme.example/proxy\n" in text


def test_evidence_that_is_not_known_is_left_out() -> None:
    report = redacted(outcome("network.proxy", PROXY.found("x", evidence={"port": 9, "user": None})))

    text = render(report, style=Style(width=90), everything=True)

    assert "port: 9" in text
    assert "user" not in text


def test_where_many_checks_met_the_deadline_each_area_is_a_line() -> None:
    late = [
        outcome(f"{area}.{number}", verdict=Verdict.TIMED_OUT, reason="the deadline came first")
        for area in ("auth", "network")
        for number in range(9)
    ]
    odd = outcome("network.odd", verdict=Verdict.TIMED_OUT, reason="the deadline came while reading x")
    crashed = outcome("mcp.a", verdict=Verdict.CRASHED, reason="ValueError: no")

    text = render(redacted(*late, odd, crashed), style=Style(width=90))

    lines = [line for line in text.splitlines() if line.startswith(("⧗ timed-out", "‼ crashed"))]
    assert lines == [
        "‼ crashed mcp.a: ValueError: no",
        "⧗ timed-out 9 checks of auth: the deadline came first",
        "⧗ timed-out 10 checks of network: no end in time (--all tells of each)",
    ]
