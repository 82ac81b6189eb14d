"""Whether the model provider takes the key that Codex sends it: asked once, with it, at its own address.

Only where it refused the question without one. The key goes over https or to this machine, through the proxy
that Codex would take, and to no address that a project's file names: `Settings` leaves such a file out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.config.settings import Settings, judged_settings
from codex_checks.network.diagnosis import error_code, is_page
from codex_checks.network.reach import SLACK, Visit
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_checks.problems.providers import PROVIDER_KEY_REFUSED
from codex_checks.providers.own import Provider, own_provider, visited_provider
from codex_doctor.check import check
from codex_doctor.dial import dial, trusting
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.fix import Fix, ShellLine, Tell
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, probe
from codex_doctor.redact import Secret
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.auth.document import Keep
    from codex_doctor.context import Context
    from codex_doctor.model import Finding

REFUSALS: Final = (401, 403)
UNAUTHORIZED: Final = 401
LONGEST: Final = 4.0
"""Seconds: the same server answered a moment ago."""

ANSWER_LIMIT: Final = 16 * 1024
"""Bytes of the answer that are read; an error takes one."""

_SENDABLE: Final = r"[\x20-\x7e]+"
_HEADER: Final = r"[A-Za-z0-9\-]{1,64}"
_CODE: Final = r"[a-z_]{1,40}"


class Sent(Struct, frozen=True, kw_only=True):
    """What Codex sends the provider to sign in with. *source* says in words where it stands.

    *variable* is the one that holds the key, where one does.
    """

    headers: tuple[tuple[str, Secret], ...]
    source: str
    variable: str | None = None


class Answered(Struct, frozen=True, kw_only=True):
    """What the provider answered to the key. *code* is its own word for the error, *page*: a page came."""

    sent: Sent
    status: int
    code: str = ""
    page: bool = False


@probe(
    "models.provider-answered",
    touches={Touches.ACCOUNT},
    limit=10.0,
    needs=(own_provider, visited_provider, judged_settings, environment, roots),
)
async def provider_answered(
    ctx: Context, found: Provider, visit: Visit, settings: Settings, around: Environment, trusted: Roots
) -> Answered:
    """Ask the provider for its models with the key that Codex would send it."""
    answer, there = visit.attempt.answer, visit.attempt.target
    sent = what_is_sent(settings.provider, around, keep=ctx.vault.secret)
    if sent is None:
        raise NotApplicable("the settings give the model provider no key of its own")
    if answer is None:
        raise Unavailable(f"{found.host} gave no answer")
    if answer.status not in REFUSALS:
        raise NotApplicable(f"{found.host} answered {answer.status} without a key: nothing was sent")
    asked = replace(there, body_limit=ANSWER_LIMIT)
    try:
        asked = replace(asked, headers=sent.headers)
    except ValueError:
        raise NotApplicable("the key would go over the network unencrypted: nothing was sent") from None
    if visit.choice.proxy is not None and not there.tls:
        raise NotApplicable("the key would go through the proxy unencrypted: nothing was sent")
    context = await in_thread(
        lambda: trusting(trusted.certificates if there.tls else (), system=there.tls and trusted.own_store),
        name="load roots",
    )
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if seconds <= 0:
        raise Unavailable("the model provider could not be asked: no time was left")
    attempt = await dial(asked, proxy=visit.choice.proxy, roots=context, seconds=seconds)
    if attempt.answer is None:
        raise Unavailable(f"{found.host} gave no answer")
    code = error_code(attempt.answer.body) or ""
    return Answered(
        sent=sent,
        status=attempt.answer.status,
        code=code if re.fullmatch(_CODE, code) else "",
        page=is_page(attempt.answer),
    )


def what_is_sent(table: Mapping[str, object], around: Environment, *, keep: Keep) -> Sent | None:
    """Return what Codex sends a provider set up as *table* says (codex-auth 6.1), or None for nothing."""
    headers: dict[str, Secret] = {}
    sources: list[str] = []
    variable = table.get("env_key")
    key = around.variables.get(variable, "").strip() if isinstance(variable, str) else ""
    token = table.get("experimental_bearer_token")
    if isinstance(variable, str) and key:
        headers["Authorization"] = keep(f"Bearer {key}")
        sources.append(f"{variable} in {around.where(variable)}")
    elif isinstance(token, Secret) and token:
        headers["Authorization"] = keep(f"Bearer {token.reveal()}")
        sources.append("experimental_bearer_token")
    for setting, variables in (("http_headers", None), ("env_http_headers", around.variables)):
        for name, value in _members(table.get(setting)):
            text = value.reveal() if isinstance(value, Secret) else value
            text = variables.get(text, "") if variables is not None else text
            if text:
                headers[name] = keep(text)
                sources.append(f"{setting}.{name}")
    able = {name: value for name, value in headers.items() if re.fullmatch(_HEADER, name)}
    if not able or not all(re.fullmatch(_SENDABLE, value.reveal()) for value in able.values()):
        return None
    return Sent(
        headers=tuple(able.items()),
        source=" and ".join(sources),
        variable=variable if isinstance(variable, str) and key else None,
    )


def _members(value: object) -> Iterator[tuple[str, str | Secret]]:
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            if isinstance(item, str | Secret):
                yield name, item


@check(
    "models.provider-takes-the-key",
    title="The model provider takes the key that Codex sends it",
    needs=(own_provider, provider_answered),
    reports=(PROVIDER_KEY_REFUSED,),
)
def provider_takes_the_key(provider: Provider, answered: Answered) -> Iterator[Finding]:
    """Report a key that is refused; 403 may concern the list of models alone, so that it is a warning."""
    if answered.status not in REFUSALS or answered.page:
        return
    sure = answered.status == UNAUTHORIZED
    sent = answered.sent
    word = f" {answered.code}" if answered.code else ""
    alone = "" if sure else "; a key may be kept from the list of models, and yet be good for turns"
    fix = Fix(
        summary="Give it a key that it takes", steps=(Tell(text=f"Renew what stands in {sent.source}."),)
    )
    if sent.variable is not None:
        line = ShellLine(line=f"export {sent.variable}=YOUR-KEY")
        fix = Fix(summary="Give it a key that it takes", steps=(line,))
    yield PROVIDER_KEY_REFUSED.weighed(PROVIDER_KEY_REFUSED.severity if sure else Severity.WARNING).found(
        f'{provider.where}: the provider "{provider.id}" at {provider.host} answered {answered.status}{word} '
        f"to the key that Codex sends it, from {sent.source}{alone}",
        evidence={"provider": provider.id, "host": provider.host, "status": answered.status},
        fix=fix,
        subjects=frozenset({provider.host}),
    )
