"""The mends of a settings file as fixes: one certain change, shown as a difference, that can be undone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from codex_checks.config import toml
from codex_checks.config.mends.certain import certain
from codex_checks.config.mends.text import quoted
from codex_checks.config.settings import Layer, LayerKind, look
from codex_checks.config.shape import BOOL, LIST, NUMBERS, Misfit, MisfitKind, misfits
from codex_doctor.fix import Fix, RewriteFile, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_checks.config.mends.values import Source
    from codex_doctor.toml.written import KeyPath

RESTART: Final = (
    "Restart the Codex windows, editors and background programs that still run: they keep the old settings."
)

LONGEST: Final = 50_000
"""Characters of a file in which single settings are corrected: each takes another twentieth of a second."""

MOST: Final = 10
"""Settings that are corrected at once; the next look brings the next."""

OWN: Final = (LayerKind.USER, LayerKind.PROFILE)
"""Files in CODEX_HOME, which are the user's own; a project's belongs to the project."""

REMOVED: Final = frozenset(
    {
        "disable_response_storage",
        "experimental_use_rmcp_client",
        "model_max_output_tokens",
        "model_reasoning_summary_format",
    }
)
"""Settings that earlier versions of Codex had, and that 0.169.0 ignores (codex-environment 4.3)."""

_WARILY: Final = re.compile(
    r"sandbox|approval|permission|projects|auto_review|base_url|model_provider|shell|network|ws_"
)
"""Settings that say what Codex may do, or where it sends what it sends: none begins to count by a guess."""

_LOOSE: Final = frozenset({"danger-full-access", "never", "trusted", "allow"})
"""Words that take a protection away: none is put in by a guess."""

_TRUTHS: Final = ("true", "false")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?")
_ONE: Final = re.compile(r"[^\s,;]+")
"""Text that is one item of a list, and not several."""


def understood(layer: Layer) -> Fix | None:
    """Return the fix of a file that is not TOML, where it is certain what was meant."""
    if layer.meant is None:
        return None
    kind = layer.fault.kind if layer.fault else toml.FaultKind.SYNTAX
    return rewritten(layer, layer.meant.reveal(), _SUMMARIES.get(kind, "Put quotes where they belong"))


_SUMMARIES: Final[Mapping[toml.FaultKind, str]] = {
    toml.FaultKind.UTF_16: "Save it as UTF-8",
    toml.FaultKind.WINDOWS_BACKSLASH: "Put Windows paths in single quotes",
    toml.FaultKind.DUPLICATE_KEY: "Delete what is set a second time, to the same value",
}


def set_to(layer: Layer, path: KeyPath, new: str, summary: str, *told: str) -> Fix | None:
    """Return the fix that writes *new* for the value of the key *path*, or None where that cannot be done."""
    return rewritten(layer, _source(text_of(layer)).with_value(path, new), summary, *told)


def deleted(layer: Layer, path: KeyPath, summary: str) -> Fix | None:
    """Return the fix that deletes the key *path*, or None where it does not stand alone on its lines."""
    return rewritten(layer, _source(text_of(layer)).without(path), summary)


def corrected(layer: Layer, found: Sequence[Misfit]) -> Iterator[Fix | None]:
    """Yield for each of the settings *found* not to fit its fix, where one correction is certain."""
    if not found:
        return
    text = text_of(layer)
    source = _source(text if len(text) <= LONGEST else "")
    before = _count(text)
    for number, misfit in enumerate(found):
        made = _correction(layer, misfit, source) if number < MOST else None
        # What is corrected must not fail for another reason then.
        yield rewritten(layer, *made) if made and _count(made[0]) < before else None


def _source(text: str) -> Source:
    from codex_checks.config.mends.values import Source  # most settings need no mend

    return Source(text)


def _correction(layer: Layer, misfit: Misfit, source: Source) -> tuple[str, str] | None:
    """Return the text without *misfit*, and what was done in words."""
    if misfit.kind is not MisfitKind.UNKNOWN:
        written = source.value_of(misfit.path)
        new = None if written is None else _reading(misfit, written)
        after = None if new is None else source.with_value(misfit.path, new)
        return (after, f"Write it as {new}") if after else None
    key = str(misfit.path[-1])
    if len(misfit.path) == 1 and key in REMOVED:
        after = source.without(misfit.path)
        return (after, f"Delete `{key}`, which Codex no longer has") if after else None
    name = certain(key, misfit.expected)
    beside = look(layer.values, [str(part) for part in misfit.path[:-1]])
    taken = isinstance(beside, Mapping) and name in cast("Mapping[str, object]", beside)
    if name is None or taken or _WARILY.search(".".join(map(str, (*misfit.path[:-1], name)))):
        return None
    after = source.with_name(misfit.path, name)
    return (after, f"Rename it to `{name}`") if after else None


def _reading(misfit: Misfit, written: str) -> str | None:
    """Return the one value that can be meant by the string *written*, as TOML, or None."""
    said = written[1:-1]
    if written[:1] not in ('"', "'") or not said or any(sign in said for sign in "\\\"'\n"):
        return None
    if misfit.kind is MisfitKind.VARIANT:
        word = certain(said, misfit.expected)
        return None if word is None or word in _LOOSE else quoted(word)
    match misfit.expected:
        case (phrase,) if phrase == BOOL:
            return said.lower() if said.lower() in _TRUTHS else None
        case (phrase,) if phrase in NUMBERS:
            return said if _NUMBER.fullmatch(said) else None
        case (phrase,) if phrase == LIST:
            return f"[{written}]" if _ONE.fullmatch(said) else None
        case _:
            return None


def _count(text: str) -> int:
    """Return how many settings in *text* do not fit."""
    return sum(1 for _ in misfits(toml.parse(text.encode()).values))


def rewritten(layer: Layer, after: str | None, summary: str, *told: str) -> Fix | None:
    """Return the fix that makes *after* the text of *layer*, or None where it is not ours to change.

    *told* is what is left to the user then.
    """
    content = content_of(layer)
    if after is None or content is None or layer.kind not in OWN:
        return None
    from codex_doctor.repair.lines import edits
    from codex_doctor.repair.rewriting import digest

    encoding = "utf-16" if content.startswith(toml.UTF_16_MARKS) else "utf-8"
    before = content if encoding == "utf-8" else content.decode(encoding).encode()
    changes = edits(before, after.encode())
    if changes is None:
        return None
    step = RewriteFile(path=str(layer.path), sha256=digest(content), edits=changes, encoding=encoding)
    return Fix(summary=summary, steps=(step, *(Tell(text=text) for text in (*told, RESTART))))


def content_of(layer: Layer) -> bytes | None:
    """Return the bytes of *layer*, None where they could not be read."""
    return None if layer.content is None else layer.content.reveal().encode("latin-1")


def text_of(layer: Layer) -> str:
    """Return the text of *layer*; empty where it is none."""
    return toml.text_of(content_of(layer) or b"") or ""
