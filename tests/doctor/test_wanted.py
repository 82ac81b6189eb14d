"""The plain ways to ask for an examination mean what the whole command line takes them to mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_doctor import line
from codex_doctor.checking import answering
from codex_doctor.wanted import ReportFormat, Target, Wanted, plainly

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = ["--isolated", "--all", "--strict", "--offline", "--live", "--round-trip", "--ascii", "--no-color"]
VALUES = [
    "--require",
    "--wait-for",
    "--timeout",
    "--profile",
    "--baseline",
    "--format",
    "--output",
    "--deadline",
    "--codex-bin",
    "--codex-home",
]
TOLD = [
    "text",
    "json",
    "tap=x",
    "TEXT",
    "2.5",
    "1e3",
    "0.05",
    "3601",
    "nan",
    "inf",
    "x",
    "a b",
    "",
    "~/.codex",
    "-1",
]
STRANGE = ["-", "--", "-h", "--help", "--frobnicate", "--all=1", "--no-colour", "--form", "repair", "CDX101"]

WORDS = st.lists(
    st.sampled_from(FLAGS).map(lambda flag: [flag])
    | st.tuples(st.sampled_from(VALUES), st.sampled_from(TOLD)).map(list)
    | st.tuples(st.sampled_from(VALUES), st.sampled_from(TOLD)).map(lambda pair: ["=".join(pair)])
    | st.sampled_from(["auth", "tls.system-has-roots", "", *VALUES, *STRANGE]).map(lambda word: [word]),
    max_size=5,
).map(lambda parts: [word for part in parts for word in part])


def as_typer_says(args: Sequence[str]) -> Wanted:
    """Return what the whole command line would have examined."""
    came: list[Wanted] = []

    def take(wanted: Wanted) -> int:
        came.append(wanted)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "examine", take)
        assert line.run(args) == 0
    return came[0]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine may be slow
@given(args=WORDS, named=st.booleans())
def test_whatever_is_plain_means_the_same_to_the_whole_command_line(
    args: list[str],
    named: bool,
) -> None:
    asked = ["check", *args] if named else args
    wanted = plainly(asked)

    assert wanted is None or wanted == as_typer_says(asked)


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        ([], Wanted()),
        (["check"], Wanted()),
        (["--offline", "--all"], Wanted(offline=True, everything=True)),
        (
            ["check", "auth", "--format=json", "tls"],
            Wanted(select=("auth", "tls"), targets=(Target(ReportFormat.JSON),)),
        ),
        (["--require", "auth", "--require=tls"], Wanted(require=("auth", "tls"))),
        (["--live", "--deadline", "20"], Wanted(live=True, deadline=20.0)),
        (
            ["check", "--codex-home", "/h", "--codex-bin=c"],
            Wanted(codex_home=Path("/h"), codex_bin=Path("c")),
        ),
    ],
)
def test_the_usual_ways_to_ask_are_plain(args: list[str], wanted: Wanted) -> None:
    assert plainly(args) == wanted


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["auth"],
        ["repair"],
        ["--version"],
        ["check", "--frobnicate"],
        ["check", "--deadline", "nan"],
        ["check", "--deadline"],
        ["check", "--format", "papyrus"],
        ["check", "--output", "--all"],
        ["--live", "--offline"],
        ["--offline", "--round-trip"],
    ],
)
def test_what_has_to_be_explained_is_left_to_the_whole_command_line(args: list[str]) -> None:
    assert plainly(args) is None


def test_understanding_it_looks_at_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(path: object, **_: object) -> NoReturn:
        raise AssertionError(f"{path!r} may stand on a disk that never answers")

    monkeypatch.setattr(os, "stat", hang)

    assert plainly(["--codex-bin", "/far/codex", "--codex-home", "/far/home", "--output", "/far/report"])
