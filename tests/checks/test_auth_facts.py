"""What is there to judge, and what is said where there is nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codex_checks.auth import facts
from codex_checks.auth.checks import CHECKS
from codex_checks.auth.login import Provider, Store
from codex_checks.places import CodexHome
from codex_doctor.errors import NotApplicable, Unavailable
from engine import context
from signins import login, status, stored
from tokens import API_KEY, api_key_login, chatgpt_login

if TYPE_CHECKING:
    from codex_doctor.probe import Probe

HOME = CodexHome(path=Path("/h"), source="default", status=status(kind="folder"), target=Path("/h"))
LOCAL = Provider(id="ollama", wants_sign_in=False)
TOKEN = {"CODEX_ACCESS_TOKEN": "at-token-of-nobody"}


def _read(probe: Probe[Any], *needs: object) -> object:
    return probe.read(context(), *needs)


def test_a_healthy_sign_in_can_be_judged_in_every_part() -> None:
    found = login(chatgpt_login())

    assert _read(facts.own_file, found) is found
    assert _read(facts.wanted_file, found) is found
    assert _read(facts.file_text, found) is found
    assert _read(facts.stored, found) == stored(chatgpt_login())
    assert isinstance(_read(facts.chatgpt, stored(chatgpt_login())), facts.ChatGPT)
    assert _read(facts.whole_login, HOME, found) is found


@pytest.mark.parametrize(
    ("probe", "needs", "reason"),
    [
        (facts.own_file, (login(),), "auth.json does not exist"),
        (facts.own_file, (login(store=Store.KEYRING),), "stored in the keyring; not examined"),
        (facts.own_file, (login(store=Store.EPHEMERAL),), "stores no sign-in"),
        (facts.wanted_file, (login(chatgpt_login(), provider=LOCAL),), "ollama needs no OpenAI sign-in"),
        (facts.wanted_file, (login(chatgpt_login(), variables=TOKEN),), "CODEX_ACCESS_TOKEN is used"),
        (facts.chatgpt, (stored(api_key_login()),), "no ChatGPT sign-in is stored"),
        (facts.whole_login, (HOME, login(provider=LOCAL)), "ollama needs no OpenAI sign-in"),
        (facts.whole_login, (HOME, login(store=Store.KEYRING)), "in the keyring; not examined"),
        (facts.whole_login, (HOME, login(store=Store.AUTO)), "may be stored in the keyring; not examined"),
    ],
)
def test_where_there_is_nothing_to_judge_it_says_so(
    probe: Probe[Any], needs: tuple[object, ...], reason: str
) -> None:
    with pytest.raises(NotApplicable) as raised:
        _read(probe, *needs)

    assert reason in raised.value.reason


@pytest.mark.parametrize(
    ("probe", "needs"),
    [
        (facts.file_text, (login(file={"error": "Permission denied"}),)),
        (facts.stored, (login(b"{"),)),
        (facts.chatgpt, (stored(chatgpt_login(access_token="", refresh_token="")),)),
        (facts.whole_login, (HOME, login(b"{"))),
        (facts.whole_login, (HOME, login(store=Store.EPHEMERAL))),
        (facts.whole_login, (HOME, login(store=Store.KEYRING, keyring="no bus"))),
        (
            facts.whole_login,
            (
                CodexHome(path=Path("/h"), source="default", status=status(kind="file"), target=Path("/h")),
                login(),
            ),
        ),
        (
            facts.whole_login,
            (
                CodexHome(path=Path("/h"), source="default", status=None, target=Path("/h"), error="loop"),
                login(),
            ),
        ),
        (
            facts.whole_login,
            (CodexHome(path=Path("/h"), source="CODEX_HOME", status=None, target=Path("/h")), login()),
        ),
    ],
)
def test_what_another_finding_explains_is_unavailable(probe: Probe[Any], needs: tuple[object, ...]) -> None:
    with pytest.raises(Unavailable) as raised:
        _read(probe, *needs)

    assert not isinstance(raised.value, NotApplicable)


def test_a_home_that_is_not_there_yet_is_no_hindrance_to_judging() -> None:
    fresh = CodexHome(path=Path("/h"), source="default", status=None, target=Path("/h"))
    found = login()

    assert _read(facts.whole_login, fresh, found) is found


def test_a_key_for_exec_leaves_the_stored_sign_in_to_be_judged() -> None:
    found = login(chatgpt_login(), variables={"CODEX_API_KEY": API_KEY})

    assert _read(facts.wanted_file, found) is found


def test_the_checks_are_sorted_by_module_and_name_no_id_twice() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert {check.area for check in CHECKS} == {"auth"}
