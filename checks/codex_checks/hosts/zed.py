"""Whether Zed has the program through which it starts Codex, or a download that was cut off.

Zed keeps `codex-acp` in a folder per version, in `external_agents/codex`, or for agents from its registry
in `external_agents/registry/codex-acp`. A download is unpacked beside them as `.tmp-github-download-...`, and
renamed when it is whole (`paths.rs` and `github_download.rs` of Zed). Where that fails, Zed most often clears
it away: then only its log tells of it, where each line begins with its time.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.problems import hosts as problems
from codex_checks.recorded.seen import ago
from codex_doctor.check import check
from codex_doctor.fix import Fix, MoveAside, Tell
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

AGENTS: Final = ("external_agents/codex", "external_agents/registry/codex-acp")

UNFINISHED: Final = ".tmp-github-download-"

PATIENCE: Final = 600
"""Seconds: a download of 100 MB takes less, or has failed."""

MOST: Final = 50
"""Names that are looked at in a folder: Zed removes old versions."""


LOG_TAIL: Final = 256 * 1024
"""Bytes from the end of the log: Zed begins a new one at 1 MB."""

WEEK: Final = 7 * 86_400
"""Seconds: what failed longer ago says little of today."""

_FAILED: Final = (
    r"(?:saving archive contents into the temporary file|extracting (?:downloaded asset|response)|renaming) "
    r"[^\n]*codex-acp"
)
"""What Zed writes of a download that failed, in a line of its own or behind its time."""

_TIME: Final = r"(?m)^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))\s"


class Download(Struct, frozen=True, kw_only=True):
    """What Zed put into *folder* last, *age* seconds ago: *empty*, or cut off in the middle."""

    folder: Path
    age: float
    empty: bool
    cut_off: bool


class ZedAgents(Struct, frozen=True, kw_only=True):
    """The last download into each folder of Zed's for Codex.

    *log* is the file in which Zed says that a download failed *failed* seconds ago, with nothing whole
    since; None: it does not.
    """

    last: tuple[Download, ...]
    log: Path | None = None
    failed: float = 0.0


@blocking_probe("hosts.zed", touches={Touches.FILES}, limit=1.0)
def zed_agents(ctx: Context) -> ZedAgents:
    """Look at what Zed downloaded last."""
    data = _data(ctx)
    last = (_last(ctx, data / agents) for agents in AGENTS)
    found = tuple(download for download in last if download is not None)
    log = _log(ctx, data)
    failed = _failed(ctx, log)
    if failed is None and not found:
        raise NotApplicable("Zed has no agent for Codex here")
    if failed is None or any(each.age < failed and not (each.empty or each.cut_off) for each in found):
        return ZedAgents(last=found)
    return ZedAgents(last=found, log=log, failed=failed)


@check(
    "hosts.zed-has-its-agent",
    title="Zed has downloaded the whole program through which it starts Codex",
    needs=(zed_agents,),
    reports=(problems.EMBEDDER_DOWNLOAD_FAILED,),
)
def zed_has_its_agent(found: ZedAgents) -> Iterator[Finding]:
    """Judge what was downloaded last, once it has had the time."""
    for download in found.last:
        if download.age >= PATIENCE and (download.empty or download.cut_off):
            fate = "is empty" if download.empty else "was never finished"
            yield problems.EMBEDDER_DOWNLOAD_FAILED.found(
                f"Zed began to download its agent {ago(download.age)}, and {download.folder} {fate}",
                evidence={"host": "Zed", "folder": str(download.folder), "seconds": int(download.age)},
                fix=Fix(
                    summary="Let Zed download it again",
                    steps=(
                        MoveAside(path=str(download.folder), to=f"{download.folder}.aside"),
                        Tell(text="Restart Zed, and open a thread with Codex"),
                    ),
                ),
                subjects=frozenset({str(download.folder)}),
            )
            return
    if found.log is not None:
        yield problems.EMBEDDER_DOWNLOAD_FAILED.found(
            f"Zed's log says that the download of its agent failed {ago(found.failed)}; none was whole since",
            evidence={"host": "Zed", "log": str(found.log), "seconds": int(found.failed)},
            fix=Fix(
                summary="Let Zed download it again",
                steps=(Tell(text="Restart Zed, and open a thread with Codex"),),
            ),
        )


def _data(ctx: Context) -> Path:
    """Return where Zed keeps what it downloads."""
    match ctx.system.os:
        case "macos":
            return ctx.home / "Library" / "Application Support" / "Zed"
        case "windows":
            return Path(ctx.env.get("LOCALAPPDATA") or ctx.home / "AppData" / "Local") / "Zed"
        case _:
            named = Path(ctx.env.get("XDG_DATA_HOME", ""))
            return (named if named.is_absolute() else ctx.home / ".local" / "share") / "zed"


def _log(ctx: Context, data: Path) -> Path:
    """Return where Zed writes down what happened."""
    if ctx.system.os == "macos":
        return ctx.home / "Library" / "Logs" / "Zed" / "Zed.log"
    return data / "logs" / "Zed.log"


def _failed(ctx: Context, log: Path) -> float | None:
    """Return how many seconds ago a download of the agent failed last, None: not within a week."""
    try:
        content = ctx.tail(log, limit=LOG_TAIL).decode("utf-8", "replace")
    except OSError:
        return None
    found = list(re.finditer(_FAILED, content))
    if not found:
        return None
    times = re.findall(_TIME, content[: found[-1].end()])
    if not times:
        return None
    try:
        ago_ = ctx.now() - datetime.fromisoformat(times[-1]).timestamp()
    except ValueError:
        return None
    return max(0.0, ago_) if ago_ <= WEEK else None


def _last(ctx: Context, folder: Path) -> Download | None:
    newest: tuple[int, Path] | None = None
    for name in list(ctx.entries(folder))[:MOST]:
        try:
            status = ctx.status(folder / name, follow=False)
        except OSError:
            continue
        mine = status is not None and status.kind == "folder" and not name.endswith(".aside")
        if status is not None and mine and (newest is None or status.modified_ns > newest[0]):
            newest = status.modified_ns, folder / name
    if newest is None:
        return None
    written, path = newest
    return Download(
        folder=path,
        age=max(0.0, ctx.now() - written / 1e9),
        empty=next(ctx.entries(path), None) is None,
        cut_off=path.name.startswith(UNFINISHED),
    )
