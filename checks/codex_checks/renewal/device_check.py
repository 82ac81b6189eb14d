"""Whether the service gives out device codes: by asking for one, else by what Codex recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.acts.device_answer import Kind
from codex_checks.problems import renewal as p
from codex_checks.problems.service import REGION_BLOCKED
from codex_checks.renewal.device import Asked, DeviceTraces, asked, device_traces
from codex_checks.renewal.telling import record, times
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from codex_doctor.model import Finding, Problem

NOT_PROVEN: Final = "not proven; run `codex-doctor check device-auth --live`"

_PROBLEMS: Final[Mapping[str, Problem]] = {problem.name: problem for problem in p.PROBLEMS}

_OF_ANSWER: Final[Mapping[Kind, Problem]] = {
    Kind.DISABLED: p.DEVICE_AUTH_DISABLED,
    Kind.RATE_LIMITED: p.DEVICE_AUTH_RATE_LIMITED,
    Kind.REGION_BLOCKED: REGION_BLOCKED,
    Kind.NO_CODE: p.DEVICE_CODE_NOT_RETURNED,
}

_ONLY_RECORDED: Final = (p.DEVICE_CODE_DISABLED_ACCOUNT.name, p.DEVICE_CODE_DISABLED_WORKSPACE.name)
"""What no answer tells, only the text of an attempt to sign in: it explains an answer of 404."""


@check(
    "auth.device-auth-enabled",
    title="The service gives out device codes",
    needs=(device_traces, asked.if_allowed()),
    reports=(
        p.DEVICE_AUTH_DISABLED,
        p.DEVICE_AUTH_RATE_LIMITED,
        p.DEVICE_CODE_NOT_RETURNED,
        p.DEVICE_CODE_DISABLED_ACCOUNT,
        p.DEVICE_CODE_DISABLED_WORKSPACE,
        REGION_BLOCKED,
    ),
)
def device_auth_enabled(found: DeviceTraces, answer: Asked | None) -> Generator[Finding, None, str]:
    """Judge what came when a code was asked for, else what Codex recorded of attempts to sign in."""
    if answer is not None and answer.said.kind is Kind.CODE:
        return f"{answer.host} gave a device code, which expires unused in 15 minutes"
    if answer is not None:
        yield _OF_ANSWER[answer.said.kind].found(
            f"{answer.host} answered {answer.said.words}"
            if answer.said.status is not None
            else f"{answer.host}: {answer.said.words}",
            evidence={"asked": answer.url, "status": answer.said.status},
            subjects=frozenset({answer.host}),
        )
    told = [seen for seen in found.recorded if answer is None or seen.problem in _ONLY_RECORDED]
    for seen in told[:1]:
        yield _PROBLEMS[seen.problem or ""].found(
            f"Codex recorded it {times(seen, found.examined)}, when signing in was tried",
            evidence=record(seen),
        )
    if answer is None and not told:
        raise NotApplicable(NOT_PROVEN)
    return ""
