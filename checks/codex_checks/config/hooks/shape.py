"""The shape that hooks must have: what Codex 0.169.0 refuses of them, and what it leaves out.

Each was seen there, by `hooks/list` of its app-server; events and members that it does not know it passes
over. The same holds for `[hooks]` in settings and for `"hooks"` in a `hooks.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS: Final = frozenset(
    {
        "Interrupt", "PermissionRequest", "PostCompact", "PostModelRequest", "PostToolUse", "PreCompact",
        "PreModelRequest", "PreToolUse", "SessionEnd", "SessionStart", "Stop", "SubagentStart",
        "SubagentStop", "UserPromptSubmit",
    }
)  # fmt: skip

KINDS: Final = ("command", "mcp_tool", "prompt", "agent")
UNSUPPORTED: Final = frozenset({"prompt", "agent"})
"""Kinds that Codex reads and does not run yet."""

LOOKS_AROUND: Final = r"\(\?(?:[=!]|<[=!])"
"""What the regular expressions of Rust do not have."""


class Flaw(Struct, frozen=True, kw_only=True):
    """What is wrong with hooks, in *words*, and the event at which; None for all of them."""

    event: str | None
    words: str


class Handler(Struct, frozen=True, kw_only=True):
    """One thing to be run: the *command* at the places *group* and *number* (from 0) of an *event*."""

    event: str
    group: int
    number: int
    command: str

    @property
    def key(self) -> str:
        """What stands behind the file in the key by which Codex remembers whether it is trusted."""
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", self.event).lower()
        return f"{snake}:{self.group}:{self.number}"


def refused(hooks: object) -> Iterator[Flaw]:
    """Yield what keeps Codex from reading *hooks* at all."""
    if not isinstance(hooks, Mapping):
        yield Flaw(event=None, words=f"hooks is {_seen(hooks)}, expected a table of events")
        return
    for event, groups in _known(cast("object", hooks)):
        if not _is_list(groups):
            yield Flaw(event=event, words=f"{event} is {_seen(groups)}, expected a list of tables")
            continue
        for group in cast("Sequence[object]", groups):
            yield from (Flaw(event=event, words=words) for words in _of_group(event, group))


def left_out(hooks: object) -> Iterator[Flaw]:
    """Yield what Codex reads and passes over, so that it never runs."""
    for event, group in _groups(hooks):
        matcher = group.get("matcher")
        words = why_no_expression(matcher) if isinstance(matcher, str) else None
        if words is not None:
            yield Flaw(event=event, words=f'the matcher "{matcher}" of {event} is no expression: {words}')
        for handler in _handlers(group):
            kind, command = handler.get("type"), handler.get("command")
            if kind in UNSUPPORTED:
                yield Flaw(
                    event=event, words=f"{event} has a hook of the kind {kind}, which Codex does not run"
                )
            elif kind == "command" and isinstance(command, str) and not command.strip():
                yield Flaw(event=event, words=f"{event} has a hook with an empty command")


def handlers(hooks: object) -> Iterator[Handler]:
    """Yield every command that Codex is to run."""
    places: dict[str, int] = {}
    for event, group in _groups(hooks):
        place = places[event] = places.get(event, -1) + 1
        for number, handler in enumerate(_handlers(group)):
            command = handler.get("command")
            if handler.get("type") == "command" and isinstance(command, str) and command.strip():
                yield Handler(event=event, group=place, number=number, command=command)


def why_no_expression(matcher: str) -> str | None:
    """Return why *matcher* is no regular expression to Codex, or None where it is or where that is unsure."""
    if matcher == "*":
        return None  # it stands for everything
    if re.search(LOOKS_AROUND, matcher):
        return "it looks ahead or behind"
    try:
        re.compile(matcher)
    except re.error as error:
        sure = ("unterminated", "missing )", "unbalanced parenthesis", "nothing to repeat")
        return error.msg if error.msg.startswith(sure) else None
    return None


def _of_group(event: str, group: object) -> Iterator[str]:
    if not isinstance(group, Mapping):
        yield f"{event} holds {_seen(group)}, expected tables with a matcher and hooks"
        return
    table = cast("Mapping[str, object]", group)
    matcher, inner = table.get("matcher"), table.get("hooks", ())
    if matcher is not None and not isinstance(matcher, str):
        yield f"the matcher of {event} is {_seen(matcher)}, expected a text"
    if not _is_list(inner):
        yield f"hooks of {event} is {_seen(inner)}, expected a list of tables"
        return
    for handler in cast("Sequence[object]", inner):
        if isinstance(handler, Mapping):
            yield from _of_handler(event, cast("Mapping[str, object]", handler))
        else:
            yield f"hooks of {event} holds {_seen(handler)}, expected tables with a type"


def _of_handler(event: str, handler: Mapping[str, object]) -> Iterator[str]:
    kind = handler.get("type")
    if kind is None:
        yield f'a hook of {event} has no type, expected "command"'
    elif kind not in KINDS:
        yield f"a hook of {event} has the type {_seen(kind)}, expected {' or '.join(KINDS)}"
    elif kind == "command":
        for key, wanted, words in _MEMBERS:
            value = handler.get(key)
            if value is None:
                if key == "command":
                    yield f"a hook of {event} has no command"
            elif not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
                yield f"{key} of a hook of {event} is {_seen(value)}, expected {words}"


_MEMBERS: Final[tuple[tuple[str, type, str], ...]] = (
    ("command", str, "a text"),
    ("commandWindows", str, "a text"),
    ("timeout", int, "a whole number of seconds"),
    ("async", bool, "true or false"),
    ("statusMessage", str, "a text"),
)


def _known(hooks: object) -> Iterator[tuple[str, object]]:
    if isinstance(hooks, Mapping):
        for event, groups in cast("Mapping[str, object]", hooks).items():
            if event in EVENTS:
                yield event, groups


def _groups(hooks: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    for event, groups in _known(hooks):
        for group in cast("Sequence[object]", groups) if _is_list(groups) else ():
            if isinstance(group, Mapping):
                yield event, cast("Mapping[str, object]", group)


def _handlers(group: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    inner = group.get("hooks")
    for handler in cast("Sequence[object]", inner) if _is_list(inner) else ():
        if isinstance(handler, Mapping):
            yield cast("Mapping[str, object]", handler)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _seen(value: object) -> str:
    """Return what *value* is, in words."""
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value}"
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if _is_list(value) else "true or false" if isinstance(value, bool) else "nothing"
