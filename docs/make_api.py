"""Write docs/api.md and tests/golden/api.txt from the code: `python docs/make_api.py`.

The first is for whoever writes a check or embeds the doctor, the second holds the signatures alone: a test
compares both with the code, so that nothing public changes unnoticed. What is public stands in the `__all__`
of each of `MODULES`.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE / "api.md"
GOLDEN: Final = HERE.parent / "tests" / "golden" / "api.txt"

MODULES: Final = {
    "For checks": (
        "codex_doctor.catalogue",
        "codex_doctor.model",
        "codex_doctor.probe",
        "codex_doctor.check",
        "codex_doctor.context",
        "codex_doctor.files",
        "codex_doctor.processes",
        "codex_doctor.dial",
        "codex_doctor.fix",
        "codex_doctor.redact",
        "codex_doctor.errors",
    ),
    "For tests of checks": ("codex_doctor.testing",),
    "For programs that embed it": (
        "codex_doctor",
        "codex_checks.signin",
        "codex_checks.installing",
    ),
}
"""The public modules, in the order of the page; everything else may change without notice."""

HEAD: Final = """\
# The public names

What a plugin or a program may build on: everything that is listed here. It changes only with a line in the
changelog; whatever is not listed may change at any time. Times are in seconds and sizes in bytes, where
nothing else is said. Facts are frozen `msgspec.Struct`s, and all of their fields are given by name.

`python docs/make_api.py` writes this page from the code.
"""

_RAISES: Final = re.compile(r"^:raises (\w+): ?", re.MULTILINE)
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")


def main() -> None:
    """Write both files."""
    PAGE.write_text(page(), "utf-8")
    GOLDEN.write_text(signatures(), "utf-8")


def page() -> str:
    """Return the reference in Markdown."""
    parts = [HEAD]
    for title, names in MODULES.items():
        parts.append(f"## {title}\n")
        for name in names:
            module = importlib.import_module(name)
            parts += [f"### `{name}`\n", f"{_prose(module)}\n"]
            for public in _public(module):
                parts += _described(module, public)
    return "\n".join(parts).rstrip("\n") + "\n"


def signatures() -> str:
    """Return a line for each public name, field, method and member."""
    lines = [
        line
        for names in MODULES.values()
        for name in names
        for public in _public(importlib.import_module(name))
        for line in _lines(name, public, getattr(importlib.import_module(name), public))
    ]
    return "\n".join(lines) + "\n"


def _public(module: ModuleType) -> list[str]:
    return sorted(module.__all__, key=lambda name: (name.lower(), name))


def _described(module: ModuleType, name: str) -> Iterator[str]:
    thing = getattr(module, name)
    shown = list(_lines("", name, thing))
    yield f"#### `{name}`\n"
    yield "```text\n" + "\n".join(shown) + "\n```\n"
    text = _said_below(module, name) if _is_value(thing) else _prose(thing)
    if text:
        yield f"{text}\n"
    if inspect.isclass(thing):
        for method, found in _methods(thing):
            if said := _prose(found):
                yield f"`{name}.{method}`: {said}\n"


def _lines(module: str, name: str, thing: Any) -> Iterator[str]:  # noqa: ANN401 - whatever is public
    """Yield the signature of *thing*, and of what belongs to it."""
    whole = f"{module}.{name}" if module else name
    if inspect.isclass(thing):
        bases = [base.__name__ for base in thing.__bases__ if base is not object]
        yield f"class {whole}({', '.join(bases)})" if bases else f"class {whole}"
        if issubclass(thing, enum.Enum):
            yield from (f"{whole}.{member.name} = {member.value!r}" for member in thing)
        elif issubclass(thing, msgspec.Struct):
            yield from _fields(whole, thing)
        elif "__init__" in vars(thing):
            yield f"{whole}{_signature(thing)}"
        for method, found in _methods(thing):
            if isinstance(found, property):
                yield f"{whole}.{method} -> {_returned(found)}"
            else:
                yield f"{_asynchronous(found)}{whole}.{method}{_signature(found)}"
    elif callable(thing) and not _is_value(thing):
        yield f"{_asynchronous(thing)}{whole}{_signature(thing)}"
    else:
        yield f"{whole} = {_value(thing)}"


def _fields(whole: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    """Yield the fields of *struct* with their types, as they are written, and what they are if not given."""
    types: dict[str, object] = {}
    for each in reversed(struct.__mro__):
        types |= inspect.get_annotations(each)
    names, defaults = struct.__struct_fields__, struct.__struct_defaults__
    given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    for name in names:
        default = given.get(name, msgspec.NODEFAULT)
        ending = "" if default is msgspec.NODEFAULT else f" = {_value(default)}"
        yield f"{whole}.{name}: {types[name]}{ending}"


def _methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield what is public in *cls* itself, in the order in which it is written."""
    for name, found in vars(cls).items():
        plain: Any = getattr(found, "__func__", found)  # of a class method
        if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
            yield name, plain


def _signature(thing: Any) -> str:  # noqa: ANN401 - whatever can be called
    """Return the signature as it is written; a default that has no short name is `...`."""
    found = inspect.signature(thing)
    parameters = [
        parameter
        if parameter.default is parameter.empty
        else parameter.replace(default=_Shown(_value(parameter.default)))
        for parameter in found.parameters.values()
    ]
    return re.sub(r"'([^']*)'", r"\1", str(found.replace(parameters=parameters)))


def _asynchronous(thing: object) -> str:
    return "async " if inspect.iscoroutinefunction(thing) else ""


class _Shown:
    """A default, as it is to be shown."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text.replace("'", '"')


def _returned(found: property) -> str:
    return str(inspect.get_annotations(cast("Any", found.fget)).get("return", "Any"))


def _value(value: object) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, frozenset):
        inside = sorted(map(_value, cast("frozenset[object]", value)))
        return f"frozenset({{{', '.join(inside)}}})" if inside else "frozenset()"
    if value is None or isinstance(value, (bool, int, float, str, tuple)):
        text = repr(cast("object", value))
        return "..." if _ADDRESS.search(text) else text
    if isinstance(value, type):
        return value.__name__
    text = str(value)
    return text if re.fullmatch(r"[\w.| \[\],]+", text) else "..."


def _is_value(thing: object) -> bool:
    """Whether *thing* is a constant or a name for a type, which has no docstring of its own."""
    return not (
        inspect.isclass(thing) or inspect.isroutine(thing) or type(thing).__module__.startswith("codex_")
    )


def _said_below(module: ModuleType, name: str) -> str:
    """Return the text that stands below the assignment of *name*, as the project writes it."""
    body = ast.parse(inspect.getsource(module)).body
    for statement, following in itertools.pairwise(body):
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            return inspect.cleandoc(str(following.value.value))
    return ""


def _prose(thing: Any) -> str:  # noqa: ANN401 - whatever has a docstring
    """Return a docstring in Markdown."""
    return _RAISES.sub(r"\n- raises `\1`: ", inspect.getdoc(thing) or "").strip()


if __name__ == "__main__":
    main()
