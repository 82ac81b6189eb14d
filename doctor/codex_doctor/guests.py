"""Who else brought checks: other distributions, and the user."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.catalogue import discover, unknown
from codex_doctor.errors import CatalogueError, UsageError
from codex_doctor.threads import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from codex_doctor.catalogue import Catalogue, Source
    from codex_doctor.check import Check
    from codex_doctor.context import Context
    from codex_doctor.examination import Loaded
    from codex_doctor.taken import Taken
    from codex_doctor.wire import Described


class Guest(Struct, frozen=True, kw_only=True):
    """A third-party catalogue, as its worker described it; *fault* says why all or some of it is not.

    *own* is as in `Source`.
    """

    distribution: str
    own: bool = False
    described: Described | None = None
    fault: str = ""


def strangers(installed: Sequence[Source], built_in: Iterable[Catalogue]) -> tuple[Source, ...]:
    """Return what is examined in workers: what others *installed*, and what the user wrote."""
    further = (source for catalogue in built_in for source in catalogue.further())
    return (*(source for source in installed if not source.built_in), *further)


def refuse_unknown(
    words: Sequence[str],
    guested: Sequence[Source],
    ctx: Context,
    *,
    taken: Taken,
    checks: Sequence[Check],
) -> None:
    """Refuse *words* that name nothing: none of *checks*, and nothing of who is *guested*. Blocks.

    :raises UsageError: there is such a word; the message names what comes close, and mistakes in checks
        that the user wrote, for it may be one of those.
    """
    from codex_doctor.elsewhere import asked

    left: Sequence[str] = words
    mistakes: list[str] = []
    for guest in guested:
        described = asked(guest, left, ctx, taken=taken)
        if described is None:
            return
        left = described.unmatched
        mistakes += described.mistakes
        if not left:
            return
    raise UsageError("\n".join((unknown(left[0], checks, ()), *mistakes)))


def guests(built_in: Sequence[Loaded], *, patterns: Sequence[str] = ()) -> tuple[Guest, ...]:
    """Return what third parties brought, without running any of their checks. Blocks.

    One that cannot be loaded is there with its fault.
    """
    catalogues = [loaded.catalogue for loaded in built_in]
    sources = strangers(discover(), catalogues)
    if not sources:
        return ()
    from codex_doctor.claims import Claims, without
    from codex_doctor.elsewhere import describe
    from codex_doctor.examination import DEADLINE, Request, here
    from codex_doctor.taken import Taken

    ctx = here(Request(deadline=DEADLINE))
    taken, claims = Taken.by(*catalogues), Claims(sources)
    found: list[Guest] = []
    try:
        ask = partial(describe, ctx=ctx, taken=taken, patterns=patterns)
        # All at once, so that one which hangs costs the others no time.
        answers = side_by_side([partial(_told, source, ask) for source in sources])
        for source, described in zip(sources, answers, strict=True):
            if isinstance(described, CatalogueError):
                claims.over(source)
                found.append(Guest(distribution=source.distribution, fault=str(described)))
                continue
            clashes = claims.claim(source, described, seconds=0.0)
            found.append(
                Guest(
                    distribution=source.distribution,
                    own=source.own,
                    described=without(described, clashes) if source.own or not clashes else None,
                    fault=f"{source.distribution}: {'; '.join(map(str, clashes))}" if clashes else "",
                )
            )
    finally:
        ctx.close()
    return tuple(found)


def _told(source: Source, ask: Callable[[Source], Described]) -> Described | CatalogueError:
    """Return what *source* answers, or why it does not."""
    try:
        return ask(source)
    except CatalogueError as error:
        return error
    except Exception:  # noqa: BLE001 - one guest's answer keeps no other from being told of
        return CatalogueError(source.distribution, "it could not be described")
