"""Profiles: for whom an examination is made. Those of the doctor are shipped, others are the user's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct, ValidationError, convert

from codex_doctor.errors import UsageError
from codex_doctor.private import config_folder
from codex_doctor.settings.names import strange
from codex_doctor.settings.reading import fault_of, read_table
from codex_doctor.settings.shape import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.settings.reading import Table

SHIPPED: Final = Path(__file__).resolve().parent / "shipped"

DEFAULT: Final = "default"

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LISTS: Final = ("enable", "disable", "require")
_MOST: Final = 5
"""Profiles that may extend each other in a row."""


class Listed(Struct, frozen=True, kw_only=True):
    """A profile that can be chosen, and the *file* that holds it; *fault* is what is wrong with it."""

    name: str
    file: Path
    profile: Profile | None
    fault: str = ""


def profile(name: str) -> Profile:
    """Return the profile called *name*.

    :raises UsageError: there is none, or its file is wrong; the message says where.
    """
    values: dict[str, object] = {}
    seen: list[str] = []
    following: str | None = name
    while following is not None:
        if following in seen or len(seen) == _MOST:
            raise UsageError(f"the profile {name} extends itself: {' -> '.join([*seen, following])}")
        table = _table(following)
        if not (SHIPPED / f"{following}.toml").is_file():
            _checked(table)
        values = _over(table.values, values)
        seen.append(following)
        base = table.values.get("extends")
        following = base if isinstance(base, str) else None
    return convert(values, Profile)


def listed() -> Iterator[Listed]:
    """Yield every profile that can be chosen, the doctor's own first."""
    for name, file in _files().items():
        try:
            yield Listed(name=name, file=file, profile=profile(name))
        except UsageError as error:
            yield Listed(name=name, file=file, profile=None, fault=str(error))


def text(name: str) -> str:
    """Return the text of the profile called *name*, to be copied into one's own.

    :raises UsageError: there is none, or it cannot be read.
    """
    file = _file(name)
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the profile {file} cannot be read: {error}") from None


def _files() -> Mapping[str, Path]:
    """Return where each profile stands, by name; one of the doctor's own goes before a namesake."""
    shipped = sorted(SHIPPED.glob("*.toml"), key=lambda file: (file.stem != DEFAULT, file.stem))
    try:
        own = sorted((config_folder() / "profiles").glob("*.toml"))
    except OSError:
        own = []
    found = {file.stem: file for file in shipped}
    for file in own:
        found.setdefault(file.stem, file)
    return found


def _file(name: str) -> Path:
    if _NAME.fullmatch(name):
        for folder in (SHIPPED, config_folder() / "profiles"):
            if (file := folder / f"{name}.toml").is_file():
                return file
    from difflib import get_close_matches

    names = list(_files())
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    raise UsageError(f"no profile is called {name!r}; {hint} (see: codex-doctor profiles)")


def _table(name: str) -> Table:
    file = _file(name)
    try:
        return read_table(file, ())
    except OSError as error:
        raise UsageError(f"the profile {file} cannot be read: {error.strerror or error}") from None


def _checked(table: Table) -> None:
    """Refuse a *table* that is wrong by itself, before what it extends hides where.

    :raises UsageError: it is wrong.
    """
    fault = table.fault
    if fault is None:
        try:
            # A profile that extends another takes its summary over.
            own = {"summary": "-", **table.values} if "extends" in table.values else table.values
            fault = strange(convert(own, Profile), table.where)
        except ValidationError as error:
            fault = fault_of(str(error), table, Profile)
    if fault is not None:
        raise UsageError(str(fault))


def _over(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Return *base* with what *own* says over it: lists are joined, and so are severities."""
    merged: dict[str, Any] = {**base, **own}
    for key in _LISTS:
        merged[key] = [*cast("list[str]", base.get(key, [])), *cast("list[str]", own.get(key, []))]
    merged["severity"] = {
        **cast("dict[str, str]", base.get("severity", {})),
        **cast("dict[str, str]", own.get("severity", {})),
    }
    return merged
