"""What Codex asks before a turn: where it goes, and what the workspace has to say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

import mcp_cases
from codex_checks.account import preflight as topic
from codex_checks.account.credential import credential
from codex_checks.account.session import Session
from codex_checks.network.roots import Roots
from codex_checks.places import CodexHome, Environment
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from engine import context
from signins import login
from tokens import ACCOUNT, api_key_login, chatgpt_login, id_token

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from codex_checks.auth.login import Login
    from codex_doctor.model import Finding
    from fakes.openai import FakeOpenAI

CHECK = "/backend-api/wham/accounts/check"
BUNDLE = "/backend-api/wham/config/bundle"


def of_plan(plan: str) -> Login:
    now = datetime.now(UTC)
    content = chatgpt_login(expires=int(now.timestamp()) + 3600, id_token=id_token(plan=plan))
    return login(content, examined=now)


def looked(home: Path, openai: FakeOpenAI, who: Login, **values: object) -> topic.Preflight:
    """Ask as the examination does, of a machine with the settings *values*."""
    around = Environment(variables=openai.env, from_file=frozenset(), file=None)
    place = CodexHome(path=home, source="default", status=None, target=home)
    asking = topic.preflight.read(
        context(home, seconds=20.0), who, around, Roots(), mcp_cases.settings_of(values), place
    )
    return asyncio.run(cast("Coroutine[None, None, topic.Preflight]", asking))


def judge(asked: topic.Preflight, who: Login, *, accepted: bool = True) -> list[Finding]:
    found = Session(
        login=who,
        held=credential(who),
        host="chatgpt.com",
        url="https://chatgpt.com/backend-api/wham/usage",
        status=200 if accepted else 401,
        understood=True,
    )
    known = asyncio.run(
        cast("Coroutine[None, None, topic.Cleared]", topic.cleared.read(context(), asked, found))
    )
    findings: list[Finding] = []
    for check in (topic.turns_are_routed, topic.workspace_settings_come):
        try:
            findings += check(known)
        except NotApplicable:
            continue
    return findings


@pytest.mark.parametrize("plan", ["plus", "business"])
def test_where_both_are_answered_nothing_is_found(tmp_path: Path, openai: FakeOpenAI, plan: str) -> None:
    asked = looked(tmp_path, openai, of_plan(plan))

    assert judge(asked, of_plan(plan)) == []
    assert sorted(each.path for each in openai.asked) == ([CHECK, BUNDLE] if plan == "business" else [CHECK])


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, {}, "it answered 404"),
        (403, "<html>", "it answered 403"),
        (500, "", "it answered 500"),
        (200, {"accounts": []}, "does not name the account"),
        (200, {"accounts": [{"id": "another"}]}, "does not name the account"),
        (
            200,
            {"accounts": [{"id": ACCOUNT, "workspace_backend_origin": "http://x"}]},
            "not asked over https",
        ),
        (200, "no json", "does not name the account"),
    ],
)
def test_turns_that_find_no_way_are_an_error(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object, why: str
) -> None:
    openai.sicken(CHECK, status, body)
    who = of_plan("plus")

    (finding,) = judge(looked(tmp_path, openai, who), who)

    assert (finding.problem.name, why in finding.detail) == ("workspace-routing-failed", True)
    assert ACCOUNT not in str(finding)


@pytest.mark.parametrize("origin", ["NO_CONSTRAINT", "https://eu.chatgpt.com", None])
def test_a_workspace_that_is_led_somewhere_over_https_is_fine(
    tmp_path: Path, openai: FakeOpenAI, origin: str | None
) -> None:
    openai.sicken(CHECK, 200, {"accounts": [{"id": ACCOUNT, "workspace_backend_origin": origin}]})
    who = of_plan("plus")

    assert judge(looked(tmp_path, openai, who), who) == []


def test_turns_that_go_elsewhere_are_not_asked_about(tmp_path: Path, openai: FakeOpenAI) -> None:
    with pytest.raises(NotApplicable):
        looked(tmp_path, openai, of_plan("plus"), openai_base_url="https://gateway.example/v1")

    assert openai.asked == []


@pytest.mark.parametrize(("status", "body"), [(500, {}), (404, {}), (200, "<html>")])
def test_settings_that_do_not_come_are_an_error(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object
) -> None:
    openai.sicken(BUNDLE, status, body)
    who = of_plan("edu_plus")

    (finding,) = judge(looked(tmp_path, openai, who), who)

    assert (finding.problem.name, finding.problem.severity) == ("cloud-config-unavailable", Severity.ERROR)


@pytest.mark.parametrize(("hours", "severity"), [(0.5, Severity.WARNING), (-0.5, Severity.ERROR)])
def test_while_earlier_settings_are_kept_it_is_a_warning(
    tmp_path: Path, openai: FakeOpenAI, hours: float, severity: Severity
) -> None:
    until = (datetime.now(UTC) + timedelta(hours=hours)).isoformat().replace("+00:00", "017Z")
    kept = f'{{"signed_payload": {{"account_id": "{ACCOUNT}", "expires_at": "{until}"}}}}'
    (tmp_path / topic.CACHE).write_text(kept)
    openai.sicken(BUNDLE, 503)
    who = of_plan("enterprise")

    (finding,) = judge(looked(tmp_path, openai, who), who)

    assert finding.problem.severity is severity


def test_what_the_session_check_explains_is_left_to_it(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken(CHECK, 401)
    who = of_plan("plus")
    asked = looked(tmp_path, openai, who)

    assert judge(asked, who) == []
    with pytest.raises(Unavailable):
        judge(replace(asked, routing_why="it answered 404"), who, accepted=False)


def test_an_api_key_is_asked_nothing(tmp_path: Path, openai: FakeOpenAI) -> None:
    key: dict[str, Any] = api_key_login()
    with pytest.raises(NotApplicable):
        looked(tmp_path, openai, login(key))
