"""An app-server is asked over a pipe or a WebSocket, and whatever it says ends in an answer or an error."""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

import pytest

import acts_store
import tokens
from codex_checks.acts.app_server import AppServer, Status
from codex_checks.acts.control_socket import ControlSocket, control_socket, socket_path
from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import AppServerError
from codex_checks.acts.own_app_server import own_app_server
from codex_checks.acts.renewing import renew_by
from codex_doctor.redact import Secret
from codex_doctor.threads import in_background
from engine import context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI


@pytest.fixture
def pair() -> Iterator[tuple[ControlSocket, socket.socket]]:
    """A connection, and what stands at its other end."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    with ours, theirs:
        yield ControlSocket(ours), theirs


def frame(kind: int, content: bytes, *, final: bool = True) -> bytes:
    """Return a frame as a server sends it."""
    first = (0x80 if final else 0) | kind
    if len(content) < 126:
        return struct.pack(">BB", first, len(content)) + content
    if len(content) < 65536:
        return struct.pack(">BBH", first, 126, len(content)) + content
    return struct.pack(">BBQ", first, 127, len(content)) + content


def soon() -> float:
    return time.monotonic() + 10


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 200_000])
def test_a_message_of_any_size_is_read_whole(pair: tuple[ControlSocket, socket.socket], size: int) -> None:
    ours, theirs = pair
    in_background(lambda: theirs.sendall(frame(1, b"x" * size)))

    assert ours.receive(soon()) == b"x" * size


def test_pieces_are_put_together_and_a_ping_between_them_is_answered(
    pair: tuple[ControlSocket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.sendall(frame(1, b"one ", final=False) + frame(9, b"there?") + frame(10, b"") + frame(0, b"two"))

    assert ours.receive(soon()) == b"one two"
    assert unmasked(theirs.recv(100)) == (10, b"there?")


@pytest.mark.parametrize("size", [1, 125, 126, 60_000])
def test_what_is_sent_is_masked(pair: tuple[ControlSocket, socket.socket], size: int) -> None:
    ours, theirs = pair
    message = bytes(at % 251 for at in range(size))
    in_background(lambda: ours.send(message))

    received = b""
    while len(received) < size:
        received += theirs.recv(65536)

    assert message not in received
    assert unmasked(received) == (1, message)


def unmasked(sent: bytes) -> tuple[int, bytes]:
    """Return the kind and the content of a frame that a client sent."""
    first, second = sent[:2]
    assert (first & 0x80, second & 0x80) == (0x80, 0x80)
    at = 2 if second & 0x7F < 126 else 4
    mask, content = sent[at : at + 4], sent[at + 4 :]
    return first & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (frame(8, b""), "closed the connection"),
        (frame(3, b""), "closed the connection"),
        (struct.pack(">BBQ", 0x81, 127, 1 << 40), "more than can be read"),
        (b"\x81", "closed the connection"),
        (b"", "closed the connection"),
    ],
)
def test_the_end_of_a_conversation_is_an_error(
    pair: tuple[ControlSocket, socket.socket], said: bytes, words: str
) -> None:
    ours, theirs = pair
    theirs.sendall(said)
    theirs.shutdown(socket.SHUT_WR)

    with pytest.raises(AppServerError, match=words):
        ours.receive(soon())


def test_a_file_in_the_place_of_the_socket_is_no_app_server_however_deep_it_is(tmp_path: Path) -> None:
    home = tmp_path / ("d" * 60) / ("e" * 60)  # longer than the name of a socket may be
    path = socket_path(home)
    path.parent.mkdir(parents=True)
    path.write_text("not a socket")

    with control_socket(home) as found:
        assert found is None


def test_silence_ends_in_time(pair: tuple[ControlSocket, socket.socket]) -> None:
    with pytest.raises(AppServerError, match="does not answer"):
        pair[0].receive(time.monotonic() + 0.01)


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 404 Not Found\r\n\r\n", b"SSH-2.0\r\n\r\n", b"\r\n\r\n", b"x" * 20_000],
)
def test_what_does_not_speak_websocket_is_no_app_server(
    pair: tuple[ControlSocket, socket.socket], said: bytes
) -> None:
    ours, theirs = pair
    in_background(lambda: theirs.sendall(said))

    with pytest.raises(AppServerError, match="does not speak WebSocket"):
        ours.shake_hands()


class Said:
    """A wire on which these messages come, whatever is asked."""

    def __init__(self, *messages: bytes) -> None:
        self._messages = list(messages)

    def send(self, message: bytes) -> None:
        """Take no notice."""

    def receive(self, until: float) -> bytes:  # noqa: ARG002 - it knows no time
        return self._messages.pop(0)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no message"),
        (
            b'{"id":1,"error":{"code":-32603,"message":"rt_secret"}}',
            r"does not answer getAuthStatus \(-32603\)$",
        ),
        (b'{"id":1,"result":null}', "does not answer getAuthStatus$"),
    ],
)
def test_an_answer_that_is_none_is_an_error_without_its_words(message: bytes, words: str) -> None:
    with pytest.raises(AppServerError, match=words):
        AppServer(Said(message), keep=Secret).status(renew=False)


def test_what_comes_between_is_passed_over() -> None:
    server = AppServer(
        Said(
            b'{"method":"account/updated","params":{}}',
            b'{"id":1,"method":"elicitation/create","params":{}}',
            b'{"id":7,"result":{}}',
            b'{"id":1,"result":{"authMethod":"chatgpt","authToken":"t"}}',
        ),
        keep=Secret,
    )

    assert server.status(renew=True) == Status(method="chatgpt", token=Secret("t"))


@pytest.mark.skipif(sys.platform == "win32", reason="the test's home is one of Unix")
def test_an_app_server_of_our_own_renews_and_leaves_nothing_behind(
    codex_cli: CodexCli, openai: FakeOpenAI
) -> None:
    home = codex_cli.scratch_home()
    login = tokens.chatgpt_login(expires=time.time() + 900, refreshed=time.time())
    acts_store.put(home, tokens.without(login, "tokens", "oauth_provenance"))
    (home / "config.toml").write_text(f'chatgpt_base_url = "{openai.url}/backend-api"')
    ctx = context(home, env=openai.codex_env, seconds=30)

    with own_app_server(ctx, codex_cli.native, home) as wire:
        server = AppServer(wire, keep=Secret)
        server.greet()
        waiting = renew_by(server, within=300, force=False, now=time.time())
        renewed = renew_by(server, within=1000, force=False, now=time.time())
        openai.sicken("/oauth/token", 401, {"error": {"code": "refresh_token_expired"}})
        refused = renew_by(server, within=300, force=True, now=time.time())

    assert [one.ending for one in (waiting, renewed, refused)] == [
        Ending.NOT_DUE,
        Ending.RENEWED,
        Ending.REFUSED,
    ]
    assert json.loads((home / "auth.json").read_bytes())["tokens"]["refresh_token"] == "rt_rotated_1"


def test_a_program_that_ends_at_once_or_cannot_be_started_is_told(tmp_path: Path) -> None:
    ctx = context(tmp_path, seconds=30)
    program = tmp_path / "codex"

    with pytest.raises(AppServerError, match="could not be started"), own_app_server(ctx, program, tmp_path):
        pass
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    with (
        own_app_server(ctx, program, tmp_path) as wire,
        pytest.raises(AppServerError, match=r"it ended|takes no question"),
    ):
        AppServer(wire, keep=Secret).greet()
