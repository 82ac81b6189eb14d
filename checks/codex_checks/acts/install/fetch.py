"""Download a file: within limits of size and time, going on where an earlier try broke off."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from codex_doctor.errors import RepairError
from codex_doctor.private import CLOSED, PRIVATE_FILE

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import httpx

    from codex_checks.acts.install.way import Way

PATIENCE: Final = 1200.0
"""Seconds for a whole download: 150 MB at 1 Mbit/s."""

MOST: Final = 1024**3
"""Bytes of an archive: that of 0.169.0 takes about 150 MB."""

TEXT: Final = 4 * 1024 * 1024
"""Bytes of a list of releases or digests: those of a release with 200 files take 300 KB."""

REDIRECTS: Final = 5
_AGAIN: Final = 3
"""Tries of a download that broke off on its way."""

_OK: Final = 200
_PARTIAL: Final = 206
_NOT_THAT_FAR: Final = 416
_NOT_FOUND: Final = frozenset({404, 410})
"""What a store of files answers for one that it does not have."""


class NotThereError(RepairError):
    """The server does not have what was asked for."""


class Progress(Struct, frozen=True, kw_only=True):
    """Bytes that have come so far, of *whole* (None: the server does not say)."""

    got: int
    whole: int | None


Watch = Callable[[Progress], None]


def fetch_text(url: str, way: Way, *, seconds: float = 60.0) -> bytes:
    """Return what *url* answers, which is short.

    :raises NotThereError: the server does not have it.
    :raises RepairError: it cannot be had; *transient* where another time may do.
    """
    until = time.monotonic() + seconds
    with _answer(url, way, {}) as response:
        if response.status_code != _OK:
            raise _refused(url, response.status_code)
        found = bytearray()
        for part in response.iter_bytes():
            found += part
            _check(url, len(found), TEXT, until)
        return bytes(found)


def fetch_file(
    url: str, to: Path, way: Way, *, seconds: float = PATIENCE, watch: Watch = lambda _: None
) -> None:
    """Download *url* into the file *to*; where that holds a part of it already, the rest is asked for.

    What *to* holds afterwards must be checked: a part from another time may not fit the rest.

    :raises NotThereError: the server does not have it.
    :raises RepairError: it cannot be had; what came so far stays in *to*.
    :raises OSError: *to* cannot be written.
    """
    until = time.monotonic() + seconds
    for left in reversed(range(_AGAIN)):
        before = to.stat().st_size if to.exists() else 0
        try:
            return _some(url, to, way, until, watch)
        except NotThereError:
            raise
        except RepairError as error:
            moved_on = to.exists() and to.stat().st_size > before
            if not (left and moved_on and error.transient and time.monotonic() < until):
                raise
    return None


def _some(url: str, to: Path, way: Way, until: float, watch: Watch) -> None:
    """Fetch what *to* lacks.

    :raises RepairError: it broke off.
    """
    descriptor = os.open(to, os.O_RDWR | os.O_CREAT | CLOSED, PRIVATE_FILE)
    with os.fdopen(descriptor, "r+b") as file:
        got = file.seek(0, os.SEEK_END)
        with _answer(url, way, {"Range": f"bytes={got}-"} if got else {}) as response:
            if response.status_code == _NOT_THAT_FAR and got:
                return  # it is all there, or something else: the digest tells
            if response.status_code not in {_OK, _PARTIAL}:
                raise _refused(url, response.status_code)
            if response.status_code == _OK or not _goes_on(response, got):
                file.seek(0)
                file.truncate()
                got = 0
                if response.status_code == _PARTIAL:
                    raise RepairError(f"{_host(url)} sent another part than was asked for", transient=True)
            length = response.headers.get("content-length", "")
            whole = got + int(length) if length.isdigit() else None
            _check(url, whole or 0, MOST, until)
            for part in response.iter_raw():
                file.write(part)
                got += len(part)
                _check(url, got, MOST, until)
                watch(Progress(got=got, whole=whole))
            file.flush()
            os.fsync(descriptor)
            if whole is not None and got < whole:
                raise RepairError(f"the download from {_host(url)} broke off", transient=True)


@contextlib.contextmanager
def _answer(url: str, way: Way, headers: dict[str, str]) -> Generator[httpx.Response]:
    """Ask for *url* and follow where it leads; a program comes over https, or from this machine, or not.

    :raises RepairError: nothing answers, or it leads in a circle or astray.
    """
    import httpx

    sent = {"Accept-Encoding": "identity", "User-Agent": "codex-doctor", **headers}
    local = url.startswith("http:")
    try:
        for _ in range(REDIRECTS + 1):
            with way.client(url) as client, client.stream("GET", url, headers=sent) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                url = urljoin(url, response.headers["location"])
            if url.startswith("http:") and not local:
                raise RepairError("a download was led away from https")
    except httpx.HTTPError as error:
        raise RepairError(_words(url, error), transient=True) from None
    except httpx.InvalidURL:
        raise RepairError("the address of a download is none") from None
    raise RepairError(f"{_host(url)} leads a download in a circle")


def _goes_on(response: httpx.Response, got: int) -> bool:
    said: str = response.headers.get("content-range", "")
    return said.startswith(f"bytes {got}-")


def _check(url: str, size: int, most: int, until: float) -> None:
    if size > most:
        raise RepairError(f"{_host(url)} sends more than {most} bytes, which is no release of Codex")
    if time.monotonic() > until:
        raise RepairError(f"the download from {_host(url)} took too long", transient=True)


def _refused(url: str, status: int) -> RepairError:
    if status in _NOT_FOUND:
        return NotThereError(f"{_host(url)} does not have {_name(url)} ({status})")
    return RepairError(f"{_host(url)} answered {status}", transient=True)


def _words(url: str, error: httpx.HTTPError) -> str:
    """Return what went wrong, in our own words."""
    import httpx

    host = _host(url)
    match error:
        case httpx.ConnectTimeout():
            return f"{host} did not take the connection"
        case httpx.ProxyError():
            return f"the proxy refused to connect to {host}"
        case httpx.ConnectError():
            return f"{host} could not be reached"
        case httpx.TimeoutException():
            return f"{host} fell silent"
        case _:
            return f"the connection to {host} broke off"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the server"
    except ValueError:
        return "the server"


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2] or "it"
