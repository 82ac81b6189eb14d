"""Settings files that are mended as a repair does it, and what the real Codex says of them."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, NamedTuple

import engine
from codex_checks.config.checks import files_parse, keys_known, settings_accepted
from codex_checks.config.settings import Settings, settings
from codex_checks.places import CodexHome
from codex_doctor.fix import RewriteFile
from codex_doctor.repair.lines import edited
from codex_doctor.repair.rewriting import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_checks.config.settings import Layer
    from codex_cli import CodexCli
    from codex_doctor.model import Finding

MOST = 20


class Answer(NamedTuple):
    """What the real Codex said: the line and the words of its refusal, or nothing."""

    line: int | None
    words: str


def ask(cli: CodexCli, home: Path, text: str | bytes, *more: str) -> Answer | None:
    """Let the real Codex read *text* as its settings; None where it starts with them."""
    (home / "config.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    ran = cli.run(["app-server", "--print-startup-config", *more], home=home)
    if ran.returncode == 0:
        return None
    data = json.loads(ran.stdout)["error"]["data"]
    return Answer(line=data["line"], words=data["detail"].partition(": ")[2] or data["detail"])


def read(home: Path) -> Settings:
    """Read the settings in the CODEX_HOME *home*."""
    with contextlib.closing(engine.context(home)) as ctx:
        found = CodexHome(path=home, source="--codex-home", status=ctx.status(home), target=home)
        said = settings.read(ctx, found)
    assert isinstance(said, Settings)
    return said


def layer(home: Path) -> Layer:
    """Return the user's own settings in *home*."""
    (found,) = read(home).layers
    return found


def found(home: Path) -> Iterator[Finding]:
    """Yield what is found wrong with the settings in *home*, without asking Codex."""
    there = read(home)
    yield from files_parse(there, None)
    if not there.broken:
        yield from settings_accepted(there, None)
        yield from keys_known(there, None)


def mended(home: Path, content: str | bytes) -> bytes:
    """Write *content* as the settings in *home*, do all that a repair would do, and return what is there."""
    path = home / "config.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    for _ in range(MOST):
        step = next(
            (
                step
                for one in found(home)
                if one.fix
                for step in one.fix.steps
                if isinstance(step, RewriteFile)
            ),
            None,
        )
        if step is None:
            return path.read_bytes()
        before = path.read_bytes()
        assert (step.path, step.sha256) == (str(path), digest(before))
        text = before if step.encoding == "utf-8" else before.decode(step.encoding).encode()
        path.write_bytes(edited(text, step.edits))
    raise AssertionError("the mends do not come to an end")
