"""The ways in which Codex stands on a machine, made of hard links to the real one and small stand-ins."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from machine_description import Codex

TOOLS: Final = ("bash", "cat", "env", "git", "ls", "ps", "sh", "sleep", "uname")
"""Programs of the system that a machine has; not Node, and whatever else stands beside them there."""

STUB_BYTES: Final = 65536
"""Enough of the real program for its headers, small enough to copy for every machine."""

ELF_MACHINE: Final = 18
"""Where an ELF header names the processor; two bytes, little-endian."""

AARCH64: Final = 183
X86_64: Final = 62

STANDINS: Final = {
    "garbage": "this is a text, and no program\n",
    "hangs": "#!/bin/sh\nsleep 600\n",
    "silent": "#!/bin/sh\nexit 0\n",
    "two-versions": "#!/bin/sh\necho codex-cli 0.142.0\n",
}


def install(codex: Codex, cli: CodexCli, root: Path) -> str:
    """Put Codex, Node and the tools under *root* and return the PATH that finds them."""
    prefix, own, tools = root / "npm", root / "own", root / "tools"
    for folder in (prefix / "bin", own, tools):
        folder.mkdir(parents=True)
    for name in TOOLS:
        _link_program(name, tools)
    if codex.node:
        _link_program("node", prefix / "bin")
        _link_program("npm", prefix / "bin")
    match codex.install:
        case "none":
            pass
        case "bare":
            os.link(cli.native, own / "codex")
        case "dangling-link":
            _link_launcher(prefix)
        case "garbage" | "hangs" | "silent":
            _write_program(own / "codex", STANDINS[codex.install].encode())
        case "two-versions":
            _write_program(own / "codex", STANDINS[codex.install].encode())
            _npm(codex, cli, prefix)
        case _:
            _npm(codex, cli, prefix)
    return os.pathsep.join(map(str, (own, prefix / "bin", tools)))


def package(root: Path) -> Path:
    """Return where npm's package of Codex stands on the machine under *root*."""
    return root / "npm" / "lib" / "node_modules" / "@openai" / "codex"


def native(root: Path, cli: CodexCli) -> Path:
    """Return where the native program stands in that package."""
    inside = cli.native.relative_to(cli.prefix / "node_modules" / "@openai")
    return package(root) / "node_modules" / "@openai" / inside


def _npm(codex: Codex, cli: CodexCli, prefix: Path) -> None:
    own = package(prefix.parent)
    modules = cli.prefix / "node_modules" / "@openai"
    platform = cli.native.relative_to(modules).parts[0]
    _link_tree(modules / "codex", own)
    _link_launcher(prefix)
    if codex.install == "npm-without-platform":
        return
    _link_tree(modules / platform, own / "node_modules" / "@openai" / platform)
    if codex.install in {"npm", "two-versions"}:
        return
    program = native(prefix.parent, cli)
    program.unlink()  # a new file: the hard link's other name is the cache
    stub = bytearray(cli.native.read_bytes()[:STUB_BYTES])
    match codex.install:
        case "npm-not-executable":
            program.write_bytes(stub)
        case "npm-empty-binary":
            _write_program(program, b"")
        case _:
            other = AARCH64 if stub[ELF_MACHINE] == X86_64 else X86_64
            stub[ELF_MACHINE : ELF_MACHINE + 2] = other.to_bytes(2, "little")
            _write_program(program, bytes(stub))


def _link_launcher(prefix: Path) -> None:
    (prefix / "bin" / "codex").symlink_to("../lib/node_modules/@openai/codex/bin/codex.js")


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)


def _link_program(name: str, folder: Path) -> None:
    found = shutil.which(name)
    if found:
        (folder / name).symlink_to(found)


def _write_program(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o755)
