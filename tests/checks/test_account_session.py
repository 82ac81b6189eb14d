"""The service is asked on real sockets: once, with the credential, and nobody else ever gets to see it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import certificates
from accounts import CHATGPT, KEY, PERSONAL
from codex_checks.account.session import Session, session
from codex_checks.catalogue import CHECKS
from codex_checks.network.roots import Broken, Roots
from codex_checks.places import Environment
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.redact import redact
from codex_doctor.render.json import render
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Plan, examine
from codex_doctor.testing.raw import RawServer, resets, says
from engine import LINUX, context
from signins import login
from tokens import ACCOUNT, API_KEY, DAY, access_token, api_key_login, as_file, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

TOKEN = access_token()
ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def _ask(
    variables: Mapping[str, str],
    *,
    content: object = CHATGPT,
    roots: Roots | None = None,
    seconds: float = 10.0,
) -> Session:
    """Return what the probe makes of it, on a machine with these variables."""
    surroundings = Environment(variables=variables, from_file=frozenset(), file=None)
    found = login(content)

    async def read() -> Session:
        answer = session.read(context(seconds=seconds), found, surroundings, roots or Roots(), None)
        return await cast("Awaitable[Session]", answer)

    return asyncio.run(read())


def _roots(authority: trustme.CA) -> Roots:
    loaded = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    return Roots(certificates=(loaded.public_bytes(Encoding.DER),))


def _redirecting(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def test_the_service_is_asked_once_and_only_reads(openai: FakeOpenAI) -> None:
    found = _ask(openai.env)

    # A Codex of an earlier test may still be on the wire, with a sign-in of its own.
    ours = [asked for asked in openai.asked if asked.bearer == TOKEN]

    assert [(asked.method, asked.path, asked.body) for asked in ours] == [
        ("GET", "/backend-api/wham/usage", b"")
    ]
    assert ours[0].headers["chatgpt-account-id"] == ACCOUNT
    assert (found.status, found.accepted, found.plan, found.account_matches) == (200, True, "plus", True)


@pytest.mark.parametrize(
    ("content", "path"),
    [(KEY, "/v1/models"), (PERSONAL, "/api/accounts/v1/user-auth-credential/whoami")],
)
def test_each_kind_of_credential_has_its_own_question(openai: FakeOpenAI, content: object, path: str) -> None:
    found = _ask(openai.env, content=content)

    assert found.accepted
    assert [asked.path for asked in openai.asked] == [path]


def test_a_refusal_is_kept_with_its_ids_and_without_the_credential(openai: FakeOpenAI) -> None:
    body = {"error": {"code": "invalid_api_key", "message": f"Incorrect API key provided: {API_KEY}"}}
    openai.sicken("/v1/models", 401, body, {"cf-ray": "8f0-TXL", "x-request-id": "req-1"})
    found = _ask(openai.env, content=KEY)

    assert (found.status, found.error.code, found.ray, found.request) == (
        401,
        "invalid_api_key",
        "8f0-TXL",
        "req-1",
    )
    assert API_KEY not in repr(found)


def test_the_question_goes_through_the_proxy_inside_tls(
    openai_tls: FakeOpenAI, proxy: FakeProxy, authority: trustme.CA
) -> None:
    found = _ask({"HTTPS_PROXY": proxy.url}, roots=_roots(authority))

    assert found.accepted
    assert proxy.asked == ["chatgpt.com:443"]
    assert [(asked.path, asked.bearer) for asked in openai_tls.asked] == [("/backend-api/wham/usage", TOKEN)]


def test_a_key_that_no_header_can_hold_is_not_sent_in_parts(openai: FakeOpenAI) -> None:
    found = _ask(openai.env, content=api_key_login("sk-one\nX-Injected: two"))

    assert (found.status, found.held.flaw) == (None, "a line break")
    assert openai.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(status: int) -> None:
    with RawServer(says(ACCEPTED)) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/"
        answer = _redirecting(there).replace(b"302 Found", f"{status} Moved".encode())
        with RawServer(says(answer)) as server:
            url = f"http://127.0.0.1:{server.port}/backend-api"
            found = _ask({"CODEX_DOCTOR_URL_CHATGPT": url})

    assert (found.status, found.redirected, found.accepted) == (status, True, False)
    assert elsewhere.accepted == 0


def test_nothing_is_sent_over_plain_http_to_another_machine(proxy: FakeProxy) -> None:
    variables = {"CODEX_DOCTOR_URL_CHATGPT": "http://chatgpt.example/backend-api", "HTTP_PROXY": proxy.url}

    with pytest.raises(NotApplicable, match="neither https nor on this machine"):
        _ask(variables)

    assert proxy.asked == []


def test_nothing_is_sent_unencrypted_through_a_proxy(openai: FakeOpenAI, proxy: FakeProxy) -> None:
    with pytest.raises(NotApplicable, match="through the proxy unencrypted"):
        _ask({**openai.env, "HTTP_PROXY": proxy.url})

    assert (proxy.asked, openai.asked) == ([], [])


@pytest.mark.parametrize("known", [True, False], ids=["wrong name", "unknown authority"])
def test_nothing_is_sent_to_a_server_that_cannot_prove_its_name(
    authority: trustme.CA, *, known: bool
) -> None:
    tls = certificates.make(authority, host="somebody.example").server()
    trusted = _roots(authority) if known else _roots(trustme.CA())
    with RawServer(says(ACCEPTED), tls=tls) as server:
        url = f"https://127.0.0.1:{server.port}/backend-api"
        with pytest.raises(Unavailable, match="tls: "):
            _ask({"CODEX_DOCTOR_URL_CHATGPT": url}, roots=trusted)

    assert b"authorization" not in b"".join(server.heard).lower()
    assert TOKEN.encode() not in b"".join(server.heard)


def test_an_answer_that_never_comes_is_a_reason_in_time(openai: FakeOpenAI) -> None:
    openai.swallow("/backend-api/wham/usage")

    with pytest.raises(Unavailable, match=r"could not be asked: .*: http: no answer in time"):
        _ask(openai.env, seconds=1.0)


@pytest.mark.parametrize("manner", [resets, says(b"SSH-2.0-x\r\n\r\n"), says(b"")])
def test_a_broken_connection_is_a_reason(manner: Any) -> None:  # noqa: ANN401 - a Manner of the test kit
    with RawServer(manner) as server:
        url = f"http://127.0.0.1:{server.port}/backend-api"
        with pytest.raises(Unavailable, match="could not be asked"):
            _ask({"CODEX_DOCTOR_URL_CHATGPT": url})


def test_a_refused_connection_is_a_reason(refusing_port: RefusingPort) -> None:
    with pytest.raises(Unavailable, match=r"could not be asked: .*: connect: "):
        _ask({"CODEX_DOCTOR_URL_CHATGPT": f"{refusing_port.url}/backend-api"})


def test_a_proxy_that_cannot_be_used_is_a_reason() -> None:
    with pytest.raises(Unavailable, match="cannot use the proxy"):
        _ask({"HTTPS_PROXY": "http://proxy.example:99999"})


def test_an_unusable_file_of_certificates_is_a_reason() -> None:
    broken = Broken(variable="SSL_CERT_FILE", path="/gone.pem", why="gone")

    with pytest.raises(Unavailable, match="SSL_CERT_FILE names an unusable file"):
        _ask({}, roots=Roots(broken=broken))


def test_an_answer_without_end_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
    with RawServer(says(head + b'{"data": "' + b"x" * 600_000)) as server:
        url = f"http://127.0.0.1:{server.port}/v1"
        found = _ask({"CODEX_DOCTOR_URL_API": url}, content=KEY)

    assert found.accepted


def _examined(home: Path, variables: Mapping[str, str]) -> str:
    """Examine a whole machine from inside its *home*, and return the report."""
    own = {"HOME": str(home), "PATH": "/nowhere"}
    ctx = context(home, env={**own, **variables}, seconds=20.0)
    done = examine(Plan(checks=CHECKS), ctx)
    circumstances = Circumstances(started=datetime.now(UTC), seconds=1.0, system=LINUX, strict=False)
    return render(redact(assemble(done, circumstances), vault=ctx.vault, home=str(home)))


def test_of_everybody_who_is_asked_only_its_own_service_gets_the_credential(
    openai: FakeOpenAI, tmp_path: Path
) -> None:
    (tmp_path / ".codex").mkdir()
    stored = chatgpt_login(expires=time.time() + DAY, refreshed=time.time())
    (tmp_path / ".codex" / "auth.json").write_bytes(as_file(stored))
    report = _examined(tmp_path, openai.env)

    with_credential = [asked.path for asked in openai.asked if "authorization" in asked.headers]
    assert sorted(with_credential) == ["/backend-api/wham/accounts/check", "/backend-api/wham/usage"]
    assert len(openai.asked) > len(with_credential)
    assert [
        token
        for token in stored["tokens"].values()
        if isinstance(token, str) and len(token) > 50 and token in report
    ] == []


@pytest.mark.parametrize("trusted", [True, False])
def test_a_host_that_a_project_names_is_not_asked(
    openai: FakeOpenAI, tmp_path: Path, *, trusted: bool
) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    (home / ".codex").mkdir(parents=True)
    (project / ".codex").mkdir(parents=True)
    stored = chatgpt_login(expires=time.time() + DAY, refreshed=time.time())
    (home / ".codex" / "auth.json").write_bytes(as_file(stored))
    if trusted:
        (home / ".codex" / "config.toml").write_text(f'[projects."{project}"]\ntrust_level = "trusted"\n')
    with RawServer(says(ACCEPTED)) as listener:
        there = f"http://127.0.0.1:{listener.port}"
        (project / ".codex" / "config.toml").write_text(
            f'chatgpt_base_url = "{there}/backend-api"\nopenai_base_url = "{there}/v1"\n'
        )
        names = ("CHATGPT", "AUTH", "API", "GITHUB", "STATUS")
        lines = [f"CODEX_DOCTOR_URL_{name}={there}" for name in names]
        (project / ".env").write_text(
            "\n".join([*lines, f"CODEX_AUTHAPI_BASE_URL={there}", f"HTTP_PROXY={there}"])
        )
        _examined(project, {**openai.env, "CODEX_HOME": str(home / ".codex")})

    assert listener.accepted == 0
    assert "/backend-api/wham/usage" in [asked.path for asked in openai.asked]


def test_codex_reads_the_same_limits_out_of_the_same_answer(codex_cli: CodexCli, openai: FakeOpenAI) -> None:
    openai.service.used_percent = 73
    found = _ask(openai.env)
    said = _rate_limits(codex_cli, openai)["rateLimits"]

    assert found.usage is not None
    (window,) = found.usage.limits[0].windows
    primary = said["primary"]
    assert (primary["usedPercent"], primary["windowDurationMins"]) == (window.used_percent, window.minutes)
    assert said["planType"] == found.plan


def _rate_limits(cli: CodexCli, openai: FakeOpenAI) -> Any:  # noqa: ANN401 - JSON
    """Return what Codex answers to `account/rateLimits/read`."""
    home = cli.scratch_home()
    stored = chatgpt_login(expires=time.time() + DAY, refreshed=time.time())
    (home / "auth.json").write_bytes(as_file(stored))
    client = {"name": "t", "title": "t", "version": "1"}
    asked = (
        {"id": 0, "method": "initialize", "params": {"clientInfo": client}},
        {"method": "initialized"},
        {"id": 1, "method": "account/rateLimits/read", "params": None},
    )
    with subprocess.Popen(
        [str(cli.native), "app-server", *openai.codex_args],
        env={"HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{json.dumps(one)}\n" for one in asked))
        process.stdin.flush()
        said = next(one for one in map(json.loads, process.stdout) if one.get("id") == 1)
        process.kill()
    return said.get("result", said)
