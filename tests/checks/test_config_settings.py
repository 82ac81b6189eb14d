"""The layers of settings: which are read, which apply, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from codex_checks.config.settings import (
    LayerKind,
    Settings,
    judged_settings,
    merge,
    settings,
    whole_settings,
)
from codex_checks.config.shape import misfits
from codex_checks.config.toml import FaultKind
from codex_checks.config.veil import holds_secret, veil
from codex_checks.places import CodexHome, codex_home
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import Secret, Vault
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context


def machine(root: Path, files: dict[str, str]) -> Context:
    """Return a machine under *root* whose home is `user` and whose working directory is `work/deep`."""
    (root / "user").mkdir()
    (root / "work/deep").mkdir(parents=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return structs.replace(context(root / "user"), cwd=root / "work/deep", root=root)


def read(ctx: Context) -> Settings:
    home = codex_home.read(ctx)
    assert isinstance(home, CodexHome)
    found = settings.read(ctx, home)
    assert isinstance(found, Settings)
    return found


def test_no_file_is_no_setting(tmp_path: Path) -> None:
    found = read(machine(tmp_path, {}))

    assert (found.values, found.layers) == ({}, ())


def test_the_user_beats_the_system_and_the_organisation_beats_the_user(tmp_path: Path) -> None:
    found = read(
        machine(
            tmp_path,
            {
                "etc/codex/config.toml": 'model = "system"\n[tui]\ntheme = "a"\n',
                "user/.codex/config.toml": 'model = "user"\nsandbox_mode = "read-only"\n[tui]\npet = "b"\n',
                "etc/codex/managed_config.toml": 'sandbox_mode = "workspace-write"\n',
            },
        )
    )

    assert found.values == {
        "model": "user",
        "sandbox_mode": "workspace-write",
        "tui": {"theme": "a", "pet": "b"},
    }


def test_requirements_are_a_layer_but_no_setting(tmp_path: Path) -> None:
    found = read(machine(tmp_path, {"etc/codex/requirements.toml": 'allowed_login_methods = ["api"]\n'}))

    assert found.values == {}
    assert [layer.kind for layer in found.layers] == [LayerKind.REQUIREMENTS]


def test_a_project_that_is_not_trusted_is_listed_and_does_not_apply(tmp_path: Path) -> None:
    found = read(machine(tmp_path, {"work/deep/.codex/config.toml": 'model = "project"\n'}))

    assert found.text("model") is None
    assert [(layer.kind, layer.applies) for layer in found.layers] == [(LayerKind.PROJECT, False)]


def test_a_trusted_project_applies_from_the_root_of_the_repository_down(tmp_path: Path) -> None:
    found = read(
        machine(
            tmp_path,
            {
                "user/.codex/config.toml": f"[projects.'{tmp_path / 'work'}']\ntrust_level = 'trusted'\n",
                "work/.git/HEAD": "",
                "work/.codex/config.toml": 'model = "root"\nmodel_verbosity = "low"\n',
                "work/deep/.codex/config.toml": 'model = "deep"\n',
            },
        )
    )

    assert (found.text("model"), found.text("model_verbosity")) == ("deep", "low")


def test_a_project_can_never_redirect_an_address_or_run_a_program(tmp_path: Path) -> None:
    found = read(
        machine(
            tmp_path,
            {
                "user/.codex/config.toml": f"[projects.'{tmp_path}/work/deep']\ntrust_level = 'trusted'\n",
                "work/deep/.codex/config.toml": 'openai_base_url = "http://evil"\n'
                'chatgpt_base_url = "http://evil"\n'
                'model_provider = "evil"\nnotify = ["evil"]\nmodel = "m"\n'
                '[model_providers.evil]\nname = "e"\nbase_url = "http://evil"\n',
            },
        )
    )

    assert "evil" not in repr((found.values, [layer.values for layer in found.layers]))
    assert found.text("model") == "m"


def test_a_broken_file_is_a_fault_with_its_place_and_adds_nothing(tmp_path: Path) -> None:
    found = read(
        machine(
            tmp_path,
            {"user/.codex/config.toml": "model = gpt\n", "etc/codex/config.toml": 'model = "system"\n'},
        )
    )
    (broken,) = found.broken

    assert broken.fault is not None
    assert (broken.kind, broken.fault.line, broken.fault.column) == (LayerKind.USER, 1, 9)
    assert found.text("model") == "system"


def test_a_folder_in_the_place_of_the_file_is_unreadable(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {})
    (tmp_path / "user/.codex/config.toml").mkdir(parents=True)
    (broken,) = read(ctx).broken

    assert broken.fault is not None
    assert (broken.fault.kind, broken.fault.message) == (
        FaultKind.NOT_A_FILE,
        "it is a folder, not a file",
    )
    assert "a folder" in broken.fault.message


def test_a_profile_is_listed_and_waits_to_be_asked_for(tmp_path: Path) -> None:
    found = read(machine(tmp_path, {"user/.codex/work.config.toml": 'model = "w"\n'}))

    assert [(layer.kind, layer.applies) for layer in found.layers] == [(LayerKind.PROFILE, False)]
    assert found.values == {}


def test_secrets_in_the_settings_are_secrets_from_the_start(tmp_path: Path) -> None:
    ctx = machine(
        tmp_path,
        {
            "user/.codex/config.toml": '[model_providers.x]\nname = "X"\nenv_key = "X_KEY"\n'
            'experimental_bearer_token = "hidden-one"\nhttp_headers = { Any = "hidden-two" }\n'
            '[mcp_servers.y]\ncommand = "z"\nbearer_token_env_var = "Y_TOKEN"\nenv = { A = "hidden-three" }\n'
        },
    )
    found = read(ctx)

    assert "hidden" not in repr(found)
    assert sorted(ctx.vault.values()) == ["hidden-one", "hidden-three", "hidden-two"]
    assert found.get("model_providers.x.env_key") == "X_KEY"
    assert found.get("mcp_servers.y.bearer_token_env_var") == "Y_TOKEN"


@pytest.mark.parametrize("key", ["bearer_tokne", "api_kye", "apikeyy", "Pasword", "client-secrte"])
def test_a_value_under_a_misspelt_name_of_a_secret_is_one(key: str) -> None:
    assert holds_secret(key)


@pytest.mark.parametrize("key", ["model", "theme", "env_key", "tokens_limit", "notify", "broken"])
def test_the_name_of_something_else_is_no_secrets(key: str) -> None:
    assert not holds_secret(key)


def test_a_number_whose_name_speaks_of_tokens_stays_a_number() -> None:
    assert veil({"tool_output_token_limit": 5}, Vault()) == {"tool_output_token_limit": 5}


def test_a_key_is_looked_up_by_its_dotted_name() -> None:
    found = Settings(values={"a": {"b": 1}, "c": "x"}, layers=())

    assert (found.get("a.b"), found.get("a.z", 7), found.get("c.d"), found.text("c")) == (1, 7, None, "x")


def test_the_provider_is_openai_unless_another_is_chosen() -> None:
    own = Settings(values={"model_provider": "x", "model_providers": {"x": {"name": "X"}}}, layers=())

    assert (Settings(values={}, layers=()).provider_id, own.provider_id) == ("openai", "x")
    assert own.provider == {"name": "X"}


def test_a_table_is_joined_and_a_list_is_replaced() -> None:
    low: dict[str, object] = {"t": {"a": 1, "b": [1, 2]}}
    high: dict[str, object] = {"t": {"b": [3]}}

    assert merge(iter((low, high))) == {"t": {"a": 1, "b": [3]}}
    assert low == {"t": {"a": 1, "b": [1, 2]}}


def test_a_layer_names_the_line_of_a_key_or_of_the_table_around_it(tmp_path: Path) -> None:
    (layer,) = read(machine(tmp_path, {"user/.codex/config.toml": '[tui]\ntheme = "x"\n'})).layers

    assert layer.where(("tui", "theme"), value=True) == f"{layer.path}:2:9"
    assert layer.where(("tui", "absent")) == f"{layer.path}:1:2"


def test_settings_that_cannot_be_read_are_not_judged(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {"user/.codex/config.toml": "model = gpt\n"})

    with pytest.raises(Unavailable, match=r"config\.toml cannot be read"):
        whole_settings.read(ctx, codex_home.read(ctx), read(ctx))


def test_no_settings_are_whole(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {})

    assert whole_settings.read(ctx, codex_home.read(ctx), read(ctx)) == read(ctx)


def test_a_link_that_leads_nowhere_is_lost_and_no_layer(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {"user/.codex/other": ""})
    (tmp_path / "user" / ".codex" / "config.toml").symlink_to("../dotfiles/config.toml")

    found = read(ctx)

    assert (found.layers, found.lost) == ((), (tmp_path / "user" / "dotfiles" / "config.toml").resolve())


def test_no_settings_are_nothing_to_judge(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {})

    with pytest.raises(NotApplicable):
        judged_settings.read(ctx, codex_home.read(ctx), read(ctx))


def test_a_codex_home_that_names_nothing_leaves_nothing_to_judge(tmp_path: Path) -> None:
    ctx = structs.replace(machine(tmp_path, {}), env={"CODEX_HOME": str(tmp_path / "absent")})

    with pytest.raises(Unavailable, match="CODEX_HOME names no folder"):
        whole_settings.read(ctx, codex_home.read(ctx), read(ctx))


def test_a_secret_keeps_its_type_for_the_judge() -> None:
    veiled = veil({"mcp_servers": {"a": {"command": "c", "env": {"K": "123456"}}}}, Vault())

    assert veiled == {"mcp_servers": {"a": {"command": "c", "env": {"K": Secret("123456")}}}}
    assert list(misfits(veiled)) == []
