"""What Zed keeps of the program through which it starts Codex."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.hosts.zed import ZedAgents, zed_agents, zed_has_its_agent
from codex_checks.problems import hosts as problems
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import MoveAside
from engine import context
from installed import LINUX, MACOS, WINDOWS
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import System

HOUR = 3600


def _put(folder: Path, *files: str, age: int = HOUR) -> Path:
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).touch()
    then = folder.stat().st_mtime - age
    os.utime(folder, (then, then))
    return folder


def _found(home: Path) -> ZedAgents:
    return answer(zed_agents, context(home))


def test_a_whole_agent_is_healthy(tmp_path: Path) -> None:
    _put(tmp_path / ".local/share/zed/external_agents/codex/v0.13.0", "codex-acp")

    assert zed_has_its_agent(_found(tmp_path)) == ()


@pytest.mark.parametrize(
    ("name", "files", "words"),
    [
        ("codex/v0.13.0", (), "is empty"),
        ("codex/.tmp-github-download-x1", ("codex-acp",), "was never finished"),
        ("registry/codex-acp/.tmp-github-download-x1", (), "is empty"),
    ],
)
def test_a_download_that_was_cut_off_is_named_and_moved_aside(
    tmp_path: Path, name: str, files: tuple[str, ...], words: str
) -> None:
    agents = tmp_path / ".local/share/zed/external_agents"
    _put((agents / name).parent / "v0.12.0", "codex-acp", age=2 * HOUR)
    folder = _put(agents / name, *files)

    (finding,) = zed_has_its_agent(_found(tmp_path))

    assert finding.problem is problems.EMBEDDER_DOWNLOAD_FAILED
    assert f"{folder} {words}" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps[0] == MoveAside(path=str(folder), to=f"{folder}.aside")


def test_a_later_download_that_is_whole_makes_it_past(tmp_path: Path) -> None:
    agents = tmp_path / ".local/share/zed/external_agents/codex"
    _put(agents / "v0.12.0", age=2 * HOUR)
    _put(agents / "v0.13.0", "codex-acp")

    assert zed_has_its_agent(_found(tmp_path)) == ()


def test_what_was_moved_aside_is_past(tmp_path: Path) -> None:
    agents = tmp_path / ".local/share/zed/external_agents/codex"
    _put(agents / "v0.12.0", "codex-acp", age=2 * HOUR)
    _put(agents / "v0.13.0.aside")

    assert zed_has_its_agent(_found(tmp_path)) == ()


def test_a_download_of_this_moment_has_its_time(tmp_path: Path) -> None:
    _put(tmp_path / ".local/share/zed/external_agents/codex/.tmp-github-download-x1", age=5)

    assert zed_has_its_agent(_found(tmp_path)) == ()


@pytest.mark.parametrize(
    ("system", "data"),
    [
        (LINUX, "xdg/zed"),
        (MACOS, "Library/Application Support/Zed"),
        (WINDOWS, "AppData/Local/Zed"),
    ],
)
def test_zed_keeps_its_agents_in_another_place_on_each_system(
    tmp_path: Path, system: System, data: str
) -> None:
    folder = _put(tmp_path / data / "external_agents/codex/v1", "codex-acp")
    ctx = context(tmp_path, env={"XDG_DATA_HOME": str(tmp_path / "xdg")})

    (download,) = answer(zed_agents, replace(ctx, system=system)).last

    assert download.folder == folder


def test_without_zed_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no agent"):
        _found(tmp_path)


FAILED = """\
{time} ERROR [agent_ui] Failed to launch

Caused by:
    saving archive contents into the temporary file for https://host.example/codex-acp-0.13.0.tar.gz
{later} INFO  [zed] all is well
"""


def _log(home: Path, *, ago: float, text: str = FAILED) -> Path:
    now = datetime.now(UTC)
    log = home / ".local/share/zed/logs/Zed.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        text.format(time=(now - timedelta(seconds=ago)).isoformat("T", "seconds"), later=now.isoformat())
    )
    return log


def test_what_zed_cleared_away_is_known_from_its_log(tmp_path: Path) -> None:
    _put(tmp_path / ".local/share/zed/external_agents/codex/v0.12.0", "codex-acp", age=5 * HOUR)
    log = _log(tmp_path, ago=2 * HOUR)

    (finding,) = zed_has_its_agent(_found(tmp_path))

    assert finding.problem is problems.EMBEDDER_DOWNLOAD_FAILED
    assert finding.detail.startswith("Zed's log says that the download of its agent failed 2 hours ago")
    assert finding.evidence["log"] == str(log)


def test_a_whole_agent_after_the_failure_in_the_log_makes_it_past(tmp_path: Path) -> None:
    _put(tmp_path / ".local/share/zed/external_agents/codex/v0.13.0", "codex-acp", age=HOUR)
    _log(tmp_path, ago=2 * HOUR)

    assert zed_has_its_agent(_found(tmp_path)) == ()


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (10 * 86_400, FAILED),
        (HOUR, FAILED.replace("codex-acp", "gemini")),
        (HOUR, "{time} INFO downloading codex-acp {later}\n"),
        (HOUR, "saving archive contents into the temporary file for codex-acp {time} {later}\n"),
    ],
)
def test_other_failures_and_those_of_long_ago_are_no_matter(tmp_path: Path, ago: float, text: str) -> None:
    _log(tmp_path, ago=ago, text=text)

    with pytest.raises(NotApplicable, match="no agent"):
        _found(tmp_path)


@given(content=st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_log_of_zed_is_read(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / ".local/share/zed"
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    (folder / "external_agents/codex/v1").mkdir(parents=True, exist_ok=True)
    (folder / "logs/Zed.log").write_bytes(b"2026-11-28T10:00:00Z " + content)

    assert len(_found(tmp_path).last) == 1
