"""What is asked for on the command line, with what a profile and the settings make of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from codex_doctor import terminal
from codex_doctor.checking import answering
from codex_doctor.checking.deciding import decided, requested
from codex_doctor.errors import UsageError
from codex_doctor.render.jsonl import Stream
from codex_doctor.settings import inforce, places
from codex_doctor.wanted import ReportFormat, Target, Wanted

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where this user's settings would stand."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codex-doctor").mkdir()
    return tmp_path / "codex-doctor" / "codex-doctor.toml"


@pytest.mark.parametrize("wanted", [Wanted(live=True, profile="ci"), Wanted(round_trip=True, profile="ci")])
def test_the_profile_of_ci_refuses_whatever_spends(wanted: Wanted) -> None:
    with pytest.raises(UsageError, match="is refused with the profile ci: it would spend"):
        decided(wanted)


def test_it_does_so_where_settings_choose_it(own: Path) -> None:
    own.write_text("profile = 'ci'")
    with pytest.raises(UsageError, match="--live is refused with the profile ci"):
        decided(Wanted(live=True))

    assert decided(Wanted(live=True, profile="default"))[0].live


def test_it_is_without_colours() -> None:
    wanted, settings = decided(Wanted(profile="ci"))

    assert (wanted.no_color, wanted.deadline, settings.plain, settings.fold) == (True, 20.0, True, True)


@pytest.mark.parametrize(("format", "watching"), [(ReportFormat.TEXT, None), (ReportFormat.JSONL, Stream)])
def test_nobody_watches_it_but_who_wants_lines_as_they_happen(
    format: ReportFormat, watching: type[object] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def examined(_request: object, observer: object) -> None:
        seen.append(observer)
        raise UsageError

    monkeypatch.setattr(answering, "_examined", examined)
    monkeypatch.setattr(terminal, "progress_for", seen.append)
    with pytest.raises(UsageError):
        answering.examine(Wanted(profile="ci", targets=(Target(format),)))

    assert [type(each) for each in seen] == [type(None) if watching is None else watching]


def test_the_command_line_goes_before_the_settings(own: Path) -> None:
    own.write_text("deadline = 9.0\noffline = true\nrequire = ['auth']\n")

    assert decided(Wanted(deadline=2.0))[0].deadline == 2.0
    assert decided(Wanted(require=("tls",)))[0].require == ("tls", "auth")
    assert requested(*decided(Wanted())).deadline == 9.0
    with pytest.raises(UsageError, match="--live needs the network, and your settings say offline"):
        decided(Wanted(live=True))


def test_what_is_isolated_reads_no_settings(own: Path) -> None:
    own.write_text("offline = true\n")

    assert decided(Wanted())[0].offline
    assert not decided(Wanted(isolated=True))[0].offline


def test_the_profile_of_support_says_everything_and_nobodys_name() -> None:
    wanted, settings = decided(Wanted(profile="support"))

    assert (wanted.everything, requested(wanted, settings).leaves) == (True, True)


def test_where_something_else_is_judged_no_settings_are_read(own: Path) -> None:
    own.write_text("frobnicate = 1")
    wanted = Wanted(instead={"from-codex-doctor": "x"})

    assert decided(wanted) == (wanted, inforce.InForce())


def test_settings_on_a_disk_that_hangs_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(places, "user_file", answers.wait)
    monkeypatch.setattr(inforce, "PATIENCE", 0.02)

    assert decided(Wanted())[1] == inforce.InForce()
    answers.set()


def test_where_there_are_none_nothing_of_settings_is_loaded_but_where_they_would_stand() -> None:
    wanted = Wanted(offline=True)

    assert decided(wanted) == (wanted, inforce.InForce())
    assert requested(wanted, inforce.InForce()).rulings is None
