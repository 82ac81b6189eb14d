"""Renew the stored sign-in for real: the only proof that it can be, and only where the user asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.ending import Ending
from codex_checks.acts.errors import ActError, SendError
from codex_checks.network.roots import Roots, roots
from codex_checks.network.route import Route, route
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_checks.renewal.patience import ENOUGH, SLACK, until_the_deadline
from codex_checks.renewal.traces import Traces, credential_store, traces
from codex_doctor.errors import Unavailable
from codex_doctor.probe import Touches, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.journal import Answer
    from codex_checks.acts.refresh_request import Request
    from codex_doctor.context import Context

LIMIT: Final = 120.0
"""Seconds: the user's deadline comes first."""

COMMAND: Final = "codex-doctor check --live"
"""What another doctor is told that waits for us."""


class Tried(Struct, frozen=True, kw_only=True):
    """What came of a real renewal at *host*.

    *ending* is None where it was not done: *problem* is the name of what stood in the way. *kept*: new
    tokens came and could not be stored; they wait in the journal. *by_codex*: a Codex that runs renewed it,
    or is to. *expires* is when the access token ends that is stored now, in seconds since the epoch.
    """

    host: str
    ending: Ending | None = None
    problem: str | None = None
    words: str = ""
    next_step: str = ""
    expires: int | None = None
    kept: bool = False
    by_codex: bool = False

    @property
    def works(self) -> bool:
        """Whether the sign-in was renewed, by us or by somebody faster."""
        return self.ending in (Ending.RENEWED, Ending.ADOPTED, Ending.NOT_DUE)


@probe(
    "auth.renewal-tried",
    touches={Touches.SPENDS},
    limit=LIMIT,
    needs=(traces, codex_home, environment, roots),
)
async def tried(
    ctx: Context, found: Traces, home: CodexHome, surroundings: Environment, trusted: Roots
) -> Tried:
    """Renew the stored sign-in, whether it is due or not, and finish what was interrupted before."""
    from codex_checks.acts.refresh_request import address

    variables = surroundings.variables
    try:
        url = address(found.sign_in.tokens, variables)
    except ActError as error:
        raise Unavailable(error.words) from None
    way = await route(ctx, url, variables=variables, trusted=trusted, credential=True)
    if ctx.time_left() < ENOUGH:
        await until_the_deadline()
    return await in_thread(lambda: _renew(ctx, found, home, way, variables), name="renew the sign-in")


def _renew(ctx: Context, found: Traces, home: CodexHome, way: Route, variables: Mapping[str, str]) -> Tried:
    from codex_checks.acts.at_work import AtWork
    from codex_checks.acts.locks import CODEX_PATIENCE
    from codex_checks.acts.refresh import refresh
    from codex_checks.acts.sending import Way

    store = credential_store(ctx, found.sign_in, home)
    store.patience = min(CODEX_PATIENCE, ctx.time_left() / 4)
    store.own_patience = ctx.time_left() / 2
    unsent = Tried(host=way.host)

    def send(request: Request) -> Answer:
        left = ctx.time_left() - SLACK
        if left < ENOUGH - SLACK:
            raise SendError(None, "waiting for locks left no time for it", sent=False)
        return Way(tls=way.tls, proxy=way.proxy, seconds=left).send(request)

    try:
        ended = refresh(
            store,
            send,
            env=variables,
            force=True,
            now=ctx.now,
            command=COMMAND,
            codex=AtWork(home.path, keep=ctx.vault.secret),
        )
    except ActError as error:
        return replace(unsent, problem=error.problem, words=error.words, kept=error.kept)
    return Tried(
        host=way.host,
        ending=ended.ending,
        problem=ended.problem,
        words=ended.words,
        next_step=ended.next_step,
        expires=ended.expires,
        by_codex=ended.by_codex,
    )
