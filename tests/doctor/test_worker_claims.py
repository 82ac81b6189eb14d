"""A third-party catalogue that claims what is not its own, or says what may not be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.model import Verdict
from codex_doctor.taken import Taken
from engine import context
from third_party import CULPRIT, PLENTY, hear, install, judging

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("code", "parts", "reason"),
    [
        pytest.param(
            'VPN = declared("vpn-off", "CDX999")',
            {"checks": "()"},
            "its code CDX999 starts with CDX, which is the doctor's own",
            id="prefix",
        ),
        pytest.param(
            'VPN = declared("vpn-off", "TST001")',
            {"checks": "()"},
            "it uses the code TST001, which is not its own",
            id="code",
        ),
        pytest.param(
            'VPN = declared("not-signed-in", "ACME102")',
            {"checks": "()"},
            "it uses the name not-signed-in, which is not its own",
            id="name",
        ),
        pytest.param(
            '@check("auth.signed-in", title="x", needs=(), reports=())\n    def own(): yield from ()',
            {"checks": "(own,)"},
            "it uses the check id auth.signed-in, which is not its own",
            id="check",
        ),
        pytest.param(
            "", {"checks": "(well, well)"}, "it uses the check id hosts.acme-is-well twice", id="twice"
        ),
        pytest.param(
            "",
            {"problems": "()"},
            "its check hosts.acme-is-well reports ACME101, which its catalogue does not list",
            id="unlisted",
        ),
        pytest.param(
            '@check("weather.sunny", title="x", needs=(), reports=())\n    def own(): yield from ()',
            {"checks": "(own,)"},
            "its check id 'weather.sunny' is not an area, a full stop and a claim in kebab-case",
            id="area",
        ),
    ],
)
def test_a_catalogue_that_uses_what_is_not_its_own_is_refused_as_a_whole(
    tmp_path: Path, code: str, parts: dict[str, str], reason: str
) -> None:
    taken = Taken(
        codes=frozenset({"TST001"}),
        names=frozenset({"not-signed-in"}),
        checks=frozenset({"auth.signed-in"}),
    )
    (outcome,) = hear(install(tmp_path, f"\n    {code}\n", **parts), taken=taken)

    assert (outcome.check, outcome.verdict) == ("doctor.catalogue-acme", Verdict.CRASHED)
    assert outcome.reason == f"{CULPRIT}: {reason}"


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        pytest.param(
            'VPN.found("x", evidence={"key": ctx.vault.secret("swordfish-swordfish")})',
            "evidence['key'] is a Secret, which is not plain data",
            id="a secret",
        ),
        pytest.param(
            'VPN.found(ctx.vault.secret("swordfish-swordfish"))',
            "detail is a Secret, which is not plain data",
            id="a secret as detail",
        ),
        pytest.param('VPN.found("x", evidence={"at": ctx.home})', "is a PosixPath", id="a path"),
        pytest.param('VPN.found("x", evidence={"n": float("nan")})', "cannot be sent", id="NaN"),
        pytest.param(
            'VPN.found("x", evidence={str(n): "x" * 3999 for n in range(2000)})',
            "more than 4194304",
            id="too much",
        ),
        pytest.param('VPN.found("x", fix=Fix(summary="x", steps=("rm",)))', "handed over", id="no step"),
        pytest.param('"found"', "AttributeError", id="no finding"),
        pytest.param('declared("other", "ACME109").found("x")', "without declaring it", id="undeclared"),
    ],
)
def test_a_finding_that_may_not_cross_is_that_checks_crash(tmp_path: Path, finding: str, reason: str) -> None:
    party = install(tmp_path, judging(f"yield {finding}"), checks="(acts, well)")
    outcomes = {outcome.check: outcome for outcome in hear(party)}
    crashed = outcomes["hosts.acme-acts"]

    assert crashed.verdict is Verdict.CRASHED
    assert crashed.reason.startswith(f"{CULPRIT}: ")
    assert reason in crashed.reason
    assert "swordfish" not in crashed.reason
    assert outcomes["hosts.acme-is-well"].verdict is Verdict.HEALTHY


FORGES = """
    import json
    from codex_doctor import frames

    def say(kind, **data):
        for fd in range(3, 64):
            try: os.write(fd, frames.encode(kind, data))
            except OSError: pass

    def judged(check, **more):
        return {"check": check, "verdict": "healthy", "reason": "", "findings": [], "seconds": 0.0,
                "could_be_blocked": False, "removed": {}, **more}
"""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param("'outcome', **judged('auth.signed-in')", "was not asked for", id="another's check"),
        pytest.param("'outcome', check=5", "judged: ", id="wrong type"),
        pytest.param(
            "'outcome', **judged('hosts.acme-acts', verdict='found')",
            "contradicts",
            id="no findings",
        ),
        pytest.param("'outcome', **judged('hosts.acme-acts', verdict='fine')", "verdict", id="no verdict"),
        pytest.param("'catalogue', checks=[]", "twice", id="a second catalogue"),
        pytest.param("'failed', reason='I am tired'", "I am tired", id="gives up"),
        pytest.param("'done'", "its worker said nothing about this", id="done at once"),
    ],
)
def test_a_frame_that_a_catalogue_forges_is_contained(tmp_path: Path, said: str, reason: str) -> None:
    code = FORGES + judging(f"say({said}); time.sleep(600)")
    (outcome,) = hear(install(tmp_path, code, checks="(acts,)"))

    assert (outcome.check, outcome.verdict) == ("hosts.acme-acts", Verdict.CRASHED)
    assert outcome.reason.startswith(f"{CULPRIT}: ")
    assert reason in outcome.reason


def test_a_forged_count_of_secrets_is_no_word_in_the_report(tmp_path: Path) -> None:
    said = "'outcome', **judged('hosts.acme-acts', removed={'swordfish': 1, 'known': -5})"
    party = install(tmp_path, FORGES + judging(f"say({said})"), checks="(acts,)")
    ctx = context(tmp_path, env=party.env, seconds=PLENTY)
    hear(party, ctx=ctx)

    assert ctx.vault.removed == {}
