"""The real Codex accepts and refuses the same files, and says the same of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from auth_cases import ACCEPTED
from auth_refused import REFUSED
from codex_checks.auth.document import Document, Fault
from codex_checks.auth.parse import parse
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_cli import CodexCli

SAID_BY_READING: Final = ("failed to deserialize CLI auth from file: ", "stream did not contain valid UTF-8")
"""How a refusal of the file itself begins; what Codex says later is about the mode."""

PREFIX: Final = "Error checking login status: "


def _said(cli: CodexCli, content: bytes) -> str:
    """Return what `codex login status` says of *content*, less the place of a wrong value.

    It hides which value that is, and counts inside the payload of a token.
    """
    home = cli.scratch_home()
    (home / "auth.json").write_bytes(content)
    ran = cli.run(["login", "status"], home)
    return re.sub(r" \(Data at line \d+ column \d+\)$", "", ran.stderr.strip().removeprefix(PREFIX))


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_codex_reads_what_we_read(codex_cli: CodexCli, content: bytes) -> None:
    said = _said(codex_cli, content)

    assert not said.startswith(SAID_BY_READING)
    assert isinstance(parse(content, Secret), Document)


@pytest.mark.parametrize("content", [content for content, _ in REFUSED.values()], ids=REFUSED)
def test_codex_says_of_a_broken_file_what_we_say_it_does(codex_cli: CodexCli, content: bytes) -> None:
    said = _said(codex_cli, content)
    fault = parse(content, Secret)

    assert isinstance(fault, Fault)
    assert said == fault.codex
