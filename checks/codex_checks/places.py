"""Where Codex keeps things on this machine, and the environment it will see there."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, field

from codex_doctor.probe import Touches, Unavailable, blocking_probe
from codex_doctor.threads import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_doctor.context import Context
    from codex_doctor.files import Status

T = TypeVar("T")

DOTENV_LIMIT: Final = 256 * 1024
"""Bytes: an environment file is a page or two."""

SECRET_VARIABLES: Final = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
"""A variable whose name contains one of these holds a secret, whatever it looks like."""

_PASSWORD: Final = re.compile(r"://[^/:\s]*:(.+)@")
"""What stands before the last `@` of an address, as a rule that of a proxy: it may hold anything."""

PATIENCE: Final = 0.8
"""Seconds: a disk answers in 0.0001, a drive at the other end of the world in 0.3."""


class CodexHome(Struct, frozen=True, kw_only=True):
    """The folder where Codex keeps its settings and its sign-in.

    *source* is `--codex-home`, `CODEX_HOME` or `default`. *status* is None where nothing is there,
    and *error* says why it could not be examined. *target* is where a chain of links ends.
    """

    path: Path
    source: str
    status: Status | None
    target: Path
    error: str | None = None

    @property
    def usable(self) -> bool:
        """Whether it is a folder that could be examined."""
        return self.status is not None and self.status.kind == "folder"


class Environment(Struct, frozen=True, kw_only=True):
    """The environment as Codex itself will see it.

    *variables* is the shell's, with `$CODEX_HOME/.env` laid over it; *from_file* names what came
    from there, *lines* on which line, and *file* is its path where it exists.
    """

    variables: Mapping[str, str]
    from_file: frozenset[str]
    file: Path | None
    error: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict[str, int])

    def where(self, name: str) -> str:
        """Return in words where *name* is set: the file's path, or the shell's environment."""
        return str(self.file) if name in self.from_file else "the environment"


def named_home(ctx: Context) -> tuple[Path, str]:
    """Return where Codex keeps its files, and who says so (`CodexHome.source`), without looking there.

    An empty CODEX_HOME counts as unset, a relative one is taken from the working directory, and `~`
    is not expanded (codex-auth 1.1, proved on 0.169.0).
    """
    asked = ctx.options.get("codex-home")
    named = asked or ctx.env.get("CODEX_HOME")
    source = "--codex-home" if asked else "CODEX_HOME" if named else "default"
    return ctx.cwd / named if named else ctx.home / ".codex", source


def in_time(home: Path, look: Callable[[], T]) -> T:
    """Return what *look* finds at the folder *home* of Codex, and raise what it raises. Blocks.

    :raises Unavailable: the folder does not answer.
    """
    try:
        return within(PATIENCE, look)
    except TimeoutError:
        raise Unavailable(f"{home} does not answer") from None


@blocking_probe("codex.home", touches={Touches.FILES}, limit=1.0)
def codex_home(ctx: Context) -> CodexHome:
    """Find the folder where Codex keeps its files."""
    path, source = named_home(ctx)
    try:
        return in_time(
            path, lambda: CodexHome(path=path, source=source, status=ctx.status(path), target=path.resolve())
        )
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        return CodexHome(path=path, source=source, status=None, target=path, error=_words(error))


@blocking_probe("codex.environment", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def environment(ctx: Context, home: CodexHome) -> Environment:
    """Read the environment, and what `$CODEX_HOME/.env` changes in it.

    The file wins over the shell, and names that begin with `CODEX_` are dropped from it
    (codex-environment 3.4 and codex-auth 1.1).
    """
    _hide(ctx.env, ctx)
    path = home.path / ".env"
    try:
        text = ctx.read(path, limit=DOTENV_LIMIT).decode("utf-8", "replace")
    except FileNotFoundError:
        return Environment(variables=dict(ctx.env), from_file=frozenset(), file=None)
    except OSError as error:
        return Environment(variables=dict(ctx.env), from_file=frozenset(), file=path, error=_words(error))
    lines = {name: number for number, name, _ in _lines(text) if not name.startswith("CODEX_")}
    added = {name: value for name, value in parse_dotenv(text).items() if name in lines}
    _hide(added, ctx)
    return Environment(variables={**ctx.env, **added}, from_file=frozenset(added), file=path, lines=lines)


def _hide(variables: Mapping[str, str], ctx: Context) -> None:
    """Let the vault of *ctx* know what is secret in *variables* by its name, or a password in an address."""
    for name, value in variables.items():
        if any(word in name.upper() for word in SECRET_VARIABLES):
            ctx.vault.secret(value)
        if password := _PASSWORD.search(value):
            ctx.vault.secret(password[1])


def parse_dotenv(text: str) -> dict[str, str]:
    """Return the variables that a `.env` file sets; lines that set none are passed over."""
    return {name: value for _, name, value in _lines(text)}


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the number, name and value of each line that sets a variable."""
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.replace("_", "").isalnum() or name[0].isdigit():
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        yield number, name, value


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)


def dead_end(ctx: Context, path: Path) -> Path | None:
    """Return where the link *path* leads, where that is nowhere; None where it is no such link."""
    try:
        itself = ctx.status(path, follow=False)
        return ctx.real(path) if itself is not None and itself.kind == "symlink" else None
    except OSError:
        return None
