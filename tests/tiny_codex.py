"""A program for Linux of a few hundred bytes that says which version of Codex it is, and its packages."""

from __future__ import annotations

import gzip
import io
import json
import platform
import struct
import tarfile
from collections.abc import Mapping
from typing import Final

Tree = Mapping[str, tuple[bytes, int]]
"""Files by path, each with its content and its mode."""

ARM: Final = platform.machine() in {"aarch64", "arm64"}
TARGET: Final = f"{'aarch64' if ARM else 'x86_64'}-unknown-linux-musl"
PLATFORM: Final = "linux-arm64" if ARM else "linux-x64"
"""What npm calls this machine."""

PLATFORMS: Final = ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64")

_START: Final = 0x400000
_HEADERS: Final = 64 + 56


def program(says: str) -> bytes:
    """Return a program for this machine's processor that prints *says* and ends well."""
    text = says.encode() + b"\n"
    code = _arm(len(text)) if ARM else _intel(len(text))
    size = _HEADERS + len(code) + len(text)
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    entry = _START + _HEADERS
    header = struct.pack("<HHIQQQIHHHHHH", 2, 183 if ARM else 62, 1, entry, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _START, _START, size, size, 0x1000)
    return ident + header + segment + code + text


def _intel(length: int) -> bytes:
    """Return write(1, what follows the code, length) and exit(0)."""
    return (
        b"\xb8\x01\0\0\0\xbf\x01\0\0\0\x48\x8d\x35"
        + struct.pack("<i", 16)
        + b"\xba"
        + struct.pack("<I", length)
        + b"\x0f\x05\xb8\x3c\0\0\0\x31\xff\x0f\x05"
    )


def _arm(length: int) -> bytes:
    words = (
        0xD2800808,
        0xD2800020,
        0x100000C1,
        0xD2800002 | length << 5,
        0xD4000001,
        0xD2800BA8,
        0xD2800000,
        0xD4000001,
    )
    return struct.pack("<8I", *words)


def release(version: str, *, says: str | None = None) -> Tree:
    """Return what an archive of a release holds; *says* is what its program prints."""
    described = {"layoutVersion": 1, "version": version, "target": TARGET, "entrypoint": "bin/codex"}
    return {
        "codex-package.json": (json.dumps(described).encode(), 0o644),
        "bin/codex": (program(says or f"codex-cli {version}"), 0o755),
        "bin/codex-code-mode-host": (program("host"), 0o755),
        "codex-path/rg": (program("rg"), 0o755),
        "codex-resources/bwrap": (program("bwrap"), 0o755),
    }


def launcher(version: str) -> Tree:
    """Return npm's package of the launcher."""
    described = {
        "name": "@openai/codex",
        "version": version,
        "bin": {"codex": "bin/codex.js"},
        "type": "module",
        "engines": {"node": ">=16"},
        "optionalDependencies": {
            f"@openai/codex-{each}": f"npm:@openai/codex@{version}-{each}" for each in PLATFORMS
        },
    }
    return {
        "package.json": (json.dumps(described).encode(), 0o644),
        "bin/codex.js": (b"#!/usr/bin/env node\n// Unified entry point for the Codex CLI.\n", 0o755),
    }


def platform_package(version: str, inside: Tree) -> Tree:
    """Return npm's package of the program for this machine; *inside* is what a release holds."""
    described = {
        "name": "@openai/codex",
        "version": f"{version}-{PLATFORM}",
        "os": [PLATFORM.partition("-")[0]],
        "cpu": [PLATFORM.partition("-")[2]],
    }
    vendor = {f"vendor/{TARGET}/{path}": file for path, file in inside.items()}
    return {"package.json": (json.dumps(described).encode(), 0o644), **vendor}


def packed(tree: Tree, *, under: str = "", compressed: bool = True) -> bytes:
    """Return *tree* as a tar file, every path with *under* before it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, (content, mode) in tree.items():
            member = tarfile.TarInfo(under + path)
            member.size, member.mode, member.mtime = len(content), mode, 1_790_000_000
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(made.getvalue(), 1, mtime=0) if compressed else made.getvalue()
