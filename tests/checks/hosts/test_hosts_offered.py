"""The models that a host offers are judged by the list that the service has for this account."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import acts_store
import tokens
from codex_checks.account.credential import Kind
from codex_checks.hosts.offered import Offered, names, offered_models_work
from codex_doctor.model import Verdict
from codex_doctor.runner import Plan, examine
from commands import run
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.model import Outcome
    from fakes.openai import FakeOpenAI


def asked(folder: Path, openai: FakeOpenAI, models: str, content: object = None) -> Outcome:
    signed_in = tokens.chatgpt_login(expires=time.time() + 3600) if content is None else content
    acts_store.put(folder / ".codex", signed_in)
    ctx = context(folder, env=openai.env, options={"models": models})
    (outcome,) = examine(Plan(checks=(offered_models_work,)), ctx).outcomes
    return outcome


def offered(*offers: str, kind: Kind = Kind.CHATGPT) -> Offered:
    there = ("gpt-6.1-sol", "gpt-6-sol")
    return Offered(offers=offers, there=there, host="chatgpt.com", kind=kind, subjects=frozenset())


def test_a_model_that_the_account_has_is_fine(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.service.models = ("gpt-6.1-sol", "gpt-6-sol")

    outcome = asked(tmp_path, openai, "gpt-6-sol, gpt-6.1-sol")

    assert (outcome.verdict, outcome.reason) == (
        Verdict.HEALTHY,
        "127.0.0.1 has gpt-6-sol, gpt-6.1-sol for the ChatGPT sign-in",
    )


def test_what_a_key_may_use_is_asked_of_the_api(tmp_path: Path, openai: FakeOpenAI) -> None:
    outcome = asked(tmp_path, openai, "gpt-5.5,gpt-6-sol", tokens.api_key_login())

    assert [one.evidence["model"] for one in outcome.findings] == ["gpt-6-sol"]
    assert "1 models that 127.0.0.1 has for the API key" in outcome.findings[0].detail


def test_each_model_that_is_not_there_is_named_with_what_to_choose() -> None:
    findings = offered_models_work(offered("gpt-5.2-codex", "gpt-6-sol", "gpt-5.5"))

    assert [one.evidence["model"] for one in findings] == ["gpt-5.2-codex", "gpt-5.5"]
    assert "(gpt-6.1-sol, gpt-6-sol)" in findings[0].advice
    assert "(gpt-6-sol)" in findings[1].advice
    assert findings[0].detail.endswith("Codex does not list it any more")


def test_a_date_behind_the_name_makes_no_other_model() -> None:
    assert offered_models_work(offered("gpt-6-sol-2026-10-01")) == ()


@pytest.mark.parametrize(("status", "body"), [(200, {"models": []}), (404, {}), (200, "<html>")])
def test_without_a_list_nothing_is_judged(
    tmp_path: Path, openai: FakeOpenAI, status: int, body: object
) -> None:
    openai.sicken("*/codex/models", status, body)

    outcome = asked(tmp_path, openai, "gpt-6-sol")

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, True)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["models", "slug", "data"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_list_or_none(content: bytes) -> None:
    assert all(isinstance(name, str) for name in names(content))


def test_the_option_judges_the_models_and_nothing_else(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.service.models = ("gpt-6-sol",)
    acts_store.put(tmp_path / ".codex", tokens.chatgpt_login(expires=time.time() + 3600))

    ran = run(tmp_path, openai, "check", "--models", "gpt-5.2-codex,gpt-6-sol", "--format", "json")

    report = json.loads(ran.stdout)
    assert (ran.returncode, [check["id"] for check in report["checks"]]) == (1, ["hosts.offered-models-work"])
    assert [finding["name"] for finding in report["findings"]] == ["host-model-not-offered"]
