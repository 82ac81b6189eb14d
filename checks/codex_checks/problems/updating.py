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

PROBLEMS: Final[tuple[Problem, ...]] = (
    NPM_PLATFORM_TARBALL_UNAVAILABLE,
    NPM_EACCES_GLOBAL,
    NPM_EEXIST_BREW_CONFLICT,
    NPM_REGISTRY_NETWORK,
)
