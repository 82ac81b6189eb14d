"""Examples for the help of each command: what is usual, as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "check": ("check auth --offline", "check --format junit=out.xml --format text"),
    "explain": ("explain refresh-token-reused", 'explain "HTTP error! status: 400"'),
    "run": ("run -- codex --version",),
    "checks": ("checks network",),
    "profiles": ("profiles",),
    "settings": ("settings",),
    "repair": ("repair --dry-run", "repair --list"),
    "new-check": ("new-check acme-proxy",),
    "completion": ("completion bash",),
    "triage": ("triage .",),
    "create": ("report create --preview --offline",),
}
"""By command, each without the name of the program. A catalogue's command says itself what it is used for."""


def epilog(examples: Sequence[str]) -> str | None:
    """Return *examples* as the end of a help, None where there are none; each keeps its line."""
    if not examples:
        return None
    return "\b\n" + "\n".join(["Examples:", *(f"  codex-doctor {line}" for line in examples)])
