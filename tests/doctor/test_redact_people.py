"""Who somebody is does not leave in a report for others, however it is written."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from codex_doctor.aliases import Aliases
from codex_doctor.bundle.scan import remains
from outsiders import PEOPLE, shows, told


@pytest.mark.parametrize("who", PEOPLE)
def test_a_name_does_not_leave_in_any_encoding(who: str) -> None:
    text, name = PEOPLE[who]

    assert [how for how, said in told(text, name) if shows(_aliased(said), name)] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_the_last_look_finds_a_name_in_every_encoding_and_no_alias(who: str) -> None:
    for how, said in told(*PEOPLE[who]):
        assert _left(said) != [], how
        assert _left(_aliased(said)) == [], how


def test_a_name_has_the_same_alias_however_it_is_written() -> None:
    plain, quoted = "kim.novak@acme.example", "kim.novak%40acme.example"
    aliases = Aliases()

    assert aliases.put_into(f"{plain} and {quoted}", Counter()) == "email-1 and email-1"


def test_a_name_of_this_machine_is_found_encoded_as_well() -> None:
    removed = Counter[str]()

    said = Aliases(users=["knovak-7"]).put_into("by a25vdmFrLTcgZGlkIGl0 and kno\nvak-7", removed)

    assert said == "by user-1 and user-1"
    assert removed == {"user": 2}


def _aliased(text: str) -> str:
    return Aliases().put_into(text, Counter())


def _left(text: str) -> list[str]:
    content = json.dumps({"facts": [text]}).encode()
    return [each.kind for each in remains([("facts.json", content)], known=(), aliases=Aliases())]
