"""Whether Windows PowerShell may run npm's script `codex.ps1`, which it prefers to `codex.cmd`."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.problems.windows import POWERSHELL_EXECUTION_POLICY
from codex_checks.windows.asking import ask
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine, Tell
from codex_doctor.model import Severity
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

SCOPES: Final = (
    ("MachinePolicy", r"HKLM\SOFTWARE\Policies\Microsoft\Windows\PowerShell"),
    ("UserPolicy", r"HKCU\SOFTWARE\Policies\Microsoft\Windows\PowerShell"),
    ("CurrentUser", r"HKCU\SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell"),
    ("LocalMachine", r"HKLM\SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell"),
)
"""Where Windows PowerShell looks for its policy (about_Execution_Policies); the first to say one wins."""

DEFAULT: Final = "Restricted"
"""What it is where no scope says anything."""

REFUSING: Final = frozenset({"restricted", "allsigned"})
"""Policies under which npm's script, which nobody signed, is not run."""

OF_A_USER: Final = r"(?i)(?!.*\\(?:program files|system32)\\).*\\WindowsPowerShell\\Modules\\?"
"""The user's own folder of modules: Windows PowerShell adds it as it starts, cmd and PowerShell 7 do not."""


class ScriptPolicy(Struct, frozen=True, kw_only=True):
    """The *policy* in force and the *scope* that set it, and the *script* that it is about.

    *forced*: whoever manages this machine set it. *here*: a Windows PowerShell started this command.
    """

    policy: str
    scope: str
    script: Path
    here: bool

    @property
    def forced(self) -> bool:
        """Whether only an administrator can change it."""
        return self.scope in {"MachinePolicy", "UserPolicy"}


@blocking_probe(
    "install.script-policy", touches={Touches.FILES, Touches.PROCESSES}, limit=4.0, needs=(installations,)
)
def script_policy(ctx: Context, copies: Installations) -> ScriptPolicy:
    """Read the policy for scripts, where `codex` is one for PowerShell."""
    if ctx.system.os != "windows":
        raise NotApplicable("this is not Windows")
    copy = copies.running
    script = copy.path.with_name("codex.ps1") if copy is not None else None
    if script is None or ctx.status(script) is None:
        raise NotApplicable("PowerShell needs no script to start Codex")
    policy, scope = DEFAULT, "default"
    for name, key in SCOPES:
        found = read_value(ask(ctx, "reg.exe", "query", key, "/v", "ExecutionPolicy"))
        if found is not None and found.lower() != "undefined":
            policy, scope = found, name
            break
    modules = ctx.env.get("PSMODULEPATH") or ctx.env.get("PSModulePath") or ""
    here = any(re.fullmatch(OF_A_USER, folder) for folder in modules.split(";"))
    return ScriptPolicy(policy=policy, scope=scope, script=script, here=here)


@check(
    "install.powershell-starts-codex",
    title="PowerShell may run the script that starts Codex",
    needs=(script_policy,),
    reports=(POWERSHELL_EXECUTION_POLICY,),
)
def powershell_starts_codex(found: ScriptPolicy) -> Iterator[Finding]:
    """Report a policy that refuses npm's script."""
    if found.policy.lower() not in REFUSING:
        return
    problem = POWERSHELL_EXECUTION_POLICY
    steps = (
        ShellLine(line="codex.cmd"),
        Tell(text="`Set-ExecutionPolicy -Scope CurrentUser RemoteSigned` allows scripts of this machine."),
    )
    yield (problem if found.here else problem.weighed(Severity.NOTE)).found(
        f"{found.script} is what `codex` means in PowerShell, and the policy {found.policy} "
        f"({found.scope}) keeps it from running",
        evidence={"script": str(found.script), "policy": found.policy, "scope": found.scope},
        fix=Fix(
            summary="Start Codex without the script",
            steps=steps[:1] if found.forced else steps,
        ),
    )


def read_value(said: str) -> str | None:
    """Return the text in what `reg query` prints for one value, or None."""
    found = re.search(r"(?m)^\s+ExecutionPolicy\s+REG_SZ\s+(\w+)\s*$", said)
    return found[1] if found else None
