"""Problems that only Windows has, but for its sandbox: each with the code of its area."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

LOGIN_PORT_RESERVED_HYPERV: Final = Problem(
    code="CDX140",
    name="login-port-reserved-hyperv",
    area="auth",
    severity=Severity.WARNING,
    title="Windows has reserved the port on which a sign-in in the browser ends",
    advice="Sign in with a code, which needs no port; or restart Windows, which then reserves others.",
)

POWERSHELL_EXECUTION_POLICY: Final = Problem(
    code="CDX640",
    name="powershell-execution-policy",
    area="install",
    severity=Severity.WARNING,
    title="Windows PowerShell refuses to run the script that starts Codex",
    advice="Type `codex.cmd` instead of `codex`, or allow scripts for yourself, if that is yours to decide.",
)

ANTIVIRUS_BLOCKED: Final = Problem(
    code="CDX641",
    name="antivirus-blocked",
    area="install",
    severity=Severity.ERROR,
    title="An antivirus took a program of Codex away",
    advice="Let whoever manages the antivirus restore the file and report it as harmless, or update Codex.",
    explains=(
        "binary-not-executable",
        "npm-vendor-binary-enoent",
        "vendor-binary-removed",
        "windows-sandbox-*",
    ),
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    LOGIN_PORT_RESERVED_HYPERV,
    POWERSHELL_EXECUTION_POLICY,
    ANTIVIRUS_BLOCKED,
)
