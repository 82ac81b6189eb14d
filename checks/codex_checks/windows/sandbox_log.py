"""Why Codex's sandbox on Windows last failed, as Codex itself wrote it down.

`$CODEX_HOME/.sandbox` holds `sandbox.log`, or one a day, with a line for each step
(`[2026-01-28 23:52:44.542 codex.exe] ...`), and `setup_error.json` until a set-up succeeds. Trying the
sandbox instead could ask for the rights of an administrator. Of a line only the error is kept: the rest of
it is the command that was to be run.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.package import parse_object
from codex_checks.places import CodexHome, codex_home
from codex_checks.problems import sandbox as problems
from codex_checks.sandbox.policy import Policy, policy
from codex_doctor.check import check
from codex_doctor.fix import Fix, Tell
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding, Problem

OLDEST: Final = 7 * 86_400
"""Seconds: what happened longer ago says little of today."""

TAIL: Final = 256 * 1024
"""Bytes read from the end of a log."""

LOGS: Final = 2
"""The newest logs that are read: yesterday's and today's."""

LINE: Final = r"\[(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[.\d]* [^\]]*\] (?P<said>.*)"

WORKED: Final = r"SUCCESS: "
"""How a line begins when a command ran."""

FAILED: Final = (
    (r"CreateProcessWithLogonW failed: (?:1326|1327|1330|1331|1385|1792|1909)\b", "logon"),
    (r"CreateProcessWithLogonW failed: \d+", "process"),
    (r"CreateProcessAsUserW failed: \d+", "process"),
    (r"runner failed during \w+", "process"),
    (r"setup refresh: (?:failed to spawn|exited)", "setup"),
    (r"setup refresh (?:failed|had errors)|spawn setup refresh", "setup"),
    (r"ShellExecuteExW failed to launch setup helper: \d+", "setup"),
    (r"(?:helper|orchestrator)_\w+_(?:failed|error|canceled|nonzero|not_found)", "setup"),
)
"""What such a line says of an error, and which stage of the sandbox that is."""

NUMBERS: Final = {
    2: "a file was not found",
    5: "access was denied",
    225: "an antivirus took the file for a threat",
    740: "it needs the rights of an administrator",
    1223: "the question for an administrator's rights was answered with no",
    1312: "the session of that logon is gone",
    1326: "the stored password of the sandbox user is wrong",
    1327: "the sandbox user may not log on for now",
    1330: "the password of the sandbox user has expired",
    1331: "the sandbox user is disabled",
    1385: "a policy forbids the sandbox user this kind of logon",
    1792: "the network logon service is not started",
    1909: "the sandbox user is locked out",
    1920: "the file cannot be accessed: a program of the Microsoft Store is started through an alias",
}
"""What Windows means by its numbers (system error codes)."""

_PROBLEMS: Final = {
    "logon": problems.WINDOWS_SANDBOX_LOGON_FAILED,
    "process": problems.WINDOWS_SANDBOX_CREATEPROCESS,
    "setup": problems.WINDOWS_SANDBOX_SETUP_REFRESH,
}


class Failure(Struct, frozen=True, kw_only=True):
    """The last failure: in which *stage* (`setup`, `logon`, `process`), what was *said*, and in which *file*.

    *number* is the error of Windows, and *when* the local time, where they are told.
    """

    stage: str
    said: str
    file: Path
    number: int | None = None
    when: str | None = None


class SandboxLog(Struct, frozen=True, kw_only=True):
    """What stands in the logs; *failure* is None where the last thing that is told succeeded."""

    failure: Failure | None = None


@blocking_probe("sandbox.windows-log", touches={Touches.FILES}, limit=1.0, needs=(policy, codex_home))
def sandbox_log(ctx: Context, asked: Policy, home: CodexHome) -> SandboxLog:  # noqa: ARG001 - a gate
    """Read how the sandbox of Windows last fared."""
    if ctx.system.os != "windows":
        raise NotApplicable("this is not Windows")
    folder = home.path / ".sandbox"
    logs = _recent(ctx, folder)
    failure = last_failure((path, _tail(ctx, path)) for path in logs)
    setup = _setup_error(ctx, folder / "setup_error.json")
    if not logs and setup is None:
        raise NotApplicable("Codex has written nothing about a sandbox in the last days")
    return SandboxLog(failure=setup or failure)


@check(
    "sandbox.windows-commands-start",
    title="The sandbox of Codex on Windows starts commands",
    needs=(sandbox_log,),
    reports=(
        problems.WINDOWS_SANDBOX_CREATEPROCESS,
        problems.WINDOWS_SANDBOX_SETUP_REFRESH,
        problems.WINDOWS_SANDBOX_LOGON_FAILED,
    ),
)
def windows_commands_start(found: SandboxLog) -> Iterator[Finding]:
    """Report the last failure, unless a command ran since."""
    failure = found.failure
    if failure is None:
        return
    problem: Problem = _PROBLEMS[failure.stage]
    when = f" at {failure.when}" if failure.when else ""
    means = f" ({NUMBERS[failure.number]})" if failure.number in NUMBERS else ""
    yield problem.found(
        f"{failure.file}{when}: {failure.said}{means}",
        evidence={"file": str(failure.file), "when": failure.when, "error": failure.number},
        fix=Fix(
            summary="Use the sandbox that needs no users of its own",
            steps=(
                Tell(text='Write into config.toml, in the table [windows]: sandbox = "unelevated".'),
                Tell(text="Start Codex again."),
            ),
        ),
    )


def last_failure(logs: Iterator[tuple[Path, str]]) -> Failure | None:
    """Return the last failure in *logs*, the oldest first, that no success follows."""
    failure = None
    for path, text in logs:
        for line in text.splitlines():
            found = re.fullmatch(LINE, line.strip())
            if found is None:
                continue
            if re.match(WORKED, found["said"]):
                failure = None
                continue
            failure = _failure(found["said"], path, found["when"]) or failure
    return failure


def _failure(said: str, path: Path, when: str | None) -> Failure | None:
    for words, stage in FAILED:
        found = re.search(words, said)
        if found is not None:
            number = re.search(r"failed: (\d+)|helper: (\d+)", found[0]) or re.search(r"os error (\d+)", said)
            value = next((int(each) for each in number.groups() if each), None) if number else None
            return Failure(stage=stage, said=found[0], file=path, number=value, when=when)
    return None


def _recent(ctx: Context, folder: Path) -> tuple[Path, ...]:
    found: list[tuple[int, Path]] = []
    for name in ctx.entries(folder):
        if not re.fullmatch(r"sandbox(?:[._-][\w.-]*)?\.log", name):
            continue
        try:
            status = ctx.status(folder / name)
        except OSError:
            continue
        if status is not None and ctx.now() - status.modified_ns / 1e9 < OLDEST:
            found.append((status.modified_ns, folder / name))
    return tuple(path for _, path in sorted(found)[-LOGS:])


def _tail(ctx: Context, path: Path) -> str:
    try:
        return ctx.tail(path, limit=TAIL).decode("utf-8", "replace")
    except OSError:
        return ""


def _setup_error(ctx: Context, path: Path) -> Failure | None:
    """Return what `setup_error.json` tells: a code such as `helper_sandbox_lock_failed`, and a message."""
    try:
        told = parse_object(ctx.read(path, limit=TAIL))
    except OSError:
        return None
    code, message = told.get("code"), told.get("message")
    if not isinstance(code, str) or not re.fullmatch(r"[a-z0-9_]{1,80}", code):
        return None
    number = (
        re.search(r"(?:failed|helper|os error):? ?\(?(\d{1,5})\b", message)
        if isinstance(message, str)
        else None
    )
    return Failure(stage="setup", said=code, file=path, number=int(number[1]) if number else None)
