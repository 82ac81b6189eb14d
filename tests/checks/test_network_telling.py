"""What a tired person reads of the network: one sentence for what was seen, and the line that mends it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from codex_checks.network.hosts import Service
from codex_checks.network.proxies import Setting
from codex_checks.network.reach import Reach
from codex_checks.network.remedies import remedy, set_clock
from codex_checks.network.roots import Roots
from codex_checks.network.telling import seen
from codex_checks.network.variables import Origins, unset
from codex_checks.problems import network as n
from codex_checks.problems import tls as t
from codex_doctor.dial import Answer, Fault, Proxy, Stage
from codex_doctor.fix import ShellLine, command
from codex_doctor.redact import Secret
from reached import host, proxy_setting, reach, visit

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.fix import Fix
    from codex_doctor.model import Problem

PROXY = proxy_setting("http://127.0.0.1:9")
WITH_PASSWORD = Setting(
    variable="HTTPS_PROXY",
    shown="http://***@127.0.0.1:9",
    proxy=Proxy(host="127.0.0.1", port=9, authorization=Secret("Basic eA==")),
)
NAMED = "HTTPS_PROXY (set in the environment) names http://127.0.0.1:9"
NEEDED = "needed for chatgpt.com, auth.openai.com"
BOTH = "chatgpt.com, auth.openai.com"
UNTRUSTED = f"{BOTH} showed a certificate from nobody that Codex trusts (self-signed certificate)"


def _seen(fault: Fault, at: Stage, words: str = "words", setting: Setting | None = None) -> str:
    services = (Service.CHATGPT, Service.AUTH, Service.GITHUB)
    return seen([visit(each, fault, at=at, words=words, setting=setting) for each in services], Origins())


@pytest.mark.parametrize(
    ("fault", "at", "words", "told"),
    [
        (Fault.PROXY_REFUSED, Stage.CONNECT, "x", f"{NAMED}, and nothing listens there; {NEEDED}"),
        (Fault.PROXY_TIMEOUT, Stage.CONNECT, "x", f"{NAMED}, which does not answer; {NEEDED}"),
        (
            Fault.PROXY_TIMEOUT,
            Stage.PROXY,
            "x",
            f"{NAMED}, which takes the connection and then says nothing; {NEEDED}",
        ),
        (
            Fault.PROXY_AUTH_REQUIRED,
            Stage.PROXY,
            "the proxy answered 407 Basic",
            f"{NAMED}, which asks for a user and a password (the proxy answered 407 Basic); {NEEDED}",
        ),
        (
            Fault.TLS_UNKNOWN_ISSUER,
            Stage.TLS,
            "self-signed certificate",
            f"{UNTRUSTED}; {NAMED}, which leads there",
        ),
    ],
)
def test_a_proxy_is_named_once_with_the_variable_and_where_it_is_set(
    fault: Fault, at: Stage, words: str, told: str
) -> None:
    assert _seen(fault, at, words, PROXY) == told


def test_a_password_that_was_given_is_refused_and_not_asked_for() -> None:
    told = _seen(Fault.PROXY_AUTH_REQUIRED, Stage.PROXY, "407", WITH_PASSWORD)

    assert "which refuses the user and password that stand there (407)" in told


@pytest.mark.parametrize(
    ("fault", "at", "told"),
    [
        (Fault.DNS_NXDOMAIN, Stage.RESOLVE, f"The name server knows no {BOTH} (words)"),
        (Fault.DNS_TIMEOUT, Stage.RESOLVE, f"No name server answers about {BOTH} in time"),
        (Fault.REFUSED, Stage.CONNECT, f"{BOTH} refused the connection (words)"),
        (
            Fault.TLS_TIMEOUT,
            Stage.TLS,
            f"{BOTH} accepted the connection and said nothing to the TLS handshake",
        ),
        (Fault.RESET, Stage.TLS, f"{BOTH}: words"),
    ],
)
def test_a_fault_of_the_straight_way_is_a_sentence_about_the_hosts(
    fault: Fault, at: Stage, told: str
) -> None:
    assert _seen(fault, at) == told


def test_every_fault_is_told_in_a_sentence_without_gaps() -> None:
    for fault in Fault:
        told = _seen(fault, Stage.HTTP, "words", PROXY if fault.startswith("proxy") else None)

        assert "{" not in told, fault
        assert "chatgpt.com" in told, fault


def test_hosts_that_show_different_things_are_told_apart() -> None:
    refused = visit(Service.CHATGPT, Fault.REFUSED, at=Stage.CONNECT, words="Connection refused")
    down = visit(Service.AUTH, answer=Answer(status=503))

    assert seen([refused, down], Origins()) == (
        "chatgpt.com refused the connection (Connection refused); auth.openai.com answered 503"
    )


def _lines(fix: Fix | None, os: str = "linux") -> list[str]:
    return [line for step in fix.steps if (line := command(step, os=os))] if fix else []


def _refused(origins: Origins) -> list[str]:
    visits = [visit(Service.CHATGPT, Fault.PROXY_REFUSED, at=Stage.CONNECT, setting=PROXY)]
    found = Reach(visits=tuple(visits), origins=origins)
    return _lines(remedy(n.PROXY_CONNECTION_REFUSED, visits, found), origins.os)


@pytest.mark.parametrize(
    ("origins", "line"),
    [
        (Origins(names=frozenset({"HTTPS_PROXY"})), "unset HTTPS_PROXY"),
        (Origins(names=frozenset({"HTTPS_PROXY", "https_proxy"})), "unset HTTPS_PROXY https_proxy"),
        (Origins(names=frozenset({"HTTPS_PROXY"}), os="windows"), "Remove-Item Env:HTTPS_PROXY"),
        (
            Origins(file="C:\\Users\\me\\.codex\\.env", lines={"HTTPS_PROXY": 1}, os="windows"),
            "notepad C:\\Users\\me\\.codex\\.env",
        ),
    ],
)
def test_a_dead_proxy_is_taken_away_where_it_is_set(origins: Origins, line: str) -> None:
    assert _refused(origins) == [line]


def test_the_line_for_the_environment_file_comments_the_variable_out_and_keeps_the_old_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "with blank" / ".env"
    file.parent.mkdir()
    file.write_text("A=1\nexport HTTPS_PROXY=http://127.0.0.1:9\nMY_HTTPS_PROXY=x\n")
    (line,) = _refused(Origins(file=str(file), lines={"HTTPS_PROXY": 2}))

    subprocess.run(["sh", "-c", line], check=True)  # noqa: S607 - the shell of the system

    assert file.read_text() == "A=1\n# export HTTPS_PROXY=http://127.0.0.1:9\nMY_HTTPS_PROXY=x\n"
    assert "\nexport HTTPS_PROXY" in file.with_name(".env.old").read_text()


def test_a_proxy_that_does_not_speak_tls_is_spoken_to_plainly() -> None:
    setting = Setting(
        variable="HTTPS_PROXY",
        shown="https://127.0.0.1:9",
        proxy=Proxy(host="127.0.0.1", port=9, tls=True),
    )
    visits = [
        visit(
            Service.CHATGPT,
            Fault.PROXY_TLS,
            at=Stage.PROXY_TLS,
            words="the other side does not speak TLS (X)",
            setting=setting,
        )
    ]

    assert _lines(remedy(n.PROXY_ENV_WRONG, visits, reach(*visits))) == [
        "export HTTPS_PROXY=http://127.0.0.1:9"
    ]


def test_what_only_the_people_of_the_proxy_can_change_has_no_line() -> None:
    visits = [visit(Service.CHATGPT, Fault.PROXY_REJECTED, at=Stage.PROXY, setting=PROXY)]

    assert remedy(n.PROXY_CONNECT_REJECTED, visits, reach(*visits)) is None


@pytest.mark.parametrize(
    ("os", "servers", "line"),
    [
        ("linux", ("127.0.0.53: no answer in time",), ["sudo systemctl restart systemd-resolved"]),
        ("linux", ("192.0.2.53: SERVFAIL",), []),
        ("macos", (), ["sudo dscacheutil -flushcache; sudo killall -HUP mDNSResponder"]),
        ("windows", (), ["ipconfig /flushdns"]),
    ],
)
def test_names_are_asked_for_anew_as_each_system_does_it(
    os: str, servers: tuple[str, ...], line: list[str]
) -> None:
    visits = [visit(Service.CHATGPT, Fault.DNS_TEMPORARY, at=Stage.RESOLVE)]
    found = Reach(visits=tuple(visits), servers=servers, origins=Origins(os=os))

    assert _lines(remedy(n.DNS_FAILURE, visits, found), os) == line


@pytest.mark.parametrize("problem", [n.DNS_FAILURE_WSL, n.WSL_LOCALHOST_PROXY])
def test_wsl_is_started_anew(problem: Problem) -> None:
    visits = [visit(Service.CHATGPT, Fault.DNS_TIMEOUT, at=Stage.RESOLVE)]
    fix = remedy(problem, visits, reach(*visits, wsl=2))

    assert _lines(fix) == ["wsl.exe --shutdown"]


def test_an_address_of_ones_own_that_fails_is_taken_away() -> None:
    there = host(Service.CHATGPT, url="http://gateway.example")
    visits = [visit(there, Fault.REFUSED, at=Stage.CONNECT)]
    names = Origins(names=frozenset({"CODEX_DOCTOR_URL_CHATGPT"}))
    found = Reach(visits=tuple(visits), origins=names)

    assert _lines(remedy(n.CONNECTION_REFUSED, visits, found)) == ["unset CODEX_DOCTOR_URL_CHATGPT"]


def test_an_authority_that_replaced_all_others_is_added_to_them_instead() -> None:
    visits = [visit(Service.CHATGPT, Fault.TLS_UNKNOWN_ISSUER, at=Stage.TLS)]
    found = reach(*visits, roots=Roots(replaced_by="SSL_CERT_FILE"))

    assert _lines(remedy(t.TLS_UNKNOWN_ISSUER, visits, found)) == [
        'export CODEX_CA_CERTIFICATE="$SSL_CERT_FILE"',
        "unset SSL_CERT_FILE",
    ]


@pytest.mark.parametrize(
    ("os", "wsl", "line"),
    [
        ("linux", 0, "sudo timedatectl set-ntp true"),
        ("linux", 2, "sudo hwclock -s"),
        ("macos", 0, "sudo sntp -sS time.apple.com"),
        ("windows", 0, "w32tm /resync"),
    ],
)
def test_the_clock_is_set_as_each_system_does_it(os: str, wsl: int, line: str) -> None:
    fix = set_clock(Reach(visits=(), wsl=wsl, origins=Origins(os=os)))

    assert fix.steps == (ShellLine(line=line),)


def test_a_variable_in_small_letters_is_unset_with_the_one_in_capitals() -> None:
    fix = unset("https_proxy", Origins(names=frozenset({"https_proxy", "HTTPS_PROXY"})))

    assert _lines(fix) == ["unset https_proxy HTTPS_PROXY"]
