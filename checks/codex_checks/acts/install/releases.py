"""Where releases of Codex are published, which one is the newest, and what its archive must be.

The addresses and names are those of the standalone installer (codex-environment 1.2 and 1.3).
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from codex_checks.acts.install.fetch import fetch_text
from codex_checks.network.hosts import DEFAULTS, Service
from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.acts.install.way import Way

T = TypeVar("T")

OPENAI: Final = "https://releases.openai.com/codex"
REPOSITORY: Final = "openai/codex"

SUMS: Final = "codex-package_SHA256SUMS"
"""The digests of all archives of a release, as `sha256sum` prints them."""

WITHOUT_OPENAI: Final = "CODEX_INSTALLER_USE_RELEASES_OPENAI_COM"
"""Codex's own variable: 0, false or no leaves only GitHub."""

_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12}){2}(?:-(?:alpha|beta)(?:\.[0-9]{1,6})?)?")
"""What the installer takes for a version."""

_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")


class Publisher(Struct, frozen=True, kw_only=True):
    """Who publishes releases: *latest* is the address that names the newest one.

    *files* is the address of the files of a release, with `{version}` in it.
    """

    latest: str
    files: str

    def file(self, version: str, name: str) -> str:
        """Return the address of the file *name* of a release."""
        return f"{self.files.format(version=version)}/{name}"


class Release(Struct, frozen=True, kw_only=True):
    """A release for one kind of machine; its archive stands at each of *urls*, its SHA-256 is *digest*."""

    version: str
    target: str
    urls: tuple[str, ...]
    digest: str

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.version}-{self.target}"


class _Asset(Struct, frozen=True):
    name: str
    digest: str | None = None


class _Told(Struct, frozen=True):
    """What both publishers say of a release, as far as it is needed."""

    tag_name: str = ""
    assets: tuple[_Asset, ...] = ()


def archive(target: str) -> str:
    """Return the name of the archive for machines of the kind *target*."""
    return f"codex-package-{target}.tar.gz"


def publishers(variables: Mapping[str, str]) -> tuple[Publisher, ...]:
    """Return who is asked, in order: the doctor's own variables leave GitHub's mirror alone."""
    pages, api = variables.get("CODEX_DOCTOR_URL_GITHUB"), variables.get("CODEX_DOCTOR_URL_GITHUB_API")
    github = Publisher(
        latest=f"{(api or DEFAULTS[Service.GITHUB_API]).rstrip('/')}/repos/{REPOSITORY}/releases/latest",
        files=f"{(pages or DEFAULTS[Service.GITHUB]).rstrip('/')}/{REPOSITORY}"
        "/releases/download/rust-v{version}",
    )
    if pages or api or variables.get(WITHOUT_OPENAI, "").lower() in {"0", "false", "no"}:
        return (github,)
    openai = Publisher(latest=f"{OPENAI}/channels/latest", files=OPENAI + "/releases/{version}")
    return openai, github


def find(publishers: tuple[Publisher, ...], way: Way, *, target: str, version: str | None = None) -> Release:
    """Return the release *version*, or the newest, for machines of the kind *target*.

    :raises RepairError: nobody has it, or what they say of it does not fit together.
    """
    told: Mapping[str, str] = {}
    if version is None:
        version, told = _latest(publishers, way)
    if not _VERSION.fullmatch(version):
        raise RepairError(f"{version[:40]!r} is no version of Codex")
    sums = _first(publishers, lambda each: fetch_text(each.file(version, SUMS), way))
    name = archive(target)
    digest = digests(sums).get(name)
    if digest is None:
        raise RepairError(
            f"release {version} of Codex states no digest for {name}; it may not be complete yet"
        )
    if told.get(name, digest) != digest:
        raise RepairError(f"two digests are stated for {name} of release {version}: it is not to be trusted")
    return Release(
        version=version,
        target=target,
        urls=tuple(each.file(version, name) for each in publishers),
        digest=digest,
    )


def digests(sums: bytes) -> dict[str, str]:
    """Return the digests (SHA-256, in small letters) that a file of `sha256sum` states, by name of file."""
    found: dict[str, str] = {}
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, name = line.strip().partition(" ")
        if _DIGEST.fullmatch(digest):
            found.setdefault(name.strip().removeprefix("*"), digest.lower())
    return found


def _latest(publishers: tuple[Publisher, ...], way: Way) -> tuple[str, Mapping[str, str]]:
    """Return the newest version, and the digests that are stated beside it."""
    return _first(publishers, lambda each: _told(fetch_text(each.latest, way)))


def _told(content: bytes) -> tuple[str, Mapping[str, str]]:
    import msgspec

    try:
        said = msgspec.json.decode(content, type=_Told)
    except msgspec.DecodeError:
        said = _Told()
    version = said.tag_name.removeprefix("rust-v")
    if version == said.tag_name:
        raise RepairError("the list of releases of Codex does not say which one is the newest")
    stated = {
        asset.name: asset.digest.removeprefix("sha256:").lower()
        for asset in said.assets
        if asset.digest is not None and asset.digest.startswith("sha256:")
    }
    return version, stated


def _first(publishers: tuple[Publisher, ...], ask: Callable[[Publisher], T]) -> T:
    """Return what the first of *publishers* says that can be asked.

    :raises RepairError: none of them can; it is what the last of them made of it.
    """
    for publisher in publishers[:-1]:
        with contextlib.suppress(RepairError):
            return ask(publisher)
    return ask(publishers[-1])
