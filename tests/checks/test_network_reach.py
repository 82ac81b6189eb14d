"""The whole way, on real sockets: an environment in, findings out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import certificates
from codex_checks.network.checks import CHECKS
from codex_checks.network.reach import is_loopback
from codex_doctor.context import Context
from codex_doctor.processes import Children
from codex_doctor.runner import Plan, examine
from codex_doctor.testing.raw import RawServer, hangs_up, resets, says, stalls
from engine import LINUX
from fakes.proxies import FakeProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import trustme

    from codex_doctor.model import Finding, Outcome
    from fakes.openai import FakeOpenAI
    from fakes.proxies import Manner, RefusingPort

AUTH_JSON = '{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-test-0000000000000000000000"}'
NO_LOOP = "localhost,127.0.0.1,::1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".codex").mkdir()
    route = tmp_path / "proc/net/route"
    route.parent.mkdir(parents=True)
    route.write_text("head\neth0\t00000000\t0111A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")
    return tmp_path


@pytest.fixture
def trusted(authority_file: Path) -> dict[str, str]:
    return {"CODEX_CA_CERTIFICATE": str(authority_file)}


def _examine(
    home: Path, env: Mapping[str, str], *, seconds: float = 5.0, now: Callable[[], float] = time.time
) -> tuple[Outcome, ...]:
    ctx = Context(
        env=dict(env),
        home=home,
        cwd=home,
        system=LINUX,
        deadline=time.monotonic() + seconds,
        root=home,
        now=now,
        children=Children(),
    )
    return examine(Plan(checks=CHECKS), ctx).outcomes


def _found(outcomes: tuple[Outcome, ...]) -> dict[str, Finding]:
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    names = [finding.problem.name for finding in findings if finding.problem.name != "tls-no-system-roots"]
    assert len(names) == len(set(names))
    assert [outcome for outcome in outcomes if outcome.verdict in ("crashed", "timed-out")] == []
    return {finding.problem.name: finding for finding in findings if finding.problem.name in names}


def test_healthy_servers_give_no_finding_and_get_no_credential(home: Path, openai: FakeOpenAI) -> None:
    (home / ".codex/auth.json").write_text(AUTH_JSON)

    assert _found(_examine(home, openai.env)) == {}
    assert [asked.headers.get("authorization") for asked in openai.asked] == [None] * 5
    assert {f"{asked.method} {asked.path}" for asked in openai.asked} == {
        "GET /v1/models",
        "GET /v1/responses",
        "GET /backend-api/codex/responses",
        "HEAD /github/",
        "HEAD /github-api/",
    }


def test_healthy_servers_over_tls_are_trusted_through_the_variable(
    home: Path, openai_tls: FakeOpenAI, trusted: dict[str, str]
) -> None:
    assert _found(_examine(home, openai_tls.env | trusted)) == {}


def test_without_the_authority_every_host_shares_one_finding(home: Path, openai_tls: FakeOpenAI) -> None:
    found = _found(_examine(home, openai_tls.env))

    assert list(found) == ["tls-unknown-issuer"]
    assert "issued by Test Office" in str(found["tls-unknown-issuer"].evidence["shown"])


def test_through_a_proxy_the_real_names_are_asked_of_it(
    home: Path, proxy: FakeProxy, trusted: dict[str, str]
) -> None:
    assert _found(_examine(home, {"HTTPS_PROXY": proxy.url, "NO_PROXY": NO_LOOP} | trusted)) == {}
    assert sorted(proxy.asked) == [
        "api.github.com:443",
        "api.openai.com:443",
        "auth.openai.com:443",
        "chatgpt.com:443",
        "github.com:443",
    ]


@pytest.mark.parametrize(
    ("manner", "name"),
    [
        ("swallows", "proxy-timeout"),
        ("wants-password", "proxy-auth-required"),
        ("forbids", "proxy-connect-rejected"),
    ],
)
def test_a_proxy_that_fails_all_hosts_is_one_finding(
    home: Path, openai_tls: FakeOpenAI, manner: Manner, name: str
) -> None:
    bad = FakeProxy(port=openai_tls.port, manner=manner)
    bad.start()
    seconds = 2.0 if manner == "swallows" else 5.0
    url = bad.url
    found = _found(_examine(home, {"HTTPS_PROXY": url}, seconds=seconds))
    bad.stop()

    assert list(found) == [name]
    assert url in found[name].detail


def test_a_proxy_that_refuses_is_one_finding(home: Path, refusing_port: RefusingPort) -> None:
    found = _found(_examine(home, {"ALL_PROXY": refusing_port.url}))

    assert list(found) == ["proxy-connection-refused"]
    assert found["proxy-connection-refused"].detail == (
        f"ALL_PROXY (set in the environment) names {refusing_port.url}, and nothing listens there; "
        "needed for chatgpt.com, auth.openai.com, api.openai.com"
    )


def test_the_environment_file_of_codex_wins_over_the_shell(
    home: Path, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    (home / ".codex/.env").write_text(f"HTTP_PROXY={refusing_port.url}\n")

    assert list(_found(_examine(home, openai.env))) == ["proxy-connection-refused"]


def test_a_password_for_the_proxy_is_sent_to_it_and_said_nowhere(home: Path) -> None:
    with RawServer(says(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n")) as bad:
        found = _found(_examine(home, {"HTTPS_PROXY": f"http://me:sesame0@127.0.0.1:{bad.port}"}))

    assert b"Proxy-Authorization: Basic bWU6c2VzYW1lMA==" in b"".join(bad.heard)
    assert list(found) == ["proxy-auth-required"]
    assert "sesame0" not in repr(found)
    assert "bWU6c2VzYW1lMA" not in repr(found)


def test_a_socks_proxy_that_hangs_up_on_http_is_named(home: Path) -> None:
    with RawServer(hangs_up) as bad:
        found = _found(_examine(home, {"ALL_PROXY": f"socks5h://127.0.0.1:{bad.port}"}))

    assert list(found) == ["proxy-socks-http"]


def test_a_socks_proxy_that_also_speaks_http_is_fine(
    home: Path, proxy: FakeProxy, trusted: dict[str, str]
) -> None:
    assert _found(_examine(home, {"ALL_PROXY": proxy.url.replace("http", "socks5")} | trusted)) == {}


def test_a_proxy_said_to_speak_tls_that_does_not_is_a_wrong_variable(home: Path) -> None:
    with RawServer(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as bad:
        found = _found(_examine(home, {"HTTPS_PROXY": f"https://127.0.0.1:{bad.port}"}))

    assert list(found) == ["proxy-env-wrong"]
    assert "does not speak TLS" in found["proxy-env-wrong"].detail


def test_an_impossible_port_keeps_codex_from_trying(home: Path) -> None:
    assert list(_found(_examine(home, {"HTTPS_PROXY": "http://127.0.0.1:99999"}))) == ["proxy-env-wrong"]


def test_two_spellings_that_disagree_are_noted(home: Path, proxy: FakeProxy, trusted: dict[str, str]) -> None:
    env = {"HTTPS_PROXY": proxy.url, "https_proxy": "http://old.example:8080"} | trusted
    found = _found(_examine(home, env))

    assert found["proxy-env-wrong"].problem.severity == "note"
    assert "https_proxy=http://old.example:8080" in found["proxy-env-wrong"].detail


def test_one_host_that_refuses_is_named_alone(
    home: Path, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    env = openai.env | {"CODEX_DOCTOR_URL_CHATGPT": f"{refusing_port.url}/backend-api"}
    found = _found(_examine(home, env))

    assert list(found) == ["connection-refused"]
    assert found["connection-refused"].subjects == {"chatgpt.com", "127.0.0.1"}


def test_two_hosts_with_different_faults_are_two_findings(
    home: Path, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    with RawServer(stalls) as silent:
        env = openai.env | {
            "CODEX_DOCTOR_URL_CHATGPT": refusing_port.url,
            "CODEX_DOCTOR_URL_AUTH": f"http://localhost:{silent.port}",
        }
        found = _found(_examine(home, env, seconds=2.0))

    assert sorted(found) == ["connection-refused", "connection-timeout"]
    assert found["connection-timeout"].detail.endswith("said nothing to the request")


@pytest.mark.parametrize(
    ("manner", "name"),
    [
        (resets, "connection-reset"),
        (hangs_up, "openai-unreachable"),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "openai-unreachable"),
        (says(b"HTTP/1.1 302 Found\r\nLocation: http://portal.hotel.example/\r\n\r\n"), "captive-portal"),
        (says(b"HTTP/1.1 503 No\r\n\r\n"), "service-unavailable"),
    ],
    ids=["reset", "hang-up", "ssh", "portal", "down"],
)
def test_what_a_needed_host_does_has_a_name(
    home: Path, openai: FakeOpenAI, manner: object, name: str
) -> None:
    with RawServer(manner) as server:  # type: ignore[arg-type] # a table of manners
        env = openai.env | {"CODEX_DOCTOR_URL_CHATGPT": f"http://localhost:{server.port}/backend-api"}
        found = _found(_examine(home, env))

    assert list(found) == [name]


def test_a_name_that_does_not_resolve_is_named(home: Path, openai: FakeOpenAI) -> None:
    found = _found(_examine(home, openai.env | {"CODEX_DOCTOR_URL_AUTH": "https://auth.nobody.invalid"}))

    assert list(found) == ["dns-failure"]
    assert "auth.openai.com (at auth.nobody.invalid:443)" in found["dns-failure"].detail


def test_github_alone_is_a_warning(home: Path, openai: FakeOpenAI, refusing_port: RefusingPort) -> None:
    env = openai.env | {"CODEX_DOCTOR_URL_GITHUB": refusing_port.url}
    found = _found(_examine(home, env))

    assert list(found) == ["github-unreachable"]
    assert found["github-unreachable"].problem.severity == "warning"


def test_a_machine_cut_off_has_one_finding_and_the_rest_is_not_judged(home: Path) -> None:
    (home / "proc/net/route").write_text("head\n")
    env = {f"CODEX_DOCTOR_URL_{name}": f"https://{name}.invalid" for name in ("CHATGPT", "AUTH", "API")}
    env |= {f"CODEX_DOCTOR_URL_{name}": "https://x.invalid" for name in ("GITHUB", "GITHUB_API")}
    outcomes = _examine(home, env)

    assert list(_found(outcomes)) == ["network-unreachable"]
    blocked = {outcome.check for outcome in outcomes if outcome.could_be_blocked}
    assert {"service.is-up", "network.hosts-resolve", "tls.certificates-are-trusted"} <= blocked


def test_while_a_file_of_authorities_is_unusable_nothing_is_dialled(home: Path, openai: FakeOpenAI) -> None:
    outcomes = _examine(home, openai.env | {"CODEX_CA_CERTIFICATE": "/gone.pem"})

    assert list(_found(outcomes)) == ["tls-ca-file-unreadable"]
    assert openai.asked == []


def test_with_hardly_any_time_nothing_is_claimed(home: Path, openai: FakeOpenAI) -> None:
    outcomes = _examine(home, openai.env, seconds=0.4)
    verdicts = {outcome.check: outcome.verdict for outcome in outcomes}

    assert verdicts["service.is-up"] == "timed-out"
    assert [outcome.check for outcome in outcomes if outcome.findings] == ["tls.system-has-roots"]


@pytest.fixture
def old_server(authority: trustme.CA) -> Iterator[tuple[RawServer, certificates.Made]]:
    day = certificates.DAY
    made = certificates.make(authority, begins=certificates.NOW - 20 * day, ends=certificates.NOW - 10 * day)
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    with RawServer(says(f"HTTP/1.1 200 OK\r\nDate: {stamp}\r\n\r\n".encode()), tls=made.server()) as server:
        yield server, made


def test_an_expired_certificate_shows_its_dates(
    home: Path,
    openai: FakeOpenAI,
    old_server: tuple[RawServer, certificates.Made],
    trusted: dict[str, str],
) -> None:
    env = openai.env | trusted | {"CODEX_DOCTOR_URL_API": f"https://localhost:{old_server[0].port}/v1"}
    found = _found(_examine(home, env))

    assert list(found) == ["tls-certificate-expired"]
    until = f"{certificates.NOW - 10 * certificates.DAY:%Y-%m-%d}"
    assert f"to {until}" in str(found["tls-certificate-expired"].evidence["shown"])


def test_a_wrong_clock_explains_an_expired_certificate(
    home: Path, openai: FakeOpenAI, old_server: tuple[RawServer, certificates.Made], trusted: dict[str, str]
) -> None:
    env = openai.env | trusted | {"CODEX_DOCTOR_URL_API": f"https://localhost:{old_server[0].port}/v1"}
    found = _found(_examine(home, env, now=lambda: time.time() + 30 * 86400))

    assert sorted(found) == ["clock-skew", "tls-certificate-expired"]
    assert "30 days ahead of" in found["clock-skew"].detail
    assert "tls-certificate-expired" in found["clock-skew"].problem.explains


def test_a_port_that_speaks_plain_http_cannot_agree_on_tls(home: Path, openai: FakeOpenAI) -> None:
    env = openai.env | {"CODEX_DOCTOR_URL_CHATGPT": openai.url.replace("http", "https")}

    assert list(_found(_examine(home, env))) == ["tls-handshake-failed"]


def test_a_certificate_for_another_host_is_named(
    home: Path, openai: FakeOpenAI, authority: trustme.CA, trusted: dict[str, str]
) -> None:
    tls = certificates.make(authority, host="other.example").server()
    with RawServer(says(b""), tls=tls) as server:
        env = openai.env | trusted | {"CODEX_DOCTOR_URL_API": f"https://localhost:{server.port}/v1"}
        found = _found(_examine(home, env))

    assert list(found) == ["tls-hostname-mismatch"]


@pytest.mark.parametrize(
    ("host", "addresses", "expected"),
    [
        ("127.0.0.1", (), True),
        ("::1", (), True),
        ("localhost", ("127.0.0.1",), True),
        ("api.localhost", (), True),
        ("chatgpt.com", ("127.0.0.1",), True),
        ("chatgpt.com", ("104.18.1.1", "127.0.0.1"), False),
        ("chatgpt.com", (), False),
        ("10.0.0.1", (), False),
    ],
)
def test_loopback_is_this_machine(host: str, addresses: tuple[str, ...], *, expected: bool) -> None:
    assert is_loopback(host, addresses) is expected
