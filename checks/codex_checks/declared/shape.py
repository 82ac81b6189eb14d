"""What may stand in a file of the user's own checks: the JSON Schema is made from these.

A check has an id, a title and a problem, and exactly one of the kinds: `file`, `variable`, `command`, `host`,
`http`, `value`. A key that a table does not know is a mistake.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

Scalar = str | int | float | bool

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=0.1, le=10)]
PathText = Annotated[
    str,
    Meta(
        pattern=r"^(~[/\\]|/|[A-Za-z]:[/\\]|\$\{[A-Za-z_][A-Za-z0-9_]*\})",
        description="An absolute path; it may begin with `~/`, or with a variable such as `${CODEX_HOME}`.",
    ),
]
Mode = Annotated[str, Meta(pattern=r"^0?[0-7]{3,4}$", description="Permission bits in octal, as for chmod.")]
Address = Annotated[
    str, Meta(pattern=r"^https?://[^/@\s]+(/\S*)?$", description="Without a user or password.")
]

CODE: Final = r"^[A-Z]{2,8}[0-9]{3}$"
NAME: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ID: Final = (
    r"^(install|config|files|auth|account|network|tls|service|usage|models|sandbox|mcp|state|terminal|hosts|doctor)"
    r"\.[a-z0-9]+(-[a-z0-9]+)*$"
)
"""An area of `codex_doctor.model.AREAS` and a claim; a test compares the two."""


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file or folder is there, or is not, with the mode and the owner that it should have."""

    path: PathText
    exists: bool = True
    type: Literal["file", "folder"] | None = None
    mode: Mode | None = None
    at_most: Mode | None = None
    owner: Literal["me", "root"] | int | None = None


class Variable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An environment variable is set, is not, or holds what matches; its value is never shown."""

    name: Annotated[str, Meta(pattern=r"^[^=\s]+$")]
    set: bool = True
    equals: str | None = None
    matches: Text | None = None


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program ends with an exit code and prints what matches. It is started without a shell, in the home.

    `offline` promises that it stays off the network: without, it is not started with --offline.
    """

    run: Annotated[tuple[str, ...], Meta(min_length=1)]
    exit: int = 0
    prints: Text | None = None
    seconds: Seconds = 2.0
    offline: bool = False


class Host(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server can be reached as far as a stage, the way that Codex would take: through its proxy."""

    url: Address
    stage: Literal["resolve", "connect", "tls", "http"] = "tls"
    seconds: Seconds = 4.0


class Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A header of the answer is there, is not, or holds what matches."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+$")]
    exists: bool = True
    matches: Text | None = None


class Http(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server answers with a status and a header. Only the question is sent; no redirect is followed."""

    url: Address
    method: Literal["GET", "HEAD"] = "GET"
    status: int | tuple[int, ...] | None = None
    header: Header | None = None
    seconds: Seconds = 4.0


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value stands in a JSON or TOML file, or does not, and is what it should be."""

    file: PathText
    at: Annotated[
        str | tuple[str | int, ...],
        Meta(description="The keys with dots between them, or as a list; a number is a place in a list."),
    ]
    format: Literal["json", "toml"] | None = None
    exists: bool = True
    equals: Scalar | None = None
    one_of: tuple[Scalar, ...] | None = None
    matches: Text | None = None


class Mend(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What mends it: words, and a command to copy, a word of it each. It is shown, and never run."""

    summary: Text
    command: tuple[str, ...] = ()


class Wrong(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The problem that is reported where the claim does not hold."""

    code: Annotated[
        str, Meta(pattern=CODE, description="A prefix of your own and three digits; CDX is taken.")
    ]
    name: Annotated[str, Meta(pattern=NAME)]
    title: Text
    advice: Text
    severity: Literal["error", "warning", "note"] = "warning"
    url: Annotated[str, Meta(pattern=r"^https://\S+$")] | None = None
    page: str = ""
    fix: Mend | None = None
    explains: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


class Declared(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A check: the claim that holds on a healthy machine, what is looked at, and what is wrong else."""

    id: Annotated[str, Meta(pattern=ID, description="An area and a claim: network.acme-gateway-answers.")]
    title: Text
    problem: Wrong
    os: tuple[Literal["linux", "macos", "windows"], ...] = ()
    file: File | None = None
    variable: Variable | None = None
    command: Command | None = None
    host: Host | None = None
    http: Http | None = None
    value: Value | None = None


KINDS: Final = ("file", "variable", "command", "host", "http", "value")
"""The keys of a check of which it has exactly one."""


class Checks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file."""

    check: Annotated[tuple[Declared, ...], Meta(min_length=1)]
