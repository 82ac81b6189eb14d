"""What every test may ask for, and the user's own environment taken out of reach."""

from __future__ import annotations

import os
import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import trustme
from hypothesis import HealthCheck, settings

import codex_cli as cli
import real_codex
from fakes.openai import HOSTS, FakeOpenAI
from fakes.proxies import FakeProxy, RefusingPort
from fakes.publisher import Publisher
from own_checks import OwnChecks

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS: Final = ("CODEX_DOCTOR_TEST_CACHE", "CODEX_DOCTOR_TESTS_NEED_CLI")
WHERE_NPM_INSTALLS: Final = tuple(
    Path(prefix, name)
    for prefix in ("/usr", "/usr/local")
    for name in ("bin/codex", "lib/node_modules/@openai")
)
"""What npm makes for Codex where its prefix is that of the system, and nobody told it another."""

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

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


@pytest.fixture(autouse=True)
def nothing_is_installed_here() -> Iterator[None]:
    """Fail the test in which Codex was installed on this machine itself, outside every scratch folder."""
    before = [path for path in WHERE_NPM_INSTALLS if path.is_symlink() or path.exists()]
    yield
    assert [path for path in WHERE_NPM_INSTALLS if path.is_symlink() or path.exists()] == before


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
def packed(codex_cli: cli.CodexCli) -> real_codex.Packed:
    """The real Codex CLI as archives, 750 MB, which go with its other scratch folders."""
    folder = codex_cli.homes / "packed"
    folder.mkdir()
    return real_codex.pack(codex_cli, folder)


@pytest.fixture(scope="session")
def codex_native(codex_cli: cli.CodexCli) -> Path:
    """The native program of the real Codex CLI: 7 ms to its version, and no Node needed."""
    return codex_cli.native


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that no machine trusts by itself."""
    return trustme.CA(organization_name="Test Office")


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of that authority, as a PEM file for SSL_CERT_FILE and its like."""
    path = tmp_path_factory.mktemp("authority") / "office-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def openai_server() -> Iterator[FakeOpenAI]:
    """The servers themselves; `openai` heals them after each test."""
    server = FakeOpenAI()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def openai_tls_server(authority: trustme.CA) -> Iterator[FakeOpenAI]:
    """The same over HTTPS; `openai_tls` heals them after each test."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1", "localhost", *HOSTS)
    with certificate.private_key_and_cert_chain_pem.tempfile() as pem:
        tls.load_cert_chain(pem)
    server = FakeOpenAI(tls=tls)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def openai(openai_server: FakeOpenAI) -> Iterator[FakeOpenAI]:
    """Healthy servers of OpenAI and GitHub over HTTP; `openai.env` points the doctor at them."""
    openai_server.heal()  # what is left of an earlier test may still have asked since
    yield openai_server
    openai_server.heal()


@pytest.fixture
def openai_tls(openai_tls_server: FakeOpenAI) -> Iterator[FakeOpenAI]:
    """The same over HTTPS, with certificates of `authority` that also carry the real hosts' names."""
    openai_tls_server.heal()
    yield openai_tls_server
    openai_tls_server.heal()


@pytest.fixture
def proxy(openai_tls: FakeOpenAI) -> Iterator[FakeProxy]:
    """A proxy that works: every CONNECT ends at `openai_tls`, whatever name was asked for."""
    proxy = FakeProxy(port=openai_tls.port)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def refusing_port() -> Iterator[RefusingPort]:
    """A port on which connections are refused."""
    port = RefusingPort()
    yield port
    port.stop()


@pytest.fixture(scope="session")
def publishing_server() -> Iterator[Publisher]:
    """The servers themselves; `publisher` empties them after each test."""
    publisher = Publisher()
    publisher.start()
    yield publisher
    publisher.stop()


@pytest.fixture
def publisher(publishing_server: Publisher) -> Iterator[Publisher]:
    """Whoever publishes Codex, with nothing published yet; `publisher.env` points the doctor there."""
    yield publishing_server
    publishing_server.heal()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnChecks:
    """A home in which its user can write checks in TOML."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return OwnChecks(tmp_path)
