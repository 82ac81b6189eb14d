"""`check` as typer understands it, with the options that the catalogues bring to it."""

from __future__ import annotations

import functools
import inspect
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from codex_doctor.checking import answering
from codex_doctor.checking.contradictions import contradictions
from codex_doctor.checking.options import CodexBin, CodexHome  # noqa: TC001 - typer reads them
from codex_doctor.completing import selectable
from codex_doctor.wanted import (
    LONGEST_DEADLINE,
    SHORTEST_DEADLINE,
    ReportFormat,
    Target,
    Wanted,
    targets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _profiles() -> list[str]:
    """Return what may follow `--profile`."""
    from codex_doctor.settings.profiles import listed

    return [each.name for each in listed()]


def check(  # noqa: PLR0913 - one parameter for each option of the contract
    line: typer.Context,
    select: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SELECT]...",
            help="Checks, areas (auth ...), or problems by name or code.",
            autocompletion=selectable,
        ),
    ] = None,
    *,
    format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT[=FILE]",
            help=f"{', '.join(ReportFormat)}.",
            autocompletion=lambda: list(ReportFormat),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(parser=Path, metavar="FILE", help="Write it into this file instead.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="End with 3 where this was not examined."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show healthy checks and evidence too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Stay off the network altogether.")] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="Renew the sign-in, ask a code, start MCP servers."),
    ] = False,
    round_trip: Annotated[
        bool,
        typer.Option("--round-trip", help="Ask the model one word: some hundred tokens."),
    ] = False,
    deadline: Annotated[
        float | None,
        typer.Option(
            min=SHORTEST_DEADLINE,
            max=LONGEST_DEADLINE,
            metavar="SECONDS",
            help="End by then, whatever hangs: 5, live 30.",
        ),
    ] = None,
    codex_bin: CodexBin = None,
    codex_home: CodexHome = None,
    from_report: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="FILE", help="Judge this saved report, not this machine."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="For default, ci, desktop, sandbox, support ...",
            autocompletion=_profiles,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="FILE", help="Take for known what stands in this baseline."),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write what is found into it.")
    ] = False,
    wait_for: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Wait until this is healthy, then examine.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=SHORTEST_DEADLINE,
            max=LONGEST_DEADLINE,
            metavar="SECONDS",
            help="But no longer than 60 seconds.",
        ),
    ] = None,
    watch: Annotated[
        float | None,
        typer.Option(min=1, metavar="[SECONDS]", help="Look every 10 s, show changes."),
    ] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no codex-doctor.toml.")] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use plain ASCII.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
) -> None:
    """Examine this machine and name the one cause. Without --live, it changes nothing."""
    if deadline is not None and math.isnan(deadline):  # it is in every range
        raise typer.BadParameter("it is not a number of seconds", param_hint="'--deadline'")
    wanted = Wanted(
        select=tuple(select or ()),
        require=tuple(require or ()),
        targets=_targets(format, output),
        everything=everything,
        strict=strict,
        offline=offline,
        live=live,
        round_trip=round_trip,
        deadline=deadline,
        codex_bin=codex_bin,
        codex_home=codex_home,
        from_report=from_report,
        profile=profile,
        isolated=isolated,
        baseline=baseline,
        write_baseline=write_baseline,
        wait_for=tuple(wait_for or ()),
        timeout=timeout,
        watch=watch,
        ascii=ascii,
        no_color=no_color,
        instead=line.meta.get(_INSTEAD, {}),
    )
    for option, why in contradictions(wanted):
        raise typer.BadParameter(why, param_hint=f"'{option}'")
    raise typer.Exit(answering.examine(wanted))


def _targets(formats: Sequence[str] | None, output: Path | None) -> tuple[Target, ...]:
    try:
        return targets(formats or (), output)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--format'") from None


_INSTEAD: Final = "codex-doctor.instead"
"""Where a line keeps what it was given by the options of the catalogues."""


def with_options(run: Callable[..., None]) -> Callable[..., None]:
    """Return *run*, which is `check`, with the options that the built-in catalogues bring to it."""
    from codex_doctor.examination import load

    options = [option for loaded in load() for option in loaded.catalogue.options]
    names = {option.name.replace("-", "_"): option.name for option in options}

    @functools.wraps(run)
    def told(**words: Any) -> None:  # noqa: ANN401 - each option has its own
        instead = {name: words.pop(word) for word, name in names.items()}
        line: typer.Context = words["line"]
        line.meta[_INSTEAD] = {name: value for name, value in instead.items() if value is not None}
        run(**words)

    signature = inspect.signature(run, eval_str=True)
    own = list(signature.parameters.values())
    more = [
        inspect.Parameter(
            word,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None, typer.Option(f"--{option.name}", metavar=option.metavar, help=option.help)
            ],
        )
        for word, option in zip(names, options, strict=True)
    ]
    told.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    told.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *more)}
    del told.__wrapped__  # its hints would be looked up in its own module
    return told
