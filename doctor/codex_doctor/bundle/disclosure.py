"""What may leave a machine in a report, as a catalogue declares it: nothing that is not named here does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from codex_doctor import files
from codex_doctor.context import System
from codex_doctor.dial import attempt as dial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Leaving(Struct, frozen=True, kw_only=True):
    """What may leave of the facts of one type.

    *fields* leave, after redaction; *shown* says for some of them what leaves in their place. *spared* never
    leave, and what is judged without them is judged alike. Where any other field says more than its default,
    the fact leaves without it, and nobody judges by it anew. Of an enumeration, its words leave.
    """

    fields: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    shown: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, "Callable[[Any], Any]"])


class Disclosure(Struct, frozen=True, kw_only=True):
    """What a catalogue lets out: *types* of facts, and *files*, which hold the fact of one probe each.

    *files* maps a file's name, without its end, to the id of the probe. All other facts are in one file.
    """

    types: Mapping[type, Leaving]
    files: Mapping[str, str] = field(default_factory=dict[str, str])


def whole(*types: type) -> dict[type, Leaving]:
    """Return that of each of *types* every field may leave: of those that hold no text of the user's."""
    return {each: Leaving(fields=tuple(getattr(each, "__struct_fields__", ()))) for each in types}


def _start(body: bytes) -> bytes:
    return body[:MOST_BODY]


MOST_BODY: Final = 4096
"""Bytes of a server's answer that leave: who refuses says so at the start of it."""

ENGINE: Final = Disclosure(
    types={
        **whole(System, files.Status, files.Room),
        **whole(dial.Stage, dial.Fault, dial.Step, dial.Certificate),
        dial.Target: Leaving(
            fields=("host", "port", "path", "tls", "method", "upgrade"), spared=("headers", "body_limit")
        ),
        dial.Proxy: Leaving(fields=("host", "port", "tls", "authorization")),
        dial.Answer: Leaving(fields=("status", "headers", "body", "open"), shown={"body": _start}),
        dial.Attempt: Leaving(
            fields=(
                "target",
                "proxy",
                "steps",
                "addresses",
                "address",
                "certificate",
                "answer",
                "date",
            )
        ),
    }
)
"""What may leave of the facts that the engine itself brings."""


def joined(*disclosures: Disclosure) -> Disclosure:
    """Return what all of *disclosures* let out."""
    return Disclosure(
        types={kind: leaving for each in disclosures for kind, leaving in each.types.items()},
        files={name: probe for each in disclosures for name, probe in each.files.items()},
    )
