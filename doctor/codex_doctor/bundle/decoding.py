"""Facts from data that somebody sent: only types that a disclosure names are ever made of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from codex_doctor.bundle.archive import BundleError
from codex_doctor.bundle.encoding import name_of
from codex_doctor.readings import Fact, Gap, Missing
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_doctor.bundle.disclosure import Disclosure
    from codex_doctor.model import Problem
    from codex_doctor.readings import Answer

MOST_VALUES: Final = 500_000
"""Values of one report, what is shared counted each time: a machine has some ten thousand."""


_PLAIN: Final[Mapping[str, Callable[[str], object]]] = {
    "path": Path,
    "time": datetime.fromisoformat,
    "secret": Secret,
    "bytes": str.encode,
    "float": float,
}
"""What is made of one text."""


class Decoder:
    """Decodes facts, a file after the other."""

    def __init__(self, disclosure: Disclosure, problems: Sequence[Problem]) -> None:
        self._types = {name_of(kind): kind for kind in disclosure.types}
        self._problems = {problem.code: problem for problem in problems}
        self._shared: dict[int, tuple[object, int]] = {}
        self._left = MOST_VALUES
        self._unknown = False

    def begin(self) -> None:
        """Begin with another file: nothing points from one to the other."""
        self._shared.clear()

    def answer(self, data: object) -> Answer | None:
        """Return what a probe answered, or None where not all of it is there, or is known here.

        A report of another version may hold types that are not those of this one.

        :raises BundleError: it has another form.
        """
        told = _object(data)
        if "missing" in told:
            try:
                gap = Gap[_text(told["missing"]).upper()]
            except KeyError:
                raise BundleError("a gap among the facts has no name") from None
            return Missing(gap, _text(told.get("reason", "")))
        self._unknown = bool(told.get("withheld"))
        value = self.value(told.get("fact"))
        return None if self._unknown else Fact(value)

    def value(self, data: object) -> Any:  # noqa: ANN401 - any fact
        """Return what *data* stands for.

        :raises BundleError: it stands for nothing that a disclosure names.
        """
        self._left -= 1
        if self._left < 0:
            raise BundleError("it holds more facts than any machine has")
        if isinstance(data, list):
            return tuple(self.value(item) for item in cast("list[object]", data))
        if not isinstance(data, dict):
            return data
        told = cast("dict[str, object]", data)
        if "$" not in told:
            return {key: self.value(item) for key, item in told.items()}
        return self._named(_text(told["$"]), told)

    def _named(self, kind: str, told: Mapping[str, object]) -> Any:  # noqa: ANN401 - any fact
        try:
            if kind in _PLAIN:
                return _PLAIN[kind](_text(told["is"]))
            match kind:
                case "see":
                    return self._seen(told.get("is"))
                case "problem":
                    return self._problems[_text(told["is"])]
                case "set" | "map":
                    return self._many(kind, told.get("of"))
                case _:
                    return self._typed(kind, told)
        except BundleError:
            raise
        except (KeyError, TypeError, ValueError):
            raise BundleError(f"a fact of the kind {kind[:80]!r} is not what codex-doctor writes") from None

    def _many(self, kind: str, items: object) -> object:
        if not isinstance(items, list):
            raise BundleError(f"a {kind} among the facts is none")
        values = [self.value(item) for item in cast("list[object]", items)]
        return frozenset(values) if kind == "set" else dict(values)

    def _typed(self, name: str, told: Mapping[str, object]) -> object:
        before = self._left
        fields = {key: self.value(item) for key, item in told.items() if key not in {"$", "#"}}
        made: object = None
        try:
            kind = self._types[name]
            made = kind(fields["is"]) if issubclass(kind, Enum) else kind(**fields)
        except (KeyError, TypeError, ValueError):
            self._unknown = True
        if isinstance(number := told.get("#"), int):
            self._shared[number] = (made, before - self._left)
        return made

    def _seen(self, number: object) -> object:
        if not isinstance(number, int) or number not in self._shared:
            raise BundleError("a fact points to one that is not there")
        made, size = self._shared[number]
        self._left -= size  # so that a few facts cannot stand for millions
        return made


def _object(data: object) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise BundleError("an answer among the facts is none")
    return cast("dict[str, object]", data)


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise BundleError("a word among the facts is none")
    return data
