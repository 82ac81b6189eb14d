"""Speak TLS over a connection, and say what exactly was wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.dial.attempt import Fault
from codex_doctor.dial.error import StageError, broken

if TYPE_CHECKING:
    import ssl

    from anyio.abc import ByteStream
    from anyio.streams.tls import TLSStream


async def secure(stream: ByteStream, *, host: str, context: ssl.SSLContext) -> tuple[TLSStream, bytes | None]:
    """Speak TLS over *stream*, and return the peer's certificate (DER) with the new stream.

    :raises StageError: the handshake failed, or the certificate is not good for *host*.
    """
    import ssl

    import anyio
    from anyio.streams.tls import TLSAttribute, TLSStream

    try:
        wrapped = await TLSStream.wrap(
            stream, server_side=False, hostname=host, ssl_context=context, standard_compatible=False
        )
    except ssl.SSLCertVerificationError as error:
        raise StageError(certificate_fault(error), error.verify_message or str(error)) from None
    except ssl.SSLError as error:
        raise StageError(Fault.TLS_HANDSHAKE, _tls_words(error)) from None
    except ValueError as error:
        raise StageError(Fault.TLS_HANDSHAKE, f"{host} cannot be named in a handshake: {error}") from None
    except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
        raise broken(error, "in the middle of the TLS handshake") from None
    shown = wrapped.extra(TLSAttribute.ssl_object)  # noqa: S610 - anyio's way to its attributes, not Django's
    return wrapped, shown.getpeercert(binary_form=True)


_CERTIFICATE: Final = {
    # OpenSSL's X509_V_ERR_*.
    9: Fault.TLS_NOT_YET_VALID,
    10: Fault.TLS_EXPIRED,
    2: Fault.TLS_UNKNOWN_ISSUER,
    18: Fault.TLS_UNKNOWN_ISSUER,
    19: Fault.TLS_UNKNOWN_ISSUER,
    20: Fault.TLS_UNKNOWN_ISSUER,
    21: Fault.TLS_UNKNOWN_ISSUER,
    62: Fault.TLS_HOSTNAME,
    64: Fault.TLS_HOSTNAME,
    # macOS: errSecCertificateExpired, NotValidYet, NotTrusted, CreateChainFailed, HostNameMismatch.
    -67818: Fault.TLS_EXPIRED,
    -67819: Fault.TLS_NOT_YET_VALID,
    -67843: Fault.TLS_UNKNOWN_ISSUER,
    -25318: Fault.TLS_UNKNOWN_ISSUER,
    -67602: Fault.TLS_HOSTNAME,
    # Windows: CERT_E_EXPIRED, UNTRUSTEDROOT, CHAINING, CN_NO_MATCH.
    0x800B0101: Fault.TLS_EXPIRED,
    0x800B0109: Fault.TLS_UNKNOWN_ISSUER,
    0x800B010A: Fault.TLS_UNKNOWN_ISSUER,
    0x800B010F: Fault.TLS_HOSTNAME,
}


def certificate_fault(error: ssl.SSLCertVerificationError) -> Fault:
    """Return why a certificate was refused, by the number that OpenSSL, macOS or Windows gave."""
    return _CERTIFICATE.get(error.verify_code, Fault.TLS_HANDSHAKE)


def _tls_words(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}:
        return f"the other side does not speak TLS ({reason})"
    return reason or str(error)
