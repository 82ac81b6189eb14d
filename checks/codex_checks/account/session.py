"""Ask the service one question with the credential that Codex would use, and keep what it says.

The credential goes to its own service alone: over https or to this machine, through the proxy that
Codex would take, never after a redirection, never to an address that a project's file names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from codex_checks.account.answer import ServerError, Usage, is_object, personal_plan, server_error, usage
from codex_checks.account.credential import Credential, Kind, Question, credential, question
from codex_checks.auth.facts import whole_login
from codex_checks.auth.login import Login  # noqa: TC001 - facts are read at run time
from codex_checks.config.settings import Settings, settings
from codex_checks.network.diagnosis import is_challenge, is_page
from codex_checks.network.proxies import choose
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_doctor import dial
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, probe
from codex_doctor.redact import Redactor
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from codex_doctor.context import Context
    from codex_doctor.dial import Answer, Attempt

LONGEST: Final = 8.0
"""Seconds: what Codex's own doctor gives a host (codex-environment 3.5)."""

SLACK: Final = 0.15
"""Seconds kept back, so that what was learnt becomes a fact before the deadline."""

_PIECE_OF_KEY: Final = r"(?<![A-Za-z0-9])(?:sk|at|rt)[-_][\w*.\-]+"
"""What a server repeats of a key, some of it starred out: it helps nobody."""


class Session(Struct, frozen=True, kw_only=True):
    """What the service said when it was asked with the user's own credential.

    *host* was asked at *url*; *subjects* are its names. *status* is None where nothing was sent: then
    *held* has a flaw that keeps Codex from sending it, too. *ray* and *request* are what support asks
    for. *way* says each stage and its time. *page*: the answer is a page for people. *understood*: it
    has the form of a healthy one. *examined* is in seconds since the epoch, *retry_after* in the
    server's own words.
    """

    login: Login
    held: Credential
    host: str
    url: str
    subjects: frozenset[str] = frozenset()
    status: int | None = None
    error: ServerError = field(default_factory=ServerError)
    usage: Usage | None = None
    plan: str | None = None
    challenge: bool = False
    page: bool = False
    understood: bool = False
    ray: str | None = None
    request: str | None = None
    server: str | None = None
    retry_after: str | None = None
    redirected: bool = False
    way: str = ""
    examined: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the service answered the question."""
        return self.status is not None and 200 <= self.status < 300 and self.understood  # noqa: PLR2004 - successes

    @property
    def account_matches(self) -> bool | None:
        """Whether the service speaks of the account that was asked about; None where it does not say."""
        told = self.usage.account if self.usage else None
        return None if told is None or self.held.account is None else told == self.held.account


@probe(
    "account.session",
    touches={Touches.ACCOUNT},
    limit=30.0,
    needs=(whole_login, environment, roots, settings.maybe()),
)
async def session(
    ctx: Context, found: Login, surroundings: Environment, trusted: Roots, configured: Settings | None
) -> Session:
    """Ask the service whether it accepts the sign-in; it reads, and spends nothing."""
    held = credential(found)
    ctx.vault.secret(held.secret.reveal())
    asked = question(held, surroundings.variables, configured)
    unsent = Session(
        login=found,
        held=held,
        host=asked.host,
        url=asked.url,
        subjects=asked.subjects,
        examined=ctx.now(),
    )
    if held.flaw is not None:
        return unsent
    attempt = await ask(ctx, asked, surroundings.variables, trusted)
    if attempt.answer is None:
        failure = attempt.failure
        why = f"{failure.stage}: {failure.words}" if failure else "no time was left"
        raise Unavailable(f"the service could not be asked: {asked.host}: {why}")
    return heard(
        attempt.answer, replace(unsent, way=str(attempt)), redactor=Redactor(known=ctx.vault.values())
    )


async def ask(ctx: Context, asked: Question, variables: Mapping[str, str], trusted: Roots) -> Attempt:
    """Ask one question the way that Codex would take.

    :raises NotApplicable: the credential would go there unencrypted.
    :raises Unavailable: there is no way, or no time.
    """
    choice = choose(variables, asked.url, ctx.vault.secret)
    if choice.impossible:
        raise Unavailable("the service could not be asked: Codex cannot use the proxy that is set")
    if choice.proxy is not None and not asked.target.tls:
        raise NotApplicable("the sign-in would go through the proxy unencrypted: nothing was sent")
    if asked.target.tls and trusted.broken is not None:
        raise Unavailable(f"Codex makes no connection while {trusted.broken.variable} names an unusable file")
    context = await in_thread(lambda: _context(trusted, tls=asked.target.tls), name="load roots")
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if seconds <= 0:
        raise Unavailable("the service could not be asked: no time was left")
    return await dial.dial(asked.target, proxy=choice.proxy, roots=context, seconds=seconds)


def _context(trusted: Roots, *, tls: bool) -> ssl.SSLContext:
    """Return what is trusted; for plain HTTP nothing has to be loaded."""
    return dial.trusting(trusted.certificates if tls else (), system=tls and trusted.own_store)


def heard(answer: Answer, unsent: Session, *, redactor: Redactor) -> Session:
    """Return *unsent* with what *answer* says; nothing in it is believed to be free of secrets."""
    now, kind = unsent.examined, unsent.held.kind
    success = 200 <= answer.status < 300  # noqa: PLR2004 - successes
    error = ServerError() if success else server_error(answer.body, now=now)
    told = usage(answer.body, now=now) if success and kind is Kind.CHATGPT else None
    plan = personal_plan(answer.body) if success and kind is Kind.PERSONAL else None

    def clean(text: str) -> str:
        return re.sub(_PIECE_OF_KEY, "***", redactor.text(text))

    def kept(header: str) -> str | None:
        value = answer.headers.get(header)
        return clean(value) if value else None

    return replace(
        unsent,
        status=answer.status,
        error=replace(error, message=clean(error.message)),
        usage=told,
        plan=told.plan if told else plan or error.plan,
        challenge=is_challenge(answer) or _is_blocked_at_the_edge(answer),
        page=is_page(answer),
        understood=is_object(answer.body) or "json" in answer.headers.get("content-type", ""),
        ray=kept("cf-ray"),
        request=kept("x-request-id"),
        server=kept("server"),
        retry_after=kept("retry-after"),
        redirected=300 <= answer.status < 400,  # noqa: PLR2004 - redirections
    )


def _is_blocked_at_the_edge(answer: Answer) -> bool:
    """Return whether Cloudflare itself refuses, with a page (codex-environment 3.2)."""
    served_by = answer.headers.get("server", "").lower()
    return answer.status == 403 and is_page(answer) and "cloudflare" in served_by  # noqa: PLR2004 - Forbidden
