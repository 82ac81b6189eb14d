"""The fake servers behave as the real Codex CLI expects of the real ones."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import tokens
from codex_doctor.testing.raw import RawServer, answers, stalls
from fakes.relay import FarRelay
from fakes.world import SERVED, World, possible

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy

TURN = ["exec", "--json", "--skip-git-repo-check", "--disable", "unbounded_connection_retries"]


def _sign_in(home: Path, *, expires: int) -> None:
    login = tokens.chatgpt_login(expires=time.time() + expires, refreshed=time.time())
    (home / "auth.json").write_bytes(tokens.as_file(login))


def _events(stdout: str) -> list[str]:
    return [json.loads(line)["type"] for line in stdout.splitlines()]


def test_the_real_cli_completes_a_turn(openai: FakeOpenAI, codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    _sign_in(home, expires=3600)

    ran = codex_cli.run([*TURN, *openai.codex_args, "hi"], home, openai.codex_env)

    assert _events(ran.stdout)[-1] == "turn.completed", ran.stdout + ran.stderr


def test_the_real_cli_refreshes_an_expired_sign_in(openai: FakeOpenAI, codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    _sign_in(home, expires=-3600)

    ran = codex_cli.run(["features", "list", *openai.codex_args], home, openai.codex_env)

    assert ran.returncode == 0, ran.stderr
    assert json.loads((home / "auth.json").read_text())["tokens"]["refresh_token"] == "rt_rotated_1"


def test_the_real_cli_completes_a_turn_through_an_office_proxy(
    openai_tls: FakeOpenAI, proxy: FakeProxy, authority_file: Path, codex_cli: CodexCli
) -> None:
    home = codex_cli.scratch_home()
    _sign_in(home, expires=3600)
    env = {"HTTPS_PROXY": proxy.url, "CODEX_CA_CERTIFICATE": str(authority_file)}

    ran = codex_cli.run([*TURN, "hi"], home, env)

    assert _events(ran.stdout)[-1] == "turn.completed", ran.stdout + ran.stderr
    assert {"chatgpt.com:443"} <= set(proxy.asked)
    assert "/backend-api/codex/responses" in {asked.path for asked in openai_tls.asked}


def test_a_spent_refresh_token_is_refused(openai: FakeOpenAI) -> None:
    body = {"grant_type": "refresh_token", "refresh_token": "rt_1"}
    first = httpx.post(f"{openai.url}/oauth/token", json=body, trust_env=False)
    second = httpx.post(f"{openai.url}/oauth/token", json=body, trust_env=False)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (401, "refresh_token_reused")


def test_one_endpoint_is_sick_and_its_neighbour_is_not(openai: FakeOpenAI) -> None:
    openai.sicken("/backend-api/wham/usage", 503, {"detail": "maintenance"})
    bearer = {"Authorization": "Bearer opaque"}

    usage = httpx.get(f"{openai.env['CODEX_DOCTOR_URL_CHATGPT']}/wham/usage", headers=bearer)
    models = httpx.get(f"{openai.env['CODEX_DOCTOR_URL_API']}/models")

    assert (usage.status_code, models.status_code) == (503, 401)


def test_a_relay_passes_on_what_both_sides_say() -> None:
    with (
        RawServer(answers(b"pong")) as server,
        FarRelay(port=server.port, round_trip=0.01) as relay,
        socket.create_connection(("127.0.0.1", relay.port)) as client,
    ):
        client.sendall(b"ping")

        assert (client.recv(16), client.recv(16), server.heard) == (b"pong", b"", [b"ping"])
        assert relay.connections == 1


@pytest.mark.skipif(not possible(), reason="only root on Linux can leave the network")
def test_a_world_has_names_of_its_own_and_leaves_this_one_alone() -> None:
    with World({"chatgpt.com": [SERVED]}) as world:
        inside = world.run(lambda: socket.gethostbyname("chatgpt.com"))
        hosts = world.run(lambda: Path("/etc/hosts").read_text())

    assert inside == SERVED
    assert SERVED in hosts
    assert SERVED not in Path("/etc/hosts").read_text()


@pytest.mark.skipif(not possible(), reason="only root on Linux can leave the network")
def test_what_fails_in_a_world_is_raised_where_it_was_asked_for() -> None:
    with World({}, links="loopback") as world, pytest.raises(OSError, match="unreachable"):
        world.run(lambda: socket.create_connection(("198.51.100.10", 443)))


def test_a_server_that_is_stopped_while_somebody_comes_is_no_fault() -> None:
    gone = socket.socket()
    gone.close()

    with RawServer(stalls) as server:
        server.serve(gone)
