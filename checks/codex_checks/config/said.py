"""Ask the real Codex what it thinks of the settings, in a scratch home and without a sign-in.

`codex app-server --print-startup-config` reads the settings, says what is wrong with them and ends:
13 ms, no network without a sign-in, nothing started, nothing written outside its home
(codex-environment 4.2; proved on 0.169.0 under strace). With `--strict-config` unknown keys count.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from codex_checks.config.settings import LIMIT, LayerKind, Settings, settings
from codex_checks.install.binary import Codex, codex
from codex_checks.install.found import Installations, installations
from codex_checks.problems import config as problems
from codex_doctor.probe import Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.model import Problem
    from codex_doctor.processes import Ran

PATIENCE: Final = 2.0
"""Seconds: it answers in 0.013."""

PASSED_ON: Final = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG")
"""All of the environment that Codex is given here: no credential, no proxy, no override."""


class Refusal(Struct, frozen=True, kw_only=True):
    """What Codex refused: its own *words*, and the place where it found it, as far as it said."""

    words: str
    file: Path | None
    line: int | None
    column: int | None

    @property
    def where(self) -> str:
        """The place as `file:line:column`, as far as it is known."""
        if self.file is None:
            return "the settings"
        return str(self.file) if self.line is None else f"{self.file}:{self.line}:{self.column}"


class Ruling(Struct, frozen=True, kw_only=True):
    """What Codex thinks of the settings: *refusal* is None where it starts with them.

    *ignored* is the first setting that it does not know, if it starts.
    """

    refusal: Refusal | None
    ignored: Refusal | None


class Said(Ruling, frozen=True, kw_only=True):
    """The same, with the *version* of the Codex that said it."""

    version: str


@blocking_probe(
    "config.codex-says-at-once",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=3.0,
    needs=(settings, installations),
)
def said_at_once(ctx: Context, found: Settings, copies: Installations) -> Ruling | None:
    """Ask before the version is known, where the package around a program says that it is Codex.

    None where only its answer can tell: a program that may be somebody else's is asked for its version first.
    """
    copy = copies.chosen
    if copy is None or copy.native is None or copy.version is None or not copy.startable_on(ctx.system):
        return None
    return _rule(ctx, copy.native, found)


@blocking_probe(
    "config.codex-says",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=3.0,
    needs=(settings, codex, said_at_once),
)
def codex_says(ctx: Context, found: Settings, program: Codex, at_once: Ruling | None) -> Said:
    """Let the real Codex read a copy of the settings."""
    ruling = at_once or _rule(ctx, program.path, found)
    return Said(version=program.version, refusal=ruling.refusal, ignored=ruling.ignored)


def _rule(ctx: Context, program: Path, found: Settings) -> Ruling:
    user = next((layer.path for layer in found.layers if layer.kind is LayerKind.USER), None)
    content = b""
    if user is not None:
        try:
            content = ctx.read(user, limit=LIMIT)
        except OSError as error:
            raise Unavailable(f"{user} cannot be read: {error.strerror or error}") from None
    strict = _ask(ctx, program, content, user, "--strict-config")
    if strict is None:  # what is good enough for the strict is good enough
        return Ruling(refusal=None, ignored=None)
    plain = _ask(ctx, program, content, user)
    return Ruling(refusal=plain, ignored=None if plain else strict)


def _ask(ctx: Context, program: Path, content: bytes, user: Path | None, *more: str) -> Refusal | None:
    home = ctx.scratch_here({"config.toml": content})
    env = {name: ctx.env[name] for name in PASSED_ON if name in ctx.env}
    env |= {"CODEX_HOME": str(home), "HOME": str(home), "USERPROFILE": str(home)}
    argv = (str(program), "app-server", "--print-startup-config", *more)
    try:
        ran = ctx.run_here(argv, seconds=PATIENCE, env=env, cwd=home)
    except OSError as error:
        raise Unavailable(f"{program} could not be started: {error.strerror or error}") from None
    return understood(ran, home=home, user=user)


def understood(ran: Ran, *, home: Path, user: Path | None) -> Refusal | None:
    """Return what Codex refused, with *user* in place of the copy in the scratch *home*.

    :raises Unavailable: the answer says nothing about the settings: an older Codex that does not know
        the question, or a file that the copy could not bring along.
    """
    if ran.code == 0:
        return None
    try:
        data = cast("dict[str, Any]", json.loads(ran.stdout)["error"]["data"])
    except (ValueError, KeyError, TypeError):
        raise Unavailable("this Codex cannot say what it thinks of its settings") from None
    if not isinstance(data, dict) or data.get("reason") != "configLoad":  # pyright: ignore[reportUnnecessaryIsInstance] # foreign JSON
        raise Unavailable("Codex could not say what it thinks of its settings")
    copy = str(home / "config.toml")
    words = re.sub(r"^\S.*?:\d+:\d+: ", "", str(data.get("detail") or ""), count=1)
    if str(home) in words.replace(copy, "") or "(os error 2)" in words:
        raise Unavailable("Codex looked for a file that a copy of the settings does not bring along")
    named = data.get("filePath")
    file = user if named == copy else Path(named) if isinstance(named, str) else None
    line, column = data.get("line"), data.get("column")
    return Refusal(
        words=words.replace(copy, str(user)),
        file=file,
        line=line if isinstance(line, int) else None,
        column=column if isinstance(column, int) else None,
    )


_KINDS: Final = (
    (r"duplicate key|^cannot extend value", problems.CONFIG_DUPLICATE_KEY),
    (r"missing escaped value|unicode value|too few .* digits", problems.CONFIG_WINDOWS_BACKSLASH),
    (r"unknown configuration field|^unknown field", problems.CONFIG_UNKNOWN_KEY),
    (r"^unknown variant", problems.CONFIG_UNKNOWN_VARIANT),
    (r"wire_api = \"chat\"", problems.CONFIG_WIRE_API_CHAT),
    (r"reserved built-in provider", problems.CONFIG_RESERVED_PROVIDER_ID),
    (r"invalid transport|not supported for (?:stdio|streamable_http)", problems.CONFIG_MCP_INVALID_TRANSPORT),
    (r"provider name must not be empty", problems.MODEL_PROVIDER_INCOMPLETE),
    (r"Model provider .* not found", problems.MODEL_PROVIDER_UNKNOWN),
    (r"does not set `default_permissions`", problems.CONFIG_PERMISSIONS_DEFAULT_MISSING),
    (r"no longer supported", problems.CONFIG_LEGACY_SETTING),
    (r"not in the allowed", problems.MANAGED_POLICY_CONFLICT),
    (r"HooksToml|MatcherGroup|HookHandler", problems.CONFIG_HOOKS_SCHEMA),
    (r"without a base path|must be absolute, use", problems.CONFIG_RELATIVE_PATH),
    (
        r"^(?:invalid (?:type|value|length)|data did not|missing field|wanted )|comma-separated",
        problems.CONFIG_INVALID_TYPE,
    ),
    (r"invalid utf-8|^Failed to read config file", problems.CONFIG_UNREADABLE),
    (
        r"must be quoted|, expected |cannot be empty|^(?:unclosed|missing|unexpected) |^invalid (?!type)",
        problems.CONFIG_SYNTAX,
    ),
)
"""How Codex begins its complaints (codex-environment 4.3, failures.json), the most telling first."""


def classify(words: str) -> Problem:
    """Return the problem of which Codex speaks with *words*."""
    return next(
        (problem for pattern, problem in _KINDS if re.search(pattern, words)), problems.CONFIG_REFUSED
    )
