"""Read a sign-in that somebody pasted: an auth.json from another machine, an API key, a personal token.

What was lost on the way is understood (marks and encodings of editors, fences of chats, quotes); what Codex
would refuse is refused with its place. Nothing that is said here holds anything of what was read.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.acts.content import Replacement, as_codex_writes, known, read_content, stamp
from codex_checks.acts.errors import ActError
from codex_checks.auth.document import Document, Fault, Mode
from codex_checks.auth.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codex_checks.auth.document import Keep

INVALID: Final = "auth-json-invalid"

_FENCES: Final = ("```", "~~~")
_AROUND: Final = " \t\r\n\f\v\u00a0\u200b\u200c\u200d\u2060\ufeff\"'`\u2018\u2019\u201c\u201d"
"""What stands around a pasted key: white space, some of it without width, and quotes of all kinds."""

_WITHOUT_WIDTH: Final = re.compile("[\r\n\u200b\u200c\u200d\u2060\ufeff]")
"""What a terminal or a chat puts into a long word."""

_API_KEY: Final = re.compile(r"sk-[A-Za-z0-9_-]{8,}")
_PERSONAL: Final = re.compile(r"at-[A-Za-z0-9_-]{8,}")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_-]")
DEPTH: Final = 100
"""Objects and lists inside each other: a real auth.json has three."""

_TOO_DEEP: Final = "it is nested too deeply"

_LONE: Final = {
    "eyJ": "it is a single token; import the whole auth.json",
    "rt_": "it is a refresh token alone; import the whole auth.json",
    "rt.": "it is a refresh token alone; import the whole auth.json",
}
"""What people paste instead, by how it begins."""


class NotImportable(ActError):  # noqa: N818 - as its siblings
    """What was pasted is no sign-in that Codex would take; nothing was changed."""

    next_step = "Copy the whole of it again; nothing was changed here."


class NotThere(NotImportable):
    """No file has the name that was given; nothing was changed."""

    next_step = "Name the file that holds the sign-in, or - for standard input; nothing was changed here."


class Pasted(Struct, frozen=True, kw_only=True):
    """A sign-in that Codex would take. *notes* are sentences about what was added or lacks."""

    replacement: Replacement
    document: Document
    notes: tuple[str, ...] = ()


def read_pasted(raw: bytes, keep: Keep) -> Pasted:
    """Return the sign-in in *raw*. *keep* makes secrets of it.

    :raises NotImportable: there is none; the words name the place and never what stands there.
    """
    text, above = _unfenced(_decoded(raw))
    if text.lstrip()[:1] in ("{", "["):
        return _of_file(text, above, keep)
    return _of_key(text, keep)


def _decoded(raw: bytes) -> str:
    """Return what *raw* says, in whatever encoding an editor or a shell wrote it."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in raw:  # of what is meant, hardly a letter needs more than one byte
        encoding = "utf-16-le" if raw[1::2].count(0) >= raw[::2].count(0) else "utf-16-be"
    else:
        encoding = "utf-8"
        raw = raw.removeprefix(BOM_UTF8)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        words = f"it is no text in {encoding.upper()}: byte {error.start + 1} does not belong there"
        raise NotImportable(INVALID, words) from None
    return text


def _unfenced(text: str) -> tuple[str, int]:
    """Return *text* without the fence of Markdown around it, and how many lines stood above."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if not lines[first].lstrip().startswith(_FENCES):
        return text, 0
    fence = lines[first].lstrip()[:3]
    last = next((at for at in range(first + 1, len(lines)) if lines[at].strip() == fence), len(lines))
    return "\n".join(lines[first + 1 : last]), first + 1


def _of_file(text: str, above: int, keep: Keep) -> Pasted:
    content = text.encode("utf-8")
    said = parse(content, keep)
    if isinstance(said, Fault):
        what = f"{said.field} {said.words}" if said.field else f"it {said.words}"
        raise NotImportable(INVALID, f"line {said.line + above}, column {said.column}: {what}")
    lacking = "it is a list: an auth.json is an object" if text.lstrip()[:1] == "[" else _lacking(said)
    if lacking is not None:
        raise NotImportable(INVALID, lacking)
    members = read_content(content, keep).members
    if not members:
        raise NotImportable(INVALID, _TOO_DEEP)
    filled, notes = _filled(known(members), said)
    return _pasted(filled, keep, notes)


def _lacking(document: Document) -> str | None:
    """Return in words why Codex could not sign in with *document*, None where it could."""
    if document.lacks is not None:
        return f"{document.lacks} is missing, which a sign-in of the kind {document.mode} needs"
    if document.mode is Mode.HEADERS:
        return "auth_mode is headers, which Codex does not take from a file"
    tokens = document.tokens if document.mode in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS) else None
    if tokens is not None and not tokens.access_token and not tokens.refresh_token:
        return "tokens.access_token and tokens.refresh_token are both empty"
    return None


def _filled(members: dict[str, object], document: Document) -> tuple[dict[str, object], list[str]]:
    """Return *members* with what Codex itself would have written there, and sentences about it.

    Without `last_refresh` Codex does not use the tokens, and without `account_id` it does not renew them
    (codex-auth 1.6 and 2.2); the latter stands in the id token too.
    """
    tokens, notes = document.tokens, list[str]()
    if document.mode is not Mode.CHATGPT or tokens is None:
        return members, notes
    if document.last_refresh is None:
        members["last_refresh"] = stamp()
        notes.append("last_refresh was missing and is set to now.")
    if tokens.account is None and tokens.claims.account is not None:
        given = cast("Mapping[str, object]", members["tokens"])
        members["tokens"] = {**given, "account_id": tokens.claims.account}
        notes.append("tokens.account_id was missing and is taken from the id token.")
    elif tokens.account is None:
        notes.append("It cannot be renewed: it names no account.")
    if not tokens.refresh_token:
        notes.append("It cannot be renewed: tokens.refresh_token is empty.")
    return members, notes


def _of_key(text: str, keep: Keep) -> Pasted:
    word = _WITHOUT_WIDTH.sub("", text.strip(_AROUND))
    if not word:
        raise NotImportable(None, "it is empty")
    keep(word)
    if _API_KEY.fullmatch(word):
        return _pasted({"auth_mode": "apikey", "OPENAI_API_KEY": word}, keep, [])
    if _PERSONAL.fullmatch(word):
        return _pasted({"OPENAI_API_KEY": None, "personal_access_token": word}, keep, [])
    raise NotImportable(None, _no_key(word))


def _no_key(word: str) -> str:
    lone = next((words for start, words in _LONE.items() if word.startswith(start)), None)
    if lone is not None:
        return lone
    if not word.startswith(("sk-", "at-")):
        return "it is neither an auth.json, nor an API key (sk-...), nor a personal access token (at-...)"
    strange = _STRANGE.search(word)
    if strange is None:
        return "it is too short for a key"
    return f"character {strange.start() + 1} of the key does not belong there: was more than the key pasted?"


def _pasted(members: Mapping[str, object], keep: Keep, notes: list[str]) -> Pasted:
    """Return what becomes of *members*, having made sure that Codex takes it as it will be written."""
    if _is_deeper(members, DEPTH):
        raise NotImportable(INVALID, _TOO_DEEP)
    after = read_content(as_codex_writes(members), keep)
    if after.document is None:
        raise NotImportable(INVALID, "Codex would refuse it")
    return Pasted(replacement=Replacement(members=members), document=after.document, notes=tuple(notes))


def _is_deeper(value: object, most: int) -> bool:
    """Whether more than *most* objects and lists stand inside each other in *value*."""
    level: list[object] = [value]
    for _ in range(most + 1):
        inner = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in cast("Iterable[object]", one.values() if isinstance(one, dict) else one)
        ]
        if not inner:
            return False
        level = inner
    return True
