"""The doctor's own checks keep the rules that those of others must keep, as the same suite proves."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from codex_checks.catalogue import catalogue
from codex_doctor.testing import EVERY_RULE, MACOS, WINDOWS, FakeMachine, File, Proof, Rule, prove
from tokens import as_file, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.openai import FakeOpenAI

ASKED: Final = EVERY_RULE - {Rule.SHOWN}
"""What each check finds is shown by its own tests, and on the machines of `tests/machines`."""

FEWEST: Final = 80
"""Checks that are judged on one of these machines or another; the rest need a machine of their own."""

SETTINGS: Final = """
model = "gpt-5.2"
notify = ["notes", "--done"]
chatgpt_base_url = "{url}/backend-api"

[mcp_servers.notes]
command = "notes"
env = { NOTES_TOKEN = "{secret:MCP variable}" }

[mcp_servers.web]
url = "http://127.0.0.1:9/mcp"
http_headers = { Authorization = "Bearer {secret:MCP header}" }

[model_providers.own]
name = "Own"
base_url = "http://127.0.0.1:9/v1"
experimental_bearer_token = "{secret:provider}"

[projects."{home}"]
trust_level = "trusted"

[[hooks.Stop]]
[[hooks.Stop.hooks]]
type = "command"
command = "notes stop"
"""

PROGRAMS: Final[Mapping[str, str]] = {
    "codex": 'echo "codex-cli 0.169.0"',
    "npm": "exit 1",
    "node": "echo v22.1.0",
    "git": "exit 0",
    "notes": "exit 0",
}


def _database(table: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"CREATE TABLE {table}")
        database.commit()
        return database.serialize()


def _signed_in() -> File:
    now = time.time()
    login = chatgpt_login(
        expires=now + 864_000, refreshed=now - 86_400, refresh_token="{secret:refresh-token}"
    )
    return File(content=as_file(login).decode(), mode=0o600)


def _machines(openai: FakeOpenAI) -> Mapping[str, FakeMachine]:
    settings = SETTINGS.replace("{url}", openai.url)
    files: dict[str, str | File] = {
        ".codex/config.toml": settings,
        ".codex/.env": "NOTES_API_KEY={secret:dotenv}\n",
        ".codex/hooks.json": '{"hooks": {}}',
        ".codex/skills/mine/SKILL.md": "---\nname: mine\ndescription: Mine\n---\n",
        ".codex/log/codex-tui.log": "2026-01-02T03:04:05Z ERROR codex_core: failed\n",
        ".git/config": "[core]\n",
        ".npm/_logs/2026-01-02T03_04_05_006Z-debug-0.log": "0 verbose cli npm\n",
        ".codex/state_5.sqlite": File(
            content=_database("threads (id TEXT, rollout_path, cli_version, archived)")
        ),
        ".codex/logs_2.sqlite": File(
            content=_database("logs (id, ts, ts_nanos, level, target, feedback_log_body)")
        ),
        ".codex/models_cache.json": '{"models": []}',
    }
    with_key = {"auth_mode": "apikey", "OPENAI_API_KEY": "{secret:key}"}
    return {
        "signed in": FakeMachine(
            files={**files, ".codex/auth.json": _signed_in()}, programs=PROGRAMS, env=openai.env
        ),
        "with a key, on macOS": FakeMachine(
            files={
                ".codex/auth.json": as_file(with_key).decode(),
                ".codex/config.toml": f'model_provider = "own"\n{settings}',
            },
            programs=PROGRAMS,
            env={**openai.env, "HTTPS_PROXY": "http://sam:{secret:proxy}@127.0.0.1:9"},
            system=MACOS,
        ),
        "damaged, on Windows": FakeMachine(
            files={
                ".codex/config.toml": 'model = "{secret:settings}"\nmodel = ',
                ".codex/auth.json": '{"tokens": {"access_token": "{secret:damaged}"',
                ".codex/hooks.json": "{",
            },
            env=openai.env,
            system=WINDOWS,
        ),
    }


@pytest.fixture(scope="module")
def proof(openai_server: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory) -> Proof:
    openai_server.heal()
    machines = _machines(openai_server)
    folder = tmp_path_factory.mktemp("conformance")
    return prove(
        "codex_checks.catalogue:catalogue", machines, folder, rules=ASKED, patience=30.0, built_in=True
    )


@pytest.mark.parametrize("check", [check.id for check in catalogue().checks])
def test_a_check_keeps_the_rules(check: str, proof: Proof) -> None:
    assert [str(breach) for breach in proof.of(check)] == []


def test_every_probe_and_page_keeps_the_rules(proof: Proof) -> None:
    assert proof.breaches == (), str(proof)


def test_most_checks_are_judged_on_one_of_the_machines(proof: Proof) -> None:
    judged = {
        check
        for verdicts in proof.verdicts.values()
        for check, verdict in verdicts.items()
        if verdict in ("healthy", "found")
    }

    assert len(judged) >= FEWEST
