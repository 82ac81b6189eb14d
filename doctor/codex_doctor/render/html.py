"""The report as one page of HTML: it fetches nothing, and all of it can be read without scripts.

Findings come first, evidence is folded. The only script adds buttons that copy a command, where a browser
has scripts on; a policy in the page allows that one and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import TYPE_CHECKING, Final

from codex_doctor.model import Role, Severity, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.model import Evidence, Report, ReportCheck, ReportFinding
    from codex_doctor.redact import RedactedReport

_WORDS: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "Error",
    Severity.WARNING: "Warning",
    Severity.NOTE: "Note",
}

STYLE: Final = """
:root { color-scheme: light dark; --line: #8888; --soft: #8882; --error: #b3261e; --warning: #8a5a00;
  --note: #1d5fa8; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffc46b; --note: #8fc1ff;
  --good: #7fdca4; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0.5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 0 0 0.5rem; }
article { border: 1px solid var(--line); border-left: 0.4rem solid var(--line); border-radius: 0.4rem;
  margin: 0 0 1rem; padding: 0.8rem 1rem; break-inside: avoid; }
.error { border-left-color: var(--error); } .warning { border-left-color: var(--warning); }
.note { border-left-color: var(--note); }
.tag { border: 1px solid; border-radius: 0.3rem; font-size: 0.8rem; padding: 0 0.35rem; }
.error .tag { color: var(--error); } .warning .tag { color: var(--warning); }
.note .tag { color: var(--note); }
.code { font-family: ui-monospace, monospace; }
p, dd, td, code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0.5rem 0; }
dt { font-weight: 600; } dd { margin: 0; }
.command { align-items: start; display: flex; gap: 0.5rem; margin: 0.4rem 0; }
.command pre { background: var(--soft); border-radius: 0.3rem; flex: 1; margin: 0; overflow-x: auto;
  padding: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dd code { background: var(--soft); border-radius: 0.2rem; font-size: 0.95em; padding: 0 0.2rem; }
button { font: inherit; padding: 0.3rem 0.7rem; }
summary { cursor: pointer; padding: 0.2rem 0; }
:focus-visible { outline: 0.2rem solid var(--note); outline-offset: 0.15rem; }
table { border-collapse: collapse; width: 100%; } caption { font-weight: 600; text-align: left; }
th, td { border-top: 1px solid var(--line); padding: 0.25rem 0.5rem 0.25rem 0; text-align: left;
  vertical-align: top; }
.skip { left: -99rem; position: absolute; } .skip:focus { position: static; }
@media print { body { max-width: none; } button, .skip { display: none; } article { break-inside: avoid; } }
"""

SCRIPT: Final = """
for (const box of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command: " + box.textContent.trim());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(box.querySelector("code"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "Selected";
    }
    const how = button.textContent === "Copied" ? "Copied: " : "Selected, to be copied with Ctrl-C: ";
    document.getElementById("said").textContent = how + box.querySelector("code").textContent;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  box.append(button);
}
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
});
"""


_QUOTED: Final = re.compile(r"`([^`\n]+)`")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY: Final = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may do, for the browser to enforce: nothing but its own style and its own script."""


def render(redacted: RedactedReport) -> str:
    """Return the report as a page of HTML, with a line feed at its end."""
    return "\n".join(_page(redacted.report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    headline = _headline(report)
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(headline)} - codex-doctor</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#findings">To the findings</a>'
    yield "<header>"
    yield f"<h1>{escape(headline)}</h1>"
    yield f"<p>{escape(_machine(report))}</p>"
    yield "</header>"
    yield '<main id="findings">'
    yield from _findings(report)
    yield from _checks(report)
    yield from _removed(report)
    yield "</main>"
    yield '<p id="said" role="status" class="skip"></p>'
    yield f"<script>{SCRIPT}</script>"
    yield "</body>"
    yield "</html>"


def _headline(report: Report) -> str:
    causes = [finding for finding in report.findings if finding.role is Role.CAUSE]
    errors = sum(finding.severity is Severity.ERROR for finding in causes)
    warnings = sum(finding.severity is Severity.WARNING for finding in causes)
    follow = len(report.findings) - len(causes)
    match report.status:
        case Status.ERROR:
            rest = [_count(follow, "consequence"), _count(warnings, "warning")]
            return ", ".join([_count(errors, "cause"), *(words for words in rest if words)])
        case Status.WARNING:
            return f"Codex works, with {_count(warnings, 'warning')}"
        case Status.INCOMPLETE:
            return "Nothing is known to be wrong, but not everything could be examined"
        case Status.HEALTHY:
            return "No fault was found"


def _machine(report: Report) -> str:
    machine = report.machine
    codex = f"Codex {machine.codex}" if machine.codex else "No Codex that runs"
    return (
        f"{codex} on {machine.os} {machine.arch}, Python {machine.python}. "
        f"Examined {report.started} in {report.seconds:.2f} s by codex-doctor {report.tool.version}."
    )


def _findings(report: Report) -> Iterator[str]:
    causes = [finding for finding in report.findings if finding.role is Role.CAUSE]
    follow = [finding for finding in report.findings if finding.role is not Role.CAUSE]
    yield "<h2>What was found</h2>"
    if not report.findings:
        yield "<p>Nothing.</p>"
    for finding in causes:
        yield from _finding(finding, report)
    if follow:
        yield "<details>"
        yield f"<summary>{_count(len(follow), 'consequence')} of these</summary>"
        for finding in follow:
            yield from _finding(finding, report)
        yield "</details>"


def _finding(finding: ReportFinding, report: Report) -> Iterator[str]:
    at = next(number for number, each in enumerate(report.findings, 1) if each is finding)
    yield f'<article class="{finding.severity}" aria-labelledby="finding-{at}">'
    yield (
        f'<h3 id="finding-{at}"><span class="tag">{_WORDS[finding.severity]}</span> '
        f'<span class="code">{escape(finding.code)} {escape(finding.name)}</span><br>'
        f"{_prose(finding.title)}</h3>"
    )
    yield "<dl>"
    yield from _pair("Seen", finding.detail)
    yield from _pair("To do", finding.advice)
    if finding.caused_by:
        yield from _pair("Follows from", finding.caused_by)
    follows = [f"{other.code} {other.name}" for other in report.findings if other.caused_by == finding.code]
    if follows:
        yield from _pair("Leads to", ", ".join(follows))
    if finding.blocks:
        yield from _pair("Blocks", ", ".join(finding.blocks))
    published = f" or {finding.docs.url}" if finding.docs.url else ""
    yield from _pair("Read", f"codex-doctor explain {finding.code}{published}")
    yield "</dl>"
    if finding.fix is not None:
        yield from _fix(finding)
    told = {key: value for key, value in finding.evidence.items() if value is not None}
    if told:
        yield "<details>"
        yield f'<summary aria-label="Evidence of {escape(finding.code)}">Evidence</summary>'
        yield "<dl>"
        for key, value in told.items():
            yield from _pair(key, _shown(value))
        yield "</dl>"
        yield "</details>"
    yield "</article>"


def _fix(finding: ReportFinding) -> Iterator[str]:
    fix = finding.fix
    if fix is None or not (fix.automatic or fix.commands):
        return
    careful = "Careful, this cannot be taken back: " if fix.destructive else ""
    yield f"<p>{_prose(careful + fix.summary)}</p>"
    commands = (f"codex-doctor repair {finding.name}",) if fix.automatic else fix.commands
    for command in commands:
        yield f'<div class="command"><pre><code>{escape(command)}</code></pre></div>'


def _checks(report: Report) -> Iterator[str]:
    yield "<h2>What was examined</h2>"
    yield "<details>"
    yield f"<summary>All {_count(len(report.checks), 'check')}</summary>"
    yield "<table>"
    yield "<caption>Checks and their verdicts</caption>"
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("Check", "Verdict", "Why"))
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for check in report.checks:
        yield (
            f'<tr><th scope="row" class="code">{escape(check.id)}</th>'
            f"<td>{escape(_verdict(check))}</td><td>{_prose(check.reason or check.title)}</td></tr>"
        )
    yield "</tbody>"
    yield "</table>"
    yield "</details>"


def _verdict(check: ReportCheck) -> str:
    if check.blocked_by:
        return f"blocked by {check.blocked_by}"
    return "not applicable" if check.verdict is Verdict.SKIPPED else check.verdict.value


def _removed(report: Report) -> Iterator[str]:
    if report.redactions:
        taken = ", ".join(f"{number} {kind}" for kind, number in report.redactions.items())
        yield f"<p>Taken out of this report: {escape(taken)}.</p>"


def _pair(name: str, text: str) -> Iterator[str]:
    yield f"<dt>{escape(name)}</dt><dd>{_prose(text)}</dd>"


def _prose(text: str) -> str:
    """Return *text* with what stands between backquotes set as code, and nothing else that acts."""
    return _QUOTED.sub(r"<code>\1</code>", escape(text))


def _shown(value: Evidence) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
