"""Small machines on which Codex is installed in one way or another, made of real files and links."""

from __future__ import annotations

import json
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from codex_checks.install.found import Installations, installations
from codex_doctor.context import Context, System

if TYPE_CHECKING:
    from pathlib import Path

LINUX: Final = System(os="linux", arch="x86_64", release="6.1.0", user=1000)
MACOS: Final = System(os="macos", arch="aarch64", release="25.0.0", user=501)
WINDOWS: Final = System(os="windows", arch="x86_64", release="11", user=None)
WSL: Final = System(os="linux", arch="x86_64", release="5.15.0-microsoft-standard-WSL2", user=1000)

LAUNCHER: Final = b"#!/usr/bin/env node\n// Unified entry point for the Codex CLI.\n"

NPM_SH_SHIM: Final = b"""#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/node_modules/@openai/codex/bin/codex.js" "$@"
else
  exec node  "$basedir/node_modules/@openai/codex/bin/codex.js" "$@"
fi
"""
"""What npm on Windows writes for shells, beside the next one."""

NPM_CMD_SHIM: Final = b"""@ECHO off\r
GOTO start\r
:find_dp0\r
SET dp0=%~dp0\r
EXIT /b\r
:start\r
SETLOCAL\r
CALL :find_dp0\r
IF EXIST "%dp0%\\node.exe" (\r
  SET "_prog=%dp0%\\node.exe"\r
) ELSE (\r
  SET "_prog=node"\r
)\r
endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*\r
"""  # noqa: E501 - as npm writes it

PLATFORM: Final = {
    "linux": ("codex-linux-x64", "x86_64-unknown-linux-musl", "codex"),
    "macos": ("codex-darwin-arm64", "aarch64-apple-darwin", "codex"),
    "windows": ("codex-win32-x64", "x86_64-pc-windows-msvc", "codex.exe"),
}


def elf(machine: int = 62, *, interpreter: bytes = b"", order: str = "<", claims: int = 0) -> bytes:
    """Return an ELF program's first bytes; *claims* is how long its section table says that it is."""
    ident = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    count = 1 if interpreter else 0
    header = struct.pack(f"{order}HHIQQQIHHHHHH", 3, machine, 1, 0, 64, claims, 0, 64, 56, count, 64, 0, 0)
    if not interpreter:
        return ident + header
    name = interpreter + b"\0"
    part = struct.pack(f"{order}IIQQQQQQ", 3, 4, 120, 0, 0, len(name), len(name), 1)
    return ident + header + part + name


def mach_o(*cpus: int) -> bytes:
    """Return a Mach-O program's first bytes, for one processor or several."""
    if len(cpus) == 1:
        return b"\xcf\xfa\xed\xfe" + struct.pack("<I", cpus[0]) + bytes(24)
    return (
        b"\xca\xfe\xba\xbe"
        + struct.pack(">I", len(cpus))
        + b"".join(struct.pack(">5I", cpu, 0, 0, 0, 0) for cpu in cpus)
    )


def pe(machine: int = 0x8664) -> bytes:
    """Return a Windows program's first bytes."""
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", machine) + bytes(20)


NATIVE: Final = {"linux": elf(), "macos": mach_o(0x0100000C), "windows": pe()}


def put(path: Path, content: bytes | str = LAUNCHER, *, mode: int = 0o755) -> Path:
    """Write a file with everything above it, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def link(path: Path, target: Path | str) -> Path:
    """Make a symbolic link with everything above it, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def npm_package(modules: Path, *, os: str = "linux", version: str = "0.169.0", whole: bool = True) -> Path:
    """Put `@openai/codex` into the folder *modules* and return its launcher; not *whole*: without program."""
    root = modules / "@openai" / "codex"
    put(root / "package.json", json.dumps({"name": "@openai/codex", "version": version}), mode=0o644)
    if whole:
        package, target, file = PLATFORM[os]
        platform = root / "node_modules" / "@openai" / package
        put(platform / "package.json", json.dumps({"name": "@openai/codex"}), mode=0o644)
        native_package(platform / "vendor" / target, os=os, version=version, file=file)
    return put(root / "bin" / "codex.js")


def native_package(folder: Path, *, os: str = "linux", version: str = "0.169.0", file: str = "codex") -> Path:
    """Put the whole package of the program into *folder* and return the program."""
    put(folder / "codex-package.json", json.dumps({"version": version}), mode=0o644)
    put(folder / "bin" / file.replace("codex", "codex-code-mode-host"), NATIVE[os])
    return put(folder / "bin" / file, NATIVE[os])


@dataclass(kw_only=True)
class Machine:
    """A machine under *folder*: its home is `home`, its system folders stand under `root`."""

    folder: Path
    system: System = LINUX
    env: dict[str, str] = field(default_factory=dict[str, str])
    path: list[Path] = field(default_factory=list["Path"])
    options: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.folder / "home"

    @property
    def root(self) -> Path:
        """What stands for `/`."""
        return self.folder / "root"

    @property
    def work(self) -> Path:
        """The working directory."""
        return self.folder / "work"

    def context(self) -> Context:
        """Return the door to this machine."""
        separator = ";" if self.system.os == "windows" else ":"
        return Context(
            env={"PATH": separator.join(map(str, self.path)), **self.env},
            home=self.home,
            cwd=self.work,
            system=self.system,
            deadline=time.monotonic() + 30,
            root=self.root,
            options=self.options,
        )

    def search(self) -> Installations:
        """Return what the search for Codex finds here."""
        context = self.context()
        found: object = installations.read(context)
        assert isinstance(found, Installations)
        return found
