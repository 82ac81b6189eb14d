"""Whom a TLS connection trusts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable


def trusting(roots: Iterable[bytes], *, system: bool) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates *roots* (DER each).

    *system*: it also trusts what the operating system's own store holds (macOS and Windows). A root
    that OpenSSL does not accept is passed over. Old or unusual roots are judged as rustls would: the
    strict rules of Python 3.13 are not applied.
    """
    import ssl

    if system:
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    ders = tuple(roots)
    try:
        if ders:
            context.load_verify_locations(cadata=b"".join(ders))
    except ssl.SSLError:
        for der in ders:
            with contextlib.suppress(ssl.SSLError):
                context.load_verify_locations(cadata=der)
    return context


def trusting_anyone() -> ssl.SSLContext:
    """Return a context for learning who a server says it is. Nothing it says is believed."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
