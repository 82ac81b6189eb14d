"""Import a library without a part of it that this process never uses.

`msgspec` prefers typing_extensions to `typing`, which takes as long as the rest of it. It can do without (it
imports that part in a `try`), so it is told that it is not there, as long as it is imported and no longer.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import cast


def load(library: str, *, without: str) -> None:
    """Import *library*, to which *without* seems to be missing, unless one of the two is there already.

    Only for a process that is ours from its start to its end: the library stays as it was imported.
    """
    if library in sys.modules or without in sys.modules:
        return
    # How Python is told that a module is missing (the language reference, 5.3.1).
    modules = cast("dict[str, object]", sys.modules)
    modules[without] = None
    try:
        import_module(library)
    finally:
        del modules[without]
