"""The report as JSON, schema 1, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codex_doctor.redact import RedactedReport


def render(redacted: RedactedReport) -> str:
    """Return the report as indented JSON with a newline at its end; the keys stand in schema order."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(redacted.report), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    import msgspec

    from codex_doctor.model import Report

    return msgspec.json.schema(Report)
