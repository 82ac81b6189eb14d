"""What `check` can be asked for, and the plain ways to ask: those that need no command line to be loaded.

Loading typer takes a sixth of an examination. What is not plain (help, a value that may be wrong, an
option that nobody knows) is left to it, so that there is one place that explains the command line.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHORTEST_DEADLINE: Final = 0.1
"""Seconds."""

LONGEST_DEADLINE: Final = 3600.0
"""Seconds: whoever waits longer than an hour wants something else."""


class ReportFormat(StrEnum):
    """How a report is written (`render.formats`)."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JSONL = "jsonl"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    TAP = "tap"
    PROMETHEUS = "prometheus"


FOR_OTHERS: Final = frozenset({ReportFormat.MARKDOWN, ReportFormat.HTML})
"""Formats that are made to be given to others: who the user is does not stand in them."""


class Target(Struct, frozen=True):
    """A report that is to be written, and into which file: standard output if None."""

    format: ReportFormat = ReportFormat.TEXT
    file: Path | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Everything that `check` can be told, named as its options are; *everything* is `--all`.

    *instead* is what it was given by the options of the catalogues, by their names.
    """

    select: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    targets: tuple[Target, ...] = (Target(),)
    everything: bool = False
    strict: bool = False
    offline: bool = False
    live: bool = False
    round_trip: bool = False
    deadline: float | None = None
    codex_bin: Path | None = None
    codex_home: Path | None = None
    from_report: Path | None = None
    profile: str | None = None
    isolated: bool = False
    baseline: Path | None = None
    write_baseline: bool = False
    wait_for: tuple[str, ...] = ()
    timeout: float | None = None
    watch: float | None = None
    ascii: bool = False
    no_color: bool = False
    instead: Mapping[str, str] = field(default_factory=dict[str, str])


_FLAGS: Final[Mapping[str, str]] = {
    "--all": "everything",
    "--strict": "strict",
    "--offline": "offline",
    "--live": "live",
    "--round-trip": "round_trip",
    "--ascii": "ascii",
    "--no-color": "no_color",
    "--isolated": "isolated",
}


def _seconds(text: str) -> float:
    seconds = float(text)
    if not SHORTEST_DEADLINE <= seconds <= LONGEST_DEADLINE:
        raise ValueError(text)
    return seconds


_VALUES: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "--format": ("format", ReportFormat),
    "--output": ("output", Path),
    "--deadline": ("deadline", _seconds),
    "--codex-bin": ("codex_bin", Path),
    "--codex-home": ("codex_home", Path),
    "--profile": ("profile", str),
    "--baseline": ("baseline", Path),
    "--timeout": ("timeout", _seconds),
}


_LISTS: Final[Mapping[str, str]] = {"--require": "require", "--wait-for": "wait_for"}
"""Options that may be given several times, each with a name."""


def plainly(args: Sequence[str]) -> Wanted | None:
    """Return what *args* want of `check`, or None where they are not plain or not for `check`."""
    if args and not args[0].startswith("-") and args[0] != "check":
        return None
    words = iter(args[1:] if args and args[0] == "check" else args)
    select: list[str] = []
    told: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            select.append(word)
        elif word in _FLAGS:
            told[_FLAGS[word]] = True
        elif not _takes(told, name, value if equals else next(words, "")):
            return None
    if "offline" in told and ("live" in told or "round_trip" in told):
        return None
    if "timeout" in told and "wait_for" not in told:
        return None
    target = Target(told.pop("format", ReportFormat.TEXT), told.pop("output", None))
    return Wanted(select=tuple(select), targets=(target,), **told)


def _takes(told: dict[str, Any], name: str, value: str) -> bool:
    """Note in *told* what the option *name* was given; False where that is not plain."""
    if not value or value.startswith("-"):
        return False
    if name in _LISTS:
        told[_LISTS[name]] = (*told.get(_LISTS[name], ()), value)
        return True
    if name not in _VALUES or _VALUES[name][0] in told:
        return False
    option, read = _VALUES[name]
    try:
        told[option] = read(value)
    except ValueError:
        return False
    return True


def targets(formats: Sequence[str], output: Path | None) -> tuple[Target, ...]:
    """Return what is to be written for *formats*, each as `FORMAT` or `FORMAT=FILE`, and where.

    *output* is the file for the one without a file.

    :raises ValueError: a format is unknown, two would share a place, or *output* is for none; in words.
    """
    wanted: list[Target] = []
    for each in formats or (ReportFormat.TEXT,):
        name, named, file = each.partition("=")
        if name not in list(ReportFormat):
            raise ValueError(f"{name!r} is not one of {', '.join(ReportFormat)}")
        if named and not file:
            raise ValueError(f"{each} names no file")
        wanted.append(Target(ReportFormat(name), Path(file) if named else output))
    if output is not None and all(target.file != output for target in wanted):
        raise ValueError("--output is for a format without a file, and each has one")
    for at, target in enumerate(wanted):
        if any(other.file == target.file for other in wanted[:at]):
            where = (
                f"into {target.file}"
                if target.file
                else "to standard output; give others a file: --format junit=FILE"
            )
            raise ValueError(f"only one report can be written {where}")
    return tuple(wanted)
