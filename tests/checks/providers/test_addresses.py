"""Addresses in the settings: what is one, and for what it matters that one is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mcp_cases
from codex_checks.providers.addresses import addresses_can_be_asked, flaw
from codex_doctor.model import Severity
from signins import login
from tokens import api_key_login, chatgpt_login

if TYPE_CHECKING:
    from codex_checks.auth.login import Login

CHATGPT = login(chatgpt_login())


def judge(values: dict[str, object], signed_in: Login | None = CHATGPT) -> list[tuple[str, Severity]]:
    found = addresses_can_be_asked(mcp_cases.settings_of(values), signed_in)
    return [(finding.detail, finding.problem.severity) for finding in found]


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "http://127.0.0.1:8080/v1", "HTTPS://A.example/v1/", " https://a.example/v1 "],
)
def test_what_codex_can_ask_is_fine(url: str) -> None:
    assert flaw(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("llm.office.example/v1", "does not begin"),
        ("localhost:8080/v1", "does not begin"),
        ("${OFFICE}/v1", "does not begin"),
        ("ftp://a.example", "does not begin"),
        ("http:127.0.0.1/v1", "does not begin"),
        ("https:///v1", "no host"),
        ("https://a.example:port", "host or port"),
    ],
)
def test_what_codex_cannot_ask_is_told_with_the_reason(url: str, why: str) -> None:
    assert why in str(flaw(url))


def own(url: str) -> dict[str, object]:
    return {"model_provider": "office", "model_providers": {"office": {"name": "x", "base_url": url}}}


def test_the_address_of_the_provider_in_use_ends_every_turn() -> None:
    ((detail, severity),) = judge(own("llm.office.example/v1"))

    assert (severity, 'is "llm.office.example/v1", and it does not begin' in detail) == (Severity.ERROR, True)


def test_an_address_that_may_hold_a_password_is_not_repeated() -> None:
    ((detail, _),) = judge(own("user:hunter2@llm.office.example"))

    assert "hunter2" not in detail


def test_the_advice_is_the_whole_address() -> None:
    (near,) = addresses_can_be_asked(mcp_cases.settings_of(own("localhost:8080/v1")), None)
    (far,) = addresses_can_be_asked(mcp_cases.settings_of(own("llm.office.example/v1")), None)

    assert 'base_url = "http://localhost:8080/v1"' in near.advice
    assert 'base_url = "https://llm.office.example/v1"' in far.advice


def test_what_the_turns_do_not_need_is_a_warning() -> None:
    wrong: dict[str, object] = {"chatgpt_base_url": "chatgpt.example"}

    assert [severity for _, severity in judge(wrong)] == [Severity.ERROR]
    assert [severity for _, severity in judge(wrong, login(api_key_login()))] == [Severity.WARNING]
    assert [severity for _, severity in judge({**wrong, "openai_base_url": "https://a.example"})] == [
        Severity.WARNING
    ]


def test_a_provider_that_is_not_in_use_and_one_that_codex_knows_are_not_judged() -> None:
    unused: dict[str, object] = {"model_providers": {"office": {"name": "x", "base_url": "no"}}}

    assert judge(unused) == []
    assert judge({"model_provider": "ollama", "model_providers": {"ollama": {"base_url": "no"}}}) == []
