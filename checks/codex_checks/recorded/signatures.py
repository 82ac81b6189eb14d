"""What Codex's own words for an error mean: judged by the same signatures as a message that is pasted."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.explain.matching import Candidate
    from codex_doctor.explain.signature import Known


@cache
def known() -> Known:
    """Return the signatures, which are read when the first error is: few machines have one."""
    from codex_checks import pages
    from codex_doctor.explain.signature import Known

    found = Known()
    found.read(pages.signatures(), where="signatures")
    return found


def problem_of(*, text: str, code: str | None, kind: str | None, status: int | None) -> str | None:
    """Return the name of the problem that an error is a sign of, or None where it surely is of none.

    *code* is the server's word for it, *kind* Codex's own, *status* that of HTTP.
    """
    from codex_doctor.explain.matching import SURE

    found = meanings(text=text, code=code, kind=kind, status=status)
    return found[0].name if found and found[0].score >= SURE else None


@lru_cache(maxsize=1024)  # the same errors are asked about by several checks
def meanings(*, text: str, code: str | None, kind: str | None, status: int | None) -> Sequence[Candidate]:
    """Return what an error may be a sign of, the most likely first."""
    from codex_doctor.explain.matching import candidates

    said = [text, code or "", kind or "", f"status {status}" if status else ""]
    return candidates("\n".join(filter(None, said)), known(), ours=True)
