"""Checks of others that do what no check may, as throw-away packages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Final

from codex_doctor.catalogue import GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codex_doctor.testing import Rule

HEAD: Final = '''
import asyncio, os, re, signal, socket, subprocess, sys, time
from msgspec import Struct
from codex_doctor.catalogue import Catalogue
from codex_doctor.check import check
from codex_doctor.model import Problem, Severity
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe, probe

CHECKS, PROBLEMS = [], []

class Env(Struct, frozen=True, kw_only=True):
    """The environment."""
    text: str

@blocking_probe("acme.env", touches={Touches.FILES}, limit=60)
def env(ctx):
    return Env(text=ctx.env.get("NOTE", ""))

def declared(name, code):
    made = Problem(code=code, name=name, area="hosts", severity=Severity.WARNING,
                   title=f"Acme says {name}", advice="Mend it.")
    PROBLEMS.append(made)
    return made

def checked(name, needs, *problems):
    def declare(judge):
        made = check(f"hosts.acme-{name}", title=f"Acme {name}", needs=needs, reports=problems)(judge)
        CHECKS.append(made)
        return made
    return declare

def page(name):
    made = next(each for each in PROBLEMS if each.name == name)
    return f"""# {made.title}

`{made.code}` · `{made.name}` · warning

## What you see

```text
acme: it is wrong
```

## Why

Somebody made it so.

## What to do

```sh
acme mend it
```

## How to confirm

```sh
codex-doctor check {made.name}
```
"""

def catalogue():
    return Catalogue(checks=tuple(CHECKS), problems=tuple(PROBLEMS), page=page)
'''
"""What every such catalogue starts with; `checked` and `declared` put what they make into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A bad check.

    *body* is what it does while it judges the fact `env`, or *code* all of it. The test kit says that *rule*
    is broken, by *subject*, in a message with *says*. At run time its *verdict* has *reason* in it; *alone*:
    it ends or blocks the worker of its plugin. One that never *runs* harms nobody but its readers.
    """

    name: str
    rule: Rule
    says: str
    body: str = ""
    code: str = ""
    subject: str = ""
    verdict: str = "crashed"
    reason: str = ""
    alone: bool = False
    runs: bool = True

    def source(self, number: int) -> str:
        """Return its code, without the head; *number* makes its problem's code."""
        if self.code:
            return dedent(self.code).replace("NUMBER", str(number))
        return (
            f'\n\nP{number} = declared("acme-{self.name}-is-wrong", "ACME{number}")\n\n'
            f'@checked("{self.name}", (env,), P{number})\n'
            f"def judge_{number}(env):\n    WRONG = P{number}\n{indent(dedent(self.body).strip(), '    ')}\n"
            "    yield from ()\n"
        )


def write(folder: Path, module: str, bads: Sequence[Bad]) -> None:
    """Write a module with a catalogue of *bads* into *folder*."""
    parts = (bad.source(101 + number) for number, bad in enumerate(bads))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{module}.py").write_text(HEAD + "".join(parts), "utf-8")


def install(folder: Path, plugins: Mapping[str, Sequence[Bad]]) -> Mapping[str, str]:
    """Install each of *plugins* as a distribution, by name; return what a process needs to find them."""
    numbers = count(101)
    for name, bads in plugins.items():
        module = f"acme_{name.replace('-', '_')}"
        source = HEAD + "".join(bad.source(next(numbers)) for bad in bads)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{module}.py").write_text(source, "utf-8")
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:catalogue\n")
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(folder)}
