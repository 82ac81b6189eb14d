from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Finding, Outcome, Verdict
from codex_doctor.probe import Probe, Touches, blocking_probe, probe
from codex_doctor.runner import Plan, examine
from engine import context, problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from codex_doctor.context import Context

BROKEN = problem("broken")


def claim(id: str, need: Probe[Any]) -> Check:
    """Return a check that is healthy whatever it reads."""

    @check(id, title=f"{id} holds", needs=(need,), reports=(BROKEN,))
    def judge(_fact: object) -> Iterator[Finding]:
        return iter(())

    return judge


def examined(*checks: Check, ctx: Context | None = None) -> dict[str, Outcome]:
    done = examine(Plan(checks=checks), ctx or context())
    return {outcome.check: outcome for outcome in done.outcomes}


def test_a_probe_is_read_once_however_many_checks_need_it() -> None:
    readings: list[int] = []

    @blocking_probe("doctor.counted", touches={Touches.FILES}, limit=1)
    def counted(_ctx: Context) -> int:
        readings.append(1)
        return len(readings)

    outcomes = examined(
        claim("doctor.one", counted), claim("doctor.two", counted), claim("doctor.three", counted)
    )

    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.HEALTHY] * 3
    assert readings == [1]


def test_a_check_is_given_the_facts_of_its_probes_in_order() -> None:
    @blocking_probe("doctor.left", touches={Touches.FILES}, limit=1)
    def left(_ctx: Context) -> str:
        return "left"

    @probe("doctor.right", touches={Touches.FILES}, limit=1, needs=(left,))
    async def right(_ctx: Context, fact: str) -> str:
        await anyio.lowlevel.checkpoint()
        return f"right of {fact}"

    @check("doctor.both", title="Both are there", needs=(left, right), reports=(BROKEN,))
    def both(first: str, second: str) -> Iterator[Finding]:
        yield BROKEN.found(f"{first}, {second}")

    (finding,) = examined(both)["doctor.both"].findings

    assert finding.detail == "left, right of left"


def test_a_probe_that_raises_is_a_crash_that_names_the_error_and_the_others_go_on() -> None:
    @blocking_probe("doctor.bug", touches={Touches.FILES}, limit=1)
    def bug(_ctx: Context) -> int:
        raise ZeroDivisionError("by nothing")

    @blocking_probe("doctor.fine", touches={Touches.FILES}, limit=1)
    def fine(_ctx: Context) -> int:
        return 1

    outcomes = examined(claim("doctor.hit", bug), claim("doctor.spared", fine))

    assert outcomes["doctor.hit"].verdict is Verdict.CRASHED
    assert outcomes["doctor.hit"].reason.startswith("ZeroDivisionError: by nothing at bug:")
    assert outcomes["doctor.spared"].verdict is Verdict.HEALTHY


def test_a_check_that_raises_is_a_crash() -> None:
    @blocking_probe("doctor.fine", touches={Touches.FILES}, limit=1)
    def fine(_ctx: Context) -> int:
        return 1

    @check("doctor.bad", title="Nothing is bad", needs=(fine,), reports=(BROKEN,))
    def bad(_fact: int) -> Iterator[Finding]:
        raise SystemExit("a check must not exit")

    assert examined(bad)["doctor.bad"].verdict is Verdict.CRASHED


def test_a_check_that_reports_what_it_did_not_declare_is_a_crash() -> None:
    @blocking_probe("doctor.fine", touches={Touches.FILES}, limit=1)
    def fine(_ctx: Context) -> int:
        return 1

    @check("doctor.sly", title="Nothing is hidden", needs=(fine,), reports=())
    def sly(_fact: int) -> Iterator[Finding]:
        yield BROKEN.found("here")

    outcome = examined(sly)["doctor.sly"]

    assert outcome.verdict is Verdict.CRASHED
    assert "doctor.sly reports broken without declaring it" in outcome.reason


@pytest.mark.parametrize(("error", "could_be_blocked"), [(Unavailable, True), (NotApplicable, False)])
def test_what_cannot_be_read_is_skipped_with_its_reason(
    error: type[Unavailable], could_be_blocked: bool
) -> None:
    @blocking_probe("doctor.gone", touches={Touches.FILES}, limit=1)
    def gone(_ctx: Context) -> int:
        raise error("there is no such thing")

    outcome = examined(claim("doctor.skipped", gone))["doctor.skipped"]

    assert (outcome.verdict, outcome.reason) == (Verdict.SKIPPED, "there is no such thing")
    assert outcome.could_be_blocked is could_be_blocked


def test_what_a_probe_needs_and_cannot_have_skips_everything_behind_it() -> None:
    @blocking_probe("doctor.gone", touches={Touches.FILES}, limit=1)
    def gone(_ctx: Context) -> int:
        raise Unavailable("the disk is elsewhere")

    @blocking_probe("doctor.behind", touches={Touches.FILES}, limit=1, needs=(gone,))
    def behind(_ctx: Context, fact: int) -> int:
        return fact

    assert examined(claim("doctor.last", behind))["doctor.last"].reason == "the disk is elsewhere"


@pytest.mark.parametrize("error", [Unavailable("no"), NotApplicable("no"), ValueError("bug")])
def test_an_optional_need_is_none_where_there_is_no_fact(error: Exception) -> None:
    @blocking_probe("doctor.gone", touches={Touches.FILES}, limit=1)
    def gone(_ctx: Context) -> int:
        raise error

    @check("doctor.goes-on", title="It goes on", needs=(gone.maybe(),), reports=(BROKEN,))
    def goes_on(fact: int | None) -> Iterator[Finding]:
        yield BROKEN.found(f"read {fact}")

    (finding,) = examined(goes_on)["doctor.goes-on"].findings

    assert finding.detail == "read None"


def test_an_optional_need_and_a_plain_one_share_one_reading() -> None:
    readings: list[int] = []

    @blocking_probe("doctor.counted", touches={Touches.FILES}, limit=1)
    def counted(_ctx: Context) -> int:
        readings.append(1)
        return 1

    examined(claim("doctor.plain", counted), claim("doctor.optional", counted.maybe()))

    assert readings == [1]


def test_a_probe_that_hangs_in_a_system_call_times_out_at_its_own_limit() -> None:
    release = threading.Event()

    @blocking_probe("doctor.stuck", touches={Touches.FILES}, limit=0.05)
    def stuck(_ctx: Context) -> bool:
        return release.wait(60)

    outcome = examined(claim("doctor.waits", stuck))["doctor.waits"]
    release.set()

    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.reason == "reading doctor.stuck took longer than 0.05 s"


def test_a_probe_that_waits_for_ever_times_out_and_those_beside_it_answer() -> None:
    @probe("doctor.waiting", touches={Touches.NETWORK}, limit=0.05)
    async def waiting(_ctx: Context) -> None:
        await anyio.sleep_forever()

    @probe("doctor.longer", touches={Touches.NETWORK}, limit=60)
    async def longer(_ctx: Context) -> int:
        await anyio.sleep(0.1)
        return 1

    outcomes = examined(claim("doctor.late", waiting), claim("doctor.fine", longer))

    assert outcomes["doctor.late"].reason == "reading doctor.waiting took longer than 0.05 s"
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.TIMED_OUT, Verdict.HEALTHY]


def test_a_time_limit_of_the_probe_s_own_that_it_does_not_catch_is_a_crash() -> None:
    @probe("doctor.hasty", touches={Touches.NETWORK}, limit=60)
    async def hasty(_ctx: Context) -> None:
        with anyio.fail_after(0.01):
            await anyio.sleep_forever()

    outcome = examined(claim("doctor.waits", hasty))["doctor.waits"]

    assert outcome.verdict is Verdict.CRASHED
    assert outcome.reason.startswith("TimeoutError")


def test_a_probe_that_blocks_the_event_loop_cannot_hold_up_the_deadline() -> None:
    release = threading.Event()

    @probe("doctor.rude", touches={Touches.NETWORK}, limit=60)
    async def rude(_ctx: Context) -> bool:
        await anyio.lowlevel.checkpoint()
        return release.wait(60)

    outcome = examined(claim("doctor.waits", rude), ctx=context(seconds=0.3))["doctor.waits"]
    release.set()

    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.reason == "the deadline came while reading doctor.rude"


def test_a_check_that_never_ends_cannot_hold_up_the_deadline() -> None:
    release = threading.Event()

    @blocking_probe("doctor.fine", touches={Touches.FILES}, limit=1)
    def fine(_ctx: Context) -> int:
        return 1

    @check("doctor.endless", title="It ends", needs=(fine,), reports=())
    def endless(_fact: int) -> Iterator[Finding]:
        release.wait(60)
        return iter(())

    outcome = examined(endless, ctx=context(seconds=0.3))["doctor.endless"]
    release.set()

    assert (outcome.verdict, outcome.reason) == (Verdict.TIMED_OUT, "the deadline came")


def test_offline_skips_what_needs_the_network_and_reads_the_rest() -> None:
    asked: list[str] = []

    @probe("doctor.far", touches={Touches.NETWORK}, limit=1)
    async def far(_ctx: Context) -> int:
        asked.append("far")
        await anyio.lowlevel.checkpoint()
        return 1

    @blocking_probe("doctor.near", touches={Touches.FILES}, limit=1)
    def near(_ctx: Context) -> int:
        return 1

    outcomes = examined(claim("doctor.a", far), claim("doctor.b", near), ctx=context(offline=True))

    assert outcomes["doctor.a"].reason == "needs the network, and --offline was given"
    assert outcomes["doctor.a"].could_be_blocked is False
    assert outcomes["doctor.b"].verdict is Verdict.HEALTHY
    assert asked == []


@pytest.mark.parametrize(
    ("live", "verdict", "seen"),
    [(False, Verdict.HEALTHY, [None]), (True, Verdict.SKIPPED, [])],
)
def test_a_need_that_is_not_allowed_can_be_gone_without_but_one_that_fails_cannot(
    live: bool, verdict: Verdict, seen: list[object]
) -> None:
    given: list[object] = []

    @blocking_probe("doctor.spends", touches={Touches.SPENDS}, limit=1)
    def spends(_ctx: Context) -> int:
        raise Unavailable("the service does not answer")

    @check("doctor.a", title="It goes on", needs=(spends.if_allowed(),), reports=(BROKEN,))
    def goes_on(fact: int | None) -> Iterator[Finding]:
        given.append(fact)
        return iter(())

    outcome = examined(goes_on, ctx=context(live=live))["doctor.a"]

    assert (outcome.verdict, given) == (verdict, seen)


def test_what_a_judgement_says_of_a_healthy_machine_is_kept() -> None:
    @blocking_probe("doctor.near", touches={Touches.FILES}, limit=1)
    def near(_ctx: Context) -> int:
        return 7

    @check("doctor.a", title="It is well", needs=(near,), reports=(BROKEN,))
    def well(fact: int) -> Generator[Finding, None, str]:
        yield from ()
        return f"{fact} were counted"

    outcome = examined(well)["doctor.a"]

    assert (outcome.verdict, outcome.reason) == (Verdict.HEALTHY, "7 were counted")


@pytest.mark.parametrize(("live", "verdict"), [(False, Verdict.SKIPPED), (True, Verdict.HEALTHY)])
def test_what_spends_a_token_runs_only_live(live: bool, verdict: Verdict) -> None:
    @probe("doctor.spends", touches={Touches.SPENDS}, limit=1)
    async def spends(_ctx: Context) -> int:
        await anyio.lowlevel.checkpoint()
        return 1

    assert examined(claim("doctor.a", spends), ctx=context(live=live))["doctor.a"].verdict is verdict


def test_outcomes_stand_in_the_order_of_the_plan() -> None:
    @blocking_probe("doctor.slow", touches={Touches.FILES}, limit=1)
    def slow(_ctx: Context) -> bool:
        return threading.Event().wait(0.05)

    @blocking_probe("doctor.fast", touches={Touches.FILES}, limit=1)
    def fast(_ctx: Context) -> int:
        return 1

    assert list(examined(claim("doctor.b", slow), claim("doctor.a", fast))) == ["doctor.b", "doctor.a"]


def test_an_observer_is_told_of_every_check() -> None:
    class Watching:
        def __init__(self) -> None:
            self.done: list[str] = []

        def finished(self, outcome: Outcome) -> None:
            self.done.append(outcome.check)

        def tick(self, in_flight: Sequence[str]) -> None:
            pass

    @blocking_probe("doctor.fast", touches={Touches.FILES}, limit=1)
    def fast(_ctx: Context) -> int:
        return 1

    watching = Watching()
    examine(Plan(checks=(claim("doctor.a", fast), claim("doctor.b", fast))), context(), watching)

    assert sorted(watching.done) == ["doctor.a", "doctor.b"]


def test_an_observer_is_told_what_is_still_in_flight() -> None:
    class Watching:
        def __init__(self) -> None:
            self.in_flight: list[Sequence[str]] = []
            self.seen = threading.Event()

        def finished(self, outcome: Outcome) -> None:
            pass

        def tick(self, in_flight: Sequence[str]) -> None:
            self.in_flight.append(in_flight)
            self.seen.set()

    watching = Watching()

    @blocking_probe("doctor.slow", touches={Touches.FILES}, limit=30)
    def slow(_ctx: Context) -> bool:
        return watching.seen.wait(30)

    examine(Plan(checks=(claim("doctor.a", slow),)), context(seconds=30), watching)

    assert watching.in_flight[0] == ("doctor.a",)


def test_the_scratch_folder_of_a_probe_is_gone_after_the_examination() -> None:
    folders: list[Path] = []

    @blocking_probe("doctor.scratch", touches={Touches.FILES}, limit=1)
    def scratch(ctx: Context) -> bool:
        folders.append(ctx.scratch())
        return (folders[0] / "note").write_text("x") == 1

    outcome = examined(claim("doctor.a", scratch))["doctor.a"]

    assert outcome.verdict is Verdict.HEALTHY
    assert not folders[0].exists()
