from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.install.header import HEAD, Format, Header, read_header
from installed import elf, mach_o, pe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "format", "arches"),
    [
        (elf(62), Format.ELF, ("x86_64",)),
        (elf(183), Format.ELF, ("aarch64",)),
        (elf(62, order=">"), Format.ELF, ("x86_64",)),
        (elf(4711), Format.ELF, ("machine 4711",)),
        (mach_o(0x01000007), Format.MACH_O, ("x86_64",)),
        (mach_o(0x0100000C), Format.MACH_O, ("aarch64",)),
        (mach_o(0x01000007, 0x0100000C), Format.MACH_O, ("x86_64", "aarch64")),
        (pe(0x8664), Format.PE, ("x86_64",)),
        (pe(0xAA64), Format.PE, ("aarch64",)),
        (b"#!/bin/sh\necho\n", Format.SCRIPT, ()),
        (b"@ECHO off\r\nnode codex.js\r\n", Format.SCRIPT, ()),
        (b"", Format.EMPTY, ()),
        (b"\0\1\2\3", Format.UNKNOWN, ()),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(2000), Format.UNKNOWN, ()),
        (elf()[:20], Format.UNKNOWN, ()),
        (pe()[:40], Format.UNKNOWN, ()),
    ],
)
def test_a_program_is_told_from_its_first_bytes(
    content: bytes, format: Format, arches: tuple[str, ...]
) -> None:
    header = read_header(content)

    assert (header.format, header.arches) == (format, arches)


def test_the_loader_that_a_program_asks_for_is_read() -> None:
    header = read_header(elf(interpreter=b"/lib/ld-musl-x86_64.so.1"))

    assert header.interpreter == "/lib/ld-musl-x86_64.so.1"


def test_a_program_says_how_long_it_must_be() -> None:
    header = read_header(elf(claims=294_275_640))

    assert header.needs_bytes == 294_275_640


def test_the_line_of_a_script_is_its_interpreter() -> None:
    assert read_header(b"#!/usr/bin/env node\nrest").interpreter == "/usr/bin/env node"


def test_the_real_program_is_static_and_whole(codex_native: Path) -> None:
    with codex_native.open("rb") as file:
        header = read_header(file.read(HEAD))

    assert header.native
    assert header.interpreter is None or header.format is not Format.ELF
    assert header.needs_bytes <= codex_native.stat().st_size


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"\x7fELF\x02" + tail))
def test_any_bytes_are_some_kind_of_file(content: bytes) -> None:
    assert isinstance(read_header(content), Header)


@given(st.sampled_from([elf(interpreter=b"/lib/ld.so"), mach_o(7, 12), pe()]), st.data())
def test_a_header_cut_short_or_changed_anywhere_is_still_read(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + 1 :]

    assert isinstance(read_header(whole[:at]), Header)
    assert isinstance(read_header(changed), Header)
