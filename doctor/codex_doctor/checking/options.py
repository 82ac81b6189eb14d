"""Options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# A parser of its own: typer's looks whether the file is there, and a dead disk would keep it looking.
CodexBin = Annotated[Path | None, typer.Option(parser=Path, metavar="PATH", help="Examine this codex.")]
CodexHome = Annotated[Path | None, typer.Option(parser=Path, metavar="PATH", help="Examine this CODEX_HOME.")]
