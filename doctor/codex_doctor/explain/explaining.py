"""Explain what was asked: the page of a name or code, or what a message means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.explain import pages
from codex_doctor.explain.knowledge import built_in, of_third_parties
from codex_doctor.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.explain.answer import Answer
    from codex_doctor.explain.asked import Asked
    from codex_doctor.explain.knowledge import Knowledge
    from codex_doctor.render.style import Style


NEXT: Final = (
    "codex-doctor             examines this machine, whatever the message means\n"
    "codex-doctor explain -   reads the whole output, which often says more than its last line"
)
"""What to do where nothing fits."""


_LINE: Final = 200
"""Characters: a text of that many is no more than a line."""

_CODE: Final = r"\b[A-Z]{3}[0-9]{3}\b"
"""As the codes of problems are written."""


class Explanation(Struct, frozen=True, kw_only=True):
    """*text* for standard output, *complaint* for standard error, and whether anything *fits*."""

    text: str = ""
    complaint: str = ""
    fits: bool = True


def explained(asked: Asked, *, style: Style) -> Explanation:
    """Explain what was *asked*, in the words of whoever knows it: the doctor itself, then third parties.

    :raises UsageError: there is nothing to explain, or a file cannot be read.
    """
    own = built_in()
    if asked.last:
        return _last(asked, own, style=style)
    return _named(asked, own) or _meant(asked, own, style=style)


def _named(asked: Asked, own: Sequence[Knowledge]) -> Explanation | None:
    """Return the page of what was *asked*, where that is a name or a code."""
    if len(asked.words) == 1 and (page := _page(asked.text, own, asked.format)):
        return page
    if _may_be_a_name(asked):
        return _page(asked.text, of_third_parties(own), asked.format)
    return None


def _meant(asked: Asked, own: Sequence[Knowledge], *, style: Style) -> Explanation:
    """Explain the message that was *asked* about."""
    from codex_doctor.explain.pasted import pasted

    text = pasted(asked)
    if (code := _code(text)) and (page := _page(code, own, asked.format)):
        return page
    found = _answered(text, own)
    if not found.sure and (theirs := of_third_parties(own)):
        found = _answered(text, (*own, *theirs))
    if asked.format is Format.JSON:
        from codex_doctor.explain.answer import as_json

        return Explanation(text=as_json(found), fits=bool(found.told))
    if not found.told or (_is_misspelt(asked, own) and not any(one.said for one in found.told)):
        return Explanation(complaint=_nothing(asked, own), fits=False)
    from codex_doctor.explain.answer import as_text

    return Explanation(text=as_text(found, style=style))


def _last(asked: Asked, knowledge: Sequence[Knowledge], *, style: Style) -> Explanation:
    """Explain what went wrong most recently, as it was recorded on this machine."""
    from codex_doctor.examination import Request, here
    from codex_doctor.explain import answer

    ctx = here(Request(offline=True))
    try:
        found = [remembered for each in knowledge if (remembered := each.last(ctx))]
    finally:
        ctx.close()
    latest = max(found, key=lambda remembered: remembered.when, default=None)
    told = answer.Answer() if latest is None else _answered(latest.heard, knowledge, ours=True)
    if asked.format is Format.JSON:
        return Explanation(text=answer.as_json(told, latest), fits=bool(told.told))
    if latest is None:
        return Explanation(complaint=f"codex-doctor: nothing is recorded of late\n{NEXT}", fits=False)
    recorded = answer.recorded(latest, style=style)
    if not told.told:
        complaint = f"codex-doctor: nothing that is known of Codex fits what was recorded\n{NEXT}"
        return Explanation(text=recorded, complaint=complaint, fits=False)
    return Explanation(text=f"{recorded}\n{answer.as_text(told, style=style)}")


def _answered(text: str | bytes, knowledge: Sequence[Knowledge], *, ours: bool = False) -> Answer:
    from codex_doctor.explain.answer import answer
    from codex_doctor.explain.knowledge import known

    return answer(text, knowledge, known(knowledge), ours=ours)


def _page(word: str, knowledge: Sequence[Knowledge], format: Format) -> Explanation | None:
    found = pages.explain(word, knowledge)
    if found is None:
        return None
    if format is Format.JSON:
        return Explanation(text=pages.as_json(word, found))
    return Explanation(text=pages.shown(found.page))


def _is_misspelt(asked: Asked, knowledge: Sequence[Knowledge]) -> bool:
    """Whether what was *asked* is one word, and comes close to the name of a problem."""
    return _may_be_a_name(asked) and "-" in asked.text and bool(pages.near(asked.text, knowledge))


def _code(text: str | bytes) -> str:
    """Return the code in *text*, if it is short and has one: a line that the doctor printed, mostly."""
    said = text if isinstance(text, str) else text[: _LINE + 1].decode("utf-8", "replace")
    found = re.search(_CODE, said) if len(said) <= _LINE else None
    return found[0] if found else ""


def _may_be_a_name(asked: Asked) -> bool:
    """Whether *asked* may be the name or code of a third party's problem, rather than a message or a file."""
    return len(asked.words) == 1 and asked.text.replace("-", "").isalnum()


def _nothing(asked: Asked, knowledge: Sequence[Knowledge]) -> str:
    """Return in words that nothing fits, and what to do next."""
    from codex_doctor.redact import Redactor

    if not _may_be_a_name(asked):
        return f"codex-doctor: nothing that is known of Codex fits this message\n{NEXT}"
    became = pages.retired(asked.text, knowledge)
    close = pages.near(asked.text, knowledge)
    hint = (
        f"; it is retired: {became}" if became else f"; did you mean {' or '.join(close)}?" if close else ""
    )
    word = (
        f"is called {Redactor().text(asked.text)!r}" if hint else "is called that"
    )  # what is near no name may be a secret
    return f"codex-doctor: no problem {word}, and no message fits it{hint}\n{NEXT}"
