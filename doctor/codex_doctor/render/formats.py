"""Every way to write a report; each is loaded when it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.wanted import ReportFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.style import Style


class How(Struct, frozen=True, kw_only=True):
    """What the formats may be told.

    *everything*: what is healthy too. *strict*: warnings count as errors. *streamed*: what was said as it
    happened (`jsonl.Stream`) is not to be said again. *folded*: text for the log of a job of GitHub Actions.
    """

    style: Style
    everything: bool = False
    strict: bool = False
    streamed: bool = False
    folded: bool = False


def rendered(redacted: RedactedReport, format: ReportFormat, how: How) -> str:
    """Return the report in *format*, with a line feed at its end."""
    return _WAYS[format](redacted, how)


def _text(redacted: RedactedReport, how: How) -> str:
    if how.folded:
        from codex_doctor.render import github

        return github.folded(redacted, style=how.style)
    from codex_doctor.render import text

    return text.render(redacted, style=how.style, everything=how.everything)


def _json(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import json

    return json.render(redacted)


def _markdown(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import markdown

    return markdown.render(redacted)


def _html(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import html

    return html.render(redacted)


def _jsonl(redacted: RedactedReport, how: How) -> str:
    from codex_doctor.render import jsonl

    return jsonl.render(redacted, streamed=how.streamed)


def _junit(redacted: RedactedReport, how: How) -> str:
    from codex_doctor.render import junit

    return junit.render(redacted, strict=how.strict)


def _sarif(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import sarif

    return sarif.render(redacted)


def _github(redacted: RedactedReport, how: How) -> str:
    from codex_doctor.render import github

    return github.render(redacted, style=how.style, everything=how.everything)


def _gitlab(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import gitlab

    return gitlab.render(redacted)


def _tap(redacted: RedactedReport, how: How) -> str:
    from codex_doctor.render import tap

    return tap.render(redacted, strict=how.strict)


def _prometheus(redacted: RedactedReport, _how: How) -> str:
    from codex_doctor.render import prometheus

    return prometheus.render(redacted)


_WAYS: Final[Mapping[ReportFormat, Callable[[RedactedReport, How], str]]] = {
    ReportFormat.TEXT: _text,
    ReportFormat.JSON: _json,
    ReportFormat.JSONL: _jsonl,
    ReportFormat.MARKDOWN: _markdown,
    ReportFormat.HTML: _html,
    ReportFormat.JUNIT: _junit,
    ReportFormat.SARIF: _sarif,
    ReportFormat.GITHUB: _github,
    ReportFormat.GITLAB: _gitlab,
    ReportFormat.TAP: _tap,
    ReportFormat.PROMETHEUS: _prometheus,
}
