"""Whether the copy that runs is the right package, with everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.install.binary import Binary, binary
from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import HOST, HOST_SINCE, Installation, Kind, Package
from codex_checks.install.package import targets
from codex_checks.install.remedies import fresh, install_again, instead_of
from codex_checks.install.version import older, order
from codex_checks.problems import install as problems
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding


@check(
    "install.package-is-whole",
    title="The package of Codex is the right one, and complete",
    needs=(installations,),
    reports=(
        problems.UNSUPPORTED_PLATFORM,
        problems.WRONG_NPM_PACKAGE,
        problems.NPM_OPTIONAL_DEP_MISSING,
        problems.VENDOR_BINARY_REMOVED,
        problems.BINARY_WRONG_ARCHITECTURE,
    ),
)
def package_is_whole(found: Installations) -> Iterator[Finding]:
    """Judge the copy that runs by what its package holds."""
    copy = found.chosen
    system = found.system
    if not targets(system):
        yield problems.UNSUPPORTED_PLATFORM.found(
            f"This is {system.os} on {system.arch}; there is Codex for Linux, macOS and Windows, "
            "each on x86_64 and aarch64",
            evidence={"os": system.os, "arch": system.arch},
        )
        return
    if copy is None:
        raise NotApplicable("no copy of Codex was found")
    if copy.windows_side:
        yield problems.BINARY_WRONG_ARCHITECTURE.found(
            f"{copy.path} belongs to Windows; inside WSL it is found because Windows' PATH is appended",
            evidence={"path": str(copy.path)},
            advice="Install Codex inside WSL too, with its Linux installer or a Linux Node's npm.",
            fix=fresh(found, "Install Codex inside WSL"),
        )
    elif copy.wrong_package:
        yield _wrong_package(copy, found)
    elif copy.kind is Kind.LAUNCHER and copy.package is not None and _is_gone(copy):
        yield _program_missing(copy, copy.package, found)


def _wrong_package(copy: Installation, found: Installations) -> Finding:
    version = copy.version or "an unknown version"
    return problems.WRONG_NPM_PACKAGE.found(
        f"{copy.path} belongs to the npm package `codex` {version}; OpenAI's is called `@openai/codex`",
        evidence={"path": str(copy.path), "package": "codex", "version": copy.version},
        fix=instead_of(copy, found),
    )


def _is_gone(copy: Installation) -> bool:
    """Whether the program is absent, or an empty file: cleaners and interrupted updates leave both."""
    return copy.program is None or copy.program.size == 0


def _program_missing(copy: Installation, package: Package, found: Installations) -> Finding:
    vendored = package.platform_root is not None
    evidence = {
        "package": str(package.root),
        "version": package.version,
        "missing": str(copy.native) if vendored else package.platform_package,
    }
    if vendored:
        fate = "empty" if copy.program else "gone"
        return problems.VENDOR_BINARY_REMOVED.found(
            f"{package.platform_package} is installed, but {copy.native} is {fate}",
            evidence=evidence,
            fix=install_again(copy, found),
        )
    words = f"{package.root} stands without {package.platform_package}"
    if package.others:
        words += f"; there is {', '.join(package.others)}, which is for another machine"
    if found.omits_optional is not None:
        words += f"; {found.omits_optional} tells npm to omit optional packages"
    return problems.NPM_OPTIONAL_DEP_MISSING.found(
        words,
        evidence={**evidence, "others": package.others or None, "omitted_by": found.omits_optional},
        fix=install_again(copy, found),
    )


@check(
    "install.tools-have-their-host",
    title="The helper program that runs the tools of Codex stands beside it",
    needs=(installations, binary),
    reports=(problems.CODE_MODE_HOST_MISSING,),
)
def tools_have_their_host(found: Installations, answered: Binary) -> Iterator[Finding]:
    """Judge whether the program that runs has its helper (codex-environment 1.3).

    A program that did not say its version, or one from before the helper, is given the benefit.
    """
    copy = found.chosen
    if copy is None or copy.program is None or copy.host:
        return
    if order(answered.version or "") is not None and not older(answered.version, HOST_SINCE):
        yield problems.CODE_MODE_HOST_MISSING.found(
            f"{copy.program.path.parent} holds no {HOST}; without it Codex answers, but runs no command",
            evidence={"program": str(copy.program.path), "version": answered.version},
            fix=install_again(copy, found),
        )
