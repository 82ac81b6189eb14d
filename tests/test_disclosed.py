"""What may leave is what the table says, and the table says nothing that is not so."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codex_checks.catalogue import catalogue
from codex_checks.disclosed import settings as shown
from codex_checks.disclosed.types import disclosure
from codex_doctor.bundle.disclosure import ENGINE, joined
from codex_doctor.bundle.encoding import Encoder, is_default
from codex_doctor.readings import Fact
from codex_doctor.redact import Redactor, Secret

if TYPE_CHECKING:
    from codex_doctor.probe import Probe

LEAVING = joined(ENGINE, disclosure()).types

INCOMPLETE = {"Handler", "LostPath"}
"""Facts that leave without something that judging them needs: what was concluded from them stands."""


@pytest.mark.parametrize("kind", LEAVING, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_fields_that_may_leave_are_fields(kind: type) -> None:
    leaving = LEAVING[kind]
    fields = set(getattr(kind, "__struct_fields__", ()))

    assert issubclass(kind, (Enum, msgspec.Struct))
    assert {*leaving.fields, *leaving.spared} <= fields
    assert set(leaving.shown) <= set(leaving.fields)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in LEAVING if issubclass(kind, msgspec.Struct)],
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_what_left_can_be_judged_again_unless_that_is_known(kind: type[msgspec.Struct]) -> None:
    leaving = LEAVING[kind]
    kept = set(kind.__struct_fields__) - set(leaving.fields)
    needed = [field for field in kept if is_default(kind, field, msgspec.NODEFAULT) or _required(kind, field)]

    assert bool(needed) is (kind.__name__ in INCOMPLETE), needed


def _required(kind: type[msgspec.Struct], field: str) -> bool:
    place = kind.__struct_fields__.index(field) - len(kind.__struct_fields__) + len(kind.__struct_defaults__)
    return place < 0 or kind.__struct_defaults__[place] is msgspec.NODEFAULT


def test_the_files_of_their_own_hold_facts_of_probes() -> None:
    probes: dict[str, Probe[Any]] = {}

    def walk(probe: Probe[Any]) -> None:
        actual = probe.optional_of or probe
        if actual.id not in probes:
            probes[actual.id] = actual
            for need in actual.needs:
                walk(need)

    for check in catalogue().checks:
        for need in check.needs:
            walk(need)

    assert set(disclosure().files.values()) <= set(probes)


def test_a_type_that_is_not_named_stays() -> None:
    class Diary(msgspec.Struct, frozen=True):
        page: str

    encoder = Encoder(ENGINE, Redactor(), {})

    told = encoder.answer(Fact((Diary("private"), b"\x00", 7)))

    assert "private" not in str(told)
    assert told["withheld"] == [f"{__name__}:{Diary.__qualname__}"]


def test_two_secrets_can_be_told_apart_and_not_be_read() -> None:
    encoder = Encoder(ENGINE, Redactor(), {})

    told = encoder.answer(Fact((Secret("first-secret"), Secret("other-secret"), Secret("first-secret"))))

    assert [each["is"] for each in told["fact"]] == ["***1", "***2", "***1"]


@pytest.mark.parametrize(
    "key", ["developer_instructions", "instructions", "compact_prompt", "notify", "args"]
)
def test_what_was_written_for_codex_stays(key: str) -> None:
    assert shown.settings({"profiles": {"work": {key: "tell nobody"}}}) == {
        "profiles": {"work": {key: "***"}}
    }


def test_a_variable_says_its_name_and_what_it_is_only_where_it_concerns_codex() -> None:
    told = shown.variables({"DIARY": "private", "HTTPS_PROXY": "http://p:1", "CODEX_HOME": "/c"})

    assert told == {"DIARY": "***", "HTTPS_PROXY": "http://p:1", "CODEX_HOME": "/c"}
