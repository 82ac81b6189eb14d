"""Problems of bringing Codex onto a machine and keeping it current: CDX65x and on."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

NPM_PLATFORM_TARBALL_UNAVAILABLE: Final = Problem(
    code="CDX650",
    name="npm-platform-tarball-unavailable",
    area="install",
    severity=Severity.ERROR,
    title="The registry that npm asks does not have the program of this version of Codex",
    advice="Wait an hour and install again, name an older version, or use the standalone installer.",
    explains=("npm-optional-dep-missing", "binary-not-found"),
)

NPM_EACCES_GLOBAL: Final = Problem(
    code="CDX651",
    name="npm-eacces-global",
    area="install",
    severity=Severity.WARNING,
    title="`npm` may not write into the folder where it keeps global packages",
    advice="Give npm a folder of your own, or use the standalone installer; not `sudo npm`.",
    explains=("binary-not-found",),
)

NPM_EEXIST_BREW_CONFLICT: Final = Problem(
    code="CDX652",
    name="npm-eexist-brew-conflict",
    area="install",
    severity=Severity.WARNING,
    title="`npm` cannot install Codex, for another program has put its own there",
    advice="Keep one of the two: update the copy that is there, or remove it before npm installs its own.",
)

NPM_REGISTRY_NETWORK: Final = Problem(
    code="CDX653",
    name="npm-registry-network",
    area="install",
    severity=Severity.ERROR,
    title="`npm` cannot reach the registry from which it installs Codex",
    advice="Give npm the proxy or the certificates of your network, or use the standalone installer.",
    explains=("binary-not-found", "npm-optional-dep-missing"),
)

STANDALONE_INSTALL_CHECKSUM: Final = Problem(
    code="CDX654",
    name="standalone-install-checksum",
    area="install",
    severity=Severity.ERROR,
    title="The standalone installer cannot compare what it downloaded with its checksum",
    advice="Try again in an hour with a fresh copy of the installer, or install with npm.",
)

UPDATE_DOWNLOAD_FAILED: Final = Problem(
    code="CDX656",
    name="update-download-failed",
    area="install",
    severity=Severity.WARNING,
    title="An update of Codex downloaded nothing, and said that it was successful",
    advice="Believe only what `codex --version` prints; mend the way to chatgpt.com, then update again.",
)

UPDATE_CHANNEL_LAG: Final = Problem(
    code="CDX657",
    name="update-channel-lag",
    area="install",
    severity=Severity.NOTE,
    title="The way by which Codex was installed does not have the newest version yet",
    advice="Wait a day, or install by npm or the standalone installer, which have it first.",
)

CLI_FLAG_REMOVED: Final = Problem(
    code="CDX664",
    name="cli-flag-removed",
    area="install",
    severity=Severity.WARNING,
    title="Something starts Codex with an option that this version does not have",
    advice="Take the option out of the alias, script or host that starts Codex, or update Codex.",
)

CODE_MODE_HOST_TIMEOUT: Final = Problem(
    code="CDX665",
    name="code-mode-host-timeout",
    area="install",
    severity=Severity.WARNING,
    title="The helper program that runs the tools of Codex did not answer in time",
    advice="Restart Codex; if it comes back, install Codex again so that both programs are of one version.",
)

BREW_UPGRADE_STUCK: Final = Problem(
    code="CDX655",
    name="brew-upgrade-stuck",
    area="install",
    severity=Severity.WARNING,
    title="Homebrew keeps an old Codex, which it calls the latest",
    advice="Remove the old formula, then install the cask: `brew install --cask codex`.",
    explains=("version-outdated",),
)

DOCTOR_UNAVAILABLE_OLD_CLI: Final = Problem(
    code="CDX666",
    name="doctor-unavailable-old-cli",
    area="install",
    severity=Severity.NOTE,
    title="This version of Codex has no doctor of its own",
    advice="Update Codex if somebody asks for the report of `codex doctor`; this doctor does without it.",
)

RIPGREP_MISSING: Final = Problem(
    code="CDX667",
    name="ripgrep-missing",
    area="install",
    severity=Severity.NOTE,
    title="Codex finds no ripgrep, with which it searches files",
    advice="Install ripgrep, or install the whole package of Codex, which brings its own.",
)

UPDATE_CHANGES_ANOTHER: Final = Problem(
    code="CDX669",
    name="update-changes-another",
    area="install",
    severity=Severity.NOTE,
    title="An update of Codex would change another copy than the one that runs",
    advice="Update the copy that runs by the way it came, or remove it and let npm install one.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    NPM_PLATFORM_TARBALL_UNAVAILABLE,
    NPM_EACCES_GLOBAL,
    NPM_EEXIST_BREW_CONFLICT,
    NPM_REGISTRY_NETWORK,
    STANDALONE_INSTALL_CHECKSUM,
    BREW_UPGRADE_STUCK,
    UPDATE_DOWNLOAD_FAILED,
    UPDATE_CHANNEL_LAG,
    CLI_FLAG_REMOVED,
    CODE_MODE_HOST_TIMEOUT,
    DOCTOR_UNAVAILABLE_OLD_CLI,
    RIPGREP_MISSING,
    UPDATE_CHANGES_ANOTHER,
)
