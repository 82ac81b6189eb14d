"""The page of a problem of the user's own: what they wrote, or what can be said without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.declared.naming import line

if TYPE_CHECKING:
    from codex_checks.declared.shape import Declared
    from codex_doctor.model import Problem


def page_of(file: str, declared: Declared, problem: Problem) -> str:
    """Return the page of *problem*, which stands in *file*, in Markdown."""
    head = f"# {problem.title}\n\n`{problem.code}` · `{problem.name}` · {problem.severity}\n"
    written = declared.problem.page.strip()
    if written.startswith("# "):
        return f"{written}\n"
    parts = [head, written or _made(declared)]
    if "## How to confirm" not in written:
        parts.append(f"## How to confirm\n\n```sh\ncodex-doctor check {problem.name}\n```")
    if problem.url:
        parts.append(f"More: {problem.url}")
    parts.append(f"Written in {file}.")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _made(declared: Declared) -> str:
    wrong = declared.problem
    parts = [f"## What you see\n\nThis does not hold: {declared.title}.", f"## What to do\n\n{wrong.advice}"]
    if wrong.fix is not None:
        parts.append(f"{wrong.fix.summary.rstrip('.')}.")
        if wrong.fix.command:
            parts.append(f"```sh\n{line(wrong.fix.command)}\n```")
    return "\n\n".join(parts)
