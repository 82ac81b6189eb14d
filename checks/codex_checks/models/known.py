"""The models that Codex knows: its own list, or the one that the service gave and that it keeps beside."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotation at run time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.places import CodexHome, codex_home
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codex_doctor.context import Context

CACHE: Final = "models_cache.json"
LIMIT: Final = 8 * 1024 * 1024
"""Bytes: the list holds the instructions of each model, half a megabyte in all (codex-environment 5)."""

BUNDLED_WITH: Final = "0.169.0"
"""The version whose own list stands here."""

FALLBACK_WINDOW: Final = 272_000
"""Tokens that Codex takes for the window of a model it does not know (put to 0.169.0)."""

DEFAULT: Final = "gpt-6.1-sol"
"""The model that this version takes where none is named (codex-environment 7)."""

_USUAL: Final = ("low", "medium", "high", "xhigh", "max")
_ALL: Final = (*_USUAL, "ultra")


class Known(Struct, frozen=True, kw_only=True):
    """A model: the most tokens of its window, and the reasoning efforts that it takes; None: not told."""

    window: int | None = None
    efforts: tuple[str, ...] | None = None


BUNDLED: Final[Mapping[str, Known]] = {
    "codex-auto-review": Known(window=872_000, efforts=_USUAL),
    "gpt-5.5": Known(window=272_000, efforts=("low", "medium", "high", "xhigh")),
    "gpt-5.6-luna": Known(window=872_000, efforts=_USUAL),
    "gpt-5.6-sol": Known(window=872_000, efforts=_ALL),
    "gpt-5.6-terra": Known(window=872_000, efforts=_ALL),
    "gpt-6-astra": Known(window=872_000, efforts=_ALL),
    "gpt-6-luna": Known(window=872_000, efforts=_USUAL),
    "gpt-6-sol": Known(window=872_000, efforts=_ALL),
    "gpt-6.1-sol": Known(window=872_000, efforts=_ALL),
    "gpt-6.1-terra": Known(window=872_000, efforts=_ALL),
    "gpt-daybreak-blue-latest": Known(window=872_000, efforts=_ALL),
    "gpt-daybreak-red-latest": Known(window=372_000, efforts=_ALL),
}
"""What `codex debug models --bundled` lists; a test asks for it."""


class Cache(Struct, frozen=True, kw_only=True):
    """The list that Codex keeps at *path*: None for *models* where there is none that can be read.

    *version* is that of the Codex that fetched it, *fetched* when, in seconds since the epoch.
    """

    path: str
    exists: bool = False
    version: str | None = None
    fetched: float = 0.0
    models: dict[str, Known] | None = None


class _Level(Struct):
    effort: str


class _Model(Struct):
    slug: str
    context_window: int | None = None
    max_context_window: int | None = None
    supported_reasoning_levels: list[_Level] | None = None


class _Written(Struct):
    models: list[_Model]
    client_version: str | None = None
    fetched_at: datetime | None = None


@blocking_probe("models.cache", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def models_cache(ctx: Context, home: CodexHome) -> Cache:
    """Read the list of models that Codex keeps."""
    import msgspec

    path = home.path / CACHE
    try:
        content = ctx.read(path, limit=LIMIT)
    except FileNotFoundError:
        return Cache(path=str(path))
    except OSError:
        return Cache(path=str(path), exists=True)
    try:
        written = msgspec.json.decode(content, type=_Written)
    except (msgspec.MsgspecError, RecursionError):
        return Cache(path=str(path), exists=True)
    fetched = written.fetched_at
    return Cache(
        path=str(path),
        exists=True,
        version=written.client_version,
        fetched=fetched.timestamp() if fetched is not None else 0.0,
        models={
            model.slug: Known(
                window=model.max_context_window or model.context_window,
                efforts=tuple(level.effort for level in model.supported_reasoning_levels or ()) or None,
            )
            for model in written.models
        },
    )


def find(name: str, among: Mapping[str, Known]) -> Known | None:
    """Return the model that Codex takes *name* for, or None where it knows none.

    The longest name that it begins with counts, and one word with a slash before it is passed over (put
    to 0.169.0: `gpt-6-sol-2026` and `openai/gpt-6-sol` are known, `a/b/gpt-6-sol` is not).
    """
    first, slash, rest = name.partition("/")
    candidates = (name, rest) if slash and first.replace("-", "").replace("_", "").isalnum() else (name,)
    for candidate in candidates:
        longest = max(_begun(candidate, among), key=len, default=None)
        if longest is not None:
            return among[longest]
    return None


def _begun(name: str, among: Iterable[str]) -> Iterable[str]:
    return (known for known in among if name.startswith(known))
