"""The key of a model provider: what is sent, where to, and what its refusal means."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

import mcp_cases
from codex_checks.network.hosts import hosts
from codex_checks.network.proxies import Choice, Setting
from codex_checks.network.reach import Visit
from codex_checks.network.roots import Roots
from codex_checks.places import Environment
from codex_checks.providers import key as topic
from codex_checks.providers.own import Provider
from codex_doctor.dial import Answer, Attempt, Proxy
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity
from codex_doctor.redact import Secret
from engine import context

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from fakes.openai import FakeOpenAI

KEY = "office-key-0123456789abcdef"


def around(variables: Mapping[str, str]) -> Environment:
    return Environment(variables=variables, from_file=frozenset(), file=None)


def asked(
    url: str,
    table: Mapping[str, object],
    *,
    env: Mapping[str, str],
    without_a_key: int = 401,
    proxy: Proxy | None = None,
) -> topic.Answered:
    """Ask the provider at *url*, which answered *without_a_key* to the first question."""
    settings = mcp_cases.settings_of(
        {"model_provider": "office", "model_providers": {"office": {"base_url": url, **table}}}
    )
    (host,) = (each for each in hosts({}, settings, mode="none", wants_sign_in=False) if each.own)
    setting = None if proxy is None else Setting(variable="HTTP_PROXY", shown=str(proxy), proxy=proxy)
    attempt = Attempt(target=host.target, answer=Answer(status=without_a_key))
    visit = Visit(host=host, choice=Choice(setting=setting), attempt=attempt)
    found = Provider(id="office", url=url, where="config.toml:3:1")
    asking = topic.provider_answered.read(context(seconds=20.0), found, visit, settings, around(env), Roots())
    return asyncio.run(cast("Coroutine[None, None, topic.Answered]", asking))


def judge(answered: topic.Answered) -> list[tuple[str, Severity]]:
    provider = Provider(id="office", url="https://llm.office.example/v1", where="config.toml:3:1")
    found = topic.provider_takes_the_key(provider, answered)
    return [(finding.detail, finding.problem.severity) for finding in found]


def test_a_key_that_is_refused_is_named_by_its_place_and_not_repeated(openai: FakeOpenAI) -> None:
    openai.sicken("/office/*", 401, {"error": {"code": "invalid_api_key", "message": f"bad {KEY}"}})

    answered = asked(f"{openai.url}/office", {"env_key": "OFFICE_KEY"}, env={"OFFICE_KEY": f" {KEY} "})

    ((detail, severity),) = judge(answered)
    assert (severity, KEY in detail) == (Severity.ERROR, False)
    assert "answered 401 invalid_api_key to the key that Codex sends it, from OFFICE_KEY" in detail
    assert [(each.path, each.bearer) for each in openai.asked] == [("/office/models", KEY)]


@pytest.mark.parametrize(
    ("table", "env", "header", "value"),
    [
        ({"experimental_bearer_token": Secret(KEY)}, {}, "authorization", f"Bearer {KEY}"),
        ({"http_headers": {"X-Key": Secret(KEY)}}, {}, "x-key", KEY),
        ({"env_http_headers": {"X-Key": "OFFICE_KEY"}}, {"OFFICE_KEY": KEY}, "x-key", KEY),
    ],
)
def test_whatever_codex_would_send_is_sent(
    openai: FakeOpenAI, table: dict[str, Any], env: dict[str, str], header: str, value: str
) -> None:
    openai.sicken("/office/*", 200, {"data": []})

    answered = asked(f"{openai.url}/office", table, env=env)

    assert openai.asked[0].headers[header] == value
    assert judge(answered) == []


@pytest.mark.parametrize(
    ("status", "body", "headers", "severities"),
    [
        (403, {"error": "forbidden"}, {}, [Severity.WARNING]),
        (403, "<html>", {"Content-Type": "text/html"}, []),  # somebody else's
        (404, "", {}, []),
    ],
)
def test_what_is_no_refusal_of_the_key_is_none(
    openai: FakeOpenAI, status: int, body: object, headers: dict[str, str], severities: list[Severity]
) -> None:
    openai.sicken("/office/*", status, body, headers)

    answered = asked(f"{openai.url}/office", {"env_key": "OFFICE_KEY"}, env={"OFFICE_KEY": KEY})

    assert [severity for _, severity in judge(answered)] == severities


@pytest.mark.parametrize(
    ("url", "table", "more", "why"),
    [
        ("http://llm.office.example/v1", {"env_key": "K"}, {}, "unencrypted"),
        ("http://127.0.0.1:1/v1", {"env_key": "K"}, {"proxy": Proxy(host="p", port=1)}, "through the proxy"),
        ("https://llm.office.example/v1", {"env_key": "K"}, {"without_a_key": 200}, "nothing was sent"),
        ("https://llm.office.example/v1", {"env_key": "OTHER"}, {}, "no key"),
        ("https://llm.office.example/v1", {"requires_openai_auth": True}, {}, "no key"),
        ("https://llm.office.example/v1", {"http_headers": {"X-Key": Secret("a\nb")}}, {}, "no key"),
    ],
)
def test_nothing_is_sent_where_it_would_be_read_or_prove_nothing(
    url: str, table: dict[str, Any], more: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotApplicable, match=why):
        asked(url, table, env={"K": KEY}, **more)
