"""Servers on loopback for checks that look at the network; they need the extra `testing`."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, Self

from pytest_httpserver import HTTPServer

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

NAMES: Final = ("127.0.0.1", "localhost")
"""What the certificate of a server is for."""


class FakeServer:
    """A server of HTTP, or of HTTPS with a certificate of *authority*, whose certificate is kept in *folder*.

    *http* takes what it is to answer (`expect_request("/health").respond_with_json({})`) and knows what it
    was asked (`log`). *url* has no slash at its end. *authority_file* holds the authority's certificate, for
    SSL_CERT_FILE and its like; None over HTTP.
    """

    def __init__(self, *, authority: trustme.CA | None = None, folder: Path | None = None) -> None:
        tls: ssl.SSLContext | None = None
        self.authority_file: Path | None = None
        if authority is not None and folder is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with authority.issue_cert(*NAMES).private_key_and_cert_chain_pem.tempfile() as pem:
                tls.load_cert_chain(pem)
            self.authority_file = folder / "authority.pem"
            authority.cert_pem.write_to_path(str(self.authority_file))
        self.http = HTTPServer(host=NAMES[0], port=0, ssl_context=tls, threaded=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.http.url_for("").rstrip("/")

    def __enter__(self) -> Self:
        self.http.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.clear()
        if self.http.is_running():
            self.http.stop()
