"""What every test may ask for, and the user's own environment taken out of reach."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

import pytest

import codex_cli as cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS: Final = ("CODEX_DOCTOR_TEST_CACHE", "CODEX_DOCTOR_TESTS_NEED_CLI")
PREFIXES: Final = ("CODEX_", "OPENAI_", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_", "NODE_EXTRA_CA_")


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Take away what the user's shell says about Codex, proxies and certificates."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            upper = name.upper()
            if upper not in OURS and (upper.startswith(PREFIXES) or upper.endswith("_PROXY")):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def codex_cli() -> Iterator[cli.CodexCli]:
    """The real Codex CLI; a test that asks for it is skipped where there is none and no way to get it."""
    try:
        found = cli.find_or_install()
    except cli.NoCodexError as error:
        if cli.NEEDED:
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    yield found
    shutil.rmtree(found.homes, ignore_errors=True)


@pytest.fixture(scope="session")
def codex_native(codex_cli: cli.CodexCli) -> Path:
    """The native program of the real Codex CLI: 7 ms to its version, and no Node needed."""
    return codex_cli.native
