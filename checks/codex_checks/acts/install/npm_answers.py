"""What npm says when it fails, in our own words: its own fill a page, and name addresses and log files."""

from __future__ import annotations

import re
from typing import Final

from codex_doctor.cutting import cut
from codex_doctor.errors import RepairError

NOT_UNPACKED: Final = b"TAR_ENTRY_ERROR"
"""What npm says of a file that it could not write, as a warning; it goes on, and calls it a success."""

_CODE: Final = re.compile(r"^npm (?:(?:error|ERR!) code|\w+!? tar TAR_ENTRY_ERROR) (\w+)", re.MULTILINE)
_PATH: Final = re.compile(r"^npm (?:error|ERR!) (?:path|dest) (\S[^\r\n]*)", re.MULTILINE)


class NpmError(RepairError):
    """npm could not do what it was told. *code* is the one that it gave (`EACCES`, `E404` ...), or None."""

    def __init__(self, message: str, *, code: str | None, transient: bool) -> None:
        super().__init__(message, transient=transient)
        self.code = code


_UNREACHED: Final[dict[str | None, str]] = {
    "ECONNREFUSED": "its registry refused the connection",
    "ECONNRESET": "the connection to its registry broke off",
    "EAI_AGAIN": "the name of its registry could not be looked up",
    "ENOTFOUND": "the name of its registry is not known",
    "ETIMEDOUT": "its registry did not answer",
    "ESOCKETTIMEDOUT": "its registry did not answer",
    "ERR_SOCKET_TIMEOUT": "its registry fell silent",
    "ENETUNREACH": "there is no route to its registry",
    "EHOSTUNREACH": "there is no route to its registry",
    "SELF_SIGNED_CERT_IN_CHAIN": "it does not trust the certificate of its registry",
    "DEPTH_ZERO_SELF_SIGNED_CERT": "it does not trust the certificate of its registry",
    "UNABLE_TO_GET_ISSUER_CERT": "it does not trust the certificate of its registry",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY": "it does not trust the certificate of its registry",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE": "it does not trust the certificate of its registry",
    "CERT_HAS_EXPIRED": "the certificate of its registry has expired",
    "E401": "its registry wants a sign-in",
    "E403": "its registry refuses the package",
    "E404": "its registry does not have the package, or not yet",
    "ETARGET": "its registry does not have this version, or not yet",
    "E429": "its registry has had too many questions",
    "E500": "its registry failed",
    "E502": "its registry failed",
    "E503": "its registry is not available",
    "E504": "its registry did not answer",
}
"""Codes of a registry that could not be reached or does not have it, with what they mean."""

_FOR_GOOD: Final = frozenset({"E401", "E403", "CERT_HAS_EXPIRED"})
"""Codes of a registry that will say the same tomorrow; so does one whose certificate is not trusted."""

_LOCAL: Final[dict[str | None, str]] = {
    "EACCES": "it may not write",
    "EPERM": "it may not write, or the file is in use",
    "EBUSY": "a file is in use",
    "EROFS": "the disk is mounted read-only",
    "ENOSPC": "the disk is full",
    "EDQUOT": "your share of the disk is full",
    "ENOTEMPTY": "a broken update left a folder in its way",
    "EEXIST": "another program's file is in its way",
    "EINTEGRITY": "what it downloaded is not what was published",
    "EBADPLATFORM": "the package is for another kind of machine",
    "EBADENGINE": "its Node is too old",
    "EUSAGE": "it does not understand the command",
}
"""Codes of faults on this machine."""


def failure(said: bytes) -> NpmError:
    """Return the error that npm's words *said* amount to."""
    words = said.decode("utf-8", "replace")
    found = _CODE.search(words)
    code = found[1] if found else None
    why = _UNREACHED.get(code) or _LOCAL.get(code)
    if why is None:
        why = _first_complaint(words) or "it does not say why"
    place = _PATH.search(words)
    where = f" ({place[1].strip()})" if place and code in _LOCAL else ""
    later = code in _UNREACHED and code not in _FOR_GOOD and "certificate" not in why
    return NpmError(f"npm could not install Codex: {why}{where}", code=code, transient=later)


def _first_complaint(words: str) -> str | None:
    for line in words.splitlines():
        said = re.sub(r"^npm (?:error|ERR!)\s*", "", line).strip()
        if (
            said != line.strip()
            and said
            and not said.startswith(("code ", "errno ", "syscall ", "A complete log"))
        ):
            return cut(re.sub(r"\w+://\S+", "its registry", said), 200)
    return None
