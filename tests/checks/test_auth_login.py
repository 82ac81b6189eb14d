"""What the probe finds on a machine: the file, the store, the variables and the rules."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_checks.auth.document import Mode
from codex_checks.auth.login import Login, Store, auth_file, login, provider, rules, store
from codex_checks.config.settings import Layer, LayerKind, Settings, merge
from codex_checks.places import CodexHome, Environment
from codex_doctor.context import Context, System
from engine import LINUX, context
from tokens import ACCESS_TOKEN_PAT, API_KEY, REFRESH_TOKEN, api_key_login, as_file, chatgpt_login, jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

MACOS = System(os="macos", arch="aarch64", release="24.0", user=501)


def _settings(**layers: Mapping[str, object]) -> Settings:
    """Return settings with a layer for each kind named."""
    made = tuple(
        Layer(path=Path(f"/etc/{kind}.toml"), kind=LayerKind(kind), applies=True, values=values)
        for kind, values in layers.items()
    )
    applied = (layer.values for layer in made if layer.kind is not LayerKind.REQUIREMENTS)
    return Settings(values=merge(applied), layers=made)


def _login(
    folder: Path,
    content: bytes | None = None,
    *,
    configured: Settings | None = None,
    ctx: Context | None = None,
) -> Login:
    if content is not None:
        (folder / "auth.json").write_bytes(content)
    context_ = ctx or context(folder)
    home = CodexHome(path=folder, source="default", status=context_.status(folder), target=folder)
    surroundings = Environment(variables=context_.env, from_file=frozenset(), file=None)
    found = login.read(context_, home, surroundings, configured)
    assert isinstance(found, Login)
    return found


def test_a_stored_sign_in_is_found(tmp_path: Path) -> None:
    found = _login(tmp_path, as_file(chatgpt_login()))

    assert found.mode is Mode.CHATGPT
    assert found.tokens is not None
    assert found.file.error is None


def test_nothing_stored_is_no_mode(tmp_path: Path) -> None:
    found = _login(tmp_path)

    assert (found.mode, found.file.exists, found.file.dangling) == (Mode.NONE, False, False)


def test_a_broken_file_is_a_fault_and_no_error(tmp_path: Path) -> None:
    found = _login(tmp_path, b"{")

    assert found.file.fault is not None
    assert (found.file.error, found.stored_mode) == (None, Mode.UNKNOWN)


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "auth.json").mkdir()

    assert _login(tmp_path).file.error == "it is a folder"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_named_pipe_in_place_of_the_file_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "auth.json")

    assert _login(tmp_path).file.error == "it is a named pipe"


def test_a_file_far_too_large_is_an_error(tmp_path: Path) -> None:
    error = _login(tmp_path, b" " * (1024 * 1024 + 1)).file.error

    assert error == "it is larger than 1048576 bytes"


def test_a_link_is_followed_and_told(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "codex.json"
    target.write_bytes(as_file(api_key_login()))
    (tmp_path / "auth.json").symlink_to(target)

    found = _login(tmp_path)

    assert (found.file.link, found.file.real, found.mode) == (True, target, Mode.API_KEY)


def test_a_link_to_nothing_is_dangling(tmp_path: Path) -> None:
    (tmp_path / "auth.json").symlink_to(tmp_path / "nowhere.json")

    assert _login(tmp_path).file.dangling


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "auth.json").symlink_to("auth.json")

    found = _login(tmp_path)

    assert found.file.error is not None
    assert "link" in found.file.error


@pytest.mark.skipif(sys.platform != "linux", reason="setpriv is a Linux program")
def test_a_file_of_another_user_is_an_error_with_its_owner(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    path = tmp_path / "auth.json"
    path.write_bytes(as_file(chatgpt_login()))
    path.chmod(0o600)
    code = (
        "import sys; from pathlib import Path; from engine import context;"
        "from codex_checks.auth.login import auth_file;"
        "file = auth_file(context(), Path(sys.argv[1]));"
        "print(file.error, file.status.owner, oct(file.status.mode))"
    )
    argv = [sys.executable, "-c", code, str(path)]
    if os.geteuid() == 0:
        argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *argv]
    else:
        path.chmod(0)

    ran = subprocess.run(
        argv,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.startswith("Permission denied"), ran.stderr


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(as_file(chatgpt_login()))
    before = path.stat()

    auth_file(context(tmp_path), path)

    assert path.stat() == before
    assert os.listdir(tmp_path) == ["auth.json"]  # noqa: PTH208 - names, not paths


@pytest.mark.parametrize(
    ("env", "mode", "session"),
    [
        ({}, Mode.CHATGPT, Mode.CHATGPT),
        ({"OPENAI_API_KEY": API_KEY}, Mode.CHATGPT, Mode.CHATGPT),
        ({"CODEX_API_KEY": API_KEY}, Mode.API_KEY, Mode.CHATGPT),
        ({"CODEX_API_KEY": "  "}, Mode.CHATGPT, Mode.CHATGPT),
        (
            {"CODEX_ACCESS_TOKEN": f" {ACCESS_TOKEN_PAT} "},
            Mode.PERSONAL_ACCESS_TOKEN,
            Mode.PERSONAL_ACCESS_TOKEN,
        ),
        ({"CODEX_ACCESS_TOKEN": jwt({})}, Mode.AGENT_IDENTITY, Mode.AGENT_IDENTITY),
    ],
)
def test_variables_come_before_the_file(
    tmp_path: Path, env: dict[str, str], mode: Mode, session: Mode
) -> None:
    found = _login(tmp_path, as_file(chatgpt_login()), ctx=context(tmp_path, env=env))

    assert (found.mode, found.session_mode) == (mode, session)


def test_secrets_of_file_and_variables_are_known_to_the_vault(tmp_path: Path) -> None:
    ctx = context(tmp_path, env={"CODEX_API_KEY": API_KEY})

    found = _login(tmp_path, as_file(chatgpt_login()), ctx=ctx)

    assert {API_KEY, REFRESH_TOKEN} <= set(ctx.vault.values())
    assert API_KEY not in repr(found)


@pytest.mark.parametrize("said", list(Store))
def test_the_store_is_what_the_settings_say(said: Store) -> None:
    assert store(_settings(user={"cli_auth_credentials_store": said.value})) is said


def test_a_store_that_codex_refuses_counts_as_unset() -> None:
    assert store(_settings(user={"cli_auth_credentials_store": "keychain"})) is Store.FILE
    assert store(None) is Store.FILE


def test_a_required_store_comes_first() -> None:
    configured = _settings(
        user={"cli_auth_credentials_store": "file"},
        requirements={"cli_auth_credentials_store": "keyring"},
    )

    assert store(configured) is Store.KEYRING


def test_a_file_beside_the_keyring_is_not_used(tmp_path: Path) -> None:
    configured = _settings(user={"cli_auth_credentials_store": "keyring"})

    found = _login(tmp_path, as_file(chatgpt_login()), configured=configured)

    assert (found.document, found.tokens, found.mode) == (None, None, Mode.UNKNOWN)


def test_without_a_session_bus_there_is_no_keyring(tmp_path: Path) -> None:
    gap = _login(tmp_path).keyring

    assert gap is not None
    assert "DBUS_SESSION_BUS_ADDRESS is not set" in gap


def test_a_session_bus_speaks_for_a_keyring(tmp_path: Path) -> None:
    by_name = context(tmp_path, env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus"})
    folder = tmp_path / "run" / "user" / str(LINUX.user)
    folder.mkdir(parents=True)
    (folder / "bus").touch()

    assert _login(tmp_path, ctx=by_name).keyring is None
    assert _login(tmp_path).keyring is None


def test_elsewhere_than_on_linux_the_keyring_is_not_doubted(tmp_path: Path) -> None:
    assert _login(tmp_path, ctx=context(tmp_path, system=MACOS)).keyring is None


def test_forced_methods_and_workspaces_are_rules_with_their_source() -> None:
    found = rules(
        _settings(user={"forced_login_method": "chatgpt", "forced_chatgpt_workspace_id": (" a ", "", "b")})
    )

    assert (found.methods, found.workspaces) == (("chatgpt",), ("a", "b"))
    assert found.sources == (str(Path("/etc/user.toml")),)


def test_requirements_narrow_what_is_allowed() -> None:
    found = rules(
        _settings(requirements={"allowed_login_methods": ("api",), "allowed_chatgpt_workspaces": ("w",)})
    )

    assert (found.methods, found.workspaces) == (("api",), ("w",))


def test_a_forced_method_among_the_allowed_ones_stays_alone() -> None:
    found = rules(
        _settings(
            user={"forced_login_method": "api"}, requirements={"allowed_login_methods": ("chatgpt", "api")}
        )
    )

    assert found.methods == ("api",)


def test_a_provider_of_the_users_own_needs_no_sign_in() -> None:
    table = {"name": "Office", "base_url": "https://office.example", "env_key": "OFFICE_KEY"}
    configured = {"model_provider": "office", "model_providers": {"office": table}}
    found = provider(_settings(user=configured))

    assert (found.wants_sign_in, found.variable) == (False, "OFFICE_KEY")


def test_a_provider_may_ask_for_the_sign_in() -> None:
    table = {"name": "Gateway", "base_url": "https://gateway.example", "requires_openai_auth": True}
    configured = {"model_provider": "gateway", "model_providers": {"gateway": table}}

    assert provider(_settings(user=configured)).wants_sign_in
    assert provider(None).wants_sign_in


def test_a_local_provider_that_is_built_in_needs_no_sign_in() -> None:
    assert not provider(_settings(user={"model_provider": "ollama"})).wants_sign_in
