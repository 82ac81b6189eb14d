"""`login` shows what to do, waits, stores what comes and says so; the old sign-in is never lost."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks import signin
from codex_checks.acts.errors import CalledOff, NotSignedIn
from codex_checks.acts.events import Completed, DeviceCode, Failed, Waiting
from codex_doctor.locks import take
from commands import ended, events, run, start, surroundings, until
from fakes.answers import USER_CODE
from terminals import CTRL_C, OnTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_checks.acts.events import Event
    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")

CODE, GRANT, TOKENS = "*/deviceauth/usercode", "*/deviceauth/token", "/oauth/token"


@pytest.fixture(params=["without Codex", "through Codex"])
def way(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment for each of the two ways to sign in."""
    if request.param == "without Codex":
        return {}
    return {"CODEX_BIN": str(request.getfixturevalue("codex_native"))}


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once, unless a test says otherwise."""
    openai.service.polls, openai.service.interval = 0, "1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    acts_store.put(tmp_path / ".codex", acts_store.login())
    return tmp_path


def raw(home: Path) -> bytes:
    return (home / ".codex" / "auth.json").read_bytes()


def refresh_token(home: Path) -> str:
    return str(json.loads(raw(home))["tokens"]["refresh_token"])


def everything_in(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def nothing_is_left(home: Path) -> None:
    """Nothing of an attempt is left anywhere, the code least of all."""
    assert list((home / "state" / "codex-doctor" / "journal").iterdir()) == []
    assert not any(USER_CODE.encode() in content for content in everything_in(home))


def on_a_terminal(
    home: Path, openai: FakeOpenAI, *words: str, env: dict[str, str] | None = None
) -> OnTerminal:
    argv = [sys.executable, "-m", "codex_doctor", "login", *words]
    return OnTerminal(argv, env=surroundings(home, openai, env), cwd=home)


def test_somebody_signs_in(home: Path, openai: FakeOpenAI, way: dict[str, str]) -> None:
    before = raw(home)

    ran = run(home, openai, "login", env=way)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"  open    {openai.url}/codex/device\n  enter   {USER_CODE}\n  before  20" in ran.stdout
    assert f"Signed in to the account {tokens.ACCOUNT} (plus); the access token is good until" in ran.stdout
    assert "Restart what runs of Codex" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "left" not in ran.stdout
    assert refresh_token(home) == "rt_login_1"
    (kept,) = re.findall(r"  kept  what was stored before: ~/(\S+)", ran.stdout)
    assert (home / kept).read_bytes() == before
    assert f"  back  codex-doctor import-auth ~/{kept}\n" in ran.stdout
    nothing_is_left(home)


def test_on_a_terminal_the_time_that_is_left_goes_by_on_one_line(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    openai.service.polls = 2

    with on_a_terminal(home, openai, env=way) as ran:
        assert ran.end() == 0

    assert f"  enter   \x1b[1m{USER_CODE}\x1b[0m\r\n" in ran.shown
    assert re.search(r"(\d\d:\d\d left\r\x1b\[K){2}", ran.shown)
    assert "\r\x1b[KSigned in" in ran.shown
    assert refresh_token(home) == "rt_login_1"


def test_ctrl_c_calls_it_off_and_the_old_sign_in_stays(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    openai.service.polls = None
    before = raw(home)

    with on_a_terminal(home, openai, env=way) as ran:
        ran.wait_for(" left")
        ran.press(CTRL_C)
        assert ran.end() == 130

    assert "Called off: your sign-in is as it was." in ran.shown
    assert raw(home) == before
    nothing_is_left(home)


def test_a_termination_ends_it_and_the_old_sign_in_stays(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    openai.service.polls = None
    before = raw(home)
    process = start(home, openai, "login", env=way)
    with ended(process):
        until(lambda: any(one.path.endswith("/deviceauth/token") for one in openai.asked), process)
        process.terminate()
        assert process.wait(30) == 143

    assert raw(home) == before
    nothing_is_left(home)


def test_hosts_get_events_and_nothing_else(home: Path, openai: FakeOpenAI, way: dict[str, str]) -> None:
    openai.service.polls = 1

    ran = run(home, openai, "login", "--events", env=way)

    first, *waits, last = events(ran)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert first.pop("expires_at").endswith("Z")
    assert first == {
        "event": "device_code",
        "verification_url": f"{openai.url}/codex/device",
        "user_code": USER_CODE,
    }
    assert {one["event"] for one in waits} == {"waiting"}
    assert 800 < waits[0]["seconds_left"] <= 900
    assert last == {"event": "completed"}


def test_hosts_are_told_of_a_failure_by_name(home: Path, openai: FakeOpenAI, way: dict[str, str]) -> None:
    openai.sicken(GRANT, 400, {"error": "access_denied"})

    ran = run(home, openai, "login", "--events", env=way)

    last = events(ran)[-1]
    assert (ran.returncode, ran.stderr) == (1, "")
    assert (last["event"], last["name"], last["code"]) == ("failed", "login-access-denied", "CDX130")
    assert USER_CODE not in last["detail"]


@pytest.mark.parametrize(
    ("path", "status", "code", "name"),
    [
        (CODE, 404, 1, "CDX125 device-auth-disabled"),
        (CODE, 500, 3, "CDX127 device-code-not-returned"),
        (GRANT, 400, 1, "CDX130 login-access-denied"),
        (TOKENS, 400, 1, "CDX133 login-not-completed"),
    ],
)
def test_a_failure_is_named_with_what_to_do_and_changes_nothing(
    home: Path, openai: FakeOpenAI, path: str, status: int, code: int, name: str
) -> None:
    openai.sicken(path, status, {"error": "access_denied"} if path is GRANT else "")
    before = raw(home)

    ran = run(home, openai, "login")

    assert ran.returncode == code
    assert f"codex-doctor: {name}: " in ran.stderr
    assert "\n  do    " in ran.stderr
    assert f"\n  read  codex-doctor explain {name[:6]}\n" in ran.stderr
    assert raw(home) == before
    nothing_is_left(home)


def test_where_device_codes_are_switched_off_it_says_where_to_switch_them_on(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    openai.service.device_login = False

    ran = run(home, openai, "login", env=way)

    assert ran.returncode == 1
    assert "under Settings, Security; in a workspace its administrator does" in ran.stderr


def test_a_service_that_cannot_be_reached_is_no_failure_of_the_sign_in(
    home: Path, openai: FakeOpenAI, way: dict[str, str], refusing_port: RefusingPort
) -> None:
    ran = run(home, openai, "login", env={**way, "CODEX_DOCTOR_URL_AUTH": refusing_port.url})

    assert ran.returncode == 3
    assert "connection-refused" in ran.stderr


def test_a_lock_that_codex_holds_keeps_everybody_from_being_troubled(home: Path, openai: FakeOpenAI) -> None:
    with (home / ".codex" / "auth.lock").open("w") as file:
        assert take(file.fileno(), byte=0)

        ran = run(home, openai, "login")

    assert ran.returncode == 3
    assert "auth-lock-held" in ran.stderr
    assert openai.asked == []


def test_a_service_that_gives_no_codes_for_now_is_waited_for_and_that_is_said(
    home: Path, openai: FakeOpenAI
) -> None:
    openai.sicken(CODE, 429, headers={"Retry-After": "1"})

    ran = run(home, openai, "login")

    assert ran.returncode == 3
    assert ran.stderr.count("The service gives out no codes for now; it is asked again in 0:01.") == 1
    assert "CDX126 device-auth-rate-limited" in ran.stderr


def test_it_gives_up_when_its_time_is_over(home: Path, openai: FakeOpenAI, way: dict[str, str]) -> None:
    openai.service.polls = None

    ran = run(home, openai, "login", "--timeout", "2", env=way)

    assert ran.returncode == 1
    assert re.search(r"CDX131 device-code-expired: the code was not entered within [12] s", ran.stderr)


@pytest.mark.parametrize("seconds", ["0", "nan", "901"])
def test_a_time_that_makes_no_sense_is_wrong_usage(home: Path, openai: FakeOpenAI, seconds: str) -> None:
    assert run(home, openai, "login", "--timeout", seconds).returncode == 2


def test_the_old_sign_in_is_revoked_only_where_that_is_asked_for(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    run(home, openai, "login", env=way)
    assert openai.service.revoked == set()
    openai.service.polls = 0

    ran = run(home, openai, "login", "--revoke-old", env=way)

    assert openai.service.revoked == {"rt_login_1"}
    assert "The old sign-in is revoked." in ran.stdout
    assert "  kept  " not in ran.stdout


def test_another_workspace_than_the_settings_allow_is_not_stored(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    (home / ".codex" / "config.toml").write_text('forced_chatgpt_workspace_id = "ws-1"')
    before = raw(home)

    ran = run(home, openai, "login", env=way)

    assert ran.returncode == 1
    assert "CDX132 login-workspace-restricted: the settings allow ws-1 only" in ran.stderr
    assert raw(home) == before


def test_settings_that_allow_no_such_sign_in_are_respected_before_anything_is_asked(
    home: Path, openai: FakeOpenAI
) -> None:
    (home / ".codex" / "config.toml").write_text('forced_login_method = "api"')

    ran = run(home, openai, "login")

    assert ran.returncode == 1
    assert "CDX124 login-method-forbidden" in ran.stderr
    assert openai.asked == []


def test_broken_settings_keep_nobody_from_signing_in(
    home: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    (home / ".codex" / "config.toml").write_text("= broken")

    assert run(home, openai, "login", env=way).returncode == 0
    assert refresh_token(home) == "rt_login_1"


def test_a_codex_that_gives_no_code_is_done_without(home: Path, openai: FakeOpenAI) -> None:
    broken = home / "codex"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo codex-cli 0.42.0\nexit 1\n')
    broken.chmod(0o755)

    ran = run(home, openai, "login", env={"CODEX_BIN": str(broken)})

    assert ran.returncode == 0
    assert refresh_token(home) == "rt_login_1"


def test_a_home_that_is_not_there_yet_is_made(
    tmp_path: Path, openai: FakeOpenAI, way: dict[str, str]
) -> None:
    ran = run(tmp_path, openai, "login", env=way)

    assert ran.returncode == 0
    assert refresh_token(tmp_path) == "rt_login_1"
    assert (tmp_path / ".codex").stat().st_mode & 0o777 == 0o700


def test_a_home_that_was_made_for_nothing_does_not_stay(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.service.device_login = False

    assert run(tmp_path, openai, "login").returncode == 1
    assert not (tmp_path / ".codex").exists()


def test_a_variable_that_hides_the_new_sign_in_is_told(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "login", env={"CODEX_ACCESS_TOKEN": tokens.ACCESS_TOKEN_PAT})

    assert "CODEX_ACCESS_TOKEN is set (the environment), and Codex uses that first." in ran.stdout


def test_nobody_is_asked_anything_where_standard_input_is_closed(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "login", before=["sh", "-c", 'exec "$@" <&-', "sh"])

    assert ran.returncode == 0


def test_a_browser_that_cannot_be_opened_is_told_with_the_reason(home: Path, openai: FakeOpenAI) -> None:
    ran = run(home, openai, "login", "--browser", env={"SSH_TTY": "/dev/pts/0"})

    assert ran.returncode == 0
    assert "The page was not opened: you are connected over SSH." in ran.stderr


def test_programs_sign_in_with_a_function_that_prints_nothing(
    home: Path, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in surroundings(home, openai).items():
        monkeypatch.setenv(name, value)
    openai.service.polls = 1
    told: list[Event] = []

    signed_in = signin.login(on_event=told.append)

    assert signed_in.account == tokens.ACCOUNT
    assert isinstance(told[0], DeviceCode)
    assert {type(event) for event in told[1:-1]} == {Waiting}
    assert told[-1] == Completed()
    assert capfd.readouterr() == ("", "")


def test_programs_may_call_it_off(home: Path, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in surroundings(home, openai).items():
        monkeypatch.setenv(name, value)
    openai.service.polls = None
    told: list[Any] = []

    with pytest.raises(CalledOff):
        signin.login(on_event=told.append, cancelled=lambda: len(told) > 1)

    assert told[-1] == Failed(name=None, code=None, detail="called off")
    nothing_is_left(home)


def test_programs_learn_why_nobody_is_signed_in(
    home: Path, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in surroundings(home, openai).items():
        monkeypatch.setenv(name, value)
    openai.service.device_login = False
    told: list[Any] = []

    with pytest.raises(NotSignedIn) as caught:
        signin.login(on_event=told.append, codex_home=home / ".codex")

    assert (caught.value.problem, caught.value.passing) == ("device-auth-disabled", False)
    assert [one.name for one in told] == ["device-auth-disabled"]


def of_the_real_service(proxy: FakeProxy, **more: str) -> dict[str, str]:
    """The environment of a machine on which the real service is reached through *proxy*."""
    return {"CODEX_DOCTOR_URL_AUTH": "https://auth.openai.com", "HTTPS_PROXY": proxy.url, **more}


def test_it_goes_through_the_proxy_and_trusts_what_codex_trusts(
    home: Path,
    openai: FakeOpenAI,
    openai_tls: FakeOpenAI,
    proxy: FakeProxy,
    authority_file: Path,
    way: dict[str, str],
) -> None:
    openai_tls.service.polls, openai_tls.service.interval = 0, "1"
    env = of_the_real_service(proxy, SSL_CERT_FILE=str(authority_file))

    ran = run(home, openai, "login", env={**way, **env})

    assert ran.returncode == 0
    assert "  open    https://auth.openai.com/codex/device\n" in ran.stdout
    assert refresh_token(home) == "rt_login_1"
    assert openai.asked == [] or {one.path for one in openai.asked} == {"/backend-api/wham/accounts/check"}


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, "tls-unknown-issuer"),
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "tls-ca-file-unreadable"),
        ({"HTTPS_PROXY": "http://127.0.0.1:1"}, "proxy-connection-refused"),
        ({"HTTPS_PROXY": "http://proxy.example:99999"}, "proxy-env-wrong"),
    ],
)
def test_what_stands_in_the_way_is_named(
    home: Path,
    openai: FakeOpenAI,
    proxy: FakeProxy,
    way: dict[str, str],
    more: dict[str, str],
    problem: str,
) -> None:
    before = raw(home)

    ran = run(home, openai, "login", env={**way, **of_the_real_service(proxy), **more})

    assert ran.returncode == 3
    assert f" {problem}: " in ran.stderr
    assert raw(home) == before
    nothing_is_left(home)
