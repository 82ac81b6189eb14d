"""What settings and profiles may say: the shapes of their files, from which the JSON Schemas are made too."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads these annotations at run time
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field

from codex_doctor.model import Severity  # noqa: TC001 - the same
from codex_doctor.wanted import LONGEST_DEADLINE, SHORTEST_DEADLINE

Pattern = Annotated[
    str, Meta(min_length=1, description="A check, an area, a problem's name or code, or a glob of them.")
]
Deadline = Annotated[
    float,
    Meta(ge=SHORTEST_DEADLINE, le=LONGEST_DEADLINE, description="Seconds by which an examination ends."),
]


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A problem that is known and borne: it is a note through the day *until*, for this *reason*."""

    problem: Annotated[str, Meta(min_length=1, description="A problem's name or code, or a glob of them.")]
    reason: Annotated[str, Meta(min_length=1, pattern=r"\S", description="Why it is borne.")]
    until: Annotated[date, Meta(description="The last day on which it is borne, in UTC.")]


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What is examined, and how much it weighs; *severity* is by a problem's name or code, or a glob."""

    enable: tuple[Pattern, ...] = ()
    disable: tuple[Pattern, ...] = ()
    severity: dict[str, Severity] = field(default_factory=dict[str, "Severity"])


class RepositorySettings(Selection, frozen=True, kw_only=True):
    """`codex-doctor.toml` of a repository, or `[tool.codex-doctor]` of its `pyproject.toml`."""

    waivers: tuple[Waiver, ...] = ()


class UserSettings(RepositorySettings, frozen=True, kw_only=True):
    """`codex-doctor.toml` in the user's own folder: what the command line says goes before it."""

    profile: str | None = None
    require: tuple[Pattern, ...] = ()
    offline: bool = False
    strict: bool = False
    deadline: Deadline | None = None
    baseline: str | None = None


class Profile(Selection, frozen=True, kw_only=True):
    """For whom an examination is made: `profiles/NAME.toml` in the user's own folder, or one of the doctor's.

    *refuse_live*: `--live` is wrong usage. *plain*: no colours and no line of progress. *fold*: the text is
    folded into groups where the job is one of GitHub Actions. *all*: what is healthy too. *private*: the
    report is made to be given to others, so that who the user is has aliases in it.
    """

    summary: Annotated[str, Meta(min_length=1, description="For whom it is, in one line.")]
    extends: str | None = None
    require: tuple[Pattern, ...] = ()
    offline: bool = False
    strict: bool = False
    refuse_live: bool = False
    deadline: Deadline | None = None
    plain: bool = False
    fold: bool = False
    all: bool = False
    private: bool = False


NOT_FOR_A_REPOSITORY: Final = frozenset(
    {*UserSettings.__struct_encode_fields__, *Profile.__struct_encode_fields__}
    - {*RepositorySettings.__struct_encode_fields__}
)
"""What only the user may say."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the user's settings, and beside it those of a repository and of a profile."""
    from msgspec.json import schema_components

    _, definitions = schema_components(
        (UserSettings, RepositorySettings, Profile), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of codex-doctor",
        "$ref": "#/$defs/UserSettings",
        "$defs": dict(sorted(definitions.items())),
    }
