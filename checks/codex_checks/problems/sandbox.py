"""Problems of the sandbox in which Codex runs commands: CDX7xx.

Codex without its sandbox still answers, but every command of a turn fails: that counts as a failing turn.
"""

from __future__ import annotations

from typing import Final

from codex_checks.problems.network import ASKS_THE_SERVICE, UNREACHABLE
from codex_doctor.model import Problem, Severity

BWRAP_NO_USERNS_CONTAINER: Final = Problem(
    code="CDX701",
    name="bwrap-no-userns-container",
    area="sandbox",
    severity=Severity.ERROR,
    title="This container or kernel does not let the sandbox of Codex make namespaces",
    advice="Let the container make user namespaces, or let the container itself be the sandbox.",
)

BWRAP_LOOPBACK_NETNS: Final = Problem(
    code="CDX702",
    name="bwrap-loopback-netns",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex may not set up its own network",
    advice="Install bubblewrap from your distribution and load its AppArmor profile, which allows just that.",
)

BWRAP_UID_MAP_DENIED: Final = Problem(
    code="CDX703",
    name="bwrap-uid-map-denied",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex may not set up its own users",
    advice="Install bubblewrap from your distribution and load its AppArmor profile, which allows just that.",
)

BWRAP_MISSING: Final = Problem(
    code="CDX704",
    name="bwrap-missing",
    area="sandbox",
    severity=Severity.ERROR,
    title="Bubblewrap, which Codex runs commands in, is not installed",
    advice="Install bubblewrap with the package manager of your distribution.",
    # Both stand beside the program in its package: who copied the program alone lacks them together.
    explains=("code-mode-host-missing",),
    blocks=("sandbox.*",),
)

BWRAP_TOO_OLD: Final = Problem(
    code="CDX705",
    name="bwrap-too-old",
    area="sandbox",
    severity=Severity.ERROR,
    title="The installed bubblewrap is too old for this Codex",
    advice="Update Codex, which brings a bubblewrap of its own; or update bubblewrap.",
)

BWRAP_EXEC_HELPER_MISSING: Final = Problem(
    code="CDX706",
    name="bwrap-exec-helper-missing",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex hides the program of Codex from itself",
    advice="Let your permission profile read the folder that holds Codex, or install Codex elsewhere.",
)

SANDBOX_GIT_READONLY: Final = Problem(
    code="CDX707",
    name="sandbox-git-readonly",
    area="sandbox",
    severity=Severity.WARNING,
    title="Git cannot write here, because the sandbox of Codex protects .git",
    advice="Run this git command in a terminal of your own, or approve it when Codex asks.",
)

SANDBOX_NETWORK_BLOCKED: Final = Problem(
    code="CDX708",
    name="sandbox-network-blocked",
    area="sandbox",
    severity=Severity.ERROR,
    title="This command runs inside the sandbox of Codex, which has no network",
    advice="Run codex-doctor in a terminal of your own: in here it sees the sandbox, not your machine.",
    explains=(
        *UNREACHABLE,
        "codex-home-*",
        "connection-*",
        "dns-failure",
        "dns-failure-wsl",
        "network-unreachable",
        "proxy-*",
        "sandbox-git-readonly",
        "seatbelt-exec-failed",
        "state-*",
    ),
    blocks=(*ASKS_THE_SERVICE, "sandbox.*", "state.*"),
)

LANDLOCK_UNSUPPORTED: Final = Problem(
    code="CDX709",
    name="landlock-unsupported",
    area="sandbox",
    severity=Severity.ERROR,
    title="This kernel has no Landlock, which an older Codex needs for its sandbox",
    advice="Update Codex: newer versions use bubblewrap instead.",
)

LEGACY_LANDLOCK_DEPRECATED: Final = Problem(
    code="CDX710",
    name="legacy-landlock-deprecated",
    area="sandbox",
    severity=Severity.WARNING,
    title="The settings ask for the old sandbox, which Codex is about to drop",
    advice="Delete use_legacy_landlock from the settings; Codex then uses bubblewrap.",
)

LEGACY_LANDLOCK_INCOMPATIBLE: Final = Problem(
    code="CDX711",
    name="legacy-landlock-incompatible",
    area="sandbox",
    severity=Severity.ERROR,
    title="The settings ask for the old sandbox, which this Codex refuses",
    advice="Delete use_legacy_landlock from the settings; Codex then uses bubblewrap.",
    explains=("legacy-landlock-deprecated",),
)

LINUX_SANDBOX_SHIM_MISSING: Final = Problem(
    code="CDX712",
    name="linux-sandbox-shim-missing",
    area="sandbox",
    severity=Severity.ERROR,
    title="A running Codex has lost the link through which it starts its sandbox",
    advice="End that Codex and start it again: it makes a new link.",
)

SEATBELT_EXEC_FAILED: Final = Problem(
    code="CDX713",
    name="seatbelt-exec-failed",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex is refused by macOS",
    advice="Start Codex from a plain terminal, not from inside another sandbox.",
)

WSL1_UNSUPPORTED: Final = Problem(
    code="CDX714",
    name="wsl1-unsupported",
    area="sandbox",
    severity=Severity.ERROR,
    title="This is WSL 1, in which the sandbox of Codex cannot work",
    advice="Convert the distribution to WSL 2, in a PowerShell of Windows.",
    blocks=("sandbox.*",),
)

WSL2_WSLG_MOUNT_SANDBOX: Final = Problem(
    code="CDX715",
    name="wsl2-wslg-mount-sandbox",
    area="sandbox",
    severity=Severity.ERROR,
    title="This version of Codex stumbles over a mount, and starts no sandbox",
    advice="Update Codex: 0.169.0 starts its sandbox beside such mounts.",
)

SANDBOX_PROXY_CERT: Final = Problem(
    code="CDX716",
    name="sandbox-proxy-cert",
    area="sandbox",
    severity=Severity.WARNING,
    title="Python in the sandbox of Codex refuses the certificates of Codex's own proxy",
    advice="Approve that command to run outside the sandbox, or run it with Python 3.12.",
)

SHELL_PATH_BROKEN_LOGIN_SHELL: Final = Problem(
    code="CDX717",
    name="shell-path-broken-login-shell",
    area="sandbox",
    severity=Severity.WARNING,
    title="The login shell in which Codex runs commands finds no programs",
    advice="Let the line that sets PATH keep what was there before: PATH=...:$PATH.",
)

WINDOWS_SANDBOX_CREATEPROCESS: Final = Problem(
    code="CDX718",
    name="windows-sandbox-createprocess",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex on Windows cannot start commands",
    advice='Set sandbox = "unelevated" in the table [windows] of config.toml, then start Codex again.',
)

WINDOWS_SANDBOX_SETUP_REFRESH: Final = Problem(
    code="CDX719",
    name="windows-sandbox-setup-refresh",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex on Windows cannot be set up",
    advice="Update Codex and let it set up its sandbox again; until then the unelevated sandbox works.",
    explains=("windows-sandbox-createprocess", "windows-sandbox-logon-failed"),
)

WINDOWS_SANDBOX_LOGON_FAILED: Final = Problem(
    code="CDX720",
    name="windows-sandbox-logon-failed",
    area="sandbox",
    severity=Severity.ERROR,
    title="Windows does not let the sandbox user of Codex log on",
    advice="Use the unelevated sandbox, or let Codex set up its sandbox users again.",
    explains=("windows-sandbox-createprocess",),
)

WINDOWS_SANDBOX_NESTED_SPAWN: Final = Problem(
    code="CDX721",
    name="windows-sandbox-nested-spawn",
    area="sandbox",
    severity=Severity.WARNING,
    title="A program in the sandbox of Codex on Windows may not start further programs",
    advice="Approve that command to run outside the sandbox, or work inside WSL 2.",
)

SANDBOX_NOT_STARTING: Final = Problem(
    code="CDX722",
    name="sandbox-not-starting",
    area="sandbox",
    severity=Severity.ERROR,
    title="The sandbox of Codex does not start",
    advice="Read what it said; `codex sandbox -- true` says it again.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    BWRAP_NO_USERNS_CONTAINER,
    BWRAP_LOOPBACK_NETNS,
    BWRAP_UID_MAP_DENIED,
    BWRAP_MISSING,
    BWRAP_TOO_OLD,
    BWRAP_EXEC_HELPER_MISSING,
    SANDBOX_GIT_READONLY,
    SANDBOX_NETWORK_BLOCKED,
    LANDLOCK_UNSUPPORTED,
    LEGACY_LANDLOCK_DEPRECATED,
    LEGACY_LANDLOCK_INCOMPATIBLE,
    LINUX_SANDBOX_SHIM_MISSING,
    SEATBELT_EXEC_FAILED,
    WSL1_UNSUPPORTED,
    WSL2_WSLG_MOUNT_SANDBOX,
    SANDBOX_PROXY_CERT,
    SHELL_PATH_BROKEN_LOGIN_SHELL,
    WINDOWS_SANDBOX_CREATEPROCESS,
    WINDOWS_SANDBOX_SETUP_REFRESH,
    WINDOWS_SANDBOX_LOGON_FAILED,
    WINDOWS_SANDBOX_NESTED_SPAWN,
    SANDBOX_NOT_STARTING,
)
