"""Servers that are addresses, asked over real sockets: what is sent to them, and what their answers mean."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from typing import TYPE_CHECKING, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.mcp.addresses import Greeted, Reached, addresses
from codex_checks.mcp.posting import Way, post_and_ask
from codex_checks.mcp.refusal import places, refusal
from codex_checks.mcp.servers import Address, Server, Servers
from codex_checks.mcp.sign_ins import SignIn
from codex_checks.mcp.tried import Ending, Refused, Tried
from codex_checks.network.proxies import choose
from codex_checks.network.roots import Broken, Roots
from codex_checks.places import Environment
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import Secret
from codex_doctor.testing.raw import RawServer
from engine import context
from mcp_cases import address

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine, Mapping

    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

LONG: Final = 20.0
"""Seconds: no test waits so long, unless the machine is in trouble."""

ANSWER: Final = {
    "jsonrpc": "2.0",
    "id": 0,
    "result": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "serverInfo": {"name": "x", "version": "1"},
    },
}
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def ask(
    server: Server,
    *,
    variables: Mapping[str, str] | None = None,
    stored: SignIn | None = None,
    seconds: float = LONG,
) -> Tried:
    assert isinstance(server.transport, Address)
    choice = choose(variables or {}, server.transport.url.reveal(), Secret)
    greeted = Greeted(server=server, origin=server.transport.origin, choice=choice)
    way = Way(tls=ssl.create_default_context(), until=time.monotonic() + seconds)
    asking = post_and_ask(context(seconds=60.0), greeted, stored, variables=variables or {}, way=way)
    return asyncio.run(asking)


def at(url: str, **more: object) -> Server:
    transport = Address(url=Secret(url), origin="http://127.0.0.1", **more)  # type: ignore[arg-type]
    return Server(name="fake", where="here", transport=transport)


def sign_in(url: str, **more: object) -> SignIn:
    return SignIn(server="fake", url=Secret(url), access=Secret("stored-token"), **more)  # type: ignore[arg-type]


@pytest.fixture
def mcp(openai: FakeOpenAI) -> str:
    """The address of a healthy server."""
    openai.sicken("/mcp", 200, ANSWER)
    return f"{openai.url}/mcp"


def test_a_server_that_answers_works_and_is_asked_as_codex_asks(mcp: str, openai: FakeOpenAI) -> None:
    tried = ask(address(mcp))
    first, second = openai.asked

    assert tried.ending is Ending.ANSWERED
    assert [json.loads(each.body)["method"] for each in (first, second)] == [
        "initialize",
        "notifications/initialized",
    ]
    assert first.headers["accept"] == "text/event-stream, application/json"
    assert "authorization" not in first.headers


def test_an_answer_in_a_stream_of_events_counts_while_the_stream_stays_open() -> None:
    def stream(server: RawServer, client: socket.socket) -> None:
        client.recv(65536)
        event = f"event: message\r\ndata: {json.dumps(ANSWER)}\r\n\r\n".encode()
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\r\n\r\n" + event)
        server.released.wait(LONG)

    with RawServer(stream) as server:
        tried = ask(address(f"http://127.0.0.1:{server.port}/mcp"))

    assert tried.ending is Ending.ANSWERED


def test_a_session_that_was_begun_is_ended(openai: FakeOpenAI) -> None:
    openai.sicken("/mcp", 200, ANSWER, {"Mcp-Session-Id": "session-1"})

    ask(address(f"{openai.url}/mcp"))

    assert [each.method for each in openai.asked] == ["POST", "POST", "DELETE"]
    assert openai.asked[1].headers["mcp-session-id"] == "session-1"
    assert openai.asked[2].headers["mcp-session-id"] == "session-1"


@pytest.mark.parametrize(
    ("status", "body", "kind", "ending", "words"),
    [
        (200, "<html>", "text/html; charset=utf-8", Ending.NOT_MCP, "it answered 200 with text/html"),
        (200, "{}", "text/plain", Ending.NOT_MCP, "it answered 200 with text/plain"),
        (200, "{}", "application/json", Ending.CLOSED, "what it answered is no message of MCP"),
        (200, "nonsense", "application/json", Ending.CLOSED, "what it answered is no message of MCP"),
        (
            200,
            "data: x\n\n",
            "text/event-stream",
            Ending.CLOSED,
            "its stream of events ended without an answer",
        ),
        (307, "", "text/plain", Ending.NOT_ASKED, "it answered 307 and led elsewhere"),
    ],
)
def test_what_is_no_answer_is_told(
    openai: FakeOpenAI, status: int, body: str, kind: str, ending: Ending, words: str
) -> None:
    openai.sicken("/mcp", status, body, {"Content-Type": kind, "Location": "/elsewhere"})

    tried = ask(address(f"{openai.url}/mcp"))

    assert (tried.ending, tried.words) == (ending, words)
    assert [each.path for each in openai.asked] == ["/mcp"]


def test_an_error_in_place_of_an_answer_is_wrong(openai: FakeOpenAI) -> None:
    openai.sicken("/mcp", 200, {"jsonrpc": "2.0", "id": 0, "error": {"code": -32001, "message": "no"}})

    tried = ask(address(f"{openai.url}/mcp"))

    assert (tried.ending, tried.words) == (Ending.WRONG, "error -32001: no")


def test_a_server_that_never_answers_is_silent(openai: FakeOpenAI) -> None:
    openai.swallow("/mcp")

    assert ask(address(f"{openai.url}/mcp"), seconds=0.5).ending is Ending.SILENT


def test_a_server_that_breaks_off_at_the_next_message_is_told_apart() -> None:
    def once(server: RawServer, client: socket.socket) -> None:
        if server.accepted > 1:
            return
        client.recv(65536)
        body = json.dumps(ANSWER).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        client.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)

    with RawServer(once) as server:
        tried = ask(address(f"http://127.0.0.1:{server.port}/mcp"))

    assert (tried.ending, tried.words) == (Ending.DROPPED, "it broke off the connection at the next message")


def test_a_refused_connection_is_no_silence(refusing_port: RefusingPort) -> None:
    assert ask(address(f"{refusing_port.url}/mcp")).ending is Ending.UNREACHABLE


@pytest.mark.parametrize(
    ("more", "variables", "expected"),
    [
        ({"bearer": "TOKEN"}, {"TOKEN": "own-token"}, "Bearer own-token"),
        ({"headers": {"Authorization": Secret("Basic x")}}, {}, "Basic x"),
        ({"named": {"Authorization": "HEADER"}}, {"HEADER": "Basic y"}, "Basic y"),
        ({}, {}, "Bearer stored-token"),
    ],
    ids=["a variable", "a header", "a header's variable", "a stored sign-in"],
)
def test_a_server_is_sent_what_codex_would_send_to_sign_in(
    mcp: str,
    openai: FakeOpenAI,
    more: dict[str, object],
    variables: dict[str, str],
    expected: str,
) -> None:
    tried = ask(at(mcp, **more), variables=variables, stored=sign_in(mcp))

    assert tried.works
    assert {each.headers["authorization"] for each in openai.asked} == {expected}


@pytest.mark.parametrize(
    ("more", "stored", "words"),
    [
        ({"bearer": "TOKEN"}, None, "TOKEN is not set"),
        ({"helper": True}, None, "a program makes its headers (http_headers_helper), and was not run"),
        (
            {},
            {"expires": 1.0, "renewable": True},
            "its sign-in has expired, and Codex renews it at its next start",
        ),
    ],
    ids=["unset", "helper", "expired"],
)
def test_nothing_is_sent_where_codex_would_send_something_else(
    mcp: str, openai: FakeOpenAI, more: dict[str, object], stored: dict[str, object] | None, words: str
) -> None:
    tried = ask(at(mcp, **more), stored=sign_in(mcp, **stored) if stored else None)

    assert (tried.ending, tried.words) == (Ending.NOT_ASKED, words)
    assert openai.asked == []


@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_token_never_goes_over_plain_http_to_another_machine(
    proxy: FakeProxy, *, through_proxy: bool
) -> None:
    variables = {"TOKEN": "own-token", **({"HTTP_PROXY": proxy.url} if through_proxy else {})}

    tried = ask(at("http://mcp.example/mcp", bearer="TOKEN"), variables=variables)

    assert tried.ending is Ending.NOT_ASKED
    assert proxy.asked == []


def test_a_token_never_goes_to_this_machine_through_a_proxy(proxy: FakeProxy, mcp: str) -> None:
    tried = ask(at(mcp, bearer="TOKEN"), variables={"TOKEN": "own-token", "HTTP_PROXY": proxy.url})

    assert tried.ending is Ending.NOT_ASKED
    assert proxy.asked == []


def test_a_token_is_in_no_word_of_what_went_wrong(mcp: str) -> None:
    tried = ask(at(mcp, bearer="TOKEN"), variables={"TOKEN": "own\ntoken"})

    assert "own" not in repr(tried)
    assert tried.ending is not Ending.ANSWERED


@pytest.mark.parametrize(
    ("place", "document", "metadata"),
    [
        ("/.well-known/oauth-protected-resource/mcp", {"authorization_servers": ["https://x"]}, True),
        ("/.well-known/oauth-authorization-server", {"authorization_endpoint": "https://x"}, True),
        ("/.well-known/oauth-authorization-server", {"issuer": "https://x"}, False),
        ("/nowhere", {}, False),
    ],
)
def test_who_asks_for_a_sign_in_is_asked_where_to_get_one(
    openai: FakeOpenAI, place: str, document: object, *, metadata: bool
) -> None:
    openai.sicken("/mcp", 401, {"error": "invalid_token"}, CHALLENGE)
    openai.sicken(place, 200, document)

    tried = ask(address(f"{openai.url}/mcp"))

    assert tried.ending is Ending.STATUS
    assert tried.http == Refused(status=401, error="invalid_token", challenged=True, metadata=metadata)
    assert {each.method for each in openai.asked[1:]} == {"GET"}
    assert not any("authorization" in each.headers for each in openai.asked)


def test_who_refuses_a_sign_in_is_asked_nothing_more(openai: FakeOpenAI) -> None:
    openai.sicken("/mcp", 401, {"error": {"code": "token_revoked"}})

    tried = ask(address(f"{openai.url}/mcp"), stored=sign_in(f"{openai.url}/mcp"))

    assert tried.http == Refused(status=401, error="token_revoked", sent="stored")
    assert len(openai.asked) == 1


def test_a_scope_that_is_demanded_is_told() -> None:
    challenge = 'Bearer error="insufficient_scope", scope="mcp read:all"'

    assert refusal(403, challenge, b"") == Refused(
        status=403, error="insufficient_scope", scope="mcp read:all", challenged=True
    )


@given(status=st.integers(400, 599), challenge=st.text(), body=st.binary())
def test_any_refusal_is_understood_as_far_as_it_goes(status: int, challenge: str, body: bytes) -> None:
    assert refusal(status, challenge, body).status == status


def test_metadata_is_looked_for_where_codex_looks_and_at_the_server_itself() -> None:
    assert set(places("https://user:word@mcp.example/deep/mcp/")) == {
        "https://mcp.example/.well-known/oauth-protected-resource",
        "https://mcp.example/.well-known/oauth-protected-resource/deep/mcp",
        "https://mcp.example/deep/mcp/.well-known/oauth-protected-resource",
        "https://mcp.example/.well-known/oauth-authorization-server",
        "https://mcp.example/.well-known/oauth-authorization-server/deep/mcp",
        "https://mcp.example/.well-known/openid-configuration/deep/mcp",
        "https://mcp.example/deep/mcp/.well-known/openid-configuration",
    }


def connect(
    *found: Server, variables: Mapping[str, str] | None = None, roots: Roots | None = None
) -> Reached:
    surroundings = Environment(variables=variables or {}, from_file=frozenset(), file=None)
    going = addresses.read(context(seconds=20.0), Servers(found=found), surroundings, roots or Roots())
    reached: object = asyncio.run(cast("Coroutine[None, None, Reached]", going))
    assert isinstance(reached, Reached)
    return reached


def test_connecting_asks_nothing(mcp: str, openai: FakeOpenAI) -> None:
    (greeted,) = connect(address(mcp)).greeted

    assert (greeted.reached, greeted.outside) == (True, False)
    assert openai.asked == []


def test_an_address_that_refuses_connections_is_told_with_the_stage(refusing_port: RefusingPort) -> None:
    (greeted,) = connect(address(refusing_port.url)).greeted

    assert greeted.attempt is not None
    assert greeted.attempt.failure is not None
    assert (greeted.reached, str(greeted.attempt.failure.stage)) == (False, "connect")


def test_a_server_that_does_not_speak_tls_is_told_with_the_stage(mcp: str) -> None:
    (greeted,) = connect(address(mcp.replace("http://", "https://"))).greeted

    assert greeted.attempt is not None
    assert greeted.attempt.failure is not None
    assert str(greeted.attempt.failure.stage) == "tls"


def test_what_is_no_address_is_not_gone_to() -> None:
    (greeted,) = connect(address("ftp://127.0.0.1/x")).greeted

    assert (greeted.attempt, greeted.reached) == (None, False)


def test_a_local_server_behind_a_proxy_is_known_as_such(proxy: FakeProxy, mcp: str) -> None:
    (greeted,) = connect(address(mcp), variables={"HTTP_PROXY": proxy.url}).greeted

    assert greeted.local_proxy == "HTTP_PROXY"


def test_an_address_of_a_project_is_not_gone_to(mcp: str) -> None:
    with pytest.raises(NotApplicable):
        connect(address(mcp, own=False))


def test_where_codex_makes_no_connection_none_is_made(mcp: str) -> None:
    broken = Broken(variable="SSL_CERT_FILE", path="/x", why="it is absent")

    with pytest.raises(Unavailable, match="SSL_CERT_FILE"):
        connect(address(mcp), roots=Roots(broken=broken))
