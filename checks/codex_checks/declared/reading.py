"""Read a file of the user's own checks, and say of each mistake in it where it stands and what was meant."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from codex_checks.declared.shape import KINDS, Checks, Declared
from codex_doctor.model import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codex_checks.config.toml import Document
    from codex_doctor.taken import Taken
    from codex_doctor.toml.written import KeyPath

CLOSE: Final = 0.6
"""How alike two keys are of which one may be meant by the other (`difflib`; its own default)."""

_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_PART: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_FORM: Final = "it does not have the form that is wanted here"
_KINDS: Final = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def _kind(word: re.Match[str]) -> str:
    return _KINDS[word[1]]


_IN_WORDS: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"Expected `str` matching regex .*"), _FORM),
    (re.compile(r"Invalid enum value (.*)"), r"\1 is not one of the words that may stand here"),
    (re.compile(r"`(bool|int|float|str|array|object|null)`"), _kind),
    (re.compile(r"Expected (.*), got (.*)"), r"\1 is wanted here, not \2"),
)


class Mistake(Struct, frozen=True, kw_only=True):
    """What is wrong in a file. *line* and *column* count characters from 1; 0: it is the whole file."""

    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Say where it is as compilers do, and what: `12:9: ...`."""
        return f"{self.line}:{self.column}: {self.message}" if self.line else self.message


class Read(Struct, frozen=True, kw_only=True):
    """The checks of a file that are well written, each with its problem, and the mistakes in the others."""

    checks: tuple[tuple[Declared, Problem], ...] = ()
    mistakes: tuple[Mistake, ...] = ()


class _WrongError(Exception):
    """Something in a check is wrong, at *path* within it; *at_value*: it is the value, not the key."""

    def __init__(self, message: str, path: KeyPath, *, at_value: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.at_value = at_value


def read(content: bytes, taken: Taken) -> Read:
    """Return the checks in *content*, which use nothing that is *taken*."""
    quickly = _values(content)
    if quickly is not None and not (found := _read(quickly, taken, None)).mistakes:
        return found
    from codex_checks.config.toml import parse  # it knows where everything stands, in twice the time

    document = parse(content)
    if document.fault is not None:
        fault = document.fault
        return Read(
            mistakes=(Mistake(message=fault.message, line=fault.line or 0, column=fault.column or 0),)
        )
    return _read(document.values, taken, document)


def _values(content: bytes) -> Mapping[str, object] | None:
    """Return what *content* says, or None where it is not plainly TOML."""
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _read(values: Mapping[str, object], taken: Taken, document: Document | None) -> Read:
    """Return the checks in *values*; without the *document* the mistakes have no place."""
    used = _Used(taken)
    checks: list[tuple[Declared, Problem]] = []
    mistakes = list(_about_the_file(values, document))
    listed = values.get("check")
    for number, table in enumerate(cast("list[object]", listed) if isinstance(listed, list) else ()):
        try:
            check = _check(table)
            checks.append((check, _problem(check, used)))
        except _WrongError as wrong:
            mistakes.append(_placed(document, ("check", number, *wrong.path), wrong))
    return Read(checks=tuple(checks), mistakes=tuple(mistakes))


class _Used:
    """What is in use: what is taken, and what the checks before use."""

    def __init__(self, taken: Taken) -> None:
        self.words = {"id": set(taken.checks), "code": set(taken.codes), "name": set(taken.names)}

    def add(self, what: str, word: str, path: KeyPath) -> None:
        """Take note of *word*, which stands at *path*.

        :raises _WrongError: it is in use already.
        """
        if word in self.words[what]:
            raise _WrongError(f"the {what} {word} is in use already", path, at_value=True)
        self.words[what].add(word)


def _about_the_file(values: Mapping[str, object], document: Document | None) -> Iterator[Mistake]:
    """Yield what is wrong outside the checks."""
    for key in values:
        if key not in Checks.__struct_fields__:
            yield _placed(document, (key,), _WrongError(_strange(key, Checks.__struct_fields__), ()))
    listed = values.get("check")
    if not (isinstance(listed, list) and listed):
        yield Mistake(message="it holds no check: each begins with a line [[check]]", line=1, column=1)


def _check(table: object) -> Declared:
    import msgspec

    try:
        check = msgspec.convert(table, Declared)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        raise _in_words(said, _path(place.rstrip("`"))) from None
    given = [kind for kind in KINDS if getattr(check, kind) is not None]
    if not given:
        raise _WrongError(f"it does not say what to look at: it needs one of {', '.join(KINDS)}", ())
    if len(given) > 1:
        raise _WrongError(f"it looks at {' and '.join(given)}; a check looks at one thing", (given[1],))
    return check


def _problem(check: Declared, used: _Used) -> Problem:
    """Return the problem of *check*, if nobody else has its words."""
    wrong = check.problem
    used.add("id", check.id, ("id",))
    used.add("code", wrong.code, ("problem", "code"))
    used.add("name", wrong.name, ("problem", "name"))
    if wrong.code.startswith("CDX"):
        raise _WrongError(
            f"{wrong.code} starts with CDX, which is the doctor's own: take another prefix",
            ("problem", "code"),
            at_value=True,
        )
    if check.title.endswith("."):
        raise _WrongError("a title has no full stop at its end", ("title",), at_value=True)
    try:
        return Problem(
            code=wrong.code,
            name=wrong.name,
            area=check.id.partition(".")[0],
            severity=Severity(wrong.severity),
            title=wrong.title,
            advice=wrong.advice,
            explains=wrong.explains,
            blocks=wrong.blocks,
            url=wrong.url,
        )
    except ValueError as error:
        raise _WrongError(str(error), ("problem", "title"), at_value=True) from None


def _path(place: str) -> KeyPath:
    return tuple(int(number) if number else name for name, number in _PART.findall(place))


def _in_words(said: str, path: KeyPath) -> _WrongError:
    """Return what msgspec *said* of the value at *path*, for whoever wrote it."""
    if unknown := _UNKNOWN.fullmatch(said):
        return _WrongError(_strange(unknown[1], _keys_at(path)), (*path, unknown[1]))
    if missing := _MISSING.fullmatch(said):
        return _WrongError(f"it says nothing of `{missing[1]}`, which is needed", path)
    for pattern, words in _IN_WORDS:
        said = pattern.sub(words, said)
    allowed = _words_at(path)
    hint = f": {', '.join(allowed)}" if allowed else _form_at(path) if said == _FORM else ""
    return _WrongError(f"`{path[-1]}`: {said}{hint}" if path else said, path, at_value=True)


def _strange(key: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1, cutoff=CLOSE)
    meant = f"did you mean `{near[0]}`?" if near else f"what may stand here: {', '.join(known)}"
    return f"`{key}` means nothing here; {meant}"


@cache
def _schema() -> Mapping[str, Any]:
    import msgspec

    return msgspec.json.schema(Declared)


def _found_at(path: KeyPath) -> Mapping[str, Any]:
    """Return what the schema says of the value at *path*, with the choice of nothing left out."""
    whole = _schema()
    at: Mapping[str, Any] = whole
    for part in (None, *path):
        if part is not None:
            at = at.get("items", {}) if isinstance(part, int) else at.get("properties", {}).get(part, {})
        choices = [each for each in at.get("anyOf", ()) if each.get("type") != "null"]
        at = {**at, **(choices[0] if choices else {})}
        if "$ref" in at:
            at = {**at, **whole["$defs"][at["$ref"].rpartition("/")[2]]}
    return at


def _keys_at(path: KeyPath) -> tuple[str, ...]:
    return tuple(_found_at(path).get("properties", ()))


def _words_at(path: KeyPath) -> tuple[str, ...]:
    return tuple(map(str, _found_at(path).get("enum", ())))


def _form_at(path: KeyPath) -> str:
    said = _found_at(path).get("description", "")
    return f". {said}" if said and "\n" not in said else ""


def _placed(document: Document | None, path: KeyPath, wrong: _WrongError) -> Mistake:
    """Return *wrong* with its place in *document*: where *path* stands, or what it stands in."""
    while document is not None and path and path not in document.places:
        path = path[:-1]
    if document is None or not path:
        return Mistake(message=wrong.message, line=1, column=1)
    place = document.places[path]
    if wrong.at_value:
        return Mistake(message=wrong.message, line=place.value_line, column=place.value_column)
    return Mistake(message=wrong.message, line=place.line, column=place.column)
