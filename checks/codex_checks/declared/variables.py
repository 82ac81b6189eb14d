"""A check of the user's own of an environment variable. Its value may be a secret, and is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.declared.looking import matches
from codex_doctor.probe import Probe, Touches, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import Variable
    from codex_doctor.context import Context


class Seen(Struct, frozen=True, kw_only=True):
    """Whether the variable is *set*, and whether its value is *as_asked*."""

    set: bool
    as_asked: bool


def probe_of(asked: Variable, id: str) -> Probe[Seen]:
    """Return the probe that looks at what is *asked*."""

    @probe(id, touches=set[Touches](), limit=1.0)
    async def look(ctx: Context) -> Seen:
        value = ctx.env.get(asked.name)
        if not value:  # what is set to nothing counts as unset: so it does for most that read it
            return Seen(set=False, as_asked=False)
        alike = asked.matches is None or matches(value, asked.matches)
        return Seen(set=True, as_asked=alike and asked.equals in (None, value))

    return look


def judge_of(asked: Variable) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""

    def judge(seen: Seen) -> Iterator[Wrong]:
        evidence = {"variable": asked.name}
        if not asked.set:
            if seen.set:
                yield f"{asked.name} is set", evidence
        elif not seen.set:
            yield f"{asked.name} is not set", evidence
        elif not seen.as_asked:
            wanted = asked.matches if asked.equals is None else asked.equals
            yield f"{asked.name} is set, but not to {wanted}", evidence

    return judge
