"""Problems of TLS: CDX4xx."""

from __future__ import annotations

from typing import Final

from codex_checks.problems.network import ASKS_THE_SERVICE, UNREACHABLE
from codex_doctor.model import Problem, Severity

TLS_UNKNOWN_ISSUER: Final = Problem(
    code="CDX401",
    name="tls-unknown-issuer",
    area="tls",
    severity=Severity.ERROR,
    title="Nobody that Codex trusts issued the certificate that it is shown",
    advice="Name a PEM file with your company's certificate authority in CODEX_CA_CERTIFICATE.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

TLS_NO_SYSTEM_ROOTS: Final = Problem(
    code="CDX402",
    name="tls-no-system-roots",
    area="tls",
    severity=Severity.ERROR,
    title="This system has no list of certificate authorities to trust",
    advice="Install the package ca-certificates.",
    explains=("tls-unknown-issuer", *UNREACHABLE),
    blocks=ASKS_THE_SERVICE,
)

TLS_CA_FILE_UNREADABLE: Final = Problem(
    code="CDX403",
    name="tls-ca-file-unreadable",
    area="tls",
    severity=Severity.ERROR,
    title="A variable names a file of certificates that Codex cannot use",
    advice="Unset the variable, or let it name a PEM file that holds at least one certificate.",
    explains=("tls-unknown-issuer", *UNREACHABLE),
    blocks=ASKS_THE_SERVICE,
)

TLS_CERTIFICATE_EXPIRED: Final = Problem(
    code="CDX404",
    name="tls-certificate-expired",
    area="tls",
    severity=Severity.ERROR,
    title="The certificate that Codex is shown is not valid today",
    advice="Check the date of this machine; if it is right, have the proxy or gateway renew its own.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

TLS_HOSTNAME_MISMATCH: Final = Problem(
    code="CDX405",
    name="tls-hostname-mismatch",
    area="tls",
    severity=Severity.ERROR,
    title="The certificate that Codex is shown belongs to another host",
    advice="Correct the address if it is one of your own; else sign in to this network in a browser.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

TLS_HANDSHAKE_FAILED: Final = Problem(
    code="CDX406",
    name="tls-handshake-failed",
    area="tls",
    severity=Severity.ERROR,
    title="A host that Codex needs cannot agree on TLS",
    advice="Check for https written where http is meant; else have the proxy or scanner allow the host.",
    explains=UNREACHABLE,
    blocks=ASKS_THE_SERVICE,
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    TLS_UNKNOWN_ISSUER,
    TLS_NO_SYSTEM_ROOTS,
    TLS_CA_FILE_UNREADABLE,
    TLS_CERTIFICATE_EXPIRED,
    TLS_HOSTNAME_MISMATCH,
    TLS_HANDSHAKE_FAILED,
)
