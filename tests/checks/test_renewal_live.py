"""`--live` renews the sign-in for real: once, only where the answer can be saved, and it tells no secret."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

import acts_store
import tokens
from codex_checks.acts import locks
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh_answers import ONCE_MORE, SIGN_IN_AGAIN
from codex_checks.acts.refusals import ELSEWHERE, OTHER_NETWORK, TRY_LATER
from codex_checks.renewal.refresh_check import refresh_works
from codex_doctor.model import Verdict
from commands import asked, ended, holds_open, start, until
from renewals import examined, machine

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.model import Outcome
    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the links and processes are those of Unix")

FOR_NOW: Final = "refresh-failed-for-now"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; what codex-doctor keeps for itself stands there too."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def names(outcome: Outcome) -> list[str]:
    return [finding.problem.name for finding in outcome.findings]


def error(code: object) -> object:
    return {"error": {"message": "m", "type": "t", "param": None, "code": code}}


REFUSALS: Final[tuple[tuple[int, object, str, str | None], ...]] = (
    # Table 2.3 of codex-auth. Never again:
    (401, error("refresh_token_expired"), "refresh-token-expired", None),
    (401, error("refresh_token_reused"), "refresh-token-reused", None),
    (401, error("refresh_token_invalidated"), "refresh-token-revoked", None),
    (401, error("app_session_terminated"), "refresh-token-unknown", None),
    (401, error("anything"), "refresh-token-unknown", None),
    (401, "", "refresh-token-unknown", None),
    (401, "<html>", "refresh-token-unknown", None),
    (400, error("refresh_token_expired"), "refresh-token-expired", None),
    (400, error("refresh_token_reused"), "refresh-token-reused", None),
    (400, error("refresh_token_invalidated"), "refresh-token-revoked", None),
    (400, error("invalid_grant"), "refresh-token-unknown", None),
    (400, {"error": "invalid_grant", "error_description": "d"}, "refresh-token-unknown", None),
    (400, {"code": "INVALID_GRANT"}, "refresh-token-unknown", None),
    (400, {"error": "Refresh_Token_Reused", "code": "x"}, "refresh-token-reused", None),
    (400, {"error": {"message": "m"}, "code": "refresh_token_reused"}, "refresh-token-reused", None),
    (403, error("refresh_token_reused"), "refresh-token-reused", None),
    (500, error("refresh_token_reused"), "refresh-token-reused", None),
    (429, error("refresh_token_invalidated"), "refresh-token-revoked", None),
    # Not now:
    (400, error("anything"), FOR_NOW, TRY_LATER),
    (400, error("invalid_refresh_token"), FOR_NOW, ONCE_MORE),
    (400, error("app_session_terminated"), FOR_NOW, ONCE_MORE),
    (403, error("invalid_grant"), FOR_NOW, TRY_LATER),
    (403, "<title>Just a moment...</title>", FOR_NOW, OTHER_NETWORK),
    (403, error("unsupported_country_region_territory"), "region-blocked", ELSEWHERE),
    (404, "", FOR_NOW, TRY_LATER),
    (429, {}, FOR_NOW, TRY_LATER),
    (500, "", FOR_NOW, TRY_LATER),
    (503, "busy", FOR_NOW, TRY_LATER),
    (302, "", FOR_NOW, OTHER_NETWORK),
    (200, "<html>", FOR_NOW, OTHER_NETWORK),
    (200, "no JSON", FOR_NOW, ONCE_MORE),
)
"""Status, body, the problem's name, and the next step where it is not that of the problem."""


@pytest.mark.parametrize(("status", "body", "problem", "next_step"), REFUSALS)
def test_every_refusal_has_its_name_and_next_step_and_leaves_the_file_as_it_was(
    folder: Path, openai: FakeOpenAI, status: int, body: object, problem: str, next_step: str | None
) -> None:
    openai.sicken("/oauth/token", status, body)
    file = machine(folder) / "auth.json"
    before = (file.read_bytes(), file.stat().st_mtime_ns)

    outcome = examined(refresh_works, folder, openai)

    (finding,) = outcome.findings
    assert finding.problem.name == problem
    assert finding.advice == (next_step or finding.problem.advice)
    assert (finding.problem.severity.value == "error") is (problem != FOR_NOW)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert len(asked(openai)) == 1
    if next_step is None:
        assert SIGN_IN_AGAIN.lower().rstrip(".") in finding.advice.lower()


def test_a_renewal_that_works_is_stored_and_says_until_when(folder: Path, openai: FakeOpenAI) -> None:
    home = machine(folder)

    outcome = examined(refresh_works, folder, openai)

    assert (outcome.verdict, outcome.findings) == (Verdict.HEALTHY, ())
    assert outcome.reason.startswith("127.0.0.1 renewed it just now; the access token is good until ")
    assert json.loads((home / "auth.json").read_bytes())["tokens"]["refresh_token"] == "rt_rotated_1"
    assert [one["refresh_reason"] for one in asked(openai)] == ["forced"]


def test_without_live_nothing_is_sent_and_it_says_how_to_prove_it(folder: Path, openai: FakeOpenAI) -> None:
    machine(folder)

    outcome = examined(refresh_works, folder, openai, live=False)

    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.reason == "not proven; run `codex-doctor check auth.refresh-works --live`"
    assert openai.asked == []
    assert not (folder / "state").exists()


def _link(home: Path) -> None:
    (home / "second").hardlink_to(home / "auth.json")


def _state_is_a_file(home: Path) -> None:
    (home.parent / "state").write_text("in the way")


@pytest.mark.parametrize(("make", "words"), [(_link, "hard links"), (_state_is_a_file, "cannot be used")])
def test_nothing_is_sent_where_the_answer_could_not_be_saved(
    folder: Path, openai: FakeOpenAI, make: Callable[[Path], None], words: str
) -> None:
    make(machine(folder))

    outcome = examined(refresh_works, folder, openai)

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, True)
    assert outcome.reason.startswith("nothing was sent: ")
    assert words in outcome.reason
    assert asked(openai) == []


def test_nothing_is_sent_while_another_program_holds_the_lock(folder: Path, openai: FakeOpenAI) -> None:
    home = machine(folder)

    with locks.codex_locks(home, home):
        outcome = examined(refresh_works, folder, openai, seconds=6)

    (finding,) = outcome.findings
    assert finding.problem.name == "auth-lock-held"
    assert f"(process {os.getpid()})" in finding.detail
    assert asked(openai) == []


def test_silence_ends_in_time_and_says_to_try_again(folder: Path, openai: FakeOpenAI) -> None:
    openai.swallow("/oauth/token")
    machine(folder)

    outcome = examined(refresh_works, folder, openai, seconds=2.9)

    (finding,) = outcome.findings
    assert (finding.problem.name, finding.evidence["sign_of"]) == (FOR_NOW, "connection-timeout")


def test_with_too_little_time_nothing_is_sent_and_nothing_is_claimed(
    folder: Path, openai: FakeOpenAI
) -> None:
    machine(folder)

    outcome = examined(refresh_works, folder, openai, seconds=1)

    assert (outcome.verdict, asked(openai)) == (Verdict.TIMED_OUT, [])


def test_a_service_that_refuses_connections_is_asked_again_later(
    folder: Path, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    machine(folder)

    outcome = examined(refresh_works, folder, openai, env={"CODEX_DOCTOR_URL_AUTH": refusing_port.url})

    (finding,) = outcome.findings
    assert (finding.problem.name, finding.evidence["sign_of"]) == (FOR_NOW, "connection-refused")


def test_a_credential_is_not_sent_in_the_clear(folder: Path, openai: FakeOpenAI, proxy: FakeProxy) -> None:
    machine(folder)

    far = examined(refresh_works, folder, openai, env={"CODEX_DOCTOR_URL_AUTH": "http://far.example"})
    through = examined(refresh_works, folder, openai, env={"HTTP_PROXY": proxy.url})

    assert [one.verdict for one in (far, through)] == [Verdict.SKIPPED] * 2
    assert "neither https nor on this machine" in far.reason
    assert "through the proxy unencrypted" in through.reason
    assert (openai.asked, proxy.asked) == ([], [])


def test_it_goes_through_the_proxy_and_trusts_what_codex_trusts(
    folder: Path, openai: FakeOpenAI, openai_tls: FakeOpenAI, proxy: FakeProxy, authority_file: Path
) -> None:
    machine(folder)
    env = {"CODEX_DOCTOR_URL_AUTH": "https://auth.openai.com", "HTTPS_PROXY": proxy.url}

    distrusted = examined(refresh_works, folder, openai, env=env)
    outcome = examined(refresh_works, folder, openai, env={**env, "SSL_CERT_FILE": str(authority_file)})

    assert names(distrusted) == [FOR_NOW]
    assert distrusted.findings[0].evidence["sign_of"] == "tls-unknown-issuer"
    assert outcome.verdict is Verdict.HEALTHY
    assert proxy.asked == ["auth.openai.com:443"] * 2
    assert len(asked(openai_tls)) == 1


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "SSL_CERT_FILE names an unusable file"),
        ({"HTTPS_PROXY": "http://127.0.0.1:99999"}, "Codex cannot use the proxy that is set"),
    ],
)
def test_nothing_is_sent_on_a_way_that_codex_cannot_take(
    folder: Path, openai: FakeOpenAI, env: dict[str, str], words: str
) -> None:
    machine(folder)

    outcome = examined(
        refresh_works, folder, openai, env={"CODEX_DOCTOR_URL_AUTH": "https://127.0.0.1:9", **env}
    )

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, True)
    assert words in outcome.reason


def test_new_tokens_that_can_no_longer_be_stored_are_kept_and_reported(
    folder: Path, openai: FakeOpenAI
) -> None:
    home = machine(folder)
    answer = openai.hold("/oauth/token")
    process = command(folder, openai, *LIVE)
    with ended(process):
        until(lambda: asked(openai) != [], process)
        acts_store.put(home, tokens.chatgpt_login(account_id="another"))
        answer.set()
        report = json.loads(process.communicate()[0])

    assert [finding["name"] for finding in report["findings"]] == ["repair-interrupted"]
    assert "New tokens came and could not be stored" in report["findings"][0]["detail"]
    assert [
        entry.path
        for entry in acts_store.store(home, state=folder / "state/codex-doctor").journal.unfinished()
    ]


def test_a_sign_in_that_codex_cannot_renew_is_not_tried(folder: Path, openai: FakeOpenAI) -> None:
    machine(folder, tokens.chatgpt_login(refresh_token=""))

    outcome = examined(refresh_works, folder, openai)

    assert outcome.reason == "Codex cannot renew it: tokens.refresh_token is empty"
    assert asked(openai) == []


def command(folder: Path, openai: FakeOpenAI, *args: str) -> subprocess.Popen[str]:
    """Start an examination of the home *folder*."""
    return start(folder, openai, "check", *args)


LIVE: Final = ("auth.refresh-works", "--live", "--format", "json")


@pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is read in /proc")
def test_two_at_once_use_the_token_up_once(folder: Path, openai: FakeOpenAI) -> None:
    machine(folder)
    answer = openai.hold("/oauth/token")
    first = command(folder, openai, *LIVE)
    with ended(first):
        until(lambda: asked(openai) != [], first)
        second = command(folder, openai, *LIVE)
        with ended(second):
            until(lambda: holds_open(second.pid, ".lock"), second)
            answer.set()
            said = [json.loads(process.communicate()[0])["checks"][0] for process in (first, second)]

    assert [one["verdict"] for one in said] == ["healthy", "healthy"]
    assert said[0]["reason"].startswith("127.0.0.1 renewed it just now")
    assert said[1]["reason"].startswith("another program had renewed it just now")
    assert (openai.service.rotations, len(asked(openai))) == (1, 1)


@pytest.mark.parametrize("body", [error("refresh_token_reused"), None, "<html>rt_test-refresh-token"])
def test_no_secret_is_said(folder: Path, openai: FakeOpenAI, body: object) -> None:
    if body is not None:
        openai.sicken("/oauth/token", 401, body)
    home = machine(folder)
    old = json.loads((home / "auth.json").read_bytes())["tokens"]

    said = "".join(
        "".join(command(folder, openai, "auth.refresh-works", "device-auth", "--live", *more).communicate())
        for more in (("--all",), ("--format", "json"))
    )

    new = json.loads((home / "auth.json").read_bytes())["tokens"]
    secrets = {old["access_token"], new["access_token"], "rt_test-refresh", "rt_rotated", "ABCD-12345"}
    assert [secret for secret in secrets | {"device-1"} if secret in said] == []


def test_a_kill_while_waiting_leaves_the_file_and_is_reported_until_the_next_live_run(
    folder: Path, openai: FakeOpenAI
) -> None:
    home = machine(folder)
    before = (home / "auth.json").read_bytes()
    openai.swallow("/oauth/token")
    process = command(folder, openai, *LIVE)
    with ended(process):
        until(lambda: asked(openai) != [], process)
    openai.heal()

    left = {path: path.read_bytes() for path in (folder / "state").rglob("*") if path.is_file()}
    plain = examined(refresh_works, folder, openai, live=False)

    assert (home / "auth.json").read_bytes() == before
    assert names(plain) == ["repair-interrupted"]
    assert "its token may be used up" in plain.findings[0].detail
    assert {path: path.read_bytes() for path in left} == left
    assert examined(refresh_works, folder, openai).verdict is Verdict.HEALTHY
    assert examined(refresh_works, folder, openai, live=False).verdict is Verdict.SKIPPED


def test_tokens_that_a_kill_left_in_the_journal_are_stored_by_the_next_live_run(
    folder: Path, openai: FakeOpenAI
) -> None:
    home = machine(folder)
    store = acts_store.store(home, state=folder / "state" / "codex-doctor")
    entry = store.journal.begin("refresh", store.read().guard)
    answer = {"refresh_token": "rt_waiting", "access_token": tokens.access_token(expires=time.time() + 9999)}
    store.journal.answered(entry, Answer(status=200, body=json.dumps(answer).encode()))

    plain = examined(refresh_works, folder, openai, live=False)
    live = examined(refresh_works, folder, openai)

    assert names(plain) == ["repair-interrupted"]
    assert "still wait to be stored" in plain.findings[0].detail
    assert live.reason.startswith("another program had renewed it just now, or an earlier attempt")
    assert json.loads((home / "auth.json").read_bytes())["tokens"]["refresh_token"] == "rt_waiting"
    assert asked(openai) == []
