"""The names of a new package, all made from the one that the user gives."""

from __future__ import annotations

import keyword
import re
import sys
from typing import Final

from msgspec import Struct

from codex_doctor.errors import UsageError

LONGEST: Final = 40
"""Characters of a name: it stands in every id and every title of a report."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OURS: Final = ("codex-doctor", "codex-checks", "codex")
_RESERVED: Final = "CDX"
"""The prefix of the doctor's own codes."""

_LETTERS: Final = 8
"""Capital letters that a code may have at most."""


class Names(Struct, frozen=True, kw_only=True):
    """What everything in the package is called.

    *name* is that of the distribution (`acme-vpn`), *module* what is imported (`acme_vpn`), *prefix* what
    the codes of its problems start with (`ACME`), *title* how the sentences call it (`Acme vpn`).
    """

    name: str
    module: str
    prefix: str
    title: str


def names_of(name: str) -> Names:
    """Return the names of the package *name*.

    :raises UsageError: no package can be called so; the message says why, and what could be taken.
    """
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        hint = f", such as {near}" if _NAME.fullmatch(near) else ", such as acme-proxy"
        raise UsageError(f"{name!r} is no name for a package: small letters, digits and hyphens{hint}")
    if len(name) > LONGEST:
        raise UsageError(f"{name!r} is too long: a name has {LONGEST} characters at most")
    module = name.replace("-", "_")
    if name in _OURS or module in sys.stdlib_module_names or keyword.iskeyword(module):
        raise UsageError(f"{name!r} is taken: Python or codex-doctor itself has a module of that name")
    prefix = _prefix(name)
    return Names(name=name, module=module, prefix=prefix, title=name.replace("-", " ").capitalize())


def _prefix(name: str) -> str:
    """Return what the codes start with: the letters of the first word, or of the whole if that has one."""
    letters = ["".join(filter(str.isalpha, word)).upper() for word in (name.partition("-")[0], name)]
    prefix = next((each for each in letters if len(each) > 1), letters[-1])[:_LETTERS]
    if len(prefix) < 2:  # noqa: PLR2004 - a code needs two letters
        raise UsageError(f"{name!r} has one letter; the codes of its problems start with two at least")
    if prefix.startswith(_RESERVED):
        raise UsageError(f"{name!r} gives codes that start with {_RESERVED}, which is the doctor's own")
    return prefix
