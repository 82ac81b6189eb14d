"""Two third parties that use the same code, name or check id: the later is refused, and both are named."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from codex_doctor.claims import Claims, without
from codex_doctor.elsewhere import Worker
from codex_doctor.model import Verdict
from codex_doctor.taken import Taken
from codex_doctor.wire import Described, DescribedCheck
from engine import context, problem
from third_party import PLENTY, SHORT, install

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_doctor.catalogue import Source
    from codex_doctor.model import Outcome
    from third_party import ThirdParty

OWN = """
    VPN = declared("beta-vpn", "BETA101")

    @check("hosts.beta-is-well", title="Beta is well", needs=(fact,), reports=(VPN,))
    def well(ctx):
        yield from ()
"""


def heard(
    parties: Sequence[ThirdParty], *, order: Sequence[ThirdParty], seconds: float = PLENTY
) -> dict[str, list[Outcome]]:
    """Examine *parties* side by side, started in this order, and return what is told of each."""
    claims = Claims([party.source for party in order])
    told: dict[str, list[Outcome]] = {party.name: [] for party in parties}
    threads = [
        threading.Thread(
            target=Worker(source=party.source, taken=Taken(), claims=claims).examine,
            args=(context(party.folder, env=party.env, seconds=seconds), told[party.name].append),
        )
        for party in parties
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(
            OWN.replace("BETA101", "ACME101"),
            "it uses the code ACME101, which acme-checks uses too",
            id="code",
        ),
        pytest.param(
            OWN.replace("beta-vpn", "vpn-off"),
            "it uses the name vpn-off, which acme-checks uses too",
            id="name",
        ),
        pytest.param(
            OWN.replace("hosts.beta", "hosts.acme"),
            "it uses the check id hosts.acme-is-well, which acme-checks uses too",
            id="check id",
        ),
    ],
)
def test_the_later_of_two_is_refused_whoever_is_quicker(tmp_path: Path, code: str, reason: str) -> None:
    acme = install(tmp_path / "acme", "time.sleep(0.5)")
    beta = install(tmp_path / "beta", code, name="beta-checks")
    told = heard((beta, acme), order=(acme, beta))

    assert [(each.check, each.verdict) for each in told["acme-checks"]] == [
        ("hosts.acme-is-well", Verdict.HEALTHY)
    ]
    (refused,) = told["beta-checks"]
    assert (refused.verdict, refused.reason) == (Verdict.CRASHED, f"beta-checks: {reason}")


def test_two_that_share_nothing_are_both_examined(tmp_path: Path) -> None:
    acme, beta = install(tmp_path / "acme"), install(tmp_path / "beta", OWN, name="beta-checks")
    told = heard((acme, beta), order=(acme, beta))

    assert [each.verdict for party in told.values() for each in party] == [Verdict.HEALTHY] * 2


@pytest.mark.parametrize("first", ["time.sleep(600)", "os._exit(0)"], ids=["hangs", "exits"])
def test_one_that_never_says_what_it_uses_holds_up_nobody(tmp_path: Path, first: str) -> None:
    acme, beta = install(tmp_path / "acme", first), install(tmp_path / "beta", OWN, name="beta-checks")
    told = heard((acme, beta), order=(acme, beta), seconds=SHORT)

    assert [each.verdict for each in told["beta-checks"]] == [Verdict.HEALTHY]
    assert [each.verdict for each in told["acme-checks"]] in ([Verdict.TIMED_OUT], [Verdict.CRASHED])


def described(code: str, name: str, check: str, origin: str = "") -> Described:
    return Described(
        checks=(
            DescribedCheck(id=check, title="x", needs=(), touches=(), reports=(code,), origin=origin),
            DescribedCheck(id=f"{check}-too", title="x", needs=(), touches=(), reports=(), origin=origin),
        ),
        problems=(problem(name, code=code),),
        retired={},
        selected=(check, f"{check}-too"),
        unmatched=(),
    )


def source(name: str, *, own: bool = False) -> Source:
    from codex_doctor.catalogue import Source

    return Source(name=name, distribution=name, value="x:y", own=own)


def test_of_the_users_own_checks_only_those_are_refused_that_clash() -> None:
    acme, own = source("acme-checks"), source("~/checks", own=True)
    claims = Claims([acme, own])
    claims.claim(acme, described("ACME101", "vpn-off", "hosts.a"), seconds=0)
    mine = described("ACME101", "other", "hosts.b", origin="~/checks/a.toml")
    clashes = claims.claim(own, mine, seconds=0)

    assert [str(clash) for clash in clashes] == ["it uses the code ACME101, which acme-checks uses too"]
    assert [check.id for check in without(mine, clashes).checks] == ["hosts.b-too"]


def test_a_file_of_the_users_own_is_named_as_the_owner() -> None:
    own, acme = source("~/checks", own=True), source("acme-checks")
    claims = Claims([own, acme])
    claims.claim(own, described("ACME101", "mine", "hosts.a", origin="~/checks/a.toml"), seconds=0)
    (clash,) = claims.claim(acme, described("ACME101", "vpn-off", "hosts.b"), seconds=0)[:1]

    assert clash.owner == "~/checks/a.toml"


def test_what_is_refused_belongs_to_nobody() -> None:
    first, second, third = source("a"), source("b"), source("c")
    claims = Claims([first, second, third])
    claims.claim(first, described("AA001", "one", "hosts.a"), seconds=0)

    assert claims.claim(second, described("AA001", "two", "hosts.b"), seconds=0) != ()
    assert claims.claim(third, described("AA002", "two", "hosts.b"), seconds=0) == ()
