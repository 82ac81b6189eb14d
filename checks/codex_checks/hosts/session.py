"""Whether a graphical session finds the Codex, and has the variables, that this shell has.

An application that was started from a dock or a menu has the environment of the session, which none of the
files that a shell reads has touched. On Linux that of the desktop's own process counts, for what is started
from it inherits it; without one, that of the user's service manager. On macOS it is what launchd gives: the
variables that `launchctl getenv` tells, and without PATH among them `/usr/bin:/bin:/usr/sbin:/sbin` (paths.h,
_PATH_STDPATH). On Windows a terminal has the session's variables, and nothing is judged.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations, names
from codex_checks.problems.hosts import BINARY_NOT_FOUND_GUI, SESSION_ENVIRONMENT_DIFFERS
from codex_checks.problems.install import ENV_NODE_NOT_FOUND
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.context import Context
    from codex_doctor.model import Evidence, Finding

DESKTOPS: Final = frozenset(
    {
        *("budgie-panel", "cinnamon", "cosmic-panel", "gnome-shell", "Hyprland", "i3", "kwin_wayland"),
        *("kwin_x11", "labwc", "lxqt-panel", "mate-panel", "niri", "plasmashell", "sway", "xfce4-panel"),
    }
)
"""What desktops of Linux call the process that starts applications, as /proc/PID/comm has it."""

VARIABLES: Final = (
    *("CODEX_HOME", "CODEX_BIN", "OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN"),
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"),
)
"""What Codex reads and people set in the files of their shell; a variable of a proxy counts in both cases."""

STANDARD_PATH: Final = "/usr/bin:/bin:/usr/sbin:/sbin"

LIMIT: Final = 256 * 1024
"""Bytes of an environment."""

MOST: Final = 20_000
"""Processes that are looked at."""

SECONDS: Final = 1.0
"""What the service manager, or launchd, may take for an answer."""

_SAID: Final = r"""^([A-Za-z_][A-Za-z0-9_]*)=(?:\$'((?:[^'\\]|\\.)*)'|(.*))$"""
"""A line of `systemctl show-environment`; what holds a special character stands in `$'...'`."""

_NODE: Final = re.compile(rb"#![^\n]*\bnode\b")


class Session(Struct, frozen=True, kw_only=True):
    """A graphical session, as *source* tells of it; of variables it holds the names alone.

    *folders* are those of its PATH, *codex* is what that leads to, and *needs_node* whether this is a script
    for Node which the session does not find. *lacks* are variables that are set here and not there, *differs*
    those that are set otherwise. *names_codex*: the session says itself which Codex is meant.
    """

    source: str
    folders: tuple[Path, ...]
    codex: Path | None = None
    needs_node: bool = False
    names_codex: bool = False
    lacks: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@blocking_probe("hosts.session", touches={Touches.FILES, Touches.PROCESSES}, limit=3.0)
def session(ctx: Context) -> Session:
    """Read the environment of the graphical session, and look through its PATH."""
    source, variables = _environment(ctx)
    entries = variables.get("PATH", STANDARD_PATH).split(":")
    folders = tuple(dict.fromkeys(Path(entry) for entry in entries if Path(entry).is_absolute()))
    codex = _found(ctx, folders, names(ctx.system))
    set_here = [name for name in VARIABLES if ctx.env.get(name)]
    return Session(
        source=source,
        folders=folders,
        codex=codex,
        needs_node=codex is not None and _is_for_node(ctx, codex) and not _found(ctx, folders, ("node",)),
        names_codex=bool(variables.get("CODEX_BIN")),
        lacks=tuple(name for name in set_here if not variables.get(name)),
        differs=tuple(name for name in set_here if variables.get(name, ctx.env[name]) != ctx.env[name]),
    )


@check(
    "hosts.session-finds-codex",
    title="An application of the graphical session finds Codex, as this shell does",
    needs=(session, installations),
    reports=(BINARY_NOT_FOUND_GUI, ENV_NODE_NOT_FOUND),
    by_default=False,
)
def session_finds_codex(seen: Session, found: Installations) -> Iterator[Finding]:
    """Judge the PATH of the session, where the shell itself leads to a Codex."""
    if found.chosen is None or seen.names_codex:
        return
    evidence: dict[str, Evidence] = {
        "session": seen.source,
        "path": tuple(map(str, seen.folders)),
        "here": str(found.chosen.path),
    }
    if seen.codex is None:
        yield BINARY_NOT_FOUND_GUI.found(
            f"codex is at {found.chosen.path}, and the PATH of the graphical session ({seen.source}) does "
            "not lead there",
            evidence=evidence,
            advice="Give the application the whole path, in its settings or as CODEX_BIN: "
            f"{found.chosen.path}",
            fix=_lead_to(found.chosen.path, found),
            subjects=frozenset({"the graphical session"}),
        )
    elif seen.needs_node:
        yield ENV_NODE_NOT_FOUND.found(
            f"{seen.codex} is a script for Node, and the PATH of the graphical session ({seen.source}) leads "
            "to no node",
            evidence=evidence,
            advice="Use the standalone installer, which needs no Node, or let the session find `node`.",
            subjects=frozenset({"the graphical session"}),
        )


def _lead_to(codex: Path, found: Installations) -> Fix | None:
    if found.system.os != "linux":
        return None
    entry = shlex.quote(f'PATH="{codex.parent}:$PATH"')
    folder = "~/.config/environment.d"
    return Fix(
        summary="Let the session find Codex: it reads this file when you sign in to it again",
        steps=(ShellLine(line=f"mkdir -p {folder} && echo {entry} >> {folder}/60-codex.conf"),),
    )


@check(
    "hosts.session-has-your-variables",
    title="The graphical session has the variables for Codex that this shell has",
    needs=(session,),
    reports=(SESSION_ENVIRONMENT_DIFFERS,),
    by_default=False,
)
def session_has_your_variables(seen: Session) -> Iterator[Finding]:
    """Report what is set for Codex in this shell alone."""
    if not seen.lacks and not seen.differs:
        return
    words = [
        f"{', '.join(seen.lacks)} {_is(seen.lacks)} set here and not there" if seen.lacks else "",
        f"{', '.join(seen.differs)} {_is(seen.differs)} set otherwise there" if seen.differs else "",
    ]
    yield SESSION_ENVIRONMENT_DIFFERS.found(
        f"In the graphical session ({seen.source}): {'; '.join(filter(None, words))}",
        evidence={"session": seen.source, "lacks": seen.lacks, "differs": seen.differs},
        subjects=frozenset({"the graphical session"}),
    )


def _is(names_: tuple[str, ...]) -> str:
    return "is" if len(names_) == 1 else "are"


def _environment(ctx: Context) -> tuple[str, Mapping[str, str]]:
    match ctx.system.os:
        case "linux":
            return _of_desktop(ctx) or _of_manager(ctx)
        case "macos":
            return "launchd", dict(_of_launchd(ctx))
        case _:
            raise NotApplicable("a terminal has the variables of the session here")


def _of_desktop(ctx: Context) -> tuple[str, Mapping[str, str]] | None:
    """Return the environment of a desktop's process of this user."""
    proc = ctx.system_path("/proc")
    try:
        pids = [name for name in ctx.entries(proc) if name.isdecimal()][:MOST]
    except OSError:
        return None
    for pid in pids:
        try:
            name = ctx.head(proc / pid / "comm", limit=64).decode("utf-8", "replace").strip()
            if name not in DESKTOPS:
                continue
            status = ctx.status(proc / pid / "environ")
            if status is None or status.owner != ctx.system.user:
                continue
            content = ctx.head(proc / pid / "environ", limit=LIMIT).decode("utf-8", "surrogateescape")
        except OSError:
            continue
        pairs = (entry.partition("=") for entry in content.split("\0") if "=" in entry)
        return f"{name}, process {pid}", {key: value for key, _, value in pairs}
    return None


def _of_manager(ctx: Context) -> tuple[str, Mapping[str, str]]:
    """Return what the service manager of the user gives, if a graphical session stands behind it."""
    try:
        ran = ctx.run_here(["systemctl", "--user", "show-environment"], seconds=SECONDS)
    except OSError:
        raise NotApplicable("no graphical session of yours was found") from None
    lines = (re.match(_SAID, line) for line in ran.stdout.decode("utf-8", "replace").splitlines())
    said = {found[1]: _unquoted(found[2]) if found[2] is not None else found[3] for found in lines if found}
    if not said.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        raise NotApplicable("no graphical session of yours was found")
    return "systemctl --user show-environment", said


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _of_launchd(ctx: Context) -> Iterator[tuple[str, str]]:
    for name in ("PATH", *(name for name in VARIABLES if ctx.env.get(name))):
        try:
            ran = ctx.run_here(["launchctl", "getenv", name], seconds=SECONDS)
        except OSError:
            raise NotApplicable("launchctl is not there") from None
        if value := ran.stdout.decode("utf-8", "replace").strip():
            yield name, value


def _found(ctx: Context, folders: tuple[Path, ...], called: tuple[str, ...]) -> Path | None:
    for folder in folders:
        for name in called:
            try:
                status = ctx.status(folder / name)
            except OSError:
                continue
            if status is not None and status.kind == "file" and status.mode & 0o111:
                return folder / name
    return None


def _is_for_node(ctx: Context, codex: Path) -> bool:
    try:
        return _NODE.match(ctx.head(codex, limit=128)) is not None
    except OSError:
        return False
