"""What Codex recorded of servers that did not start, in the words in which it does so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.mcp.recorded import Failures, recorded, recorded_apps
from codex_checks.mcp.servers import Servers
from codex_checks.recorded.errors import RecordedError, RecordedErrors
from codex_doctor.errors import NotApplicable
from engine import context
from mcp_cases import program, read_settings, set_up

if TYPE_CHECKING:
    from codex_doctor.context import Context

NOW: Final = 2_000_000_000
TRANSPORT: Final = (
    "Send message error Transport [codex_rmcp_client::tool_list_changes::ToolListChanges"
    "<codex_rmcp_client::ordered_byte_transport::OrderedByteTransport"
    "<codex_rmcp_client::stdio_server_launcher::StdioServerTransport>>] error: Broken pipe (os error 32), "
    "when send initialize request"
)
"""As Codex 0.169.0 recorded it of a program that ended at once."""

BROKEN_PIPE: Final = f"handshaking with MCP server failed: {TRANSPORT}: {TRANSPORT}"


def error(words: str, *, ago: int = 60, server: str = "docs") -> RecordedError:
    text = f'MCP server startup failed server_name="{server}" error={words}'
    return RecordedError(when=NOW - ago, source=Path("logs_2.sqlite"), text=text)


def here(home: Path, *, changed: int = 7200) -> Context:
    """Return a machine whose settings were changed so many seconds ago."""
    set_up(home, '[mcp_servers.docs]\ncommand = "x"\n')
    os.utime(home / ".codex" / "config.toml", (NOW - changed, NOW - changed))
    return replace(context(home), now=lambda: float(NOW))


def read(ctx: Context, *errors: RecordedError) -> Failures:
    known = Servers(found=(program("x", name="docs"),))
    found = recorded.read(ctx, known, read_settings(ctx), RecordedErrors(errors=errors))
    assert isinstance(found, Failures)
    return found


def test_failures_are_counted_and_the_last_words_are_told_without_rust(tmp_path: Path) -> None:
    found = read(here(tmp_path), error(BROKEN_PIPE, ago=600), error(BROKEN_PIPE, ago=3600)).of("docs")

    assert found is not None
    assert (found.problem, found.count, found.often) == (
        "mcp-handshake-closed",
        2,
        "2 times, last 10 minutes ago",
    )
    assert found.words == "handshaking with MCP server failed: Broken pipe (os error 32)"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("No such file or directory (os error 2)", "mcp-program-not-found"),
        ("timed out handshaking with MCP server after 1.99s: deadline has elapsed", "mcp-startup-timeout"),
        ("Token expired", "mcp-oauth-expired"),
        ("something new", None),
    ],
)
def test_codex_s_words_have_a_name(tmp_path: Path, words: str, problem: str | None) -> None:
    (found,) = read(here(tmp_path), error(words)).found

    assert found.problem == problem


@pytest.mark.parametrize(
    ("changed", "ago", "server"),
    [(600, 3600, "docs"), (10**6, 90_000, "docs"), (7200, 60, "other")],
    ids=["before the settings were changed", "more than a day ago", "of a server that is gone"],
)
def test_what_says_nothing_of_today_is_passed_over(
    tmp_path: Path, changed: int, ago: int, server: str
) -> None:
    assert read(here(tmp_path, changed=changed), error("no", ago=ago, server=server)).found == ()


def test_codex_s_own_apps_are_told_whatever_is_set_up(tmp_path: Path) -> None:
    errors = RecordedErrors(errors=(error("Token expired", server="codex_apps"), error("no")))

    found = recorded_apps.read(here(tmp_path), errors)

    assert (found.problem, found.count) == ("mcp-codex-apps-failed", 1)  # type: ignore[union-attr]


def test_where_no_app_failed_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        recorded_apps.read(here(tmp_path), RecordedErrors(errors=(error("no"),)))
