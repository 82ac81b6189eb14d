"""Homebrew works in place, and what stood there comes back all the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex
from acts_install import DIED
from codex_checks.acts.install.change import PREFIX
from codex_checks.install.installation import Channel
from codex_checks.install.remedies import install_again, update
from codex_doctor.errors import RepairError
from codex_doctor.fix import Act
from installed import LINUX, Machine, link, put

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's")

BREW: Final = """#!/bin/sh
# What Homebrew does with a cask: remove the old version, install the new one, link it.
prefix=$(cd "$(dirname "$0")/.." && pwd)
echo "$@" >> "$prefix/asked"
env >> "$prefix/environment"
case "$(cat "$prefix/mood")" in
  refuses) echo "Error: Cask 'codex' is unavailable" >&2; exit 1 ;;
  breaks) rm -rf "$prefix/Caskroom/codex" "$prefix/bin/codex"; echo "Error: it broke" >&2; exit 1 ;;
esac
rm -rf "$prefix/Caskroom/codex" "$prefix/bin/codex"
mkdir -p "$prefix/Caskroom/codex/0.170.0"
cp "$prefix/new" "$prefix/Caskroom/codex/0.170.0/codex-x86_64"
ln -s "$prefix/Caskroom/codex/0.170.0/codex-x86_64" "$prefix/bin/codex"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installing:
    """A machine whose Homebrew has a cask of Codex that does not start."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = acts_install.machine(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    made.env = {**made.env, "PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-x"}
    prefix = _prefix(made)
    put(prefix / "bin/brew", BREW)
    put(prefix / "new", tiny_codex.program("codex-cli 0.170.0"))
    put(prefix / "mood", "works", mode=0o644)
    cask = prefix / "Caskroom/codex"
    put(cask / ".metadata/INSTALL_RECEIPT.json", "{}", mode=0o644)
    link(prefix / "bin/codex", put(cask / "0.169.0/codex-x86_64", b"", mode=0o755))
    link(prefix / "etc/bash_completion.d/codex", cask / "0.169.0/completion.bash")
    for name in ("asked", "environment"):
        put(prefix / name, "", mode=0o644)
    return made


def _prefix(machine: Installing) -> Path:
    return machine.home / "linuxbrew"


def _do(machine: Installing, **arguments: str) -> None:
    machine.do(via="brew", prefix=str(_prefix(machine)), **arguments)


def _kept(machine: Installing) -> dict[str, tuple[object, ...]]:
    """Return what stands there but for what the fake itself writes."""
    own = {"linuxbrew/asked", "linuxbrew/environment"}
    return {name: each for name, each in acts_install.traces(machine.home).items() if name not in own}


def test_a_broken_cask_is_installed_again_and_comes_back(machine: Installing) -> None:
    before = _kept(machine)

    _do(machine)

    assert acts_install.version(_prefix(machine) / "bin/codex") == "codex-cli 0.170.0"
    assert (_prefix(machine) / "asked").read_text() == "reinstall --cask codex\n"

    machine.undo()

    assert _kept(machine) == before


def test_an_update_asks_for_another_version(machine: Installing) -> None:
    _do(machine, newer="True")

    assert (_prefix(machine) / "asked").read_text() == "upgrade --cask codex\n"


def test_homebrew_is_told_nothing_secret_of_codex(machine: Installing) -> None:
    _do(machine)

    told = (_prefix(machine) / "environment").read_text()
    assert "sk-x" not in told
    assert "HOMEBREW_NO_INSTALL_CLEANUP=1" in told


@pytest.mark.parametrize(
    ("mood", "words"),
    [("refuses", "Homebrew failed: Cask 'codex' is unavailable"), ("breaks", "Homebrew failed: it broke")],
)
def test_a_failure_leaves_what_stood_there(machine: Installing, mood: str, words: str) -> None:
    (_prefix(machine) / "mood").write_text(mood)
    before = _kept(machine)

    with pytest.raises(RepairError, match=words):
        _do(machine)

    assert _kept(machine) == before


def test_what_does_not_start_is_taken_back(machine: Installing) -> None:
    (_prefix(machine) / "new").write_bytes(tiny_codex.program("hello"))
    before = _kept(machine)

    with pytest.raises(RepairError, match="named no version"):
        _do(machine)

    assert _kept(machine) == before


@pytest.mark.parametrize("step", ["begun", "kept", "lent", "brewed", "prepared", "ready", "swapped", "done"])
def test_a_kill_leaves_the_old_cask_or_the_new_one(machine: Installing, step: str) -> None:
    before = _kept(machine)

    code = acts_install.child(machine, "--die-at", step, via="brew", prefix=str(_prefix(machine)))
    said = machine.finish()

    assert code == DIED
    if step in {"ready", "swapped", "done"}:
        assert acts_install.version(_prefix(machine) / "bin/codex") == "codex-cli 0.170.0", said
        machine.undo()
    assert _kept(machine) == before
    assert list(machine.home.rglob(f"{PREFIX}*")) == []


def test_without_a_cask_nothing_is_done(machine: Installing) -> None:
    with pytest.raises(RepairError, match="has no cask of Codex"):
        machine.do(via="brew", prefix=str(machine.home / "elsewhere"))

    assert not (machine.home / "elsewhere").exists()


def test_a_cask_is_mended_by_its_own_homebrew(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=LINUX)
    prefix = machine.home / "linuxbrew"
    link(prefix / "bin/codex", put(prefix / "Caskroom/codex/0.169.0/codex-x86_64", tiny_codex.program("x")))
    for folder in (prefix, prefix / "Caskroom", prefix / "bin"):
        folder.chmod(0o777)
    machine.path = [prefix / "bin"]
    found = machine.search()
    (copy,) = found.copies

    lines: list[str | None] = []
    for fix in (install_again(copy, found), update(copy, found)):
        (step,) = fix.steps
        assert isinstance(step, Act)
        assert step.arguments["prefix"] == str(prefix)
        lines.append(step.command)

    assert copy.channel is Channel.BREW
    assert lines == ["brew reinstall --cask codex", "brew upgrade --cask codex"]
