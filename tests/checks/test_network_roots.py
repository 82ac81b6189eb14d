"""Whose certificates Codex trusts, and at which file it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import certificates
from codex_checks.network.roots import BUNDLES, Roots, parse_pem, roots
from codex_checks.network.tls_checks import authority_files_are_readable, system_has_roots
from codex_checks.places import Environment
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from engine import LINUX, context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MACOS = System(os="macos", arch="aarch64", release="24.0", user=501)
MADE = certificates.make(None, subject="Office CA")
OTHER = certificates.make(None, subject="Other CA")
SYSTEM = certificates.make(None, subject="Public CA")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the root of a machine that has a system bundle, and the files that variables may name."""
    bundle = tmp_path / BUNDLES[0].lstrip("/")
    bundle.parent.mkdir(parents=True)
    bundle.write_bytes(SYSTEM.certificate)
    (tmp_path / "office.pem").write_bytes(MADE.certificate)
    (tmp_path / "other.pem").write_bytes(OTHER.certificate)
    (tmp_path / "junk.pem").write_bytes(b"not a certificate")
    (tmp_path / "empty.pem").write_bytes(b"")
    folder = tmp_path / "hashed"
    folder.mkdir()
    (folder / "0a1b2c3d.0").write_bytes(OTHER.certificate)
    (folder / "plain.pem").write_bytes(MADE.certificate)
    return tmp_path


def _read(machine: Path, variables: Mapping[str, str] | None = None, system: System = LINUX) -> Roots:
    surroundings = Environment(variables=variables or {}, from_file=frozenset(), file=None)
    found = roots.read(context(machine, system=system), surroundings)
    assert isinstance(found, Roots)
    return found


@pytest.mark.parametrize(
    ("variables", "trusted"),
    [
        ({}, [SYSTEM]),
        ({"CODEX_CA_CERTIFICATE": "office.pem"}, [MADE, SYSTEM]),
        ({"SSL_CERT_FILE": "office.pem"}, [MADE]),
        ({"SSL_CERT_FILE": ""}, [SYSTEM]),
        ({"CODEX_CA_CERTIFICATE": "office.pem", "SSL_CERT_FILE": "other.pem"}, [MADE, OTHER]),
        ({"CODEX_CA_CERTIFICATE": "office.pem", "SSL_CERT_FILE": "gone.pem"}, [MADE]),
        ({"SSL_CERT_DIR": "hashed"}, [SYSTEM, OTHER]),
        ({"SSL_CERT_FILE": "office.pem", "SSL_CERT_DIR": "hashed"}, [MADE, OTHER]),
    ],
)
def test_codex_trusts(machine: Path, variables: dict[str, str], trusted: list[certificates.Made]) -> None:
    found = _read(machine, variables)

    assert found.certificates == tuple(each.der for each in trusted)
    assert found.broken is None


@pytest.mark.parametrize(
    ("variables", "variable", "why"),
    [
        ({"CODEX_CA_CERTIFICATE": "gone.pem"}, "CODEX_CA_CERTIFICATE", "No such file or directory"),
        ({"SSL_CERT_FILE": "empty.pem"}, "SSL_CERT_FILE", "it is empty"),
        ({"SSL_CERT_FILE": "junk.pem"}, "SSL_CERT_FILE", "it holds no certificate in PEM form"),
        ({"SSL_CERT_FILE": "hashed"}, "SSL_CERT_FILE", "it is a folder"),
        (
            {"CODEX_CA_CERTIFICATE": "junk.pem", "SSL_CERT_FILE": "gone.pem"},
            "CODEX_CA_CERTIFICATE",
            "it holds no certificate in PEM form",
        ),
    ],
)
def test_codex_stops_at(machine: Path, variables: dict[str, str], variable: str, why: str) -> None:
    (finding,) = authority_files_are_readable(_read(machine, variables))

    assert finding.problem.name == "tls-ca-file-unreadable"
    assert finding.detail == f"{variable} (set in the environment) names {variables[variable]}: {why}"
    assert finding.fix is not None


def test_a_line_in_the_environment_file_is_to_be_commented_out_there(machine: Path) -> None:
    file = machine / ".env"
    surroundings = Environment(
        variables={"SSL_CERT_FILE": "gone.pem"},
        from_file=frozenset({"SSL_CERT_FILE"}),
        file=file,
        lines={"SSL_CERT_FILE": 2},
    )
    found = roots.read(context(machine), surroundings)
    (finding,) = authority_files_are_readable(found)

    assert f"(set in {file}, line 2)" in finding.detail
    assert f"SSL_CERT_FILE *=/# &/' {file}" in repr(finding.fix)


def test_a_system_without_authorities_is_told_to_install_them(tmp_path: Path) -> None:
    (finding,) = system_has_roots(_read(tmp_path))

    assert finding.problem.name == "tls-no-system-roots"
    assert "ca-certificates" in repr(finding.fix)


def test_a_folder_of_authorities_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "etc/ssl/certs"
    folder.mkdir(parents=True)
    (folder / "0a1b2c3d.0").write_bytes(SYSTEM.certificate)

    assert _read(tmp_path).certificates == (SYSTEM.der,)
    assert system_has_roots(_read(tmp_path)) == ()


def test_a_system_with_authorities_is_healthy(machine: Path) -> None:
    assert system_has_roots(_read(machine)) == ()
    assert system_has_roots(_read(machine, {"CODEX_CA_CERTIFICATE": "office.pem"})) == ()


def test_an_authority_of_ones_own_does_not_stand_in_for_the_systems(tmp_path: Path) -> None:
    (tmp_path / "office.pem").write_bytes(MADE.certificate)

    assert len(system_has_roots(_read(tmp_path, {"CODEX_CA_CERTIFICATE": "office.pem"}))) == 1


def test_where_the_list_of_the_system_is_not_used_it_may_be_missing(machine: Path) -> None:
    with pytest.raises(NotApplicable):
        system_has_roots(_read(machine, {"SSL_CERT_FILE": "office.pem"}))


def test_macos_and_windows_keep_their_authorities_elsewhere(machine: Path) -> None:
    assert _read(machine, system=MACOS).own_store is True
    assert _read(machine, {"SSL_CERT_FILE": "office.pem"}, MACOS).own_store is False
    with pytest.raises(NotApplicable):
        system_has_roots(_read(machine, system=MACOS))


def test_trust_settings_of_openssl_are_cut_off() -> None:
    pem = MADE.certificate.replace(b"BEGIN CERTIFICATE", b"BEGIN TRUSTED CERTIFICATE")
    pem = pem.replace(b"END CERTIFICATE", b"END TRUSTED CERTIFICATE")

    assert parse_pem(b"# a comment\n" + pem) == (MADE.der,)


def test_a_damaged_certificate_is_counted() -> None:
    damaged = MADE.certificate.replace(b"\nM", b"\n!", 1)

    with pytest.raises(ValueError, match="certificate 2 of 2 in it is damaged"):
        parse_pem(OTHER.certificate + damaged)


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_any_bytes_are_certificates_or_a_value_error(content: bytes, inside: bytes) -> None:
    block = b"-----BEGIN CERTIFICATE-----\n" + inside + b"\n-----END CERTIFICATE-----\n"
    try:
        found = parse_pem(content + block)
    except ValueError:
        return
    assert found


def test_a_file_of_beginnings_alone_holds_no_certificate_and_takes_no_time() -> None:
    content = b"-----BEGIN CERTIFICATE-----\n" * 140_000  # a second look for each would take minutes

    with pytest.raises(ValueError, match="it holds no certificate in PEM form"):
        parse_pem(content)
