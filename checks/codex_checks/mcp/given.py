"""What Codex gives an MCP server that it starts: a few variables, and the folder to run in.

Which variables those are was asked of Codex 0.169.0 on Linux: a server that printed its environment saw no
others. Those of Windows are named in its source (codex-rs/rmcp-client). They are Codex's own variables, so
what `.env` in CODEX_HOME sets is among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_checks.mcp.servers import Program

UNIX: Final = frozenset(
    {
        "__CF_USER_TEXT_ENCODING", "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR",
        "TZ", "USER",
    }
)  # fmt: skip

WINDOWS: Final = frozenset(
    {
        "APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "POWERSHELL",
        "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "PWSH", "SYSTEMDRIVE",
        "SYSTEMROOT", "TEMP", "TMP", "USERDOMAIN", "USERNAME", "USERPROFILE",
    }
)  # fmt: skip

AUTHORITIES: Final = frozenset(
    {
        "CARGO_HTTP_CAINFO", "CODEX_CA_CERTIFICATE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT",
        "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
    }
)  # fmt: skip
"""Variables that name certificates are handed on everywhere; those of proxies are not."""

SEARCHED: Final = "/bin:/usr/bin"
"""Where a system looks for a program when there is no PATH at all."""


def environment_of(program: Program, variables: Mapping[str, str], *, os: str) -> dict[str, str]:
    """Return the whole environment that *program* is started with."""
    usual = (WINDOWS if os == "windows" else UNIX) | AUTHORITIES | set(program.passed)
    given = {name: value for name, value in variables.items() if name in usual}
    return {**given, **{name: value.reveal() for name, value in program.env.items()}}


def folder_of(program: Program, cwd: Path) -> Path:
    """Return the folder that *program* runs in: a relative one starts from Codex's own, *cwd*."""
    return cwd / program.cwd if program.cwd is not None else cwd


def search_path(environment: Mapping[str, str], folder: Path, *, os: str) -> tuple[Path, ...]:
    """Return the folders in which a program without a path of its own is looked for."""
    named = environment.get("PATH")
    found = (SEARCHED if named is None and os != "windows" else named or "").split(
        ";" if os == "windows" else ":"
    )
    return tuple(folder / each for each in found if each or os != "windows")
