"""Whether Codex's background server sees the environment of this shell: it keeps the one it began with.

The terminal interface talks to that server, so a proxy that was set since does not count for it, and one
that was taken away still does (codex-environment 5.1 and T4; seen on 0.169.0). `codex exec`, editors and
`codex doctor` do without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from codex_checks.background import LINE, RESTARTING
from codex_checks.config.settings import Settings, settings
from codex_checks.network.proxies import first_set, parse
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_checks.problems.sources import DAEMON_ENVIRONMENT_DIFFERS
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.fix import Act, Fix, ShellLine
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.fix import Step
    from codex_doctor.model import Finding

PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
AUTHORITIES: Final = ("CODEX_CA_CERTIFICATE", "SSL_CERT_FILE")

PID_FILES: Final = ("daemon.pid", "app-server.pid")
"""In `app-server-daemon`: what 0.169.0 writes, and what it says an earlier one may have written."""

LIMIT: Final = 256 * 1024
"""Bytes of an environment: the system allows two megabytes, and a long one has some kilobytes."""

START: Final = 19
"""When a process began, among the words of /proc/PID/stat behind its name (proc_pid_stat(5), field 22)."""

SHOWN: Final = 3
"""Folders that a sentence names; the evidence names more."""

TOLD: Final = 20


class Daemon(Struct, frozen=True, kw_only=True):
    """The background server: its process, and of its environment what matters to Codex.

    *proxies* and *keys* may hold credentials, by the names of variables; *path* are its folders, without
    those that Codex itself put before them.
    """

    pid: int
    proxies: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    authorities: Mapping[str, str] = field(default_factory=dict[str, str])
    keys: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    path: tuple[str, ...] = ()


class Beside(Struct, frozen=True, kw_only=True):
    """The background server as it is, and as it would be if it began in this shell."""

    now: Daemon
    here: Daemon


@blocking_probe(
    "codex.daemon-environment",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=1.0,
    needs=(codex_home, environment, settings.maybe()),
)
def daemon_environment(
    ctx: Context, home: CodexHome, surroundings: Environment, configured: Settings | None
) -> Beside:
    """Read the environment of the background server, if one runs."""
    pid, began = _running(ctx, home)
    variables = _variables(ctx, pid, began)
    key = configured.provider.get("env_key") if configured is not None else None
    keys = (key,) if isinstance(key, str) else ()
    both = (_seen(ctx, pid, each, keys, home) for each in (variables, surroundings.variables))
    now, here = both
    return Beside(now=now, here=here)


@check(
    "terminal.daemon-sees-this-shell",
    title="Codex's background server has the proxies, authorities and PATH of this shell",
    needs=(daemon_environment,),
    reports=(DAEMON_ENVIRONMENT_DIFFERS,),
)
def daemon_sees_this_shell(found: Beside) -> Iterator[Finding]:
    """Report what the background server took along from the shell that it began in, and is different here.

    PATH alone is a note: it differs from one terminal to the next.
    """
    grave = list(_differences(found))
    missing = [folder for folder in found.here.path if folder not in found.now.path]
    if not grave and not missing:
        return
    names = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
    words = [*grave, *([f"its PATH lacks {names}"] if missing else [])]
    problem = DAEMON_ENVIRONMENT_DIFFERS
    yield (problem if grave else problem.weighed(Severity.NOTE)).found(
        f"The background server (process {found.now.pid}) began with another environment: {'; '.join(words)}",
        evidence={
            "pid": found.now.pid,
            "differs": tuple(grave),
            "not_in_its_path": tuple(missing[:TOLD]),
        },
        fix=Fix(summary="Start it anew from this shell; a turn in it ends", steps=(_restart(found),)),
    )


def _restart(found: Beside) -> Step:
    """Return the step that starts it anew: ours where this shell has all that the server has, and differs.

    A shell that lacks something (that of a timer, say) may be the wrong one: then the user chooses one.
    """
    pairs = (
        (found.now.proxies, found.here.proxies),
        (found.now.authorities, found.here.authorities),
        (found.now.keys, found.here.keys),
    )
    if any(name not in here for there, here in pairs for name in there) or not any(_differences(found)):
        return ShellLine(line=LINE)
    words = "Start the background Codex again from this shell; a turn that it is in has a minute to end"
    return Act(kind=RESTARTING, words=words, command=LINE)


def _differences(found: Beside) -> Iterator[str]:
    yield from _proxies(found)
    yield from _authorities(found)
    yield from _keys(found)


def _proxies(found: Beside) -> Iterator[str]:
    for name in PROXIES:
        theirs, ours = found.now.proxies.get(name), found.here.proxies.get(name)
        if theirs != ours:
            yield f"{name} is {_shown(name, theirs)} there and {_shown(name, ours)} here"


def _shown(name: str, value: Secret | None) -> str:
    """Return the value of a proxy variable without user and password."""
    if value is None:
        return "not set"
    if name == "NO_PROXY":
        return value.reveal() or "empty"
    return parse(name, value.reveal(), Secret).shown or "empty"


def _authorities(found: Beside) -> Iterator[str]:
    for name in AUTHORITIES:
        theirs, ours = found.now.authorities.get(name), found.here.authorities.get(name)
        if theirs != ours:
            yield f"{name} is {theirs or 'not set'} there and {ours or 'not set'} here"


def _keys(found: Beside) -> Iterator[str]:
    for name in sorted({*found.now.keys, *found.here.keys}):
        theirs, ours = found.now.keys.get(name), found.here.keys.get(name)
        if theirs is None or ours is None:
            yield f"{name} is set {'here' if theirs is None else 'there'} only"
        elif theirs != ours:
            yield f"{name} has another value there than here"


def _running(ctx: Context, home: CodexHome) -> tuple[int, int | None]:
    """Return the process id that the background server of *home* wrote down, and when it began.

    The file is a JSON object (codex-environment 5); `startTicks` in it counts as in /proc/PID/stat.
    """
    for name in PID_FILES:
        try:
            content = ctx.read(home.path / "app-server-daemon" / name, limit=LIMIT)
            found = cast("object", json.loads(content))
        except (OSError, ValueError, RecursionError):
            continue
        noted = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        identity = noted.get("processIdentity")
        ticks = cast("dict[str, object]", identity).get("startTicks") if isinstance(identity, dict) else None
        pid = noted.get("pid")
        if isinstance(pid, int) and pid > 0:
            return pid, ticks if isinstance(ticks, int) else None
    raise NotApplicable("Codex's background server does not run here")


def _variables(ctx: Context, pid: int, began: int | None) -> dict[str, str]:
    """Return the environment with which the process *pid* began.

    :raises NotApplicable: it does not run any more, and another process may have its number.
    :raises Unavailable: it is another user's.
    """
    if ctx.system.os != "linux":
        return _variables_elsewhere(pid)
    folder = ctx.system_path(f"/proc/{pid}")
    try:
        words = ctx.head(folder / "stat", limit=4096).decode("utf-8", "replace").rpartition(")")[2].split()
        if began is not None and int(words[START]) != began:
            raise NotApplicable("Codex's background server has ended, and left a note")
        content = ctx.head(folder / "environ", limit=LIMIT)
    except FileNotFoundError:
        raise NotApplicable("Codex's background server has ended, and left a note") from None
    except (OSError, ValueError, IndexError) as error:
        raise Unavailable(f"the environment of process {pid} cannot be read: {error}") from None
    pairs = (line.partition("=") for line in content.decode("utf-8", "replace").split("\0") if "=" in line)
    return {name: value for name, _, value in pairs}


def _variables_elsewhere(pid: int) -> dict[str, str]:
    import psutil

    try:
        process = psutil.Process(pid)
        if not process.name().lower().startswith("codex"):
            raise NotApplicable("Codex's background server has ended, and left a note")
        return process.environ()
    except psutil.NoSuchProcess:
        raise NotApplicable("Codex's background server has ended, and left a note") from None
    except (psutil.Error, OSError) as error:
        raise Unavailable(f"the environment of process {pid} cannot be read: {error}") from None


def _seen(
    ctx: Context, pid: int, variables: Mapping[str, str], keys: tuple[str, ...], home: CodexHome
) -> Daemon:
    """Return of *variables* what matters to Codex."""
    proxies: dict[str, Secret] = {}
    for name in PROXIES:
        spelling = first_set(variables, name)
        if spelling is not None:
            parse(name, variables[spelling], ctx.vault.secret)  # its password is said nowhere from now on
            proxies[name] = Secret(variables[spelling])
    separator = ";" if ctx.system.os == "windows" else ":"
    own = (str(home.path), str(home.target))
    folders = dict.fromkeys(variables.get("PATH", "").split(separator))
    return Daemon(
        pid=pid,
        proxies=proxies,
        authorities={name: variables[name] for name in AUTHORITIES if variables.get(name)},
        keys={name: ctx.vault.secret(variables[name]) for name in keys if variables.get(name)},
        path=tuple(folder for folder in folders if folder and not folder.startswith(own)),
    )
