"""The command `new-check`: it writes a package with one check, which passes its own tests at once."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from codex_doctor.command import DONE, Door


def new_check(
    door: Door,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to call the package, such as acme-proxy.")
    ],
    *,
    into: Annotated[
        Path | None,
        typer.Option(
            parser=Path, metavar="DIR", help="Where to make its folder; the current folder if not given."
        ),
    ] = None,
) -> int:
    """Write a package with a check of your own: problem, probe, check, page and tests."""
    from codex_doctor.scaffold.names import names_of
    from codex_doctor.scaffold.writing import contents, put

    names = names_of(name)
    folder = (into or Path()) / name
    files = contents(names)
    put(files, folder)
    door.say(f"{folder} is a package with one check, hosts.{name}-names-a-server, and passes its own tests:")
    door.say("")
    door.say(f"  cd {quote(str(folder))}")
    for line in _commands(windows=os.name == "nt"):
        door.say(f"  {line}")
    door.say("")
    door.say(f"What to change is in {folder / 'src' / names.module / 'checks.py'}; README.md tells how.")
    return DONE


def _commands(*, windows: bool) -> tuple[str, ...]:
    """Return the commands that set the package up, and run its tests."""
    if windows:
        return (
            "py -m venv .venv",
            f'.venv\\Scripts\\pip install {_doctor()}-e ".[test]"',
            ".venv\\Scripts\\pytest",
        )
    return (f'python3 -m venv .venv && .venv/bin/pip install {_doctor()}-e ".[test]"', ".venv/bin/pytest")


def _doctor() -> str:
    """Return where pip gets codex-doctor from and a blank, if that is in no index; else nothing."""
    from importlib import metadata

    try:
        told = metadata.distribution("codex-doctor").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return ""
    where = installed_from(told or "{}")
    return f"{quote(where)} " if where else ""


def installed_from(direct_url: str) -> str:
    """Return what to give pip to install the same again: a path, an address, or nothing for a package index.

    *direct_url* is the JSON that pip wrote about it (PEP 610).
    """
    import json
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        told = json.loads(direct_url)
        url, vcs = str(told.get("url", "")), told.get("vcs_info", {})
        if vcs:
            return f"codex-doctor @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
        return url2pathname(urlsplit(url).path) if url.startswith("file:") else url
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""
