"""Where everything hangs at once, the examination ends, says what it learnt, and leaves nothing running."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from machine_build import Built

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes among its files")

ENOUGH: Final = 9.0
"""Seconds in which even a busy machine learns all there is: `nox -s bench` tells how long it takes."""


@pytest.fixture(scope="module")
def built(
    codex_cli: CodexCli, openai_server: FakeOpenAI, openai_tls_server: FakeOpenAI, authority_file: Path
) -> Iterator[Built]:
    with hanging.hanging(
        codex_cli, http=openai_server, tls=openai_tls_server, authority=authority_file
    ) as machine:
        yield machine


def test_every_cause_is_named_that_shows(built: Built) -> None:
    ended = hanging.examine(built, deadline=ENOUGH)

    assert ended.code == 1
    assert ended.names[:4] == ["binary-hangs", "config-unreadable", "proxy-timeout", "state-db-locked"]
    assert hanging.left_behind(built) == []


def test_servers_that_hang_are_all_ended_again(built: Built) -> None:
    with hanging.settings_readable(built):
        ended = hanging.examine(built, "--live", deadline=ENOUGH)

    assert ended.code == 1
    assert ended.names[:3] == ["binary-hangs", "proxy-timeout", "state-db-locked"]
    assert ended.names.count("mcp-server-hangs") >= hanging.SERVERS // 2
    assert hanging.left_behind(built) == []


def test_a_deadline_that_comes_at_once_leaves_nothing_running_either(built: Built) -> None:
    with hanging.settings_readable(built):
        ended = hanging.examine(built, "--live", deadline=0.6)

    assert ended.code in (1, 3)
    assert hanging.left_behind(built) == []
