"""Reports to be triaged: small ones of schema 1, and bundles of them, as many as a test wants."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

REUSED = ("CDX104", "refresh-token-reused")
NEVER_HEARD = ("XYZ001", "never-heard-of")


def report(
    *found: tuple[str, str],
    codex: str | None = "0.169.0",
    os: str = "linux",
    started: str = "2026-11-20T09:05:10Z",
    **more: object,
) -> dict[str, Any]:
    """Return a report in which the causes *found* stand, codes with names."""
    return {
        "schema": 1,
        "tool": {"name": "codex-doctor", "version": "0.1.0"},
        "started": started,
        "seconds": 0.4,
        "machine": {"os": os, "arch": "x86_64", "python": "3.11.7", "codex": codex, "codex_home": "~/.codex"},
        "status": "error" if found else "healthy",
        "exit_code": 1 if found else 0,
        "findings": [_finding(code, name) for code, name in found],
        "checks": [],
        "redactions": {},
        **more,
    }


def _finding(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "area": "auth",
        "severity": "error",
        "role": "cause",
        "caused_by": None,
        "blocks": [],
        "check": "auth.refresh-works",
        "title": f"What {name} is",
        "detail": "as it was seen",
        "evidence": {},
        "advice": "Do something about it.",
        "docs": {"page": f"docs/troubleshooting/{name}.md", "url": None},
        "fix": None,
    }


def as_bytes(told: dict[str, Any]) -> bytes:
    """Return a report as codex-doctor writes it."""
    return json.dumps(told, indent=2).encode()


def bundle(path: Path, told: dict[str, Any], **more: bytes) -> Path:
    """Write a bundle of the report *told* and of *more* files, named without their ends."""
    manifest: dict[str, object] = {"schema": 1, "tool": {}, "created": told["started"], "files": []}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("report.json", as_bytes(told))
        for name, content in more.items():
            archive.writestr(f"{name}.json", content)
    return path
