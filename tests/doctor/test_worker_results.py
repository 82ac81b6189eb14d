"""A third-party catalogue that behaves: its results come through, as data, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_doctor.catalogue import Catalogue
from codex_doctor.check import check
from codex_doctor.elsewhere import Worker, describe
from codex_doctor.errors import CatalogueError
from codex_doctor.fix import Fix, MoveAside, RunCommand, SetMode, ShellLine, Tell
from codex_doctor.model import Severity, Verdict
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.runner import Plan, examine
from codex_doctor.taken import Taken
from engine import context, problem
from third_party import hear, install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


FINDS = """
    @check("hosts.acme-vpn-is-on", title="The VPN is on", needs=(fact,), reports=(VPN,))
    def finds(ctx):
        yield VPN.found(
            "the tunnel is down",
            evidence={"tunnel": "acme0", "tries": 3, "waited": 0.5,
                      "up": False, "ip": None, "dns": ("a", "b")},
            advice="Start the VPN.",
            fix=Fix(
                summary="Start it",
                steps=(
                    SetMode(path="/etc/acme", mode=0o600),
                    MoveAside(path="/etc/acme", to="/etc/acme.old"),
                    RunCommand(argv=("acme", "up")),
                    ShellLine(line="export ACME=1"),
                    Tell(text="Find your badge."),
                ),
                destructive=True,
            ),
            subjects=frozenset({"acme0"}),
        )
"""


def test_a_finding_crosses_whole(tmp_path: Path) -> None:
    party = install(tmp_path, FINDS, checks="(finds,)")
    (outcome,) = hear(party, ctx=context(tmp_path, env=party.env))
    (finding,) = outcome.findings

    assert (outcome.check, outcome.title, outcome.area) == ("hosts.acme-vpn-is-on", "The VPN is on", "hosts")
    assert (outcome.verdict, outcome.reason, outcome.origin) == (Verdict.FOUND, "", "acme-checks")
    assert (finding.problem.code, finding.problem.severity) == ("ACME101", Severity.WARNING)
    assert finding.problem.explains == ("dns-*",)
    assert (finding.detail, finding.advice) == ("the tunnel is down", "Start the VPN.")
    assert finding.evidence == {
        "tunnel": "acme0",
        "tries": 3,
        "waited": 0.5,
        "up": False,
        "ip": None,
        "dns": ("a", "b"),
    }
    assert finding.subjects == frozenset({"acme0"})
    assert finding.fix == Fix(
        summary="Start it",
        steps=(
            SetMode(path="/etc/acme", mode=0o600),
            MoveAside(path="/etc/acme", to="/etc/acme.old"),
            RunCommand(argv=("acme", "up")),
            ShellLine(line="export ACME=1"),
            Tell(text="Find your badge."),
        ),
        destructive=True,
    )


EVERY_VERDICT = """
    @blocking_probe("acme.absent", touches={Touches.FILES}, limit=60)
    def absent(ctx):
        raise Unavailable("the wire is cut")

    @blocking_probe("acme.web", touches={Touches.NETWORK}, limit=60)
    def web(ctx):
        return 1

    @check("hosts.acme-unavailable", title="Unavailable", needs=(absent,), reports=())
    def unavailable(fact):
        yield from ()

    @check("hosts.acme-not-here", title="Not here", needs=(fact,), reports=())
    def not_here(ctx):
        raise NotApplicable("no badge, no gate")

    @check("hosts.acme-online", title="Online", needs=(web,), reports=())
    def online(fact):
        yield from ()

    @check("hosts.acme-raises", title="Raises", needs=(fact,), reports=())
    def raises(ctx):
        raise KeyError("gate")
"""


def test_every_verdict_crosses_with_its_reason(tmp_path: Path) -> None:
    party = install(tmp_path, EVERY_VERDICT, checks="(well, unavailable, not_here, online, raises)")
    outcomes = {
        outcome.check: (outcome.verdict, outcome.could_be_blocked, outcome.reason)
        for outcome in hear(party, ctx=context(tmp_path, env=party.env, offline=True))
    }
    crashed = outcomes.pop("hosts.acme-raises")

    assert outcomes == {
        "hosts.acme-is-well": (Verdict.HEALTHY, False, ""),
        "hosts.acme-unavailable": (Verdict.SKIPPED, True, "the wire is cut"),
        "hosts.acme-not-here": (Verdict.SKIPPED, False, "no badge, no gate"),
        "hosts.acme-online": (Verdict.SKIPPED, False, "needs the network, and --offline was given"),
    }
    assert crashed[0] is Verdict.CRASHED
    assert crashed[2].startswith("acme-checks: KeyError: 'gate' at raises:")


TELLS_CONTEXT = """
    @check("hosts.acme-context", title="Context", needs=(fact,), reports=(VPN,))
    def tells(ctx):
        seen = {"home": ctx.home, "cwd": ctx.cwd, "root": ctx.root, "os": ctx.system.os,
                "env": sorted(ctx.env), "live": ctx.live, "bin": ctx.options["codex-bin"]}
        yield VPN.found("seen", evidence={name: str(value) for name, value in seen.items()})
"""


def test_a_worker_sees_the_machine_through_the_same_context(tmp_path: Path) -> None:
    party = install(tmp_path, TELLS_CONTEXT, checks="(tells,)")
    ctx = context(tmp_path, env={**party.env, "ACME": "1"}, live=True)
    (outcome,) = hear(party, ctx=replace(ctx, options={"codex-bin": "/opt/codex"}))

    assert outcome.findings[0].evidence == {
        "home": str(tmp_path),
        "cwd": str(tmp_path),
        "root": str(tmp_path),
        "os": "linux",
        "env": str(sorted([*party.env, "ACME"])),
        "live": "True",
        "bin": "/opt/codex",
    }


def test_only_the_selected_checks_are_run(tmp_path: Path) -> None:
    party = install(tmp_path, FINDS, checks="(well, finds)")
    outcomes = hear(party, ctx=context(tmp_path, env=party.env), patterns=("auth", "acme-vpn-*"))

    assert [outcome.check for outcome in outcomes] == ["hosts.acme-vpn-is-on"]


def test_a_catalogue_without_a_selected_check_has_nothing_to_say(tmp_path: Path) -> None:
    party = install(tmp_path, FINDS, checks="(well, finds)")

    assert hear(party, ctx=context(tmp_path, env=party.env), patterns=("auth",)) == []


def test_the_runner_takes_a_worker_beside_its_own_checks(tmp_path: Path) -> None:
    @blocking_probe("own.fact", touches={Touches.FILES}, limit=60.0)
    def fact(_ctx: Context) -> int:
        return 1

    @check("hosts.own", title="Own", needs=(fact,), reports=())
    def own(_fact: int) -> Iterator[Finding]:
        yield from ()

    party = install(tmp_path)
    worker = Worker(source=party.source, taken=Taken())
    plan = Plan(checks=(own,), elsewhere={party.name: worker})
    found = examine(plan, context(tmp_path, env=party.env, seconds=30.0))

    assert [(outcome.check, outcome.origin) for outcome in found.outcomes] == [
        ("hosts.own", ""),
        ("hosts.acme-is-well", "acme-checks"),
    ]


def test_a_catalogue_can_be_described_without_running_it(tmp_path: Path) -> None:
    party = install(tmp_path, FINDS, checks="(well, finds)")
    described = describe(party.source, context(tmp_path, env=party.env), taken=Taken(), patterns=("dns",))

    assert [(check.id, check.needs, check.touches, check.reports) for check in described.checks] == [
        ("hosts.acme-is-well", ("acme.fact",), (Touches.FILES,), ("ACME101",)),
        ("hosts.acme-vpn-is-on", ("acme.fact",), (Touches.FILES,), ("ACME101",)),
    ]
    assert described.pages == {"vpn-off": "# vpn-off"}
    assert described.unmatched == ("dns",)


def test_describing_a_catalogue_that_cannot_be_loaded_names_the_culprit(tmp_path: Path) -> None:
    party = install(tmp_path, whole="import a_module_that_is_not_there")
    with pytest.raises(CatalogueError, match=r"acme-checks: .*a_module_that_is_not_there") as caught:
        describe(party.source, context(tmp_path, env=party.env), taken=Taken())

    assert caught.value.distribution == "acme-checks"


LEAKS = """
    @blocking_probe("acme.key", touches={Touches.FILES}, limit=60)
    def key(ctx):
        return ctx.vault.secret("swordfish-swordfish")

    @check("hosts.acme-leaks", title="Leaks", needs=(key,), reports=(VPN,))
    def leaks(key):
        said = key.reveal()
        yield VPN.found(f"the key is {said}", evidence={"key": said, "auth": "Bearer abcdefghij7"})
"""


def test_a_secret_that_a_catalogue_reads_and_says_is_taken_out_and_counted(tmp_path: Path) -> None:
    party = install(tmp_path, LEAKS, checks="(leaks,)")
    ctx = context(tmp_path, env=party.env)
    (outcome,) = hear(party, ctx=ctx)

    assert outcome.findings[0].detail == "the key is ***"
    assert outcome.findings[0].evidence == {"key": "***", "auth": "Bearer ***"}
    assert ctx.vault.removed == {"known": 2, "token": 1}


def test_what_the_built_in_catalogue_uses_or_used_is_taken() -> None:
    used = problem("vpn-off", code="TST101")
    own = Catalogue(
        checks=(), problems=(used,), page=lambda _: None, retired={"TST100": "folded", "old": "gone"}
    )

    assert Taken.by(own) == Taken(
        codes=frozenset({"TST101", "TST100", "old"}), names=frozenset({"vpn-off", "TST100", "old"})
    )
