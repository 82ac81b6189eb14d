"""Problems of installation and the terminal: CDX6xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

_NEEDS_CODEX: Final = ("install.*", "sandbox.*", "state.databases-fit-this-codex")
"""Checks that ask Codex something: without one that runs, they have nobody to ask. The settings are
judged without it, by our own reading."""

BINARY_NOT_FOUND: Final = Problem(
    code="CDX601",
    name="binary-not-found",
    area="install",
    severity=Severity.ERROR,
    title="Codex is not installed",
    advice="Install Codex with its own installer, or with `npm install -g @openai/codex` if you use npm.",
    # One signs in with Codex itself: who has none needs it first, and is then asked to sign in. What a
    # broken update left goes aside with it.
    explains=("not-signed-in", "npm-enotempty-update"),
    blocks=_NEEDS_CODEX,
)

CODEX_BIN_INVALID: Final = Problem(
    code="CDX602",
    name="codex-bin-invalid",
    area="install",
    severity=Severity.ERROR,
    title="The program named for Codex cannot be used",
    advice="Give the full path of the program `codex`, or unset CODEX_BIN so that it is looked for.",
)

BINARY_NOT_ON_PATH: Final = Problem(
    code="CDX603",
    name="binary-not-on-path",
    area="install",
    severity=Severity.ERROR,
    title="Codex is installed, but PATH does not lead to it",
    advice="Add the folder that holds `codex` to PATH, then open a new terminal.",
)

UNSUPPORTED_PLATFORM: Final = Problem(
    code="CDX604",
    name="unsupported-platform",
    area="install",
    severity=Severity.ERROR,
    title="Codex is not built for this kind of machine",
    advice="Run Codex on 64-bit Linux, macOS or Windows, for example in a container or on another machine.",
    explains=("npm-optional-dep-missing",),
    blocks=_NEEDS_CODEX,
)

WRONG_NPM_PACKAGE: Final = Problem(
    code="CDX605",
    name="wrong-npm-package",
    area="install",
    severity=Severity.ERROR,
    title="The installed npm package is an unrelated one that is also called codex",
    advice="Remove it with `npm uninstall -g codex`, then run `npm install -g @openai/codex`.",
    blocks=_NEEDS_CODEX,
)

NPM_OPTIONAL_DEP_MISSING: Final = Problem(
    code="CDX606",
    name="npm-optional-dep-missing",
    area="install",
    severity=Severity.ERROR,
    title="The npm package of Codex lacks the part that holds the program",
    advice="Install Codex again, and let npm bring its optional packages: one of them is the program.",
    explains=("npm-enotempty-update",),
    blocks=_NEEDS_CODEX,
)

VENDOR_BINARY_REMOVED: Final = Problem(
    code="CDX607",
    name="vendor-binary-removed",
    area="install",
    severity=Severity.ERROR,
    title="The program of Codex has been removed from its package",
    advice="Look whether your antivirus moved it away, then install Codex again.",
    explains=("npm-enotempty-update",),
    blocks=_NEEDS_CODEX,
)

NPM_VENDOR_BINARY_ENOENT: Final = Problem(
    code="CDX608",
    name="npm-vendor-binary-enoent",
    area="install",
    severity=Severity.ERROR,
    title="The program of Codex is there, but the system cannot start it",
    advice="Install Codex again; if that does not help, install it on a disk that allows programs.",
    blocks=_NEEDS_CODEX,
)

BINARY_NOT_EXECUTABLE: Final = Problem(
    code="CDX609",
    name="binary-not-executable",
    area="install",
    severity=Severity.ERROR,
    title="The program of Codex may not be executed",
    advice="Give the file back its permission to be executed, or install Codex on a disk that allows it.",
    blocks=_NEEDS_CODEX,
)

BINARY_WRONG_ARCHITECTURE: Final = Problem(
    code="CDX610",
    name="binary-wrong-architecture",
    area="install",
    severity=Severity.ERROR,
    title="The program of Codex was built for another kind of machine",
    advice="Install Codex again on this machine, instead of copying it from another.",
    blocks=_NEEDS_CODEX,
)

BINARY_NO_VERSION: Final = Problem(
    code="CDX611",
    name="binary-no-version",
    area="install",
    severity=Severity.ERROR,
    title="Codex starts, but does not say which version it is",
    advice="Install Codex again: the file is empty, damaged or not Codex.",
    blocks=_NEEDS_CODEX,
)

BINARY_HANGS: Final = Problem(
    code="CDX612",
    name="binary-hangs",
    area="install",
    severity=Severity.ERROR,
    title="Codex starts, but does not answer",
    advice="Run `codex --version` yourself; if it hangs too, install Codex again.",
    blocks=_NEEDS_CODEX,
)

ENV_NODE_NOT_FOUND: Final = Problem(
    code="CDX613",
    name="env-node-not-found",
    area="install",
    severity=Severity.ERROR,
    title="Codex was installed with npm, but PATH does not lead to Node",
    advice="Add the folder that holds `node` to PATH, or use the standalone installer, which needs no Node.",
)

NODE_TOO_OLD: Final = Problem(
    code="CDX614",
    name="node-too-old",
    area="install",
    severity=Severity.ERROR,
    title="Node is too old to start Codex",
    advice="Install a current Node, or use the standalone installer of Codex, which needs no Node.",
)

CODE_MODE_HOST_MISSING: Final = Problem(
    code="CDX615",
    name="code-mode-host-missing",
    area="install",
    severity=Severity.WARNING,
    title="Codex lacks the helper program that runs its tools",
    advice="Install the whole package of Codex instead of the single file `codex`.",
)

MULTIPLE_INSTALLS: Final = Problem(
    code="CDX616",
    name="multiple-installs",
    area="install",
    severity=Severity.WARNING,
    title="Several copies of Codex are installed, and an update may change the wrong one",
    advice="Keep one copy and remove the others, each with the program that installed it.",
    explains=("version-outdated", "update-changes-another"),
)

VERSION_OUTDATED: Final = Problem(
    code="CDX617",
    name="version-outdated",
    area="install",
    severity=Severity.NOTE,
    title="A newer version of Codex has been released",
    advice="Update Codex with `codex update`.",
)

SCRIPT_UTILITY_MISSING: Final = Problem(
    code="CDX618",
    name="script-utility-missing",
    area="install",
    severity=Severity.NOTE,
    title="The Unix program script is not installed, and some hosts start Codex through it",
    advice="If your host says `spawn script ENOENT`, update it, or sign in with `codex login --device-auth`.",
)

GLIBC_TOO_OLD: Final = Problem(
    code="CDX619",
    name="glibc-too-old",
    area="install",
    severity=Severity.ERROR,
    title="This copy of Codex needs a newer C library than the system has",
    advice="Install Codex with npm or the standalone installer: those copies bring what they need.",
    blocks=_NEEDS_CODEX,
)

MACOS_GATEKEEPER: Final = Problem(
    code="CDX620",
    name="macos-gatekeeper",
    area="install",
    severity=Severity.ERROR,
    title="Codex is killed by macOS as it starts",
    advice="Install Codex again from npm or Homebrew, and allow it in System Settings if macOS asks.",
    blocks=_NEEDS_CODEX,
)

WINDOWS_VCREDIST_MISSING: Final = Problem(
    code="CDX621",
    name="windows-vcredist-missing",
    area="install",
    severity=Severity.ERROR,
    title="A library of Windows that Codex needs is missing",
    advice="Install the Microsoft Visual C++ Redistributable, then start Codex again.",
    blocks=_NEEDS_CODEX,
)

NPM_ENOTEMPTY_UPDATE: Final = Problem(
    code="CDX622",
    name="npm-enotempty-update",
    area="install",
    severity=Severity.WARNING,
    title="A broken update of npm left a folder on which the next one fails",
    advice="Move the folder aside, then update Codex again.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    BINARY_NOT_FOUND,
    CODEX_BIN_INVALID,
    BINARY_NOT_ON_PATH,
    UNSUPPORTED_PLATFORM,
    WRONG_NPM_PACKAGE,
    NPM_OPTIONAL_DEP_MISSING,
    VENDOR_BINARY_REMOVED,
    NPM_VENDOR_BINARY_ENOENT,
    BINARY_NOT_EXECUTABLE,
    BINARY_WRONG_ARCHITECTURE,
    BINARY_NO_VERSION,
    BINARY_HANGS,
    ENV_NODE_NOT_FOUND,
    NODE_TOO_OLD,
    CODE_MODE_HOST_MISSING,
    MULTIPLE_INSTALLS,
    VERSION_OUTDATED,
    SCRIPT_UTILITY_MISSING,
    GLIBC_TOO_OLD,
    MACOS_GATEKEEPER,
    WINDOWS_VCREDIST_MISSING,
    NPM_ENOTEMPTY_UPDATE,
)
