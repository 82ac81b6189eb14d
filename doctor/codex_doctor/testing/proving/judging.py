"""Judge the facts of a machine twice, the second time where everything but the facts is different."""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from codex_doctor import frames, wire
from codex_doctor.errors import DoctorError, NotApplicable
from codex_doctor.model import Finding, Outcome, Verdict
from codex_doctor.processes import MARK
from codex_doctor.readings import Missing, excused
from codex_doctor.redact import MOST_TEXT, Redactor
from codex_doctor.runner import judged
from codex_doctor.testing.canaries import seen_in
from codex_doctor.testing.proving.steps import in_words
from codex_doctor.testing.proving.watch import Kind, RefusedError
from codex_doctor.testing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from codex_doctor.check import Check
    from codex_doctor.context import Context
    from codex_doctor.readings import Answer
    from codex_doctor.testing.proving.steps import Steps

MOST_FINDINGS: Final = 200
"""Findings of one check on one machine that anybody would read."""

SAID: Final = 4000
"""Characters of a finding that are compared from one run to the next."""

_MEASURED: Final = re.compile(r"\b\d+(?:\.\d+)? (?:ms|s|seconds?)\b")
"""How long something took differs from one run to the next, and may."""

LONGEST: Final = 1.0
"""Seconds of the processor's time that one judgement may take: it is 0.3 ms for one that only compares."""

_YEARS: Final = 3 * 365 * 86_400.0
"""Seconds by which the second judgement comes later."""


def judge_all(
    checks: Sequence[Check], answers: Mapping[str, Answer], ctx: Context, steps: Steps
) -> dict[str, Outcome]:
    """Judge *checks* by *answers*, and note what they do that they may not; return what came of them."""
    found: dict[str, Outcome] = {}
    for check in checks:
        needs = [(need, (need.optional_of or need).id) for need in check.needs]
        if any(probe not in answers for _, probe in needs):
            continue
        given = [excused(need, answers[probe]) for need, probe in needs]
        if any(isinstance(answer, Missing) for answer in given):
            found[check.id] = judged(check, given, started=time.monotonic())
            continue
        first = _judge(check, given, steps, "it judges")
        if first is None:
            continue
        with _elsewhere():
            second = _judge(check, given, steps, "it judges")
        if second is not None and second != first:
            steps.breach(
                Rule.DETERMINISTIC,
                check.id,
                f"it judges the same facts differently in another environment, folder and year: "
                f"{_difference(first, second)}",
            )
        _prove_data(check, first, ctx, steps)
        found[check.id] = first
    return found


def _judge(check: Check, given: Sequence[Answer], steps: Steps, doing: str) -> Outcome | None:
    """Return the outcome of *check*, without the time it took; None where it can be no outcome."""
    facts: list[Any] = [getattr(answer, "value", None) for answer in given]
    done = steps.do(check.id, doing, lambda: _concluded(check, facts))
    for event in done.events:
        if event.kind is Kind.SLEEP:
            steps.breach(Rule.PURE, check.id, f"calls {event.what} while {doing}")
        elif event.kind not in (Kind.TERMINAL, Kind.KILL):
            steps.breach(Rule.PURE, check.id, f"{event.what} while {doing}: only a probe reads the world")
    if done.cpu > LONGEST:
        steps.breach(Rule.BOUNDED, check.id, f"{doing} for {done.cpu:.1f} s of the processor's time")
    if isinstance(done.error, RefusedError):
        return None
    if done.error is not None:
        steps.breach(Rule.ENDS, check.id, f"{in_words(done.error)} while {doing}")
        return None
    if isinstance(done.value, str):
        steps.breach(Rule.DATA, check.id, done.value)
        return None
    return done.value  # type: ignore[no-any-return] # what _concluded returned


def _concluded(check: Check, facts: Sequence[Any]) -> Outcome | str:
    """Return the outcome of *check*, or in words why what it judges is none."""
    said: Any = None
    try:
        result: Any = check.judge(*facts)
        if not hasattr(result, "__iter__"):
            return (
                f"it returns {type(result).__name__}, not findings: write it as a generator that yields them"
            )
        found: list[Any] = []
        many = iter(result)
        while len(found) <= MOST_FINDINGS:
            try:
                found.append(next(many))
            except StopIteration as end:
                said = end.value
                break
    except NotApplicable as nothing:
        return _outcome(check, Verdict.SKIPPED, reason=nothing.reason)
    if len(found) > MOST_FINDINGS:
        return f"it finds more than {MOST_FINDINGS} things: nobody reads so many; sum them up in one finding"
    for each in found:
        if not isinstance(each, Finding):
            return f"it yields {type(each).__name__}, not a Finding: yield PROBLEM.found(...)"
        if each.problem.code not in {problem.code for problem in check.reports}:
            return f"it reports {each.problem.name} without declaring it: add it to `reports`"
    reason = said if isinstance(said, str) and not found else ""
    verdict = Verdict.FOUND if found else Verdict.HEALTHY
    return _outcome(check, verdict, reason=reason, findings=tuple(found))


def _outcome(check: Check, verdict: Verdict, *, reason: str, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(
        check=check.id, title=check.title, area=check.area, verdict=verdict, reason=reason, findings=findings
    )


def _prove_data(check: Check, outcome: Outcome, ctx: Context, steps: Steps) -> None:
    """Note whether *outcome* cannot be handed over, is too long, or shows a planted secret."""
    for finding in outcome.findings:
        texts = {"detail": finding.detail, "advice": finding.advice, **finding.evidence}
        for name, text in texts.items():
            if isinstance(text, str) and len(text) > MOST_TEXT:
                steps.breach(
                    Rule.BOUNDED,
                    check.id,
                    f"its {name} has {len(text)} characters, and a report shows {MOST_TEXT}",
                )
    try:
        data = wire.data_of(wire.judged_of(outcome))
        if (
            sum(len(str(finding.evidence)) + len(finding.detail) for finding in outcome.findings)
            < frames.LIMIT
        ):
            frames.encode("outcome", data)
    except (DoctorError, TypeError, AttributeError) as error:
        steps.breach(Rule.DATA, check.id, f"what it finds cannot be handed over: {error}")
        return
    clean = Redactor(known=ctx.vault.values()).tree({name: data[name] for name in ("reason", "findings")})
    for name in seen_in(json.dumps(clean, ensure_ascii=False), steps.secrets):
        steps.breach(
            Rule.SECRETS,
            check.id,
            f"what it says shows {name}: put it through ctx.vault.secret where it is read",
        )


@contextmanager
def _elsewhere() -> Generator[None]:
    """Let everything but the facts be different: the environment, the folder, the time, and chance."""
    env, cwd, state = dict(os.environ), Path.cwd(), random.getstate()
    real = time.time

    def later() -> float:
        return real() + _YEARS

    with tempfile.TemporaryDirectory(prefix="codex-doctor-") as folder:
        os.environ.clear()
        os.environ[MARK] = env.get(MARK, "")
        os.chdir(folder)
        random.seed(state[1][0])
        try:
            with mock.patch.object(time, "time", later):
                yield
        finally:
            os.chdir(cwd)
            os.environ.update(env)
            random.setstate(state)


def said_by(outcome: Outcome) -> list[str]:
    """Return what *outcome* says, each finding as text; nothing where that is no data."""
    try:
        found = wire.data_of(wire.judged_of(outcome))["findings"]
        return [_MEASURED.sub("some time", json.dumps(each, sort_keys=True)[:SAID]) for each in found]
    except (DoctorError, TypeError, AttributeError):
        return []


def _difference(first: Outcome, second: Outcome) -> str:
    if first.verdict is not second.verdict:
        return f"{first.verdict}, then {second.verdict}"
    told = [[finding.detail for finding in outcome.findings] for outcome in (first, second)]
    return f"{str(told[0])[:100]}, then {str(told[1])[:100]}" if told[0] != told[1] else "in the evidence"
