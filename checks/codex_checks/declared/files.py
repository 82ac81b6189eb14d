"""A check of the user's own of a file or folder: whether it is there, its mode and its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.declared.looking import place
from codex_doctor import files
from codex_doctor.files import Status  # noqa: TC001 - facts are read at run time when a report is stored
from codex_doctor.probe import Probe, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import File
    from codex_doctor.context import Context
    from codex_doctor.model import Evidence


class Seen(Struct, frozen=True, kw_only=True):
    """What stands at *path*, or None; *user* is the numeric user id of whoever asks, None on Windows."""

    path: str
    status: Status | None
    user: int | None


def probe_of(asked: File, id: str) -> Probe[Seen]:
    """Return the probe that looks at what is *asked*."""

    @blocking_probe(id, touches={Touches.FILES}, limit=2.0)
    def look(ctx: Context) -> Seen:
        path = place(ctx, asked.path)
        try:
            return Seen(path=str(path), status=ctx.status(path), user=ctx.system.user)
        except OSError as error:
            raise Unavailable(f"{path} cannot be looked at: {error.strerror or error}") from None

    return look


def judge_of(asked: File) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""

    def judge(seen: Seen) -> Iterator[Wrong]:
        path, status = seen.path, seen.status
        if status is None:
            if asked.exists:
                yield f"{path} is not there", {"path": path}
            return
        if not asked.exists:
            yield f"{path} is there", {"path": path}
            return
        if asked.type is not None and status.kind != asked.type:
            yield f"{path} is {files.describe(status.kind)}, not a {asked.type}", {"path": path}
            return
        if seen.user is not None:
            yield from _rights(asked, seen, status)

    return judge


def _rights(asked: File, seen: Seen, status: Status) -> Iterator[Wrong]:
    """Yield all that is wrong with mode and owner, as one thing."""
    mode = f"{status.mode:o}"
    words: list[str] = []
    if asked.mode is not None and status.mode != int(asked.mode, 8):
        words.append(f"has mode {mode}, not {asked.mode}")
    if asked.at_most is not None and status.mode & ~int(asked.at_most, 8):
        words.append(f"has mode {mode}, more than {asked.at_most}")
    owner = {"me": seen.user, "root": 0}.get(str(asked.owner), asked.owner)
    if owner is not None and status.owner != owner:
        said = f"you (user {owner})" if asked.owner == "me" else f"user {owner}"
        words.append(f"belongs to user {status.owner}, not to {said}")
    if words:
        evidence: Mapping[str, Evidence] = {"path": seen.path, "mode": mode, "owner": status.owner}
        yield f"{seen.path} {' and '.join(words)}", evidence
