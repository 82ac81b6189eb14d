from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import third_party

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOUND = """
    @check("hosts.acme-vpn", title="The VPN of Acme is on", needs=(fact,), reports=(VPN,))
    def vpn(ctx):
        yield VPN.found("the VPN is off")
"""
KNOWING = """
    import functools
    Catalogue = functools.partial(Catalogue, signatures=lambda: {!r})
"""
BROKEN = "raise RuntimeError('made in a hurry')"


@pytest.fixture
def party(tmp_path: Path) -> third_party.ThirdParty:
    return third_party.install(tmp_path, FOUND, checks="(well, vpn)")


def run(
    party: third_party.ThirdParty, *args: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex_doctor", *args],
        env={"HOME": str(party.folder), "LANG": "C.UTF-8", **(env or party.env)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_a_third_party_finds_stands_in_the_report_with_its_own_code(
    party: third_party.ThirdParty,
) -> None:
    report = json.loads(
        run(party, "check", "hosts.*", "--offline", "--deadline", "30", "--format", "json").stdout
    )

    assert [(found["code"], found["detail"], found["docs"]) for found in report["findings"]] == [
        ("ACME101", "the VPN is off", {"page": "acme-checks/vpn-off.md", "url": "https://acme.example/vpn"})
    ]
    theirs = [check["id"] for check in report["checks"] if check["id"].startswith("hosts.acme-")]
    assert theirs == ["hosts.acme-is-well", "hosts.acme-vpn"]


def test_a_third_party_s_problem_selects_its_check(party: third_party.ThirdParty) -> None:
    report = json.loads(
        run(party, "check", "vpn-off", "--offline", "--deadline", "30", "--format", "json").stdout
    )

    assert {check["id"] for check in report["checks"]} == {"hosts.acme-vpn", "hosts.acme-is-well"}


def test_a_word_that_nobody_knows_is_wrong_usage_with_third_parties_too(
    party: third_party.ThirdParty,
) -> None:
    done = run(party, "check", "nonsense", "--offline", "--deadline", "30")

    assert done.returncode == 2
    assert "no check, area or problem is called 'nonsense'" in done.stderr


def test_the_checks_of_a_third_party_are_listed_with_where_they_come_from(
    party: third_party.ThirdParty,
) -> None:
    rows = json.loads(run(party, "checks", "--format", "json").stdout)
    by_origin = {row["from"]: row["id"] for row in rows if row["area"] == "hosts"}

    assert by_origin["acme-checks"].startswith("hosts.acme-")
    assert {row["from"] for row in rows} == {"codex-doctor", "acme-checks"}


def test_a_page_of_a_third_party_is_explained(party: third_party.ThirdParty) -> None:
    done = run(party, "explain", "acme101")

    assert (done.returncode, done.stdout) == (0, "# vpn-off")


def test_a_message_that_only_a_third_party_knows_is_explained(tmp_path: Path) -> None:
    known = KNOWING.format("vpn-off\n  exact  the tunnel of acme collapsed\n")
    party = third_party.install(tmp_path, known)

    done = run(party, "explain", "--format", "json", "Oh: the Tunnel of ACME collapsed!")

    assert json.loads(done.stdout)["candidates"][0]["code"] == "ACME101"


@pytest.mark.parametrize(
    "signatures",
    [
        "vpn-off\n  frobs  the tunnel\n  says  !no\n",
        "vpn-off\n  says  the tunnel\n  unless *\n",
        "vpn-off\n  says@99999  the tunnel\n",
        "vpn-off\n  says  the tunnel\nrefresh-token-reused\n  says  the tunnel\n",
    ],
)
def test_signatures_of_a_third_party_that_cannot_be_accepted_are_its_own_loss(
    signatures: str, tmp_path: Path
) -> None:
    party = third_party.install(tmp_path, KNOWING.format(signatures))

    done = run(party, "explain", "the tunnel of acme collapsed")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "nothing that is known of Codex fits" in done.stderr


def test_a_third_party_that_cannot_be_loaded_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    party = third_party.install(tmp_path, whole=BROKEN)
    listed = run(party, "checks")
    report = json.loads(
        run(party, "check", "install", "--offline", "--deadline", "30", "--format", "json").stdout
    )
    crashed = [check for check in report["checks"] if check["verdict"] == "crashed"]

    assert "acme-checks" in listed.stderr
    assert "made in a hurry" in listed.stderr
    assert "install.binary-is-found" in listed.stdout
    assert [(check["id"], "acme-checks" in check["reason"]) for check in crashed] == [
        ("doctor.catalogue-acme", True)
    ]


def test_of_two_that_use_the_same_words_the_later_is_left_out_and_both_are_named(tmp_path: Path) -> None:
    acme = third_party.install(tmp_path / "acme", FOUND, checks="(well, vpn)")
    beta = third_party.install(tmp_path / "beta", name="beta-checks")
    env = {**acme.env, "PYTHONPATH": f"{beta.folder}{os.pathsep}{acme.folder}"}
    listed = run(acme, "checks", "--format", "json", env=env)
    report = json.loads(
        run(acme, "check", "hosts.*", "--offline", "--deadline", "30", "--format", "json", env=env).stdout
    )
    said = "beta-checks: it uses the check id hosts.acme-is-well, which acme-checks uses too"

    assert {row["from"] for row in json.loads(listed.stdout)} == {"codex-doctor", "acme-checks"}
    assert said in listed.stderr
    assert [
        check["reason"].startswith(said) for check in report["checks"] if check["verdict"] == "crashed"
    ] == [True]
    assert "ACME101" in {found["code"] for found in report["findings"]}
