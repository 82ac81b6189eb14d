"""A check of the user's own of a value in a JSON or TOML file. What looks like a secret is not shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.declared.looking import hide_variables, matches, place, short
from codex_doctor.files import NotAFileError
from codex_doctor.probe import Probe, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import Scalar, Value
    from codex_doctor.context import Context

LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a file in which a value is looked up."""

SECRETIVE: Final = ("key", "token", "secret", "password", "credential", "authorization")
"""Words in the name of a value that make it a secret, whatever it looks like."""


class Seen(Struct, frozen=True, kw_only=True):
    """The value in words, if *found*, and whether it is *as_asked*; *there*: the file is."""

    path: str
    there: bool = True
    found: bool = False
    as_asked: bool = False
    shown: str = ""


def probe_of(asked: Value, id: str) -> Probe[Seen]:
    """Return the probe that looks at what is *asked*."""
    parts = tuple(asked.at.split(".")) if isinstance(asked.at, str) else asked.at
    secret = any(word in str(parts[-1]).lower() for word in SECRETIVE)

    @blocking_probe(id, touches={Touches.FILES}, limit=2.0)
    def look(ctx: Context) -> Seen:
        hide_variables(ctx)
        path = place(ctx, asked.file)
        try:
            content = ctx.read(path, limit=LIMIT)
        except FileNotFoundError:
            return Seen(path=str(path), there=False)
        except NotAFileError as error:
            raise Unavailable(str(error)) from None
        except OSError as error:
            raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from None
        kind = asked.format or ("toml" if path.suffix == ".toml" else "json")
        found, value = _at(_parsed(content, kind, str(path)), parts)
        if found and secret and isinstance(value, str):
            ctx.vault.secret(value)
        return Seen(
            path=str(path),
            found=found,
            as_asked=found and _as_asked(asked, value),
            shown="another value" if secret else short(json.dumps(value, default=str, ensure_ascii=False)),
        )

    return look


def _parsed(content: bytes, kind: str, path: str) -> object:
    if kind == "toml":
        from codex_checks.config.toml import parse

        document = parse(content)
        if document.fault is not None:
            raise Unavailable(f"{path}{document.fault.where} is not TOML: {document.fault.message}")
        return document.values
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # its words may repeat what stands there
        raise Unavailable(f"{path} is not JSON") from None


def _at(value: object, parts: tuple[str | int, ...]) -> tuple[bool, object]:
    """Return whether there is something at *parts* in *value*, and what."""
    for part in parts:
        if isinstance(value, dict) and str(part) in value:
            value = cast("dict[str, object]", value)[str(part)]
            continue
        listed = cast("list[object]", value) if isinstance(value, list) else []
        if not str(part).isdecimal() or int(part) >= len(listed):
            return False, None
        value = listed[int(part)]
    return True, value


def _as_asked(asked: Value, value: object) -> bool:
    if asked.equals is not None and not _same(asked.equals, value):
        return False
    if asked.one_of is not None and not any(_same(each, value) for each in asked.one_of):
        return False
    return asked.matches is None or (isinstance(value, str) and matches(value, asked.matches))


def _same(wanted: Scalar, value: object) -> bool:
    """Whether they are equal, and true is not 1."""
    return wanted == value and isinstance(wanted, bool) is isinstance(value, bool)


def judge_of(asked: Value) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""
    at = asked.at if isinstance(asked.at, str) else ".".join(map(str, asked.at))

    def judge(seen: Seen) -> Iterator[Wrong]:
        evidence: Mapping[str, str] = {"file": seen.path, "at": at}
        if not asked.exists:
            if seen.found:
                yield f"{at} stands in {seen.path}", evidence
        elif not seen.there:
            yield f"{seen.path} is not there", evidence
        elif not seen.found:
            yield f"{at} does not stand in {seen.path}", evidence
        elif not seen.as_asked:
            yield f"{at} in {seen.path} is {seen.shown}, not {_wanted(asked)}", evidence

    return judge


def _wanted(asked: Value) -> str:
    if asked.equals is not None:
        return json.dumps(asked.equals, ensure_ascii=False)
    if asked.one_of is not None:
        return " or ".join(json.dumps(each, ensure_ascii=False) for each in asked.one_of)
    return str(asked.matches)
