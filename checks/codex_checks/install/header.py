"""What kind of program a file holds, told from its first bytes."""

from __future__ import annotations

import re
import struct
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD: Final = 4096
"""Bytes that are enough to judge: headers, and the loader's name that stands right behind them."""


class Format(StrEnum):
    """The kind of file, as far as starting it is concerned."""

    ELF = "Linux"
    MACH_O = "macOS"
    PE = "Windows"
    SCRIPT = "script"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Header(Struct, frozen=True, kw_only=True):
    """A program's first bytes, understood.

    *arches* are the processors it is built for, in the words of `System.arch`. *interpreter* is the
    loader that an ELF file asks for, or the line behind `#!` of a script. *needs_bytes* is the size
    that the file must at least have, where the format says so.
    """

    format: Format
    arches: tuple[str, ...] = ()
    interpreter: str | None = None
    needs_bytes: int = 0

    @property
    def native(self) -> bool:
        """Whether it is machine code of some system."""
        return self.format in {Format.ELF, Format.MACH_O, Format.PE}


def read_header(head: bytes) -> Header:
    """Return what the first bytes of a file say of it; never raises.

    The numbers stand in the ELF specification, Apple's <mach/machine.h> and <mach-o/fat.h>, and
    Microsoft's PE format.
    """
    for magic, understand in _MAGIC.items():
        if head.startswith(magic):
            try:
                return understand(head)
            except struct.error:  # it ends inside its own header
                return Header(format=Format.UNKNOWN)
    if not head:
        return Header(format=Format.EMPTY)
    if head[:2] == b"#!":
        line = head[2:].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
        return Header(format=Format.SCRIPT, interpreter=line)
    return Header(format=Format.UNKNOWN if _NOT_TEXT.search(head) else Format.SCRIPT)


_ELF_MACHINES: Final = {62: "x86_64", 183: "aarch64", 3: "x86", 40: "arm", 243: "riscv64", 21: "ppc64"}
_PT_INTERP: Final = 3
_ELF_64: Final = 2
_ELF_MOST_PARTS: Final = 64
"""Codex 0.169.0 has ten program headers; a number beyond this is not believed."""


def _elf(head: bytes) -> Header:
    order = ">" if head[5:6] == b"\x02" else "<"
    (machine,) = struct.unpack_from(f"{order}H", head, 18)
    arches = (_ELF_MACHINES.get(machine, f"machine {machine}"),)
    if head[4] != _ELF_64:
        return Header(format=Format.ELF, arches=arches)
    programs, sections = struct.unpack_from(f"{order}QQ", head, 32)
    entry, count, section, section_count = struct.unpack_from(f"{order}4H", head, 54)
    needs = sections + section * section_count if sections else 0
    interpreter = None
    for number in range(min(count, _ELF_MOST_PARTS)):
        at = programs + number * entry
        if at + 40 > len(head):
            break
        kind, _flags, start, _address, _physical, size = struct.unpack_from(f"{order}IIQQQQ", head, at)
        needs = max(needs, start + size)
        if kind == _PT_INTERP:
            interpreter = head[start : start + size].split(b"\0", 1)[0].decode("utf-8", "replace") or None
    return Header(format=Format.ELF, arches=arches, interpreter=interpreter, needs_bytes=needs)


_MACH_MACHINES: Final = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "x86", 12: "arm"}
_FAT_MOST: Final = 16
"""A Java class begins with the same four bytes; where it has its version (45 and up), this counts."""


def _mach_o(head: bytes) -> Header:
    if head[:4] == b"\xcf\xfa\xed\xfe":
        machines = struct.unpack_from("<I", head, 4)
    else:
        (count,) = struct.unpack_from(">I", head, 4)
        if count > _FAT_MOST:
            return Header(format=Format.UNKNOWN)
        machines = tuple(struct.unpack_from(">I", head, 8 + 20 * number)[0] for number in range(count))
    arches = tuple(_MACH_MACHINES.get(machine, f"machine {machine}") for machine in machines)
    return Header(format=Format.MACH_O, arches=arches)


_PE_MACHINES: Final = {0x8664: "x86_64", 0xAA64: "aarch64", 0x14C: "x86", 0x1C4: "arm"}


def _pe(head: bytes) -> Header:
    (at,) = struct.unpack_from("<I", head, 0x3C)
    if head[at : at + 4] != b"PE\0\0":
        return Header(format=Format.UNKNOWN)
    (machine,) = struct.unpack_from("<H", head, at + 4)
    return Header(format=Format.PE, arches=(_PE_MACHINES.get(machine, f"machine {machine}"),))


_NOT_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Control characters that no script holds."""

_MAGIC: Final[dict[bytes, Callable[[bytes], Header]]] = {
    b"\x7fELF": _elf,
    b"\xcf\xfa\xed\xfe": _mach_o,
    b"\xca\xfe\xba\xbe": _mach_o,
    b"MZ": _pe,
}
