"""Which hosts Codex needs, at which address, for each way to sign in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config.settings import Layer, LayerKind, Settings
from codex_checks.network.hosts import Service, addresses, hosts, target


def _settings(values: dict[str, object]) -> Settings:
    layer = Layer(path=Path("config.toml"), kind=LayerKind.USER, applies=True, values=values)
    return Settings(values=values, layers=(layer,))


def _needed(mode: str, settings: Settings | None = None, *, wants_sign_in: bool = True) -> list[str]:
    found = hosts({}, settings, mode=mode, wants_sign_in=wants_sign_in)
    return [host.name for host in found if host.needed]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("chatgpt", ["chatgpt.com", "auth.openai.com"]),
        ("personalAccessToken", ["chatgpt.com", "auth.openai.com"]),
        ("apikey", ["api.openai.com"]),
        ("none", ["chatgpt.com", "auth.openai.com", "api.openai.com"]),
        ("unknown", ["chatgpt.com", "auth.openai.com", "api.openai.com"]),
        ("bedrockApiKey", []),
    ],
)
def test_what_is_needed_follows_from_the_sign_in(mode: str, expected: list[str]) -> None:
    assert _needed(mode) == expected


def test_with_an_api_key_chatgpt_is_only_wanted_and_github_never_needed() -> None:
    found = {host.name: host.needed for host in hosts({}, None, mode="apikey")}

    assert found == {
        "api.openai.com": True,
        "chatgpt.com": False,
        "github.com": False,
        "api.github.com": False,
    }


def test_what_is_asked_is_what_answers_without_a_sign_in() -> None:
    asked = {host.name: f"{host.target.method} {host.url}" for host in hosts({}, None, mode="none")}

    assert asked == {
        "chatgpt.com": "GET https://chatgpt.com/backend-api/codex/responses",
        "auth.openai.com": "GET https://auth.openai.com/.well-known/openid-configuration",
        "api.openai.com": "GET https://api.openai.com/v1/models",
        "github.com": "HEAD https://github.com/",
        "api.github.com": "HEAD https://api.github.com/",
    }


def test_our_own_variable_comes_before_codexs_and_that_before_the_settings() -> None:
    settings = _settings({"chatgpt_base_url": "https://c.example/x/", "openai_base_url": "https://o.example"})
    codexs = {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "http://localhost:9/oauth/token"}
    ours = {"CODEX_DOCTOR_URL_AUTH": "http://localhost:1", "CODEX_DOCTOR_URL_CHATGPT": "http://localhost:2"}

    assert addresses(codexs, settings)[Service.AUTH].url == "http://localhost:9"
    assert addresses(codexs | ours, settings)[Service.AUTH].url == "http://localhost:1"
    assert addresses(codexs, settings)[Service.CHATGPT].url == "https://c.example/x"
    assert addresses(ours, settings)[Service.CHATGPT].source == "CODEX_DOCTOR_URL_CHATGPT"
    assert addresses({}, None)[Service.API].is_default is True


def test_a_base_url_of_the_api_draws_the_turns_of_every_sign_in() -> None:
    needed = _needed("chatgpt", _settings({"openai_base_url": "https://gateway.example/v1"}))

    assert needed == ["chatgpt.com", "auth.openai.com", "api.openai.com (at gateway.example:443)"]


def test_a_provider_of_ones_own_that_takes_no_sign_in_is_all_that_is_needed() -> None:
    provider = {"base_url": "http://127.0.0.1:11434/v1"}
    settings = _settings({"model_provider": "local", "model_providers": {"local": provider}})

    assert _needed("none", settings, wants_sign_in=False) == ["127.0.0.1:11434"]
    assert _needed("chatgpt", settings) == ["127.0.0.1:11434", "chatgpt.com", "auth.openai.com"]


def test_an_address_that_is_none_does_not_count() -> None:
    variables = {"CODEX_DOCTOR_URL_API": "not an address", "CODEX_DOCTOR_URL_AUTH": "ftp://x"}

    assert addresses(variables, None)[Service.API].is_default is True
    assert addresses(variables, None)[Service.AUTH].is_default is True


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_none(url: str) -> None:
    found = target(f"https://{url}", path="/models")

    assert found is None or (found.host != "" and found.path.isascii())
