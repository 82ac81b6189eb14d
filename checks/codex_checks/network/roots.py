"""Whose certificates Codex trusts on this machine, and which of the files that say so it cannot read.

How the variables work together was seen on Codex 0.169.0 (codex-environment 3.4, and a table of cases
run against it): CODEX_CA_CERTIFICATE is added to the other roots; SSL_CERT_FILE replaces those of the
system; SSL_CERT_DIR replaces the system's folder. Codex stops at an unreadable file only if it is the
one named by CODEX_CA_CERTIFICATE or, where that is not set, by SSL_CERT_FILE.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_checks.network.variables import Origins, origins
from codex_checks.places import Environment, environment
from codex_doctor.dial.certificate import certificate, first_element
from codex_doctor.files import NotAFileError, TooLargeError
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_doctor.context import Context

LIMIT: Final = 4 * 1024 * 1024
"""Bytes: the bundle of every public authority is about 220 KB."""

BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/etc/ssl/certs/ca-certificates.crt",
    "/etc/certs/ca-certificates.crt",
)
"""Where Linux systems keep their roots: what openssl-probe, which Codex builds on, looks for."""

FOLDERS: Final = ("/etc/ssl/certs", "/etc/pki/tls/certs")

HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The names under which OpenSSL finds certificates in a folder; others are not looked at."""

HASHED_LIMIT: Final = 1000

_BEGIN: Final = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
_END: Final = re.compile(rb"-----END (?:TRUSTED |X509 )?CERTIFICATE-----")


class Broken(Struct, frozen=True, kw_only=True):
    """A file of certificates that Codex cannot use: which variable names it, and what is wrong."""

    variable: str
    path: str
    why: str


class Roots(Struct, frozen=True, kw_only=True):
    """The certificates (DER) that Codex trusts, and where they come from.

    *of_system*: the system's own list in files is among them. *own_store*: the system keeps its list
    elsewhere (macOS, Windows), and it does not stand here. *replaced_by* is the variable, if any, in
    whose favour the system's list is left out; *origins* says where variables are set.
    """

    certificates: tuple[bytes, ...] = ()
    sources: tuple[str, ...] = ()
    of_system: bool = False
    own_store: bool = False
    replaced_by: str | None = None
    broken: Broken | None = None
    origins: Origins = field(default_factory=Origins)


@blocking_probe("tls.roots", touches={Touches.FILES}, limit=2.0, needs=(environment,))
def roots(ctx: Context, surroundings: Environment) -> Roots:
    """Read the certificates that Codex trusts."""
    variables = surroundings.variables
    named = variables.get("SSL_CERT_FILE") or None
    added = variables.get("CODEX_CA_CERTIFICATE") or None
    found: dict[bytes, None] = {}
    sources: list[str] = []
    broken: Broken | None = None
    for variable, value in (("CODEX_CA_CERTIFICATE", added), ("SSL_CERT_FILE", named)):
        if value is None:
            continue
        try:
            found |= dict.fromkeys(_file(ctx, ctx.cwd / value, whole=True))
            sources.append(f"{value} ({variable})")
        except (OSError, ValueError) as error:
            if variable == "SSL_CERT_FILE" and added is not None:
                continue  # Codex then passes it over in silence
            broken = Broken(variable=variable, path=value, why=_words(error))
    of_system = False
    folder = variables.get("SSL_CERT_DIR") or None
    if ctx.system.os == "linux":
        own = _of_system(ctx) if named is None else {}
        of_system = bool(own)
        held = _folder(ctx, ctx.cwd / folder) if folder is not None else {}
        for der, source in (own | held).items():
            found[der] = None
            if source not in sources:
                sources.append(source)
    return Roots(
        certificates=tuple(found),
        sources=tuple(sources),
        of_system=of_system,
        own_store=ctx.system.os != "linux" and named is None,
        replaced_by="SSL_CERT_FILE" if named else None,
        broken=broken,
        origins=origins(surroundings, os=ctx.system.os),
    )


def _of_system(ctx: Context) -> dict[bytes, str]:
    """Return the system's own certificates with their source: the bundle, or else the folder.

    Codex reads both; the folder holds the same certificates again, in 140 files.
    """
    for path in map(ctx.system_path, BUNDLES):
        try:
            return dict.fromkeys(_file(ctx, path), str(path))
        except (OSError, ValueError):
            continue
    return {der: source for path in FOLDERS for der, source in _folder(ctx, ctx.system_path(path)).items()}


def _folder(ctx: Context, folder: Path) -> dict[bytes, str]:
    names = [name for name in ctx.entries(folder) if HASHED.fullmatch(name)]
    found: dict[bytes, str] = {}
    for name in names[:HASHED_LIMIT]:
        try:
            found |= dict.fromkeys(_file(ctx, folder / name), str(folder))
        except (OSError, ValueError):
            continue
    return found


def _file(ctx: Context, path: Path, *, whole: bool = False) -> tuple[bytes, ...]:
    return parse_pem(ctx.read(path, limit=LIMIT), whole=whole)


def parse_pem(content: bytes, *, whole: bool = True) -> tuple[bytes, ...]:
    """Return the certificates (DER) that stand in *content*, without OpenSSL's trust settings.

    Unless *whole*, only their outer form is looked at, which takes a tenth of the time.

    :raises ValueError: there are none, or one is damaged; the message says which.
    """
    import base64

    blocks = tuple(_blocks(content))
    if not blocks:
        raise ValueError("it holds no certificate in PEM form" if content.strip() else "it is empty")
    found: list[bytes] = []
    for number, block in enumerate(blocks, start=1):
        try:
            der = first_element(base64.b64decode(b"".join(block.split()), validate=True))
            if whole:
                certificate(der)
        except ValueError:
            raise ValueError(f"certificate {number} of {len(blocks)} in it is damaged") from None
        found.append(der)
    return tuple(found)


def _blocks(content: bytes) -> Iterator[bytes]:
    """Yield what stands between each beginning and the next end, in linear time.

    One pattern for both would look through the whole rest for every beginning that has no end.
    """
    begin = _BEGIN.search(content)
    while begin is not None and (end := _END.search(content, begin.end())) is not None:
        yield content[begin.end() : end.start()]
        begin = _BEGIN.search(content, end.end())


def _words(error: Exception) -> str:
    if isinstance(error, NotAFileError):
        return f"it is {error.kind}"
    if isinstance(error, TooLargeError):
        return f"it is larger than {LIMIT} bytes"
    return (getattr(error, "strerror", None) or str(error)) if isinstance(error, OSError) else str(error)
