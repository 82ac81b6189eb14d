"""What is said of servers: facts in, findings out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec.structs import replace

from codex_checks.mcp.addresses import Greeted, Reached
from codex_checks.mcp.checks import (
    addresses_answer,
    addresses_connect,
    apps_start,
    programs_answer,
    required_servers_work,
    sign_ins_last,
)
from codex_checks.mcp.faults import log_in
from codex_checks.mcp.needs import Looked
from codex_checks.mcp.recorded import Failure, Failures
from codex_checks.mcp.servers import Address, Server, Servers
from codex_checks.mcp.sign_ins import SignIn, SignIns
from codex_checks.mcp.tried import Ending, Proved, Refused, Tried
from codex_checks.network.hosts import Service
from codex_checks.network.proxies import Choice, Setting
from codex_checks.network.reach import Reach
from codex_doctor.dial import Attempt, Fault, Proxy, Stage, Target
from codex_doctor.dial.attempt import Step
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RunCommand
from codex_doctor.model import Severity
from codex_doctor.redact import Secret
from mcp_cases import address, needs, program
from reached import visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.model import Finding

URL: Final = "http://127.0.0.1:3000/mcp"
NOW: Final = 1_000_000.0
AUTH: Final = Path("/h/.codex/.credentials.json")


def judge(
    server: Server, *attempts: Tried, keyring: bool = False, reached: Reached | None = None
) -> Sequence[Finding]:
    stored = SignIns(file=AUTH, keyring=keyring)
    looked = Looked(needs=(needs(server),))
    if isinstance(server.transport, Address):
        return addresses_answer(Proved(tried=attempts), looked, stored, reached, None)
    return programs_answer(Proved(tried=attempts), looked, None)


def tried(ending: Ending, server: str = "fake", **more: Any) -> Tried:  # noqa: ANN401 - the fields of Tried
    return Tried(server=server, ending=ending, **more)


def refused(status: int, **more: object) -> Tried:
    return tried(Ending.STATUS, http=Refused(status=status, **more))  # type: ignore[arg-type]


def dead(**more: Any) -> Tried:  # noqa: ANN401 - the same
    return tried(Ending.CLOSED, **more)


def silent(**more: Any) -> Tried:  # noqa: ANN401 - the same
    return tried(Ending.SILENT, seconds=30.0, **more)


CLOSED, HANGS = "mcp-handshake-closed", "mcp-server-hangs"

PROGRAMS: Final = {
    "dead": (dead(code=3, said="no key"), CLOSED, "exit code 3 before it answered; it said: no key"),
    "shot": (dead(code=-9), CLOSED, "ended by signal 9"),
    "mute": (dead(), CLOSED, "closed its output"),
    "wrong": (tried(Ending.WRONG, words="error 1: no"), CLOSED, "error 1: no"),
    "chatty and dead": (dead(code=1, first_noise="Usage:"), CLOSED, "it printed `Usage:`"),
    "silent": (silent(), HANGS, "no answer came in 30.0 s"),
    "chatty and silent": (silent(first_noise="Listening"), HANGS, "`Listening`"),
    "late": (
        tried(Ending.ANSWERED, seconds=42.0),
        "mcp-startup-timeout",
        "after 42.0 s, and Codex waits 30 s",
    ),
    "glued": (silent(glued=True, first_noise="x{"), "mcp-stdout-noise", "in a line"),
    "not started": (tried(Ending.NOT_STARTED, words="Exec format"), "mcp-program-not-found", "Exec format"),
}


@pytest.mark.parametrize(("attempt", "name", "words"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_a_program_does_has_a_name(attempt: Tried, name: str, words: str) -> None:
    (finding,) = judge(program("x"), attempt)

    assert finding.problem.name == name
    assert finding.problem.severity is Severity.WARNING
    assert words in finding.detail
    assert finding.detail.startswith('"fake" (config.toml:1:1): ')


ADDRESSES: Final = {
    "a page": (tried(Ending.NOT_MCP, words="it answered 200 with text/html"), "mcp-http-handshake-failed"),
    "broken off": (tried(Ending.DROPPED, words="it broke off"), "mcp-http-handshake-failed"),
    "unreachable": (tried(Ending.UNREACHABLE, words="no"), "mcp-http-handshake-failed"),
    "wrong": (tried(Ending.WRONG, words="error 1: no"), "mcp-http-handshake-failed"),
    "silent": (tried(Ending.SILENT, seconds=30.0), "mcp-server-hangs"),
    "not there": (refused(404), "mcp-http-handshake-failed"),
    "down": (refused(503), "mcp-http-handshake-failed"),
    "forbidden": (refused(403), "mcp-http-handshake-failed"),
    "a wrong token": (refused(401, sent="own"), "mcp-http-handshake-failed"),
    "no sign-in": (refused(401, metadata=True, challenged=True), "mcp-oauth-required"),
    "no way to sign in": (refused(401, metadata=False), "mcp-oauth-no-authorization-support"),
    "a stored one refused": (refused(401, sent="stored"), "mcp-oauth-token-revoked"),
    "one called revoked": (refused(401, error="token_revoked", sent="own"), "mcp-oauth-token-revoked"),
    "a scope": (refused(403, error="insufficient_scope", scope="mcp"), "mcp-oauth-invalid-scope"),
    "a wrong scope": (refused(400, error="invalid_scope"), "mcp-oauth-invalid-scope"),
}


@pytest.mark.parametrize(("attempt", "name"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_what_an_address_answers_has_a_name(attempt: Tried, name: str) -> None:
    (finding,) = judge(address(URL), attempt)

    assert finding.problem.name == name
    assert finding.subjects == {"mcp:fake"}


@pytest.mark.parametrize(
    "attempt", [tried(Ending.ANSWERED), tried(Ending.NOT_ASKED, words="TOKEN is not set")]
)
def test_what_works_or_was_not_asked_is_no_fault(attempt: Tried) -> None:
    assert judge(program("x"), attempt) == ()


def test_other_text_that_codex_passes_over_is_a_note() -> None:
    (finding,) = judge(program("x"), tried(Ending.ANSWERED, noise=2, first_noise="hello"))

    assert (finding.problem.name, finding.problem.severity) == ("mcp-stdout-noise", Severity.NOTE)
    assert "2 lines" in finding.detail


@pytest.mark.parametrize(("seconds", "severity"), [(5.0, Severity.WARNING), (1.0, Severity.NOTE)])
def test_silence_shorter_than_codex_waits_says_so(seconds: float, severity: Severity) -> None:
    (finding,) = judge(program("x", required=True), tried(Ending.SILENT, seconds=seconds))

    assert (finding.problem.name, finding.problem.severity) == ("mcp-server-hangs", severity)
    assert "when this examination had to end; Codex waits 30 s" in finding.detail


def test_an_answer_is_late_only_after_the_server_s_own_limit() -> None:
    slow = program("x", patience=60.0)

    assert judge(slow, tried(Ending.ANSWERED, seconds=42.0)) == ()


def test_a_late_server_is_given_twice_the_time_it_took() -> None:
    (finding,) = judge(program("x"), tried(Ending.ANSWERED, seconds=42.0))

    assert finding.advice == "Set startup_timeout_sec = 90 for it."


def test_a_required_server_that_fails_is_an_error_and_keeps_sessions_from_starting() -> None:
    server, died = program("x", required=True), tried(Ending.CLOSED, code=1)

    (cause,) = judge(server, died)
    (finding,) = required_servers_work(
        Proved(tried=(died,)), None, Looked(needs=(needs(server),)), None, None
    )

    assert (cause.problem.severity, finding.problem.severity) == (Severity.ERROR, Severity.ERROR)
    assert finding.problem.name in cause.problem.explains
    assert finding.subjects == cause.subjects


def test_a_required_server_that_was_not_heard_out_is_said_neither_to_fail_nor_to_work() -> None:
    server = program("x", required=True)
    attempt = tried(Ending.SILENT, seconds=3.0)

    with pytest.raises(NotApplicable, match=r"had not answered after 3\.0 s"):
        required_servers_work(Proved(tried=(attempt,)), None, Looked(needs=(needs(server),)), None, None)


def test_where_no_server_is_required_there_is_nothing_to_judge() -> None:
    with pytest.raises(NotApplicable):
        required_servers_work(None, None, Looked(needs=(needs(program("x")),)), None, None)


def greeted(server: Server, fault: Fault | None = None, host: str = "127.0.0.1") -> Greeted:
    step = Step(stage=Stage.CONNECT, seconds=0.1, fault=fault, words="no")
    attempt = Attempt(target=Target(host=host, port=443), steps=(step,), addresses=(host,))
    return Greeted(server=server, origin=f"https://{host}", attempt=attempt)


REQUIRED: Final = {
    "its program": (needs(program("x", required=True), fault="gone"), None, None, True),
    "its folder": (needs(program("x", required=True), no_folder="gone"), None, None, True),
    "a variable handed on": (needs(program("x", required=True), unset=("A",)), None, None, False),
    "its address": (
        needs(address(URL, required=True)),
        None,
        Reached(greeted=(greeted(address(URL), Fault.REFUSED),)),
        True,
    ),
    "nothing": (needs(address(URL, required=True)), None, Reached(greeted=(greeted(address(URL)),)), False),
    "its sign-in": (
        needs(address(URL, required=True)),
        SignIns(
            file=AUTH,
            found=(SignIn(server="fake", url=Secret(URL), access=Secret("x"), expires=NOW - 60),),
            examined=NOW,
        ),
        None,
        True,
    ),
}


@pytest.mark.parametrize(("found", "stored", "reached", "fails"), REQUIRED.values(), ids=REQUIRED.keys())
def test_what_a_required_server_lacks_for_sure_keeps_sessions_from_starting(
    found: object, stored: SignIns | None, reached: Reached | None, *, fails: bool
) -> None:
    looked = Looked(needs=(found,))  # type: ignore[arg-type]

    assert bool(required_servers_work(None, None, looked, stored, reached)) is fails


def test_a_required_token_that_is_not_set_keeps_sessions_from_starting() -> None:
    server = address(URL, required=True)
    asking = replace(server, transport=Address(url=Secret(URL), origin="", bearer="TOKEN"))

    assert required_servers_work(None, None, Looked(needs=(needs(asking, unset=("TOKEN",)),)), None, None)


def test_a_sign_in_that_may_stand_in_the_keyring_is_a_note() -> None:
    (finding,) = judge(address(URL), refused(401, metadata=True), keyring=True)

    assert (finding.problem.name, finding.problem.severity) == ("mcp-oauth-required", Severity.NOTE)
    assert "keyring" in finding.detail


def test_a_proxy_before_this_very_machine_is_told() -> None:
    server, proxy = address(URL), Proxy(host="proxy.example", port=8080)
    setting = Setting(variable="HTTP_PROXY", shown="proxy.example", proxy=proxy)
    there = replace(greeted(server), choice=Choice(setting=setting))

    (finding,) = judge(server, refused(502), reached=Reached(greeted=(there,)))

    assert "NO_PROXY" in finding.advice
    assert "HTTP_PROXY" in finding.detail


@pytest.mark.parametrize(
    ("attempt", "words"),
    [(refused(404), "mcp-remote"), (refused(403), "account or token"), (refused(500), "later")],
)
def test_what_to_do_about_an_answer_depends_on_it(attempt: Tried, words: str) -> None:
    (finding,) = judge(address(URL), attempt)

    assert words in finding.advice


def test_a_refused_token_of_a_variable_is_named() -> None:
    asking = replace(address(URL), transport=Address(url=Secret(URL), origin="", bearer="TOKEN"))

    (finding,) = judge(asking, refused(401, sent="own"))

    assert finding.advice == "Renew the token in TOKEN."


def test_scopes_that_are_demanded_are_written_out() -> None:
    (finding,) = judge(address(URL), refused(403, error="insufficient_scope", scope="mcp read"))

    assert 'scopes = ["mcp", "read"]' in finding.advice


def test_signing_in_again_is_a_command_and_the_name_stays_one_word() -> None:
    fix = log_in(
        Server(name="my server", where="", transport=Address(url=Secret(URL), origin="")), again=True
    )

    assert fix.steps == (
        RunCommand(argv=("codex", "mcp", "logout", "my server")),
        RunCommand(argv=("codex", "mcp", "login", "my server")),
    )


def test_what_was_not_asked_is_told_where_nothing_was_found() -> None:
    theirs = program("x", name="theirs", own=False)
    looked = Looked(needs=(needs(program("x")), needs(theirs)))
    attempts = Proved(tried=(tried(Ending.ANSWERED), tried(Ending.NOT_ASKED, "other", words="why")))

    found, said = programs_answer.conclude(attempts, looked, None)

    assert found == ()
    assert said == "1 answered; not asked: other: why; not asked: theirs: a project's file sets it up"


def sign_in(**more: object) -> SignIns:
    entry = SignIn(server="fake", url=Secret(URL), access=Secret("x"), **more)  # type: ignore[arg-type]
    return SignIns(file=AUTH, found=(entry,), examined=NOW)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"expires": NOW - 60}, ["mcp-oauth-expired"]),
        ({"expires": NOW - 60, "renewable": True}, []),
        ({"expires": NOW + 3600}, []),
        ({}, []),
    ],
    ids=["over", "renewable", "valid", "untold"],
)
def test_a_sign_in_is_over_where_nothing_renews_it(more: dict[str, object], names: list[str]) -> None:
    found = sign_ins_last(Servers(found=(address(URL),)), sign_in(**more))

    assert [finding.problem.name for finding in found] == names


def test_a_sign_in_to_another_address_does_not_count() -> None:
    with pytest.raises(NotApplicable):
        sign_ins_last(Servers(found=(address("http://127.0.0.1:1/"),)), sign_in(expires=1.0))


def test_an_address_that_cannot_be_connected_to_is_told_with_the_stage() -> None:
    (finding,) = addresses_connect(Reached(greeted=(greeted(address(URL), Fault.REFUSED),)), None)

    assert finding.problem.name == "mcp-http-handshake-failed"
    assert "https://127.0.0.1 cannot be reached: connect: no" in finding.detail


def test_what_is_no_address_of_the_web_is_told() -> None:
    (finding,) = addresses_connect(Reached(greeted=(Greeted(server=address("x"), origin=""),)), None)

    assert "its url is no address" in finding.detail


def test_where_no_way_leads_outside_only_servers_on_this_machine_are_judged() -> None:
    lost = Reach(visits=(visit(Service.CHATGPT, Fault.UNREACHABLE, at=Stage.CONNECT),))
    far = greeted(address("https://mcp.example/", name="far"), Fault.UNREACHABLE, "203.0.113.1")
    near = greeted(address(URL, name="near"), Fault.REFUSED)

    found = addresses_connect(Reached(greeted=(far, near)), lost)

    assert [finding.subjects for finding in found] == [{"mcp:near"}]


def failure(problem: str | None, count: int = 2) -> Failure:
    return Failure(
        server="fake", problem=problem, count=count, last=int(NOW), ago="2 hours ago", words="Codex's words"
    )


@pytest.mark.parametrize(
    ("count", "severity", "often"),
    [(2, Severity.WARNING, "2 times, last 2 hours ago"), (1, Severity.NOTE, "once, 2 hours ago")],
)
def test_what_codex_recorded_is_told_where_nothing_was_tried(
    count: int, severity: Severity, often: str
) -> None:
    known = Failures(found=(failure("mcp-startup-timeout", count),))

    (finding,) = programs_answer(None, Looked(needs=(needs(program("x")),)), known)

    assert (finding.problem.name, finding.problem.severity) == ("mcp-startup-timeout", severity)
    assert f"Codex recorded {often}: Codex's words" in finding.detail


def test_what_codex_recorded_of_an_address_is_told_as_one_s() -> None:
    looked = Looked(needs=(needs(address(URL), folder=None),))

    vague, exact = (
        addresses_answer(None, looked, None, None, Failures(found=(failure(name),)))
        for name in (None, "mcp-oauth-expired")
    )

    assert [finding.problem.name for finding in (*vague, *exact)] == [
        "mcp-http-handshake-failed",
        "mcp-oauth-expired",
    ]


def test_what_codex_recorded_is_not_told_where_files_show_the_cause() -> None:
    known = Failures(found=(failure("mcp-program-not-found"),))
    broken = needs(program("x"), fault="gone")

    with pytest.raises(NotApplicable, match="not proven"):
        programs_answer(None, Looked(needs=(broken,)), known)


@pytest.mark.parametrize(("count", "severity"), [(1, Severity.NOTE), (2, Severity.WARNING)])
def test_apps_that_keep_failing_are_a_warning(count: int, severity: Severity) -> None:
    (finding,) = apps_start(failure("mcp-codex-apps-failed", count))

    assert (finding.problem.name, finding.problem.severity) == ("mcp-codex-apps-failed", severity)


def test_addresses_that_nobody_got_to_in_time_are_not_called_well() -> None:
    looked = Looked(needs=(needs(address(URL), folder=None),))

    with pytest.raises(NotApplicable, match="none was asked"):
        addresses_answer(Proved(tried=()), looked, None, None, None)
