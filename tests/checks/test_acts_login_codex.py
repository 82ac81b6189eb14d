"""What we store is what the real Codex stores and takes; what it does to the old sign-in stands beside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

import acts_login
import acts_store
import tokens
from codex_checks.acts.app_server import AppServer
from codex_checks.acts.attending import Attending
from codex_checks.acts.codex_asked import Asking
from codex_checks.acts.device_request import issuer
from codex_checks.acts.errors import ActError
from codex_checks.acts.own_app_server import own_app_server
from codex_doctor.redact import Secret
from commands import ended, until
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from fakes.proxies import RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes of these tests are Unix's")

RENEWS = ["features", "list"]
"""A command that renews a sign-in which is due, as a side effect (codex-auth 2.2)."""


@pytest.fixture
def home(codex_cli: CodexCli) -> Path:
    home = codex_cli.scratch_home() / "home"
    acts_store.put(home, acts_store.login())
    return home


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once."""
    openai.service.polls = 0


def stored(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "auth.json").read_bytes())
    return found


def device_auth(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> int:
    """Sign in with Codex's own command, and return how it ended."""
    args = ["login", "--device-auth", "--experimental_issuer", openai.url]
    return codex_cli.run(args, home, openai.codex_env).returncode


def test_codex_reads_what_we_stored(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    acts_login.login(acts_store.store(home), openai)

    ran = codex_cli.run(["login", "status"], home)

    assert (ran.returncode, ran.stderr) == (0, "Logged in using ChatGPT\n")


def test_codex_renews_what_we_stored(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> None:
    acts_login.login(acts_store.store(home), openai)
    later = stored(home)
    later["tokens"]["access_token"] = tokens.access_token(expires=time.time() - 5)
    acts_store.put(home, later)

    codex_cli.run([*RENEWS, *openai.codex_args], home, openai.codex_env)

    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_1"
    assert openai.service.spent == {"rt_login_1"}


def test_we_store_what_codex_stores_but_for_the_time_and_the_name_of_the_sign_in(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path
) -> None:
    assert device_auth(codex_cli, openai, home) == 0
    theirs = stored(home)
    openai.service.polls = 0
    openai.service.logins = 0

    acts_login.login(acts_store.store(home), openai)

    ours = stored(home)
    for one in (theirs, ours):
        one["last_refresh"] = "now"
        one["tokens"]["login_owner_id"] = len(one["tokens"]["login_owner_id"])
        one["tokens"]["access_token"] = "signed just now"
    assert json.dumps(ours) == json.dumps(theirs)  # in the same order


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("*/deviceauth/usercode", 404, {}),
        ("*/deviceauth/usercode", 429, ""),
        ("*/deviceauth/usercode", 200, "nonsense"),
        ("*/deviceauth/token", 400, {"error": "access_denied"}),
        ("*/deviceauth/token", 400, {"error": "expired_token"}),
        ("*/deviceauth/token", 200, "nonsense"),
        ("/oauth/token", 200, "nonsense"),
        ("/oauth/token", 500, ""),
    ],
)
def test_where_codex_leaves_nobody_signed_in_we_leave_the_old_sign_in(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path, path: str, status: int, body: object
) -> None:
    before = (home / "auth.json").read_bytes()
    openai.sicken(path, status, body)

    with pytest.raises(ActError):
        acts_login.login(acts_store.store(home), openai)

    assert (home / "auth.json").read_bytes() == before
    assert openai.service.revoked == set()

    assert device_auth(codex_cli, openai, home) == 1

    assert not (home / "auth.json").exists()
    assert openai.service.revoked == {tokens.REFRESH_TOKEN}


def test_where_nobody_listens_codex_leaves_nobody_signed_in_and_we_leave_the_old_sign_in(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path, refusing_port: RefusingPort
) -> None:
    before = (home / "auth.json").read_bytes()

    with pytest.raises(ActError):
        acts_login.login(acts_store.store(home), None, env={"CODEX_DOCTOR_URL_AUTH": refusing_port.url})

    assert (home / "auth.json").read_bytes() == before

    args = ["login", "--device-auth", "--experimental_issuer", refusing_port.url]
    assert codex_cli.run(args, home, openai.codex_env).returncode == 1

    assert not (home / "auth.json").exists()
    assert openai.service.revoked == {tokens.REFRESH_TOKEN}


@pytest.mark.parametrize("path", ["/deviceauth/usercode", "/deviceauth/token", "/oauth/token"])
def test_who_is_killed_while_the_service_is_silent_is_signed_in_as_before_by_us_and_no_more_by_codex(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path, path: str
) -> None:
    before = (home / "auth.json").read_bytes()
    openai.swallow(f"*{path}")

    killed_when_asked(acts_login.child(home, openai.url), openai, path)

    assert (home / "auth.json").read_bytes() == before

    openai.asked.clear()
    theirs = subprocess.Popen(
        [str(codex_cli.native), "login", "--device-auth", "--experimental_issuer", openai.url],
        env={"PATH": os.defpath, "HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed_when_asked(theirs, openai, path)

    assert not (home / "auth.json").exists()


def killed_when_asked(process: subprocess.Popen[str], openai: FakeOpenAI, path: str) -> None:
    """Kill *process* once it has asked for *path*."""
    with ended(process):
        until(lambda: any(one.path.endswith(path) for one in openai.asked), process)


def asked_in_the_users_home(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> str | None:
    """Have an app-server sign in in *home* itself; return what it complains of."""
    env = {"PATH": os.environ["PATH"], **openai.codex_env}
    ctx = replace(context(home), env=env)
    (home / "config.toml").write_text(f'chatgpt_base_url = "{openai.url}/backend-api"')
    asking = Asking(issuer=issuer(openai.codex_env), attending=Attending(), until=float("inf"))
    try:
        with own_app_server(ctx, codex_cli.native, home) as wire:
            server = AppServer(wire, keep=Secret)
            server.greet()
            return asking.wait(server, asking.begin(server), stored=lambda: False)
    finally:
        ctx.close()


def test_an_app_server_in_the_users_home_replaces_nothing_before_somebody_signs_in(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path
) -> None:
    before = acts_store.put(home, tokens.chatgpt_login(expires=time.time() + 3600))  # else Codex renews it
    openai.sicken("*/deviceauth/token", 400, {"error": "access_denied"})

    complaint = asked_in_the_users_home(codex_cli, openai, home)

    assert complaint == "device auth failed with status 400 Bad Request"
    assert (home / "auth.json").read_bytes() == before
    assert openai.service.revoked == set()


def test_it_replaces_what_is_stored_and_says_that_nobody_signed_in_where_the_account_is_not_found(
    codex_cli: CodexCli, openai: FakeOpenAI, home: Path
) -> None:
    openai.sicken("*/wham/accounts/check", 404)

    complaint = asked_in_the_users_home(codex_cli, openai, home)

    assert complaint == "workspace routing discovery failed"
    assert stored(home)["tokens"]["refresh_token"] == "rt_login_1"
