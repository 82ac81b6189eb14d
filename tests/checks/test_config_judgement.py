"""Judging settings: facts in, findings out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config import toml
from codex_checks.config.checks import (
    addresses_usual,
    files_parse,
    keys_known,
    provider_key_set,
    settings_accepted,
)
from codex_checks.config.said import Refusal, Said
from codex_checks.config.settings import Layer, LayerKind, Settings, merge
from codex_checks.config.veil import veil
from codex_checks.places import Environment
from codex_doctor.files import Status
from codex_doctor.fix import SetMode, SetOwner, Step, Tell
from codex_doctor.model import Finding, Severity
from codex_doctor.redact import Vault

FILE = Path("/home/u/.codex/config.toml")
HAPPY = Said(version="0.169.0", refusal=None, ignored=None)


def given_text(content: str | bytes, kind: LayerKind = LayerKind.USER) -> Settings:
    document = toml.parse(content.encode() if isinstance(content, str) else content)
    values = veil(document.values, Vault())
    layer = Layer(
        path=FILE, kind=kind, applies=True, values=values, fault=document.fault, places=document.places
    )
    return Settings(values=merge(iter((values,))), layers=(layer,))


def refusing(words: str, line: int | None = 1) -> Said:
    return Said(
        version="0.200.0",
        refusal=Refusal(words=words, file=FILE if line else None, line=line, column=1 if line else None),
        ignored=None,
    )


def env(**variables: str) -> Environment:
    return Environment(variables=variables, from_file=frozenset(), file=None)


def names(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.problem.name for finding in findings]


@pytest.mark.parametrize(
    ("content", "name", "detail"),
    [
        ("model = gpt\n", "config-syntax", ":1:9: string values must be quoted"),
        ("a = 1\na = 2\n", "config-duplicate-key", ":2:1: duplicate key `a`"),
        ('log_dir = "C:\\dir"\n', "config-windows-backslash", ":1:15: `\\d` means nothing"),
        ("model = 1".encode("utf-16"), "config-unreadable", ": it is saved as UTF-16"),
        (b"\xff", "config-unreadable", ": it is not UTF-8 text (byte 1)"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_with_its_place(
    content: str | bytes, name: str, detail: str
) -> None:
    (finding,) = files_parse(given_text(content), None)

    assert finding.problem.name == name
    assert finding.detail.startswith(f"{FILE}{detail}")


def test_what_the_real_codex_reads_is_no_fault() -> None:
    assert files_parse(given_text("model = gpt\n"), HAPPY) == ()


def test_a_broken_file_that_codex_was_not_shown_stays_a_fault() -> None:
    assert names(files_parse(given_text("x", LayerKind.MANAGED), HAPPY)) == ["config-syntax"]


def test_what_only_the_real_codex_cannot_read_is_said_in_its_words() -> None:
    (finding,) = files_parse(
        given_text("a = 2026-13-01\n"), refusing("invalid date, expected month between 1")
    )

    assert finding.problem.name == "config-syntax"
    assert finding.detail == f"{FILE}:1:1: invalid date, expected month between 1"


def test_a_value_of_the_wrong_type_is_reported_where_it_stands() -> None:
    (finding,) = settings_accepted(given_text("\nmodel = 5\n"), None)

    assert finding.problem.name == "config-invalid-type"
    assert finding.detail == f"{FILE}:2:9: model is the number 5, expected text in quotes"


def test_an_unknown_word_is_reported_with_the_allowed_ones_and_the_nearest() -> None:
    (finding,) = settings_accepted(given_text('sandbox_mode = "readonly"\n'), None)

    assert finding.problem.name == "config-unknown-variant"
    assert finding.detail == (
        f'{FILE}:1:16: sandbox_mode is "readonly", expected read-only or workspace-write or '
        "danger-full-access; did you mean read-only?"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[model_providers.x]\nname = "x"\nwire_api = "chat"\n', "config-wire-api-chat"),
        ('[model_providers.openai]\nname = "x"\n', "config-reserved-provider-id"),
        ('[model_providers.x]\nbase_url = "http://x"\n', "model-provider-incomplete"),
        ('model_provider = "nope"\n', "model-provider-unknown"),
        ("[mcp_servers.a]\nenabled = true\n", "config-mcp-invalid-transport"),
        ('[mcp_servers.a]\ncommand = "x"\nurl = "y"\n', "config-mcp-invalid-transport"),
        ('profile = "x"\n', "config-legacy-setting"),
        ('approval_policy = "untrusted"\n', "config-legacy-setting"),
        ('cli_auth_credentials_store = "keychain"\n', "config-unknown-variant"),
        ('forced_chatgpt_workspace_id = "a,b"\n', "config-invalid-type"),
        ("forced_login_method = true\n", "config-invalid-type"),
        ("[permissions.a]\n", "config-permissions-default-missing"),
    ],
)
def test_what_codex_refuses_has_one_name(text: str, name: str) -> None:
    assert names(settings_accepted(given_text(text), None)) == [name]


def test_a_secret_in_the_wrong_place_is_not_shown() -> None:
    text = '[model_providers.x]\nname = "x"\nrequest_max_retries = "sk-verysecretvalue"\n'
    (finding,) = settings_accepted(given_text(text), None)

    assert "verysecret" not in repr(finding)


def test_what_a_newer_codex_accepts_is_no_fault() -> None:
    assert settings_accepted(given_text('sandbox_mode = "brand-new"\nmodel = 5\n'), HAPPY) == ()


def test_a_fault_that_both_judges_see_is_said_once_and_in_our_words() -> None:
    said = refusing("invalid type: integer `5`, expected a string")
    (finding,) = settings_accepted(given_text("model = 5\n"), said)

    assert "expected text in quotes" in finding.detail


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("invalid value: string, expected something new", "config-invalid-type"),
        ("unknown variant `xhigh`, expected one of `low`, `high`", "config-unknown-variant"),
        ("invalid value for `approval_policy`: `Never` is not in the allowed set", "managed-policy-conflict"),
        ("the moon is full", "config-refused"),
    ],
)
def test_what_only_the_real_codex_refuses_is_said_in_its_words(words: str, name: str) -> None:
    (finding,) = settings_accepted(given_text('model = "x"\n'), refusing(words))

    assert finding.problem.name == name
    assert finding.detail.endswith(words)
    assert finding.evidence["codex"] == "0.200.0"


def test_a_refusal_without_a_place_speaks_of_the_settings() -> None:
    (finding,) = settings_accepted(given_text('model = "x"\n'), refusing("the moon is full", None))

    assert finding.detail == "the settings: the moon is full"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("modle = 1\n", ":1:1: Codex knows no setting `modle`; did you mean `model`?"),
        ("[mcpServers.a]\n", ":1:2: Codex knows no setting `mcpServers`; did you mean `mcp_servers`?"),
        ('[tui]\nthemes = "x"\n', ":2:1: Codex knows no setting `tui.themes`; did you mean `theme`?"),
        ("zzzz = 1\n", ":1:1: Codex knows no setting `zzzz`"),
    ],
)
def test_an_unknown_key_is_reported_with_the_nearest_one(text: str, detail: str) -> None:
    (finding,) = keys_known(given_text(text), None)

    assert finding.problem.severity is Severity.WARNING
    assert finding.detail == f"{FILE}{detail}"


def test_the_common_slip_of_the_system_proxy_is_recognised() -> None:
    (finding,) = keys_known(given_text("[features]\nrespect_system_proxies = true\n"), None)

    assert finding.advice == "Rename it to `respect_system_proxy`, or delete it."


def test_a_key_that_the_real_codex_knows_is_no_fault() -> None:
    assert keys_known(given_text("brand_new = 1\n"), HAPPY) == ()


def test_a_key_that_only_the_real_codex_does_not_know_is_said_in_its_words() -> None:
    ignored = Refusal(words="unknown configuration field `daybreak`", file=FILE, line=1, column=1)
    said = Said(version="0.100.0", refusal=None, ignored=ignored)
    (finding,) = keys_known(given_text("daybreak = true\n"), said)

    assert finding.detail == f"{FILE}:1:1: unknown configuration field `daybreak`"


def test_profiles_in_the_settings_are_said_to_have_no_effect() -> None:
    (finding,) = keys_known(given_text('[profiles.work]\nmodel = "x"\n'), HAPPY)

    assert finding.problem.name == "config-profile-ignored"
    assert "work" in finding.detail


def test_requirements_are_not_judged_as_settings() -> None:
    found = given_text('allowed_login_methods = ["api"]\n', LayerKind.REQUIREMENTS)

    assert [*keys_known(found, None), *settings_accepted(found, None)] == []


PROVIDER = 'model_provider = "x"\n[model_providers.x]\nname = "X"\nenv_key = "X_KEY"\n'


def test_a_provider_whose_variable_is_not_set_is_reported() -> None:
    (finding,) = provider_key_set(given_text(PROVIDER), env(OTHER="1"))

    assert finding.problem.name == "env-key-missing"
    assert finding.detail == 'the provider "x" takes its key from X_KEY, which is not set'


def test_an_empty_variable_counts_as_not_set() -> None:
    assert names(provider_key_set(given_text(PROVIDER), env(X_KEY=""))) == ["env-key-missing"]


def test_a_provider_whose_variable_is_set_is_fine() -> None:
    assert provider_key_set(given_text(PROVIDER), env(X_KEY="1")) == ()


def test_the_variable_of_a_provider_that_is_not_chosen_does_not_matter() -> None:
    assert provider_key_set(given_text(PROVIDER.partition("\n")[2]), env()) == ()


def test_a_variable_that_the_env_file_cannot_hold_is_not_recommended_for_it() -> None:
    (finding,) = provider_key_set(given_text(PROVIDER.replace("X_KEY", "CODEX_KEY")), env())

    assert ".env" not in finding.advice


def test_the_usual_addresses_are_no_finding() -> None:
    text = 'chatgpt_base_url = "https://chatgpt.com/backend-api/"\n'

    assert addresses_usual(given_text(text), env(OPENAI_BASE_URL="http://x")) == ()


def test_another_address_is_a_note_without_the_password_in_it() -> None:
    text = 'openai_base_url = "https://me:pass@gateway.example/v1"\n'
    (finding,) = addresses_usual(given_text(text), env(OPENAI_BASE_URL="http://x"))

    assert finding.problem.severity is Severity.NOTE
    assert finding.detail == (
        f"{FILE}:1:1: openai_base_url is https://gateway.example/v1; "
        "OPENAI_BASE_URL is set too, and Codex ignores it"
    )


def test_the_address_of_the_chosen_provider_is_named() -> None:
    (finding,) = addresses_usual(given_text(PROVIDER + 'base_url = "http://localhost:1/v1"\n'), env())

    assert finding.evidence["address"] == "http://localhost:1/v1"


@given(st.binary(max_size=120))
def test_any_file_gives_findings_or_silence(content: bytes) -> None:
    found = given_text(content)

    for judge in (files_parse, settings_accepted, keys_known):
        assert all(str(FILE) in finding.detail for finding in judge(found, None))


KEYS = st.sampled_from(
    (
        *("model_provider", "model_providers", "openai", "x", "name", "wire_api", "base_url", "env_key"),
        *("mcp_servers", "command", "url", "env", "features", "tools", "tui"),
        *("profile", "profiles", "permissions", "*", "!"),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_values_give_findings_or_silence(values: dict[str, object]) -> None:
    layer = Layer(path=FILE, kind=LayerKind.USER, applies=True, values=values)
    found = Settings(values=values, layers=(layer,))
    findings = [
        *settings_accepted(found, None),
        *keys_known(found, None),
        *provider_key_set(found, env()),
        *addresses_usual(found, env()),
    ]

    assert all(finding.detail for finding in findings)


def test_a_word_that_codex_lists_and_then_refuses_is_not_recommended() -> None:
    (finding,) = settings_accepted(given_text('approval_policy = "sometimes"\n'), None)

    assert finding.problem.name == "config-unknown-variant"
    assert "untrusted" not in f"{finding.detail} {finding.advice}"
    assert "on-request" in finding.advice


def test_a_provider_that_is_unknown_is_told_with_those_that_are_known() -> None:
    (finding,) = settings_accepted(given_text('model_provider = "nope"\n'), None)

    assert "ollama, openai" in finding.detail
    assert finding.advice == "Correct model_provider, or add a table [model_providers.nope] for it."


def closed(mode: int, owner: int, *, kind: LayerKind = LayerKind.USER) -> tuple[Step, ...]:
    """Return what is to be done about a file that cannot be read, by user 1000."""
    layer = Layer(
        path=FILE,
        kind=kind,
        applies=True,
        values={},
        fault=toml.Fault(kind=toml.FaultKind.UNREADABLE, message="Permission denied"),
        status=Status(
            kind="file", mode=mode, owner=owner, group=0, links=1, size=9, modified_ns=0, device=1, inode=1
        ),
    )
    (finding,) = files_parse(Settings(values={}, layers=(layer,), user=1000), None)
    assert finding.fix is not None
    return finding.fix.steps


def test_one_s_own_file_that_is_closed_is_opened() -> None:
    assert closed(0o040, 1000) == (SetMode(path=str(FILE), mode=0o640),)


def test_a_file_of_another_user_is_given_back() -> None:
    assert closed(0o600, 0) == (SetOwner(path=str(FILE), owner=1000, was=0),)


def test_a_file_of_the_system_is_not_taken_from_it() -> None:
    assert [type(step) for step in closed(0o600, 0, kind=LayerKind.SYSTEM)] == [Tell]


def test_settings_that_a_link_has_lost_are_a_warning() -> None:
    lost = Settings(values={}, layers=(), lost=Path("/home/u/dotfiles/config.toml"))

    (finding,) = files_parse(lost, HAPPY)

    assert (finding.problem.name, finding.problem.severity) == ("config-unreadable", Severity.WARNING)
    assert "/home/u/dotfiles/config.toml" in finding.detail
