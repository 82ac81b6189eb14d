"""The machine as an act finds it: where the sign-in is kept, and how the service is reached from here."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping  # noqa: TC003 - beside the struct that holds it
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.errors import SendError, StoreNotWritable
from codex_checks.acts.store import CredentialStore, open_store
from codex_checks.auth.login import Login, login
from codex_checks.network.roots import Roots, roots
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_doctor.context import Context  # noqa: TC001 - the same
from codex_doctor.private import PRIVATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from codex_checks.acts.journal import Answer
    from codex_checks.acts.refresh_request import Request

LONGEST: Final = 3600.0
"""Seconds that an act may take in all: a person may be reading a code off the screen meanwhile."""


class Here(Struct, frozen=True, kw_only=True):
    """The machine, and the sign-in of the CODEX_HOME that is meant."""

    ctx: Context
    home: CodexHome
    environment: Environment
    login: Login
    roots: Roots

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment as Codex will see it."""
        return self.environment.variables

    @property
    def home_to_be_made(self) -> bool:
        """Whether there is no home yet, and Codex would make it (codex-auth 1.1)."""
        return self.home.source == "default" and self.home.status is None and self.home.error is None

    def store(self) -> CredentialStore:
        """Return the store of the sign-in. Its home may be absent only where Codex itself would make it.

        :raises StoreNotWritable: a home that somebody named is not there, or is no folder.
        """
        if self.home.error is not None:
            words = f"{self.home.path} cannot be looked at: {self.home.error}"
            raise StoreNotWritable("codex-home-missing", words)
        if not self.home.usable and not self.home_to_be_made:
            what = "does not exist" if self.home.status is None else "is not a folder"
            named = f" ({self.home.source})" if self.home.source != "default" else ""
            raise StoreNotWritable("codex-home-missing", f"{self.home.path}{named} {what}")
        return open_store(self.home.path, self.login, keep=self.ctx.vault.secret)

    def make_home(self) -> None:
        """Make the home where there is none yet and Codex would make it, readable by its owner alone.

        :raises StoreNotWritable: it cannot be made.
        """
        if not self.home_to_be_made:
            return
        try:
            self.home.path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        except OSError as error:
            words = f"{self.home.path} cannot be made: {error.strerror or error}"
            raise StoreNotWritable("codex-home-not-writable", words) from error

    def send(self, request: Request, *, seconds: float | None = None) -> Answer:
        """Send *request* by the way that Codex itself would take, once, and return the answer. Blocks.

        No stage takes longer than *seconds*.

        :raises SendError: there is no such way, the address may not receive a credential, or no answer came.
        """
        from codex_checks.acts.sending import WHOLE, Way
        from codex_checks.network.route import NoRoute, route
        from codex_doctor.threads import run_apart

        try:
            found = run_apart(
                lambda: route(
                    self.ctx, request.url, variables=self.variables, trusted=self.roots, credential=True
                )
            )
        except NoRoute as error:
            raise SendError(error.problem, error.reason, sent=False) from None
        way = Way(tls=found.tls, proxy=found.proxy, seconds=WHOLE if seconds is None else seconds)
        return way.send(request)


@contextlib.contextmanager
def here(options: Mapping[str, str] | None = None, *, adopt: bool = False) -> Generator[Here]:
    """Look at this machine, and leave no child process behind. Blocks.

    *options* are `codex-home` and `codex-bin`, as on the command line; *adopt* as for `examination.here`.

    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_doctor import examination

    request = examination.Request(options=options or {})
    ctx = replace(examination.here(request, adopt=adopt), deadline=time.monotonic() + LONGEST)
    try:
        yield look(ctx)
    finally:
        ctx.close()


def look(ctx: Context) -> Here:
    """Look at the machine of *ctx*. Blocks.

    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_doctor.facts import facts

    home, surroundings, found, trusted = facts(ctx, codex_home, environment, login, roots)
    return Here(ctx=ctx, home=home, environment=surroundings, login=found, roots=trusted)


def look_at(ctx: Context, home: Path) -> Here:
    """Look at the machine of *ctx*, and there at the CODEX_HOME *home*, whichever is meant by now.

    :raises Unavailable: as `look`.
    """
    found = look(ctx)
    if found.home.path == home:
        return found
    return look(replace(ctx, options={**ctx.options, "codex-home": str(home)}))
