"""The report as JUnit XML, which every CI server shows as tests: one suite an area, one case a check.

The form is that of the schema that Jenkins publishes (`junit-10.xsd` of its xUnit plugin).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from codex_doctor.render.verdicts import judged, told

if TYPE_CHECKING:
    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.verdicts import Judged

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, not even escaped (XML 1.0, 2.2)."""


def render(redacted: RedactedReport, *, strict: bool = False) -> str:
    """Return the report as an XML document; with *strict* warnings are failures too."""
    report = redacted.report
    cases: dict[str, list[Judged]] = {}
    for each in judged(report, strict=strict):
        cases.setdefault(each.check.area, []).append(each)
    root = ET.Element("testsuites", name="codex-doctor", time=f"{report.seconds:.3f}")
    for area, inside in cases.items():
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"codex-doctor.{area}",
            tests=str(len(inside)),
            failures=str(sum(each.failed for each in inside)),
            errors=str(sum(each.broken for each in inside)),
            skipped=str(sum(each.skipped is not None for each in inside)),
            time=f"{sum(each.check.seconds for each in inside):.3f}",
            timestamp=report.started.removesuffix("Z"),
        )
        for each in inside:
            _add(suite, each)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add(suite: ET.Element, each: Judged) -> None:
    check = each.check
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"codex-doctor.{check.area}",
        name=f"{check.id}: {_xml(check.title)}",
        time=f"{check.seconds:.4f}",
    )
    if each.broken:
        ET.SubElement(case, "error", type=check.verdict, message=_xml(check.reason or check.verdict))
    elif each.skipped is not None:
        ET.SubElement(case, "skipped", message=_xml(each.skipped))
    lines: list[str] = []
    for finding in each.findings:
        name = f"{finding.code} {finding.name}: {finding.title}"
        lines.append(_xml(f"{finding.severity}: {name}\n{told(finding)}"))
    if each.failed:
        first = each.findings[0]
        failure = ET.SubElement(case, "failure", type=first.name, message=_xml(f"{first.code} {first.title}"))
        failure.text = "\n\n".join(lines)
    elif lines:  # worth reading, and no failure
        ET.SubElement(case, "system-out").text = "\n\n".join(lines)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
