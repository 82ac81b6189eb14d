"""Let npm install Codex beside the place where it is to stand, and then let the two change places.

npm itself moves the old package away, unpacks over it and may be killed in between: half a package and a
folder `.codex-XXXXXXXX` are what is left then, and the next update fails on them. Here npm fills a
prefix of its own, and what runs is touched by nothing but a rename, once the new program was tried out.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.acts.install.change import PREFIX
from codex_checks.acts.install.exchange import synced
from codex_checks.acts.install.npm_answers import NOT_UNPACKED, failure
from codex_checks.acts.install.proof import prove
from codex_checks.acts.install.swaps import Swap
from codex_checks.acts.install.way import may_be_asked
from codex_checks.install.npm import leftovers
from codex_checks.install.package import CODEX, native_of, package_of, read_json, text
from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codex_checks.acts.install.change import Change
    from codex_checks.install.installation import Package
    from codex_doctor.context import Context

PATIENCE: Final = 1200.0
"""Seconds for npm to fetch and unpack 150 MB."""

QUICK: Final = 20.0
"""Seconds for npm to say what it is set to."""

SHIMS: Final = ("codex", "codex.cmd", "codex.ps1")
"""What npm puts beside `node_modules` on Windows; elsewhere it is one link in `bin`."""


class Prefix(Struct, frozen=True, kw_only=True):
    """A prefix of npm: *modules* holds global packages, *commands* what starts them."""

    path: Path
    windows: bool

    @property
    def modules(self) -> Path:
        """The folder of global packages."""
        return self.path / "node_modules" if self.windows else self.path / "lib" / "node_modules"

    @property
    def commands(self) -> Path:
        """The folder of commands."""
        return self.path if self.windows else self.path / "bin"

    @property
    def package(self) -> Path:
        """Where the package of Codex stands."""
        return self.modules / CODEX

    @property
    def names(self) -> tuple[str, ...]:
        """What the commands are called."""
        return SHIMS if self.windows else SHIMS[:1]


class Npm(Struct, frozen=True, kw_only=True):
    """Installs with the program *npm*. *cache* is a folder of our own for what it downloads.

    *prefix* is where Codex is to stand, None: where npm itself puts global packages. *instead* is a global
    package that gives way (`codex`, which is somebody else's). *keep* is told all that npm
    printed, and *show* what is being done.
    """

    context: Context
    npm: Path
    cache: Path
    prefix: Path | None
    version: str | None
    instead: str | None
    show: Callable[[str], None]
    keep: Callable[[bytes], None]

    def install(self, change: Change, key: str) -> str:
        """Install Codex as *change*, under names that hold *key*, and return its version.

        :raises RepairError: it cannot be had, or does not start; nothing changed places.
        :raises OSError: something cannot be written; the same.
        """
        own, settings = self._settings()
        site = Prefix(path=self.prefix or own, windows=self.context.system.os == "windows")
        self._refuse_what_is_not_npms(site)
        shelf = site.modules / f"{PREFIX}{key}"
        change.begin(shelf, folders=(site.package.parent, site.commands))
        staged = Prefix(path=shelf, windows=site.windows)
        self.show(f"npm installs Codex into {site.path}")
        package = self._installed(staged, settings)
        change.step("installed")
        program = native_of(self.context, package)
        if program is None:
            raise RepairError(f"there is no Codex for {self.context.system.os} on {self.context.system.arch}")
        version = prove(self.context, program)
        _to_the_disk(shelf)
        change.ready(self._swaps(site, staged, key))
        change.carry_out()
        shutil.rmtree(self.cache, ignore_errors=True)  # it holds the archives, and served its purpose
        return version

    def _settings(self) -> tuple[Path, Path]:
        """Return npm's own prefix for global packages, and the file of settings that it has there."""
        said = self._run(("config", "get", "prefix", "globalconfig"), seconds=QUICK)
        lines = [line.partition("=") for line in said.decode("utf-8", "replace").splitlines()]
        found = {name: value for name, _, value in lines}
        prefix, settings = found.get("prefix", ""), found.get("globalconfig", "")
        if not Path(prefix).is_absolute() or not Path(settings).is_absolute():
            raise RepairError("npm does not say where it puts global packages")
        return Path(prefix), Path(settings)

    def _refuse_what_is_not_npms(self, site: Prefix) -> None:
        """Make sure that the commands of *site* are Codex's own, or lead nowhere.

        :raises RepairError: another program owns one, as Homebrew does in a prefix that it shares with npm.
        """
        for name in site.names:
            command = site.commands / name
            if not command.exists():
                continue
            there = command.resolve()
            ours = (site.package, *((site.modules / self.instead,) if self.instead else ()))
            if not site.windows and not any(there.is_relative_to(each.resolve()) for each in ours):
                raise RepairError(f"{command} belongs to something else: it leads to {there}")

    def _installed(self, staged: Prefix, settings: Path) -> Package:
        """Let npm fill *staged*, and return the package with its program in it."""
        wanted = f"{CODEX}@{self.version or 'latest'}"
        self._npm_install(staged, settings, wanted)
        package = self._package(staged)
        if not _holds_its_platform(package) and package.platform_package is not None:
            # npm passes over an optional package that it cannot get, and says nothing; asked for by
            # name it must get it, or say why.
            root = package.root
            spec = self._spec(root, package.platform_package)
            alone = f"{package.platform_package}@{spec}"
            self._npm_install(staged, settings, f"{CODEX}@{package.version}", alone)
            inside = root / "node_modules" / package.platform_package
            beside = staged.modules / package.platform_package
            if beside.exists() and not inside.exists():
                # Where the next update finds and replaces it.
                inside.parent.mkdir(parents=True, exist_ok=True)
                beside.rename(inside)
            package = self._package(staged)
        if not _holds_its_platform(package):
            raise RepairError(f"npm installed no {package.platform_package or 'program'} for this machine")
        return package

    def _package(self, staged: Prefix) -> Package:
        package = package_of(self.context, staged.package / "bin" / "codex.js")
        if package is None or package.root != staged.package:
            raise RepairError("npm put no package of Codex where it was told to")
        return package

    def _spec(self, root: Path, platform: str) -> str:
        """Return what the launcher itself asks npm for: `npm:@openai/codex@0.169.0-linux-x64`."""
        optional: object = read_json(self.context, root / "package.json").get("optionalDependencies")
        named: Mapping[str, object] = (
            cast("Mapping[str, object]", optional) if isinstance(optional, dict) else dict[str, object]()
        )
        spec = text(named.get(platform))
        if spec is None:
            raise RepairError(f"the package of Codex does not say where {platform} comes from")
        return spec

    def _swaps(self, site: Prefix, staged: Prefix, key: str) -> Iterator[Swap]:
        away = [
            *leftovers(self.context, site.modules),
            *([site.modules / self.instead] if self.instead else []),
        ]
        for path in away:
            if os.path.lexists(path):
                yield Swap.prepare(path, staged.path / f"was-{path.name}")
        yield Swap.prepare(site.package, staged.package)
        for name in site.names:
            command, made = site.commands / name, staged.commands / name
            if _same_link(command, made) or not os.path.lexists(made):
                continue
            spare = command.with_name(f"{PREFIX}{key}-{name}")
            if made.is_symlink():
                spare.symlink_to(made.readlink())
            else:
                shutil.copy2(made, spare)
            yield Swap.prepare(command, spare)

    def _npm_install(self, staged: Prefix, settings: Path, *wanted: str) -> None:
        options = ["--include=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
        options += ["--loglevel=warn"]
        options += [f"--prefix={staged.path}", f"--globalconfig={settings}"]
        if registry := self.context.env.get("CODEX_DOCTOR_URL_NPM"):
            if not may_be_asked(registry):
                raise RepairError("CODEX_DOCTOR_URL_NPM is neither https nor on this machine")
            options += [f"--registry={registry}", f"--@openai:registry={registry}"]
        self._run(("install", "--global", *options, *wanted), seconds=PATIENCE)

    def _run(self, args: tuple[str, ...], *, seconds: float) -> bytes:
        """Run npm and return what it printed.

        :raises RepairError: it failed.
        """
        try:
            ran = self.context.children.run(
                (str(self.npm), *args), env=self._environment(), seconds=seconds, cwd=self._folder()
            )
        except OSError as error:
            raise RepairError(f"{self.npm} does not start: {error.strerror or error}") from None
        self.keep(ran.stdout + ran.stderr)
        if ran.timed_out:
            raise RepairError(f"npm was not done after {seconds:.0f} seconds", transient=True)
        said = ran.stdout + b"\n" + ran.stderr
        if ran.code != 0 or NOT_UNPACKED in said:
            raise failure(said)
        return ran.stdout

    def _folder(self) -> Path:
        self.cache.mkdir(parents=True, exist_ok=True)
        return self.cache

    def _environment(self) -> Mapping[str, str]:
        """Return npm's environment: the user's, without what is Codex's, writing nothing into the home."""
        env = {
            name: value
            for name, value in self.context.env.items()
            if not name.upper().startswith(("CODEX_", "OPENAI_"))
        }
        for variable in ("CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"):
            if self.context.env.get(variable):
                env.setdefault("NODE_EXTRA_CA_CERTS", self.context.env[variable])
        env["PATH"] = os.pathsep.join([str(self.npm.parent), env.get("PATH", "")])
        return {
            **env,
            "npm_config_cache": str(self.cache),
            "npm_config_logs_max": "0",
            "npm_config_update_notifier": "false",
        }


def _holds_its_platform(package: Package) -> bool:
    """Return whether the part with the program is in the package itself, or where npm put both.

    Node would also take one that an older copy above left lying, and that is of another version.
    """
    found = package.platform_root
    return found is not None and found.is_relative_to(package.root.parent.parent.resolve())


def _same_link(one: Path, other: Path) -> bool:
    return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()


def _to_the_disk(folder: Path) -> None:
    """Make every file in *folder* outlive a power cut: npm does not."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            synced(path)
