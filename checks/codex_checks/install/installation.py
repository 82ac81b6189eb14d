"""The nouns: a copy of Codex on this machine, how it came there and what it is made of."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.header import Format, Header

if TYPE_CHECKING:
    from codex_doctor.context import System

HOST: Final = "codex-code-mode-host"
"""The program beside `codex` that runs its tools (codex-environment 1.3)."""

HOST_SINCE: Final = "0.144.0"
"""The first release whose models can't use tools without it: packages that lacked it broke that day."""


class Channel(StrEnum):
    """How a copy came onto the machine, which decides how it is updated or removed."""

    NPM = "npm"
    NPM_PROJECT = "npm (inside a project)"
    NPX = "npx"
    BUN = "bun"
    PNPM = "pnpm"
    YARN = "yarn"
    VITE_PLUS = "vite+"
    VOLTA = "volta"
    MISE = "mise"
    BREW = "homebrew"
    STANDALONE = "standalone"
    SCOOP = "scoop"
    WINGET = "winget"
    NIX = "nix"
    EDITOR = "editor extension"
    DESKTOP = "desktop app"
    DAEMON = "background daemon"
    OTHER = "other"

    @property
    def bundled(self) -> bool:
        """Whether it is part of another program, which updates it: no rival of the user's own."""
        return self in {Channel.EDITOR, Channel.DESKTOP, Channel.DAEMON, Channel.NPX}


class Kind(StrEnum):
    """What the file called `codex` is."""

    LAUNCHER = "launcher"
    """The npm package's `codex.js`, or a shim that starts it: needs Node."""
    NATIVE = "native"
    SHIM = "shim"
    """Hands over to whatever a version manager chooses at run time."""
    SCRIPT = "script"
    UNKNOWN = "unknown"


class Program(Struct, frozen=True, kw_only=True):
    """A file that is to be started: its permission bits, size in bytes, and first bytes understood."""

    path: Path
    mode: int
    size: int
    header: Header

    @property
    def truncated(self) -> bool:
        """Whether it ends before its own header says it does."""
        return 0 < self.size < self.header.needs_bytes

    def executable_on(self, system: System) -> bool:
        """Whether its mode lets anybody start it; Windows has no such bits."""
        return system.os == "windows" or bool(self.mode & 0o111)

    def foreign_to(self, system: System) -> bool:
        """Whether it was built for another system or processor.

        macOS and Windows run x86-64 programs on ARM machines, and a Python that is itself translated
        takes such a Mac for an Intel one: there only the system counts.
        """
        if not self.header.native:
            return False
        home = {"linux": Format.ELF, "macos": Format.MACH_O, "windows": Format.PE}.get(system.os)
        if home is not self.header.format:
            return home is not None
        if system.os == "macos":
            return not {"x86_64", "aarch64"} & set(self.header.arches)
        translated = {"x86_64", "x86"} if system.os == "windows" else set[str]()
        return not ({system.arch} | translated) & set(self.header.arches)


class Package(Struct, frozen=True, kw_only=True):
    """The npm package that a launcher belongs to.

    *platform_package* is the one with the program for this machine, None where there is none for such
    a machine; *platform_root* is where Node finds it, or None. *others* are packages for other machines
    that stand there instead.
    """

    root: Path
    name: str
    version: str | None
    platform_package: str | None = None
    platform_root: Path | None = None
    others: tuple[str, ...] = ()


class Installation(Struct, frozen=True, kw_only=True):
    """One copy of Codex.

    *path* is as found, *real* where its links end. *found_by* names every way that led here. *on_path*
    is the position in PATH, from 0. *file* is the thing at *path*, *native* where the program itself
    must stand, and *program* that file where it is there. *version* comes from the package's own files.
    *host* says whether the helper for tools stands beside the program. *own_node*: it stands in the folder
    of one version of Node, and comes and goes with that. *windows_side*: it is the Windows system's, seen
    from the Windows Subsystem for Linux. *closed* is a folder of it that this user may not change.
    """

    path: Path
    real: Path
    kind: Kind
    channel: Channel
    found_by: tuple[str, ...]
    file: Program
    on_path: int | None = None
    package: Package | None = None
    native: Path | None = None
    program: Program | None = None
    version: str | None = None
    host: bool = False
    own_node: bool = False
    windows_side: bool = False
    closed: Path | None = None

    @property
    def identity(self) -> Path:
        """What makes two findings the same copy: the program itself, where it is known."""
        return self.native or self.real

    @property
    def wrong_package(self) -> bool:
        """Whether it is the unrelated package called `codex` (`npm install codex`)."""
        return self.package is not None and self.package.name == "codex"

    def startable_on(self, system: System) -> bool:
        """Whether, by its files alone, it should start."""
        if self.wrong_package or not self.file.executable_on(system):
            return False
        if self.kind in {Kind.SHIM, Kind.SCRIPT}:
            return True
        program = self.program
        return (
            program is not None
            and program.header.native
            and program.executable_on(system)
            and not program.truncated
            and not program.foreign_to(system)
        )
