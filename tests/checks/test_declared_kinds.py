"""What each kind of somebody's own checks says of a healthy machine, and of a sick one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor.model import Verdict
from fakes.proxies import FakeProxy

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from fakes.proxies import RefusingPort
    from own_checks import OwnChecks


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param('path = "~/it"', "", id="there"),
        pytest.param(
            'path = "~/it", type = "file", mode = "640", at_most = "644", owner = "me"', "", id="all"
        ),
        pytest.param('path = "~/other"', "HOME/other is not there", id="absent"),
        pytest.param('path = "~/other", exists = false', "", id="gone"),
        pytest.param('path = "~/it", exists = false', "HOME/it is there", id="not gone"),
        pytest.param('path = "~/it", type = "folder"', "HOME/it is a file, not a folder", id="type"),
        pytest.param('path = "~/it", mode = "600"', "HOME/it has mode 640, not 600", id="mode"),
        pytest.param('path = "~/it", at_most = "600"', "HOME/it has mode 640, more than 600", id="at most"),
        pytest.param(
            'path = "~/it", owner = 4242', "HOME/it belongs to user OWNER, not to user 4242", id="owner"
        ),
        pytest.param(
            'path = "~/it", mode = "600", owner = 4242',
            "HOME/it has mode 640, not 600 and belongs to user OWNER, not to user 4242",
            id="both",
        ),
        pytest.param('path = "${WHERE}/it"', "", id="variable"),
        pytest.param('path = "${NOWHERE}/it"', "NOWHERE is not set", id="variable unset"),
    ],
)
def test_a_file_is_looked_at(own: OwnChecks, asked: str, said: str) -> None:
    path = own.home / "it"
    path.write_text("", "utf-8")
    path.chmod(0o640)
    os.chown(path, 1000 if os.getuid() == 0 else os.getuid(), -1)
    own.looking(f"file = {{ {asked} }}")
    wanted = said.replace("HOME", str(own.home)).replace("OWNER", str(path.stat().st_uid))

    assert own.said(env={"WHERE": str(own.home)}) == wanted


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("", "", id="set"),
        pytest.param('equals = "swordfish"', "", id="equals"),
        pytest.param('matches = "sword*"', "", id="matches"),
        pytest.param('matches = "word"', "ACME is set, but not to word", id="other"),
        pytest.param('equals = "sword"', "ACME is set, but not to sword", id="not equal"),
        pytest.param("set = false", "ACME is set", id="not unset"),
    ],
)
def test_a_variable_is_looked_at_and_its_value_never_shown(own: OwnChecks, asked: str, said: str) -> None:
    own.looking(f'[check.variable]\nname = "ACME"\n{asked}')

    assert own.said(env={"ACME": "swordfish"}) == said


def test_a_variable_that_is_set_to_nothing_counts_as_unset(own: OwnChecks) -> None:
    own.looking('variable = { name = "ACME" }')

    assert own.said(env={"ACME": ""}) == "ACME is not set"


def program(folder: Path, body: str, name: str = "acme") -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("body", "asked", "said"),
    [
        pytest.param("print('VPN: connected')", 'prints = "*connected"', "", id="prints"),
        pytest.param(
            "print('VPN: off')",
            'prints = "*connected"',
            "`acme it` printed VPN: off, not *connected",
            id="other",
        ),
        pytest.param("", 'prints = "x"', "`acme it` printed nothing, not x", id="nothing"),
        pytest.param(
            "print('no'); raise SystemExit(3)", "", "`acme it` ended with exit code 3, not 0: no", id="exit"
        ),
        pytest.param("raise SystemExit(3)", "exit = 3", "", id="wanted exit"),
        pytest.param(
            "import time; time.sleep(60)", "seconds = 0.2", "`acme it` was not done after 0.2 s", id="hangs"
        ),
        pytest.param(
            "import os, sys; print(os.getcwd() == os.environ['HOME'])", 'prints = "True"', "", id="cwd"
        ),
        pytest.param(
            "print('x' * 5_000_000)", 'prints = "y"', f"printed {'x' * 200} ..., not y", id="floods"
        ),
    ],
)
def test_a_command_is_judged_by_what_it_prints_and_how_it_ends(
    own: OwnChecks, body: str, asked: str, said: str
) -> None:
    program(own.home, body)
    own.looking(f'[check.command]\nrun = ["acme", "it"]\n{asked}')

    assert own.said(env={"PATH": str(own.home)}).removeprefix("`acme it` ") == said.removeprefix("`acme it` ")


def test_a_command_goes_to_no_shell(own: OwnChecks) -> None:
    program(own.home, "import sys; print(sys.argv[1])")
    own.looking('command = { run = ["acme", "$(touch gone); ~"], prints = "$(touch gone); ~" }')

    assert own.said(env={"PATH": str(own.home)}) == ""
    assert not (own.home / "gone").exists()


@pytest.mark.parametrize("path", ["", ".", "bin"], ids=["empty", "dot", "relative"])
def test_a_program_in_the_working_directory_is_never_started(
    own: OwnChecks, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (own.home / "bin").mkdir()
    program(own.home, "print('started')")
    program(own.home / "bin", "print('started')")
    monkeypatch.chdir(own.home)
    own.looking('command = { run = ["acme"] }')

    assert own.said(env={"PATH": path}) == "`acme` does not start: it is not there"


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [("", Verdict.SKIPPED), (", offline = true", Verdict.HEALTHY)],
    ids=["may use the network", "promises not to"],
)
def test_offline_a_command_is_started_only_where_it_promises_to_stay_there(
    own: OwnChecks, asked: str, verdict: Verdict
) -> None:
    program(own.home, "")
    own.looking(f'command = {{ run = ["acme"]{asked} }}')
    outcomes = own.examined(env={"PATH": str(own.home)}, offline=True)

    assert outcomes["files.acme-is-well"].verdict is verdict


JSON = '{"a": [{"b.c": true}, 5], "api_key": "hunter2hunter2", "n": 1, "text": "eu-west"}'


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param('at = "a.1", equals = 5', "", id="number"),
        pytest.param('at = ["a", 0, "b.c"], equals = true', "", id="list"),
        pytest.param('at = "text", matches = "eu-*"', "", id="matches"),
        pytest.param('at = "text", one_of = ["x", "eu-west"]', "", id="one of"),
        pytest.param('at = "gone", exists = false', "", id="absent"),
        pytest.param('at = "a.7"', "a.7 does not stand in FILE", id="not there"),
        pytest.param('at = "n", equals = true', "n in FILE is 1, not true", id="true is not one"),
        pytest.param(
            'at = "text", one_of = ["x", 2]', 'text in FILE is "eu-west", not "x" or 2', id="none of"
        ),
        pytest.param('at = "text", exists = false', "text stands in FILE", id="not absent"),
        pytest.param(
            'at = "api_key", equals = "other"', 'api_key in FILE is another value, not "other"', id="secret"
        ),
    ],
)
def test_a_value_in_a_file_is_looked_at(own: OwnChecks, asked: str, said: str) -> None:
    file = own.home / "settings.json"
    file.write_text(JSON, "utf-8")
    own.looking(f'value = {{ file = "~/settings.json", {asked} }}')

    assert own.said() == said.replace("FILE", str(file))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.toml", "[a]\nb = 'c'\n", ""),
        ("x.toml", "[a]\nb = ", "skipped"),
        ("x.json", "{", "skipped"),
        ("x.json", "[" * 100_000, "skipped"),
        ("other", "", "FILE is not there"),
    ],
    ids=["toml", "no toml", "no json", "too deep", "no file"],
)
def test_a_file_of_values_that_cannot_be_read_is_no_finding(
    own: OwnChecks, name: str, content: str, said: str
) -> None:
    (own.home / name).write_text(content, "utf-8")
    own.looking(
        f'value = {{ file = "~/{name if name != "other" else "gone.json"}", at = "a.b", equals = "c" }}'
    )
    heard = own.said()

    if said == "skipped":
        assert "is not " in heard
        assert own.examined()["files.acme-is-well"].verdict is Verdict.SKIPPED
    else:
        assert heard == said.replace("FILE", str(own.home / "gone.json"))


@pytest.mark.parametrize("stage", ["resolve", "connect", "tls", "http"])
def test_a_host_that_can_be_reached_is_healthy(own: OwnChecks, httpserver: HTTPServer, stage: str) -> None:
    httpserver.expect_request("/").respond_with_data("")
    own.looking(f'host = {{ url = "{httpserver.url_for("/")}", stage = "{stage}" }}')

    assert own.said() == ""


def test_a_host_that_cannot_be_reached_is_told_with_its_stage(
    own: OwnChecks, refusing_port: RefusingPort
) -> None:
    own.looking(f'host = {{ url = "http://127.0.0.1:{refusing_port.number}", stage = "connect" }}')
    (finding,) = own.examined()["files.acme-is-well"].findings

    assert "connect failed: refused" in finding.detail
    assert "Connection refused" in finding.detail
    assert finding.subjects == {"127.0.0.1"}


def test_a_host_that_speaks_no_tls_is_told(own: OwnChecks, httpserver: HTTPServer) -> None:
    own.looking(f'host = {{ url = "https://127.0.0.1:{httpserver.port}" }}')

    assert "tls failed" in own.said()


def test_the_proxy_of_codex_is_taken(own: OwnChecks, httpserver: HTTPServer) -> None:
    proxy = FakeProxy(port=httpserver.port)
    proxy.start()
    try:
        own.looking('host = { url = "https://gateway.acme.example", stage = "connect" }')
        assert own.said(env={"HTTPS_PROXY": proxy.url}) == ""
        assert proxy.asked == ["gateway.acme.example:443"]
    finally:
        proxy.stop()


def test_offline_no_host_is_asked(own: OwnChecks, httpserver: HTTPServer) -> None:
    own.looking(f'host = {{ url = "{httpserver.url_for("/")}", stage = "http" }}')

    assert own.said(offline=True) == "needs the network, and --offline was given"
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("", "", id="2xx"),
        pytest.param("status = 204", "", id="status"),
        pytest.param("status = [200, 204]", "", id="one of"),
        pytest.param("status = 200", "URL answered 204, not 200", id="other"),
        pytest.param('header = { name = "x-region", matches = "eu-*" }', "", id="header"),
        pytest.param(
            'header = { name = "X-Region", matches = "us-*" }',
            "URL answered 204 with the header X-Region: eu-west, not us-*",
            id="other header",
        ),
        pytest.param(
            'header = { name = "X-Gone" }', "URL answered 204 without the header X-Gone", id="no header"
        ),
        pytest.param('header = { name = "X-Gone", exists = false }', "", id="absent header"),
    ],
)
def test_an_answer_is_judged_by_its_status_and_a_header(
    own: OwnChecks, httpserver: HTTPServer, asked: str, said: str
) -> None:
    httpserver.expect_request("/health").respond_with_data(status=204, headers={"X-Region": "eu-west"})
    url = httpserver.url_for("/health")
    own.looking(f'[check.http]\nurl = "{url}"\n{asked}')

    assert own.said() == said.replace("URL", url)


def test_a_server_that_is_not_there_does_not_answer(own: OwnChecks, refusing_port: RefusingPort) -> None:
    own.looking(f'http = {{ url = "http://127.0.0.1:{refusing_port.number}/" }}')

    assert "connect failed: refused" in own.said()


def test_a_check_for_other_systems_does_not_apply(own: OwnChecks) -> None:
    own.looking('os = ["windows", "macos"]\nfile = { path = "~/x" }')

    assert own.said() == "it is for windows and macos"
