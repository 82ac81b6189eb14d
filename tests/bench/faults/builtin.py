"""What the built-in `codex doctor` says on the same machine, and whether that names the cause.

It is judged more kindly than ours: it has no causes and no order, so any row that is not ok and says the
cause in its own words names it. Which words those are stands in `builtin.toml`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from bench.faults.ours import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.faults.known import Fault
    from machine_build import Built
    from machine_description import Machine

PATIENCE: Final = 20.0
"""Seconds after which it is ended."""

WORDS: Final = msgspec.toml.decode(
    Path(__file__).with_name("builtin.toml").read_bytes(), type=dict[str, list[str]]
)
"""For each problem the regular expressions of which one must be found in a row that is not ok."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of its report that is not ok, with everything that it says as one *text*."""

    id: str
    status: str
    summary: str
    text: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. *lines* is None where there is no report: *said* is what was printed instead.

    *cut*: it was ended at 20 s.
    """

    lines: tuple[Line, ...] | None
    said: str
    seconds: float
    cut: bool = False


def asked(built: Built) -> Heard:
    """Run it on *built* as its user would: through PATH, told of the servers by settings and variables."""
    fakes = built.machine.network.fakes
    launcher = shutil.which("codex", path=built.env["PATH"])
    if launcher is None:
        return Heard(lines=None, said="codex: command not found", seconds=0.0)
    argv = [*built.as_its_user, launcher, *(built.openai.codex_args if fakes else []), "doctor", "--json"]
    env = {name: value for name, value in built.env.items() if not name.startswith("CODEX_DOCTOR_")}
    began = time.perf_counter()
    try:
        out, err, cut = _run(argv, {**env, **(built.openai.codex_env if fakes else {})}, built.cwd)
    except OSError as error:
        return Heard(lines=None, said=str(error), seconds=0.0)
    seconds = time.perf_counter() - began
    return Heard(lines=_lines(out), said=out + err, seconds=seconds, cut=cut)


def _run(argv: list[str], env: dict[str, str], cwd: Path) -> tuple[str, str, bool]:
    with subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        cut = False
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            cut = True
            _end(process)
            out, err = process.communicate()
        _end(process)  # whatever it started
    return out, err, cut


def _end(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _lines(out: str) -> tuple[Line, ...] | None:
    try:
        checks = cast("dict[str, dict[str, Any]]", json.loads(out[out.index("{") :])["checks"])
    except (ValueError, KeyError):
        return None
    return tuple(
        Line(id=id_, status=check["status"], summary=check["summary"], text=_text(check))
        for id_, check in checks.items()
        if check["status"] != "ok"
    )


def _text(check: dict[str, Any]) -> str:
    said = {key: value for key, value in check.items() if key not in {"id", "category", "durationMs"}}
    return json.dumps(said, ensure_ascii=False)


def kind(machine: Machine) -> str:
    """Return the healthy machine beside which *machine* is judged: the one with the same surroundings."""
    if machine.network.world is not None:
        return "straight-way"
    return "chatgpt" if machine.network.fakes else "office-proxy"


def judged(fault: Fault, heard: Heard, usual: Callable[[str], Heard]) -> Verdict:
    """Judge what was *heard*; *usual* gives what it says of a healthy machine by name."""
    if fault.kind in {"healthy", "note"}:
        alarms = sum(line.status == "fail" for line in heard.lines or ()) + (heard.lines is None)
        noted = fault.kind == "note" and _names(fault, heard)
        return Verdict(named=noted, detected=False, false_alarms=alarms)
    before = {(line.id, line.status, line.summary) for line in usual(kind(fault.machine)).lines or ()}
    new = [line for line in heard.lines or () if (line.id, line.status, line.summary) not in before]
    return Verdict(named=_names(fault, heard), detected=heard.lines is None or bool(new), false_alarms=0)


def _names(fault: Fault, heard: Heard) -> bool:
    """Return whether every cause is said in some row that is not ok, or in place of the report."""
    said = heard.said if heard.lines is None else "\n".join(line.text for line in heard.lines)
    return all(
        any(re.search(words, said, re.IGNORECASE) for words in WORDS.get(root, ())) for root in fault.roots
    )
