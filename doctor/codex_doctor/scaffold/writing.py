"""Fill the templates in, and put the package in its place whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import UsageError
from codex_doctor.output import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.scaffold.names import Names

TEMPLATES: Final = Path(__file__).parent / "template"
"""The files of a package; a name of `Names` in double braces, in a file or its path, stands for its value."""

SUFFIX: Final = ".in"
"""What their names end in, so that no tool takes a template for a program."""

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


def contents(names: Names) -> Mapping[str, str]:
    """Return the files of the package: the text of each by its path, with slashes."""
    words = {word: getattr(names, word) for word in names.__struct_fields__}

    def filled(text: str) -> str:
        return _PLACE.sub(lambda place: words[place[1]], text)

    found = sorted(TEMPLATES.rglob(f"*{SUFFIX}"))
    return {
        filled(path.relative_to(TEMPLATES).as_posix()).removesuffix(SUFFIX): filled(path.read_text("utf-8"))
        for path in found
    }


def put(files: Mapping[str, str], folder: Path) -> None:
    """Write *files* into *folder*, which is made for them and there either whole or not at all.

    :raises UsageError: something is there already, or it cannot be written.
    """
    if os.path.lexists(folder):
        raise UsageError(f"{folder} is there already; nothing was written")
    beside = ""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)
        Path(beside).chmod(0o755)
        for name, text in files.items():
            path = Path(beside, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, text)
        Path(beside).rename(folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        if beside:
            with contextlib.suppress(OSError):
                shutil.rmtree(beside)
