"""The report in the Test Anything Protocol, version 14: one line a check, with what was found below it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.render.verdicts import judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.verdicts import Judged


_UNSAFE: Final = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""What breaks a line for some reader, or what YAML calls not printable (YAML 1.2, 5.1)."""


def render(redacted: RedactedReport, *, strict: bool = False) -> str:
    """Return the report as lines; with *strict* warnings are `not ok` too."""
    checks = list(judged(redacted.report, strict=strict))
    lines = ["TAP version 14", f"1..{len(checks)}"]
    for number, each in enumerate(checks, 1):
        lines += _lines(number, each)
    return "\n".join(lines) + "\n"


def _lines(number: int, each: Judged) -> Iterator[str]:
    check = each.check
    result = "not ok" if each.failed or each.broken else "ok"
    skip = "" if each.skipped is None else f" # SKIP {_one_line(each.skipped)}"
    yield f"{result} {number} - {check.id} {_escaped(check.title)}{skip}"
    if each.broken or each.findings:
        yield "  ---"
        if each.broken:
            yield f"  message: {_yaml(check.reason or check.verdict)}"
            yield f"  severity: {_yaml('fail')}"
        for at, finding in enumerate(each.findings, 1):
            key = "finding" if at == 1 else f"finding-{at}"
            yield f"  {key}:"
            yield f"    code: {_yaml(finding.code)}"
            yield f"    name: {_yaml(finding.name)}"
            yield f"    severity: {_yaml(finding.severity)}"
            yield f"    role: {_yaml(finding.role)}"
            yield f"    title: {_yaml(finding.title)}"
            yield f"    detail: {_yaml(finding.detail)}"
            yield f"    advice: {_yaml(finding.advice)}"
            if finding.fix and finding.fix.commands:
                yield "    commands:"
                yield from (f"      - {_yaml(command)}" for command in finding.fix.commands)
        yield "  ..."


def _escaped(text: str) -> str:
    """Return *text* so that no part of it is taken for a directive."""
    return _one_line(text).replace("\\", "\\\\").replace("#", "\\#")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _yaml(text: str) -> str:
    """Return *text* as a quoted scalar of YAML, on one line whatever is in it."""
    return _UNSAFE.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(text, ensure_ascii=False))
