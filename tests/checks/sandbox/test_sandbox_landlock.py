"""Landlock, on which Codex depended before bubblewrap."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from codex_checks.problems.sandbox import LANDLOCK_UNSUPPORTED
from codex_checks.sandbox.checks import kernel_has_landlock
from codex_checks.sandbox.landlock import Landlock, kernel_landlock, refusal
from codex_checks.sandbox.policy import Policy
from codex_doctor.errors import NotApplicable
from engine import context
from sandboxes import answer, copies, native

if TYPE_CHECKING:
    from pathlib import Path

OLD = "0.114.0"


def _asked(root: Path, *, version: str | None = OLD, modules: str | None = None) -> Landlock:
    if modules is not None:
        (root / "sys/kernel/security").mkdir(parents=True)
        (root / "sys/kernel/security/lsm").write_text(modules)
    return answer(kernel_landlock, context(root), Policy(), copies(native(root, version=version)))


def test_a_kernel_that_lists_it_is_healthy(tmp_path: Path) -> None:
    found = _asked(tmp_path, modules="lockdown,capability,landlock,yama,apparmor")

    assert found.supported
    assert kernel_has_landlock(found, copies(native(tmp_path, version=OLD))) == ()


def test_a_kernel_that_lists_others_is_reported_with_them(tmp_path: Path) -> None:
    found = _asked(tmp_path, modules="capability,yama\n")
    (finding,) = kernel_has_landlock(found, copies(native(tmp_path, version=OLD)))

    assert finding.problem is LANDLOCK_UNSUPPORTED
    assert "capability,yama" in finding.detail
    assert OLD in finding.detail


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is a part of Linux")
def test_where_nothing_is_listed_the_kernel_itself_is_asked(tmp_path: Path) -> None:
    found = _asked(tmp_path)

    assert found.supported is (refusal() is None)
    assert found.fault == (refusal() or "")


@pytest.mark.parametrize("version", ["0.115.0", "0.169.0", None])
def test_a_codex_that_does_not_depend_on_it_is_not_judged(tmp_path: Path, version: str | None) -> None:
    with pytest.raises(NotApplicable):
        _asked(tmp_path, version=version, modules="capability")
