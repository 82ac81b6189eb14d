"""Signing in again: the old sign-in stays until the new one is stored, whatever happens before that."""

from __future__ import annotations

import json
import os
import ssl
import sys
from typing import TYPE_CHECKING, Any

import pytest

import acts_login
import acts_store
import tokens
from acts_login import Somebody
from codex_checks.acts.content import Renewal, stamp
from codex_checks.acts.device_flow import MOST_STUMBLES
from codex_checks.acts.errors import (
    ActError,
    CalledOff,
    LockHeld,
    NotSignedIn,
    SendError,
    StoreNotWritable,
)
from codex_checks.acts.journal import Answer
from codex_checks.acts.recovery import Fate, recover
from codex_checks.acts.sending import Way
from codex_checks.auth.login import Store
from codex_doctor.locks import take
from codex_doctor.redact import Secret
from codex_doctor.testing.raw import RawServer, hangs_up
from fakes.answers import USER_CODE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.acts.refresh_request import Request
    from codex_checks.acts.store import CredentialStore
    from fakes.openai import FakeOpenAI
    from fakes.proxies import RefusingPort

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the links and modes are those of Unix")

CODE, GRANT, TOKENS = "*/deviceauth/usercode", "*/deviceauth/token", "/oauth/token"


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    acts_store.put(tmp_path / "home", acts_store.login())
    return acts_store.store(tmp_path / "home")


@pytest.fixture(autouse=True)
def entered(openai: FakeOpenAI) -> None:
    """Somebody enters the code at once, unless a test says otherwise."""
    openai.service.polls = 0


def stored(store: CredentialStore) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(store.path.read_bytes())
    return found


def paths(openai: FakeOpenAI) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in openai.asked]


def failure(
    store: CredentialStore,
    openai: FakeOpenAI,
    somebody: Somebody | None = None,
    **options: Any,  # noqa: ANN401 - those of acts_login.login
) -> ActError:
    """Return why nobody could sign in, having made sure that nothing has changed and nothing is left."""
    before = store.path.read_bytes()
    with pytest.raises(ActError) as caught:
        acts_login.login(store, openai, somebody, **options)
    assert store.path.read_bytes() == before
    assert bool(store.journal.unfinished()) is caught.value.kept
    assert store.backups.all() == ()
    assert USER_CODE not in f"{caught.value!r}"
    return caught.value


def test_somebody_signs_in(store: CredentialStore, openai: FakeOpenAI) -> None:
    before, somebody = store.path.read_bytes(), Somebody()

    signed_in = acts_login.login(store, openai, somebody)

    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"
    assert signed_in.account == tokens.ACCOUNT
    assert signed_in.backup is not None
    assert signed_in.backup.path.read_bytes() == before
    assert (signed_in.revoked, signed_in.notes) == (False, ())
    assert store.journal.unfinished() == ()
    assert paths(openai) == ["usercode", "token", "token"]


def test_the_code_is_shown_with_where_and_until_when_to_enter_it(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    somebody = Somebody()

    acts_login.login(store, openai, somebody)

    (code,) = somebody.codes
    assert code.verification_url == f"{openai.url}/codex/device"
    assert code.user_code == USER_CODE
    assert code.expires_at == "2026-11-20T09:20:10Z"
    assert USER_CODE not in repr(somebody.told)


def test_what_is_stored_is_what_codex_stores(store: CredentialStore, openai: FakeOpenAI) -> None:
    acts_login.login(store, openai, env={"CODEX_DOCTOR_URL_AUTH": f"{openai.url}/"})

    found = stored(store)
    assert list(found) == ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"]
    assert (found["auth_mode"], found["OPENAI_API_KEY"]) == ("chatgpt", None)
    assert list(found["tokens"]) == [
        "id_token",
        "access_token",
        "refresh_token",
        "oauth_provenance",
        "login_owner_id",
        "account_id",
    ]
    assert found["tokens"]["oauth_provenance"]["issuer"] == f"{openai.url}/"
    assert len(found["tokens"]["login_owner_id"]) == 43
    assert found["tokens"]["account_id"] == tokens.ACCOUNT
    assert found["last_refresh"].endswith("Z")
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_nobody_needs_to_be_signed_in_before(tmp_path: Path, openai: FakeOpenAI) -> None:
    (tmp_path / "home").mkdir()
    store = acts_store.store(tmp_path / "home")

    signed_in = acts_login.login(store, openai, revoke=True)

    assert signed_in.backup is None
    assert signed_in.notes == ("There was no old sign-in to revoke.",)
    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


@pytest.mark.parametrize(
    "content", [b"{broken", tokens.as_file(tokens.api_key_login())], ids=["broken", "a key"]
)
def test_whatever_is_stored_is_kept_as_a_backup(tmp_path: Path, openai: FakeOpenAI, content: bytes) -> None:
    acts_store.put(tmp_path / "home", content)
    store = acts_store.store(tmp_path / "home")

    signed_in = acts_login.login(store, openai)

    assert signed_in.backup is not None
    assert signed_in.backup.path.read_bytes() == content


@pytest.mark.parametrize(
    ("path", "status", "body", "problem"),
    [
        (CODE, 404, {}, "device-auth-disabled"),
        (CODE, 403, {"error": {"code": "unsupported_country_region_territory"}}, "region-blocked"),
        (CODE, 400, {}, "device-code-not-returned"),
        (CODE, 500, "", "device-code-not-returned"),
        (CODE, 302, "", "device-code-not-returned"),
        (CODE, 200, "<html>", "device-code-not-returned"),
        (CODE, 200, {"device_auth_id": "d"}, "device-code-not-returned"),
        (CODE, 200, {"device_auth_id": "d", "user_code": "\x1b[2J"}, "device-code-not-returned"),
        (GRANT, 400, {"error": "access_denied"}, "login-access-denied"),
        (GRANT, 400, {"error": "expired_token"}, "device-code-expired"),
        (GRANT, 401, {}, "login-not-completed"),
        (GRANT, 200, "<html>", "auth-service-html"),
        (GRANT, 200, {"authorization_code": "c"}, "login-not-completed"),
        (GRANT, 503, "", "service-unavailable"),
        (GRANT, 302, "", "captive-portal"),
        (TOKENS, 400, {"error": "invalid_grant"}, "login-not-completed"),
        (TOKENS, 400, {"error": "access_denied"}, "login-access-denied"),
        (TOKENS, 403, {"error": {"code": "unsupported_country_region_territory"}}, "region-blocked"),
        (TOKENS, 403, "<html>", "cloudflare-challenge-403"),
        (TOKENS, 429, "", "rate-limited-429"),
        (TOKENS, 500, "", "service-unavailable"),
        (TOKENS, 302, "", "captive-portal"),
        (TOKENS, 200, "<html>", "auth-service-html"),
        (TOKENS, 200, "nonsense", "login-not-completed"),
        (TOKENS, 200, {"refresh_token": "rt_x"}, "login-not-completed"),
    ],
)
def test_a_refusal_or_nonsense_at_any_stage_is_named_and_changes_nothing(
    store: CredentialStore, openai: FakeOpenAI, path: str, status: int, body: object, problem: str
) -> None:
    openai.sicken(path, status, body)

    error = failure(store, openai)

    assert error.problem == problem
    assert isinstance(error, NotSignedIn)
    assert error.next_step


@pytest.mark.parametrize("path", [CODE, GRANT, TOKENS])
def test_silence_at_any_stage_ends_and_changes_nothing(
    store: CredentialStore, openai: FakeOpenAI, path: str
) -> None:
    openai.swallow(path)
    way = Way(tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), seconds=0.2)

    assert failure(store, openai, send=way.send).problem == "connection-timeout"


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_a_connection_that_breaks_at_any_stage_changes_nothing(
    store: CredentialStore, openai: FakeOpenAI, answered: int
) -> None:
    send, asked = acts_store.sender(), 0

    with RawServer(hangs_up) as server:

        def breaking(request: Request) -> Answer:
            nonlocal asked
            asked += 1
            broken = request.url.replace(str(openai.port), str(server.port))
            return send(request if asked <= answered else _to(broken, request))

        assert failure(store, openai, send=breaking).problem == "connection-reset"


def _to(url: str, request: Request) -> Request:
    return type(request)(url=url, headers=request.headers, body=request.body)


def test_a_service_that_cannot_be_reached_is_named(
    store: CredentialStore, openai: FakeOpenAI, refusing_port: RefusingPort
) -> None:
    error = failure(store, openai, env={"CODEX_DOCTOR_URL_AUTH": refusing_port.url})

    assert isinstance(error, SendError)
    assert error.problem == "connection-refused"


def test_no_code_is_asked_for_in_the_clear(store: CredentialStore, openai: FakeOpenAI) -> None:
    error = failure(store, openai, env={"CODEX_DOCTOR_URL_AUTH": "http://far.example"})

    assert error.problem == "base-url-overridden"


def test_the_service_is_asked_in_its_own_rhythm(store: CredentialStore, openai: FakeOpenAI) -> None:
    openai.service.polls, openai.service.interval = 3, "7"
    somebody = Somebody()

    acts_login.login(store, openai, somebody)

    assert round(somebody.time, 6) == 21
    assert somebody.waited_for()[:3] == [900, 899, 898]


def test_without_an_interval_the_service_is_left_in_peace_too(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    openai.sicken(CODE, 200, {"device_auth_id": "d", "user_code": USER_CODE})
    openai.service.polls = 2
    somebody = Somebody()

    acts_login.login(store, openai, somebody)

    assert round(somebody.time, 6) == 10


@pytest.mark.parametrize(
    ("status", "body"), [(400, {"error": "slow_down"}), (429, "")], ids=["slow_down", "429"]
)
def test_a_service_that_complains_is_asked_more_slowly(
    store: CredentialStore, openai: FakeOpenAI, status: int, body: object
) -> None:
    openai.sicken(GRANT, status, body)
    somebody = Somebody()

    failure(store, openai, somebody)

    assert 15 < paths(openai).count("token") < 25  # with a pause of 5 s it would be 180


@pytest.mark.parametrize(("seconds", "words"), [(900.0, "15 minutes"), (60.0, "60 s")])
def test_a_code_that_nobody_enters_runs_out(
    store: CredentialStore, openai: FakeOpenAI, seconds: float, words: str
) -> None:
    openai.service.polls = None
    somebody = Somebody()

    error = failure(store, openai, somebody, seconds=seconds)

    assert (error.problem, error.words) == (
        "device-code-expired",
        f"the code was not entered within {words}",
    )
    assert round(somebody.time, 6) == seconds
    assert somebody.waited_for()[-1] == 1


def test_a_page_that_blocks_us_is_named_when_the_time_is_over(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    openai.sicken(GRANT, 403, "<html>")

    assert failure(store, openai).problem == "cloudflare-challenge-403"


def test_a_moments_trouble_ends_nothing(store: CredentialStore, openai: FakeOpenAI) -> None:
    send, asked = acts_store.sender(), 0

    def troubled(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        if asked in (2, 3):
            raise SendError("connection-reset", "broken", sent=True)
        if asked in (4, 6):
            return Answer(status=502, body=b"<html>")
        return send(request)

    acts_login.login(store, openai, send=troubled)

    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


def test_trouble_that_lasts_is_not_waited_out(store: CredentialStore, openai: FakeOpenAI) -> None:
    openai.sicken(GRANT, 503)
    somebody = Somebody()

    error = failure(store, openai, somebody)

    assert error.passing
    assert round(somebody.time, 6) == (MOST_STUMBLES - 1) * 5


@pytest.mark.parametrize(
    ("headers", "waits"), [({"Retry-After": "7"}, 7), ({}, 60)], ids=["as told", "a minute"]
)
def test_a_service_that_gives_no_more_codes_for_now_is_waited_for(
    store: CredentialStore, openai: FakeOpenAI, headers: dict[str, str], waits: int
) -> None:
    send, asked = acts_store.sender(), 0

    def limited(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        openai.sicken(CODE, 429, headers=headers) if asked == 1 else openai.forget_sickness()
        return send(request)

    somebody = Somebody()

    acts_login.login(store, openai, somebody, send=limited)

    assert round(somebody.time, 6) == waits
    assert somebody.waited_for("device-auth-rate-limited")[0] == waits


@pytest.mark.parametrize(("told", "waited"), [("10", 20.0), ("301", 0.0), ("1000000", 0.0)])
def test_a_service_that_never_gives_a_code_is_not_waited_for_without_end(
    store: CredentialStore, openai: FakeOpenAI, told: str, waited: float
) -> None:
    openai.sicken(CODE, 429, headers={"Retry-After": told})
    somebody = Somebody()

    error = failure(store, openai, somebody)

    assert error.problem == "device-auth-rate-limited"
    assert isinstance(error, NotSignedIn)
    assert error.passing
    assert round(somebody.time, 6) == waited


def test_no_more_time_is_spent_on_waiting_for_a_code_than_there_is(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    openai.sicken(CODE, 429, headers={"Retry-After": "50"})
    somebody = Somebody()

    failure(store, openai, somebody, seconds=40)

    assert somebody.time == 0


@pytest.mark.parametrize("at", [0.0, 0.05, 4.0, 12.0])
def test_it_can_be_called_off_at_any_time_until_the_code_is_entered(
    store: CredentialStore, openai: FakeOpenAI, at: float
) -> None:
    openai.service.polls = None
    somebody = Somebody(cancel_at=at)

    assert isinstance(failure(store, openai, somebody), CalledOff)
    assert somebody.time <= at + 0.2


def test_it_can_be_called_off_while_the_service_is_silent(store: CredentialStore, openai: FakeOpenAI) -> None:
    openai.swallow(CODE)
    somebody = Somebody(cancel_at=1)
    send = acts_store.sender()

    def asked(request: Request) -> Answer:
        somebody.time = 1
        return send(request)

    assert isinstance(failure(store, openai, somebody, send=asked), CalledOff)


def test_it_is_not_called_off_any_more_once_tokens_are_asked_for(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    somebody, send = Somebody(cancel_at=1), acts_store.sender()

    def asked(request: Request) -> Answer:
        answer = send(request)
        somebody.time = 1 if request.url.endswith(TOKENS) else 0
        return answer

    acts_login.login(store, openai, somebody, send=asked)

    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


def test_another_workspace_than_the_settings_allow_is_not_stored(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    error = failure(store, openai, workspaces=("ws-1", "ws-2"))

    assert (error.problem, error.words) == (
        "login-workspace-restricted",
        "the settings allow ws-1 and ws-2 only, and another workspace was chosen",
    )


def test_the_workspace_that_the_settings_allow_is_stored(store: CredentialStore, openai: FakeOpenAI) -> None:
    assert acts_login.login(store, openai, workspaces=("ws-1", tokens.ACCOUNT)).account == tokens.ACCOUNT


def test_a_sign_in_that_codex_could_not_use_is_kept_until_another_succeeds(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    body = {"id_token": "garbage", "access_token": "a", "refresh_token": "rt_precious"}
    openai.sicken(TOKENS, 200, body)

    error = failure(store, openai)

    (entry,) = store.journal.unfinished()
    assert (error.problem, error.kept) == ("login-not-completed", True)
    assert entry.answer is not None
    assert b"rt_precious" in entry.answer.body

    openai.forget_sickness()
    acts_login.login(store, openai)

    assert store.journal.unfinished() == ()


def _linked(path: Path) -> None:
    os.link(path, path.with_name("other"))


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "problem"), [(_linked, "auth-file-not-writable"), (_a_folder, "auth-file-unreadable")]
)
def test_what_could_not_be_replaced_is_noticed_before_anything_is_asked(
    store: CredentialStore, openai: FakeOpenAI, spoil: Callable[[Path], None], problem: str
) -> None:
    spoil(store.path)

    with pytest.raises(StoreNotWritable) as caught:
        acts_login.login(store, openai)

    assert (caught.value.problem, openai.asked) == (problem, [])


def test_where_codex_stores_no_file_nothing_is_asked(tmp_path: Path, openai: FakeOpenAI) -> None:
    acts_store.put(tmp_path / "home", acts_store.login())
    store = acts_store.store(tmp_path / "home", kept_in=Store.KEYRING)

    with pytest.raises(StoreNotWritable, match="keyring"):
        acts_login.login(store, openai)

    assert openai.asked == []


def test_a_journal_that_cannot_be_written_is_noticed_before_anything_is_asked(
    store: CredentialStore, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("codex_checks.acts.journal.write_private", full)

    with pytest.raises(StoreNotWritable) as caught:
        acts_login.login(store, openai)

    assert (caught.value.problem, openai.asked) == ("disk-full", [])


def test_a_lock_that_codex_holds_is_noticed_before_anything_is_asked(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    store.patience = 0
    with (store.home / "auth.lock").open("w") as file:
        assert take(file.fileno(), byte=0)

        with pytest.raises(LockHeld):
            acts_login.login(store, openai)

    assert openai.asked == []


def test_only_one_signs_in_at_a_time(store: CredentialStore, openai: FakeOpenAI) -> None:
    other = acts_store.store(store.home)
    other.own_patience = 0

    def asked(request: Request) -> Answer:
        with pytest.raises(LockHeld, match="codex-doctor login"):
            acts_login.login(other, openai)
        return acts_store.sender()(request)

    acts_login.login(store, openai, send=asked)

    assert paths(openai) == ["usercode", "token", "token"]


def test_what_was_interrupted_is_finished_first(store: CredentialStore, openai: FakeOpenAI) -> None:
    entry = store.journal.begin("refresh", store.read().guard)
    body = json.dumps({"refresh_token": "rt_renewed"}).encode()
    store.journal.answered(entry, Answer(status=200, body=body))

    signed_in = acts_login.login(store, openai)

    assert signed_in.backup is not None
    assert b"rt_renewed" in signed_in.backup.path.read_bytes()


def test_a_codex_that_renews_the_old_sign_in_meanwhile_does_not_keep_the_new_one_out(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    send = acts_store.sender()

    def asked(request: Request) -> Answer:
        renewal = Renewal(tokens={"refresh_token": Secret("rt_renewed")}, last_refresh=stamp())
        store.commit(store.read().guard, renewal)
        return send(request)

    signed_in = acts_login.login(store, openai, send=asked)

    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"
    assert signed_in.backup is not None
    assert b"rt_renewed" in signed_in.backup.path.read_bytes()
    assert store.journal.unfinished() == ()


def test_a_sign_in_that_could_not_be_stored_then_is_stored_later_though_the_old_one_was_renewed(
    store: CredentialStore, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = acts_store.sender()

    def asked(request: Request) -> Answer:
        renewal = Renewal(tokens={"refresh_token": Secret("rt_renewed")}, last_refresh=stamp())
        store.commit(store.read().guard, renewal)
        if request.url.endswith(TOKENS):
            monkeypatch.setattr("codex_checks.acts.store.replace", full)
        return send(request)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreNotWritable) as caught:
        acts_login.login(store, openai, send=asked)

    monkeypatch.undo()
    assert (caught.value.problem, caught.value.kept) == ("disk-full", True)
    with store.alone("test"):
        assert recover(store) == (Fate.STORED,)
    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


def test_the_old_sign_in_is_revoked_only_when_asked_for_and_only_afterwards(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    signed_in = acts_login.login(store, openai, revoke=True)

    asked = openai.asked[-1]
    assert paths(openai) == ["usercode", "token", "token", "revoke"]
    assert json.loads(asked.body)["token"] == tokens.REFRESH_TOKEN
    assert (signed_in.revoked, signed_in.notes) == (True, ("The old sign-in is revoked.",))
    assert [backup.revoked for backup in store.backups.all()] == [True]


def test_a_failed_attempt_revokes_nothing(store: CredentialStore, openai: FakeOpenAI) -> None:
    openai.sicken(TOKENS, 400)

    failure(store, openai, revoke=True)

    assert "revoke" not in paths(openai)


def test_an_old_sign_in_that_is_not_revoked_is_told(store: CredentialStore, openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/revoke", 500)

    signed_in = acts_login.login(store, openai, revoke=True)

    assert signed_in.notes == ("The old sign-in may still be valid: the service answered 500.",)
    assert not signed_in.revoked
    assert stored(store)["tokens"]["refresh_token"] == "rt_login_1"


def test_a_credential_is_not_revoked_at_an_address_that_must_not_hear_it(
    store: CredentialStore, openai: FakeOpenAI
) -> None:
    env = {
        "CODEX_APP_SERVER_LOGIN_ISSUER": openai.url,
        "CODEX_REVOKE_TOKEN_URL_OVERRIDE": "http://far.example/revoke",
    }

    signed_in = acts_login.login(store, openai, env=env, revoke=True)

    assert "may still be valid: the address in CODEX_REVOKE_TOKEN_URL_OVERRIDE" in signed_in.notes[0]
    assert "revoke" not in paths(openai)
