"""Whether the settings want a sandbox, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_checks.config.settings import settings
from codex_checks.places import codex_home
from codex_checks.problems.sandbox import LEGACY_LANDLOCK_DEPRECATED
from codex_checks.sandbox.checks import settings_are_current
from codex_checks.sandbox.inside import Inside
from codex_checks.sandbox.policy import Policy, policy
from codex_doctor.errors import NotApplicable
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.config.settings import Settings


def _settings(home: Path, text: str) -> Settings:
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text(text)
    ctx = context(home)
    return answer(settings, ctx, answer(codex_home, ctx))


def _policy(home: Path, text: str) -> Policy:
    return answer(policy, context(home), _settings(home, text), Inside())


@pytest.mark.parametrize(
    "text",
    [
        "",
        'sandbox_mode = "read-only"',
        'sandbox_mode = "workspace-write"',
        'default_permissions = ":workspace"',
    ],
)
def test_a_sandbox_is_wanted_unless_the_settings_say_otherwise(tmp_path: Path, text: str) -> None:
    assert _policy(tmp_path, text) == Policy()


@pytest.mark.parametrize(
    "text", ['sandbox_mode = "danger-full-access"', 'default_permissions = ":danger-full-access"']
)
def test_full_access_wants_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotApplicable):
        _policy(tmp_path, text)


def test_a_profile_of_the_users_own_is_named(tmp_path: Path) -> None:
    text = 'default_permissions = "mine"\n[permissions.mine.filesystem]\n":root" = "read"\n'

    assert _policy(tmp_path, text) == Policy(profile="mine")


def test_the_old_sandbox_is_seen_and_its_line_told(tmp_path: Path) -> None:
    found = _settings(tmp_path, "model = 'x'\n\n[features]\nuse_legacy_landlock = true\n")
    (finding,) = settings_are_current(found)

    assert answer(policy, context(tmp_path), found, Inside()) == Policy(legacy=True)
    assert finding.problem is LEGACY_LANDLOCK_DEPRECATED
    assert f"{tmp_path}/.codex/config.toml:4:1" in finding.detail


@pytest.mark.parametrize("text", ["", "[features]\nuse_legacy_landlock = false\n", "features = 3\n"])
def test_whoever_does_not_ask_for_it_hears_nothing(tmp_path: Path, text: str) -> None:
    assert settings_are_current(_settings(tmp_path, text)) == ()
