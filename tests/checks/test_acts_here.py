"""An act finds the same machine as a check does, and reaches the service as Codex would."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import acts_store
from codex_checks.acts.errors import SendError, StoreNotWritable
from codex_checks.acts.here import here
from codex_checks.acts.refresh_request import Request
from codex_checks.auth.login import Store

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI
    from fakes.proxies import RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, as the process itself sees it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_store_is_that_of_the_home_that_is_meant(folder: Path) -> None:
    acts_store.put(folder / "other", acts_store.login())
    (folder / "other" / "config.toml").write_text('cli_auth_credentials_store = "ephemeral"')

    with here({"codex-home": str(folder / "other")}) as found:
        store = found.store()

    assert store.path == folder / "other" / "auth.json"
    assert found.login.store is Store.EPHEMERAL
    with pytest.raises(StoreNotWritable, match="ephemeral"):
        store.examine_kind()


def test_a_home_that_is_not_there_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", "elsewhere")
    monkeypatch.chdir(folder)

    with here() as found, pytest.raises(StoreNotWritable) as caught:
        found.store()

    assert caught.value.problem == "codex-home-missing"
    assert caught.value.words == f"{folder / 'elsewhere'} (CODEX_HOME) does not exist"


def test_a_home_that_is_a_file_is_named(folder: Path) -> None:
    (folder / ".codex").write_text("in the way")

    with here() as found, pytest.raises(StoreNotWritable, match=r"\.codex is not a folder"):
        found.store()


def test_a_secret_of_the_environment_is_known(folder: Path) -> None:
    acts_store.put(folder / ".codex", acts_store.login())
    (folder / ".codex" / ".env").write_text("MY_KEY=hunter2-and-more\n")

    with here() as found:
        assert found.variables["MY_KEY"] == "hunter2-and-more"
        assert "hunter2-and-more" in found.ctx.vault.values()


def ask(url: str) -> Request:
    return Request(url=f"{url}/oauth/token", headers={}, body=b"{}")


def test_a_request_goes_to_the_service_and_its_answer_comes_back(openai: FakeOpenAI) -> None:
    with here() as found:
        answer = found.send(ask(openai.url))

    assert (answer.status, [one.path for one in openai.asked]) == (400, ["/oauth/token"])


def test_a_proxy_of_the_environment_is_taken(
    openai: FakeOpenAI, refusing_port: RefusingPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", refusing_port.url)

    with here() as found, pytest.raises(SendError) as caught:
        found.send(ask("https://127.0.0.2:1"))

    assert (caught.value.problem, caught.value.sent) == ("proxy-connection-refused", False)
    assert openai.asked == []


def test_no_credential_passes_a_proxy_in_the_clear(
    openai: FakeOpenAI, refusing_port: RefusingPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", refusing_port.url)

    with here() as found, pytest.raises(SendError, match="through the proxy unencrypted"):
        found.send(ask(openai.url))
