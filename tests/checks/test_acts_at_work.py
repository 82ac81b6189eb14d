"""A Codex that runs has the sign-in in memory: it is not taken by surprise, and takes nobody by surprise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks.acts import control_socket
from codex_checks.acts.app_server import AppServer
from codex_checks.acts.at_work import AtWork
from codex_checks.acts.errors import AppServerError
from codex_doctor.redact import Secret
from commands import asked, ended, run, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the sockets and processes are those of Linux"
)


@pytest.fixture
def home(codex_cli: CodexCli) -> Path:
    """A home with a sign-in that is good for another quarter of an hour."""
    found = codex_cli.scratch_home()
    put(found, left=900)
    return found


def put(home: Path, *, left: float, **changed: Any) -> None:  # noqa: ANN401 - as for a sign-in
    login = tokens.chatgpt_login(expires=time.time() + left, refreshed=time.time(), **changed)
    acts_store.put(home, tokens.without(login, "tokens", "oauth_provenance"))


def app_server(codex_cli: CodexCli, openai: FakeOpenAI, home: Path, *more: str) -> subprocess.Popen[str]:
    """Start an app-server, as an editor or the background does."""
    return subprocess.Popen(
        [str(codex_cli.native), "app-server", *more, *openai.codex_args],
        env={"PATH": os.defpath, "HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.fixture
def background(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> Iterator[subprocess.Popen[str]]:
    """The app-server that `codex app-server daemon start` starts, without the copy of the whole package."""
    process = app_server(codex_cli, openai, home, "--listen", "unix://")
    with ended(process):
        until(partial(_listens, home), process)
        yield process
    socket = control_socket.socket_path(home).resolve()  # it stands in the temporary folder, and stays there
    for left in (socket, socket.with_name(f"{socket.name}.lock")):
        left.unlink(missing_ok=True)


def _listens(home: Path) -> bool:
    with control_socket.control_socket(home) as wire:
        return wire is not None


@pytest.fixture
def editor(codex_cli: CodexCli, openai: FakeOpenAI, home: Path) -> Iterator[subprocess.Popen[str]]:
    """An app-server such as an editor starts for itself, that has read the sign-in."""
    process = app_server(codex_cli, openai, home)
    with ended(process):
        conversation(process).greet()
        yield process


def conversation(process: subprocess.Popen[str]) -> AppServer:
    assert process.stdin is not None
    assert process.stdout is not None
    return AppServer(Lines(process), keep=Secret)


class Lines:
    """What an app-server says on its standard output."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def send(self, message: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message.decode() + "\n")
        self._process.stdin.flush()

    def receive(self, until: float) -> bytes:  # noqa: ARG002 - it answers
        assert self._process.stdout is not None
        return self._process.stdout.readline().encode()


def refresh_token(home: Path) -> str:
    return str(json.loads((home / "auth.json").read_bytes())["tokens"]["refresh_token"])


def refresh(home: Path, openai: FakeOpenAI, *options: str) -> subprocess.CompletedProcess[str]:
    return run(home, openai, "refresh", *options, env={"CODEX_HOME": str(home)})


def by_whom(openai: FakeOpenAI) -> list[str]:
    """Return the programs that asked for a renewal."""
    agents = (one.headers["user-agent"] for one in openai.asked if one.path == "/oauth/token")
    return ["codex" if "/0.169.0 " in agent else agent.partition("/")[0] for agent in agents]


def error(code: str) -> object:
    return {"error": {"message": "m", "type": "t", "param": None, "code": code}}


@pytest.mark.usefixtures("background")
def test_the_codex_in_the_background_renews_it_itself(home: Path, openai: FakeOpenAI) -> None:
    store = acts_store.store(home, state=home / "state" / "codex-doctor")
    store.keep_backup(store.read())
    ran = refresh(home, openai, "--within", "1000")

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Renewed by the Codex that runs: the access token is good until ")
    assert by_whom(openai) == ["codex"]
    assert (openai.service.rotations, refresh_token(home)) == (1, "rt_rotated_1")
    assert store.backups.all() == ()


@pytest.mark.usefixtures("background")
def test_it_is_asked_again_where_it_only_found_that_the_stored_one_is_newer(
    home: Path, openai: FakeOpenAI
) -> None:
    acts_store.renew(acts_store.store(home), openai, force=True)
    openai.asked.clear()

    ran = refresh(home, openai, "--force")

    assert ran.returncode == 0, ran.stderr
    assert [(by_whom(openai), asked(openai)[0]["refresh_token"])] == [(["codex"], "rt_rotated_1")]
    assert refresh_token(home) == "rt_rotated_2"


@pytest.mark.usefixtures("background")
def test_a_refusal_for_good_is_put_to_the_service_again_for_its_name(home: Path, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 401, error("refresh_token_expired"))

    ran = refresh(home, openai, "--force")

    assert (ran.returncode, by_whom(openai)) == (1, ["codex", "codex-doctor"])
    assert "CDX105 refresh-token-expired" in ran.stderr


@pytest.mark.usefixtures("background")
def test_a_refusal_for_now_is_left_to_the_one_in_the_background(home: Path, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 503, "busy")

    ran = refresh(home, openai, "--force")

    assert (ran.returncode, set(by_whom(openai))) == (3, {"codex"})
    assert "the Codex that runs in the background did not renew it" in ran.stderr
    assert "codex app-server daemon restart" in ran.stderr


@pytest.mark.usefixtures("background")
def test_it_is_not_asked_where_the_answer_could_not_be_stored(home: Path, openai: FakeOpenAI) -> None:
    (home / "second").hardlink_to(home / "auth.json")

    ran = refresh(home, openai, "--force")

    assert (ran.returncode, by_whom(openai)) == (1, [])


def test_one_that_hangs_is_told_apart_from_one_that_does_not_run(
    home: Path, background: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "GREETING", 0.2)
    at_work = AtWork(home, keep=Secret)
    background.send_signal(signal.SIGSTOP)
    with pytest.raises(AppServerError, match="does not answer"):
        at_work.renew()

    background.kill()
    background.wait()

    assert control_socket.socket_path(home).exists()
    assert (at_work.renew(), at_work.others()) == (None, None)


def test_an_editor_that_may_renew_it_at_any_moment_is_left_to_it(
    home: Path, openai: FakeOpenAI, editor: subprocess.Popen[str]
) -> None:
    put(home, left=299)

    ran = refresh(home, openai)

    assert (ran.returncode, asked(openai)) == (3, [])
    assert f"codex app-server (process {editor.pid}) has this sign-in and renews it itself" in ran.stderr
    assert "  do    Go on with that one, or close it and try again.\n" in ran.stderr


def test_an_editor_learns_of_a_renewal_at_its_next_one_and_asks_for_nothing(
    home: Path, openai: FakeOpenAI, editor: subprocess.Popen[str]
) -> None:
    ran = refresh(home, openai, "--within", "1000")
    openai.asked.clear()

    known = conversation(editor).status(renew=True)

    assert ran.stdout.startswith("Renewed: ")
    assert by_whom(openai) == []
    new = json.loads((home / "auth.json").read_bytes())["tokens"]["access_token"]
    assert known.token == Secret(new)


@pytest.fixture
def programs() -> Iterator[list[subprocess.Popen[str]]]:
    """Programs to be ended afterwards."""
    started: list[subprocess.Popen[str]] = []
    yield started
    with ended(*started):
        pass


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["exec", "my secret prompt"], "codex exec"),
        ([], "codex"),
        (["app-server", "daemon", "pid-update-loop"], None),
        (["app-server", "proxy"], None),
    ],
)
def test_a_codex_is_known_by_its_home_and_told_without_what_it_was_asked(
    tmp_path: Path, programs: list[subprocess.Popen[str]], words: list[str], told: str | None
) -> None:
    program = tmp_path / "codex"
    program.symlink_to(sys.executable)
    ready = "import sys; print(flush=True); sys.stdin.read()"
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
        process = subprocess.Popen(
            [str(program), "-c", ready, *words],
            env={"CODEX_HOME": name, "PYTHONHOME": sys.base_prefix},
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        programs.append(process)
        assert process.stdout is not None
        process.stdout.readline()

    found = AtWork(tmp_path / "here", keep=Secret).others()

    assert found == (f"{told} (process {programs[0].pid})" if told else None)
    assert AtWork(tmp_path / "nobody", keep=Secret).others() is None


def live(home: Path, openai: FakeOpenAI) -> dict[str, Any]:
    """Return the outcome of a check that renews the sign-in of *home* for real."""
    words = ("check", "auth.refresh-works", "--live", "--format", "json")
    ran = run(home, openai, *words, env={"CODEX_HOME": str(home)})
    (outcome,) = (one for one in json.loads(ran.stdout)["checks"] if one["id"] == "auth.refresh-works")
    return dict(outcome)


@pytest.mark.usefixtures("background")
def test_a_live_check_lets_the_codex_in_the_background_renew_it(home: Path, openai: FakeOpenAI) -> None:
    outcome = live(home, openai)

    assert outcome["verdict"] == "healthy"
    assert by_whom(openai) == ["codex"]
    assert (openai.service.rotations, refresh_token(home)) == (1, "rt_rotated_1")


@pytest.mark.usefixtures("editor")
def test_a_live_check_leaves_it_to_an_editor_that_may_renew_it_any_moment(
    home: Path, openai: FakeOpenAI
) -> None:
    put(home, left=100)
    before = (home / "auth.json").read_bytes()

    outcome = live(home, openai)

    assert outcome["verdict"] == "skipped"
    assert "has this sign-in and renews it itself" in outcome["reason"]
    assert ((home / "auth.json").read_bytes(), by_whom(openai)) == (before, [])
