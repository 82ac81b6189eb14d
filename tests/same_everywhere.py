"""A report of fixed facts at a fixed time, in every format: the same bytes on every Python.

`python tests/same_everywhere.py FOLDER` writes it there; with `digest` it prints a digest for each format of
what the checks of Codex make of fixed facts. Nothing but codex-doctor is needed for either, so that any
Python may say what it makes of them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

import accounts
import signins
from codex_checks.account.checks import CHECKS as ACCOUNT
from codex_checks.account.credential import Kind
from codex_checks.account.gates import Judged
from codex_checks.account.limits import limits_have_room
from codex_checks.auth.files import file_is_valid
from codex_checks.auth.methods import signed_in
from codex_checks.config.hooks.reading import why_not_json
from codex_checks.hosts.offered import Offered, offered_models_work
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.model import Evidence, Severity, Verdict
from codex_doctor.redact import Vault, redact
from codex_doctor.render.formats import How, rendered
from codex_doctor.render.style import Style
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from codex_doctor.wanted import ReportFormat
from engine import LINUX, outcome, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.model import Outcome
    from codex_doctor.redact import RedactedReport

NASTY: Final = 'seen <here> & "there" # ::error:: 50%, a\\b: \u2028 \u202e \x07 \U0001f600 ]]> \udcff'
FACTS: Final[Mapping[str, Evidence]] = {
    "text": NASTY,
    "number": 10**15 + 7,
    "fraction": 0.1 + 0.2,
    "small": 5e-324,
    "great": 1e22,
    "truth": True,
    "nothing": None,
    "several": ("b", "a", "é"),
}


def fixed() -> tuple[Outcome, ...]:
    """Return outcomes of every verdict, with what is hard to write."""
    cause = problem("proxy-dead", code="TST301", area="network", explains=("host-dead",), blocks=("tls.*",))
    host = problem("host-dead", code="TST302", area="network", severity=Severity.WARNING)
    fix = Fix(summary="Start the proxy", steps=(ShellLine(line="systemctl --user start proxy"),))
    return (
        outcome("network.proxy", cause.found(NASTY, evidence=FACTS, fix=fix)),
        outcome("network.host", host.found("it hangs")),
        outcome("tls.chain", verdict=Verdict.SKIPPED, reason="not read", could_be_blocked=True),
        outcome("auth.file"),
        outcome("mcp.any", verdict=Verdict.SKIPPED, reason="nothing to judge"),
        outcome("state.all", verdict=Verdict.CRASHED, reason="ValueError: no"),
        outcome("files.home", verdict=Verdict.TIMED_OUT, reason="the deadline came"),
    )


def judged() -> Iterator[Outcome]:
    """Yield what the checks of Codex make of facts that are broken in many ways."""
    for content in (b'{"tokens": {"access_token": 1,}}', b"\xff\xfe{", b'{"a": 1} x', b"[" * 200):
        yield outcome("auth.file-is-valid", *file_is_valid(signins.login(content)))
    yield outcome("auth.signed-in", *signed_in(signins.login(None)))
    for status, body in (
        (429, accounts.error("usage_limit_reached", kind="usage_limit_reached")),
        (200, accounts.usage(100.0)),
        (200, accounts.usage(93.7)),
    ):
        answer = accounts.answer(status, body)
        yield outcome("usage.limits-have-room", *limits_have_room(answer))
    for check in ACCOUNT:
        if check.needs[0].id == "account.told":
            yield outcome(check.id, *check(Judged(session=accounts.session(401, {"detail": "no"}))))
    there = ("gpt-6.1-sol", "gpt-6-sol")
    offers = Offered(
        offers=("gpt-5.5", "gpt-9"),
        there=there,
        host="chatgpt.com",
        kind=Kind.CHATGPT,
        subjects=frozenset("ab"),
    )
    yield outcome("hosts.offered-models-work", *offered_models_work(offers))
    told = problem("no-json", code="TST303")
    for content in (b'{"a": [1,]}', b"{'a': 1}", b'{"a": 1', b"", b'{"a" 1}', b"\xff"):
        yield outcome("config.json", told.found(str(why_not_json(content))))


def report(*outcomes: Outcome) -> RedactedReport:
    """Return the report of *outcomes*; what tells which Python made it is taken out."""
    made = assemble(
        Examination(outcomes=outcomes, machine={"codex": "0.169.0", "codex_home": "/home/sam/.codex"}),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, 10, tzinfo=UTC), seconds=0.41, system=LINUX),
    )
    bare = replace(made, machine=replace(made.machine, python="3"), tool=replace(made.tool, version="0"))
    return redact(bare, vault=Vault(), home="/home/sam")


def written(of: RedactedReport) -> Mapping[str, bytes]:
    """Return the report in every format, by the name of the format."""
    how = How(style=Style(width=100), everything=True)
    return {each.value: rendered(of, each, how).encode("utf-8", "replace") for each in ReportFormat}


def main(words: list[str]) -> None:
    """Write the files, or print the digests."""
    if words == ["digest"]:
        digests = {
            name: hashlib.sha256(text).hexdigest() for name, text in written(report(*judged())).items()
        }
        sys.stdout.write(json.dumps(digests))
        return
    for name, text in written(report(*fixed())).items():
        (Path(words[0]) / f"{name}.txt").write_bytes(text)


if __name__ == "__main__":
    main(sys.argv[1:])
