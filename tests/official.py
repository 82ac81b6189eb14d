"""Reports of Codex's own doctor as people send them, made of one that 0.169.0 printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def check(id: str, status: str = "ok", summary: str = "as it should be", **more: object) -> dict[str, object]:
    """Return one check in the shape of `codex doctor --json`."""
    return {
        "id": id,
        "category": id.partition(".")[0],
        "status": status,
        "summary": summary,
        "details": more.pop("details", {}),
        **more,
        "remediation": more.get("remediation"),
        "durationMs": 1,
    }


def report(*checks: Mapping[str, object], overall: str = "fail", version: str = "0.169.0") -> dict[str, Any]:
    """Return a report of *checks* in the shape of `codex doctor --json`."""
    return {
        "schemaVersion": 1,
        "generatedAt": "1789000000s since unix epoch",
        "overallStatus": overall,
        "codexVersion": version,
        "checks": {str(each["id"]): each for each in checks},
    }


PROVENANCE = check(
    "runtime.provenance",
    summary="running npm on linux-x86_64",
    details={"platform": "linux-x86_64", "version": "0.169.0"},
)
SIGNED_OUT = check(
    "auth.credentials",
    "fail",
    "no Codex credentials were found",
    details={"auth file": "/home/sam/.codex/auth.json", "auth storage mode": "File"},
    remediation="Run codex login or provide an API key through a supported auth env var.",
)
SERVERS = check(
    "mcp.config",
    "warning",
    "MCP configuration has optional issues",
    details={
        "configured servers": "1",
        "docs": 'stdio command "docs-server" is not resolvable (not found on PATH)',
    },
    remediation="Correct the listed MCP server configuration errors.",
)
SICK = report(SIGNED_OUT, SERVERS, PROVENANCE)
TEXT = json.dumps(SICK, indent=2)
