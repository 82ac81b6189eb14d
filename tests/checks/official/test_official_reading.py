"""A report of Codex's own doctor is read out of whatever it is sent in."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.official.reading import read
from codex_checks.official.report import IDS, LIMIT, Report
from official import PROVENANCE, SERVERS, SICK, SIGNED_OUT, TEXT, check, report

SCREEN: Final = """Codex Doctor v0.169.0 · linux-x86_64

Notes
   ✗ auth         no Codex credentials were found - Run codex login or provide an API key.
─────────────────────────────────────────────────────────────

Environment
  ✓ runtime      npm
      version                   0.169.0
Configuration
  ✗ auth         no Codex credentials were found — Run codex login or provide an API key.
      auth storage mode        File
  ⚠ mcp          MCP configuration has optional issues
      docs                     stdio command "docs-server" is not resolvable (not found on PATH)

18 ok · 1 idle · 2 notes · 1 warn · 1 fail failed
"""


def read_text(text: str) -> Report:
    found = read(text.encode())
    assert found is not None
    return found


def statuses(found: Report) -> dict[str, str | None]:
    return {row.id: row.status for row in found.rows}


WHOLE: Final = {"auth.credentials": "fail", "mcp.config": "warning", "runtime.provenance": "ok"}

FORMS: Final = {
    "an object of checks": TEXT,
    "an array of checks": json.dumps({**SICK, "checks": [SIGNED_OUT, SERVERS, PROVENANCE]}),
    "an array alone": json.dumps([SIGNED_OUT, SERVERS, PROVENANCE]),
    "in one line": json.dumps(SICK),
    "in Markdown": f"### codex doctor report\n\n```json\n{TEXT}\n```\nIt worked yesterday {{really}}.",
    "in Markdown whose fence is never closed": f"Report:\n```\n{TEXT}",
    "after the command line and a warning": f"$ codex doctor --json\nWARNING: proceeding {{anyway}}\n{TEXT}",
    "as a value of another document": json.dumps({"body": 1, "doctor": SICK}),
    "without indentation": "\n".join(line.strip() for line in TEXT.splitlines()),
    "with blanks at the end of each line": "\n".join(f"{line:<110}" for line in TEXT.splitlines()),
    "with colours": TEXT.replace('"fail"', '\x1b[31m"fail"\x1b[0m'),
    "without its opening brace": TEXT[1:],
    "with a byte order mark": f"\ufeff{TEXT}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_report_is_read_in_every_form(form: str) -> None:
    found = read_text(FORMS[form])

    assert statuses(found) == WHOLE
    row = found.row("mcp.config")
    assert row is not None
    assert row.detail("docs") == 'stdio command "docs-server" is not resolvable (not found on PATH)'
    assert row.remediation == "Correct the listed MCP server configuration errors."


def test_what_windows_writes_into_a_file_is_read() -> None:
    found = read(TEXT.encode("utf-16"))

    assert found is not None
    assert (found.version, found.overall, found.whole, found.platform) == (
        "0.169.0",
        "fail",
        True,
        ("linux", "x86_64"),
    )


def test_the_text_form_is_read_with_its_remedies_and_details() -> None:
    found = read_text(SCREEN)

    assert statuses(found) == WHOLE
    assert (found.version, found.whole) == ("0.169.0", True)
    auth, servers = found.row("auth.credentials"), found.row("mcp.config")
    assert auth is not None
    assert servers is not None
    assert auth.summary == "no Codex credentials were found"
    assert auth.remediation == "Run codex login or provide an API key."
    assert "is not resolvable" in servers.detail("docs")


def test_the_older_details_are_read_line_by_line() -> None:
    found = read_text(
        json.dumps([check("mcp.config", "warning", details=["docs: gone", "docs: lost", "odd"])])
    )

    assert found.rows[0].details == {"docs": ("gone", "lost")}


def test_a_key_that_occurs_twice_keeps_both_values() -> None:
    found = read_text(json.dumps(report(check("config.load", details={"config.toml": ["/a", "missing"]}))))

    assert found.rows[0].details == {"config.toml": ("/a", "missing")}


def test_of_two_whole_reports_in_one_text_the_later_one_counts() -> None:
    healed = TEXT.replace('"status": "fail"', '"status": "ok"')

    assert statuses(read_text(f"before:\n{TEXT}\nafter:\n{healed}"))["auth.credentials"] == "ok"


def test_of_two_reports_in_one_text_that_are_both_cut_the_later_one_counts() -> None:
    healed = TEXT.replace('"status": "fail"', '"status": "ok"')

    found = read_text(f"before:\n{TEXT[:-2]}\nafter:\n{healed[:-2]}")

    assert statuses(found)["auth.credentials"] == "ok"


def test_a_check_whose_end_is_cut_off_keeps_what_stands_before_the_cut() -> None:
    cut = TEXT[: TEXT.index('"auth storage mode"')]

    found = read_text(cut)

    assert found.whole is False
    assert found.rows[0].summary == "no Codex credentials were found"
    assert found.rows[0].details == {"auth file": ("/home/sam/.codex/auth.json",)}


def test_a_check_whose_status_is_cut_off_has_none() -> None:
    found = read_text(TEXT[: TEXT.index('"status"')])

    assert statuses(found) == {"auth.credentials": None}


@given(at=st.integers(0, len(TEXT)), before=st.sampled_from(["", "```json\n", "> "]))
def test_wherever_a_report_is_cut_nothing_wrong_is_read_of_it(at: int, before: str) -> None:
    found = read(f"{before}{TEXT[:at]}".encode())

    for row in found.rows if found else ():
        assert row.status in (None, WHOLE[row.id])
        whole = SICK["checks"][row.id]
        assert whole["summary"].startswith(row.summary)
        assert all(whole["details"].get(name) == value for name, (value,) in row.details.items())


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_at_all_make_it_stumble(content: bytes) -> None:
    read(content)


PIECES: Final = [
    *(
        '"',
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\\",
        "\n",
        "  ✗ auth  ",
        "[XX] mcp ",
        "status",
        "fail",
        "null",
        "1e999",
    ),
    *(f'"{name}": {{' for name in IDS),
    '"checks": {',
    '"details": {"a": ',
]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_nothing_that_looks_like_a_report_makes_it_stumble(text: str) -> None:
    read(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```\n```",
        "{}",
        "[]",
        "null",
        '{"checks": {}}',
        '{"checks": {"x": 1}}',
        "Codex is broken",
        "{" * 5000,
    ],
)
def test_what_holds_no_check_is_no_report(text: str) -> None:
    assert read(text.encode()) is None


@pytest.mark.parametrize(
    "piece", ['"installation": {', '"id": "installation", ', "{", '"', "  ✗ auth x\n", '{"a":']
)
def test_a_flood_is_read_to_its_limit_only(piece: str) -> None:
    found = read((piece * (LIMIT // len(piece) + 9)).encode())

    assert found is None or len(found.rows) <= len(IDS)
