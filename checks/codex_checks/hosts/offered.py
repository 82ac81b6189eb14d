"""Whether the account may use the models that a host offers: by the list that the service gives it.

With a ChatGPT sign-in that is the list which Codex itself fetches, with an API key the one of the API
(codex-auth 5.1). Reading it spends nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.account.credential import Kind, headers
from codex_checks.account.gates import Judged, accepted
from codex_checks.config.settings import Settings, settings
from codex_checks.install.binary import Codex, codex
from codex_checks.models.known import BUNDLED_WITH, Known, find
from codex_checks.models.retired import RETIRED
from codex_checks.network.hosts import Service, addresses
from codex_checks.network.roots import Roots, roots
from codex_checks.network.route import route
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_checks.problems.hosts import HOST_MODEL_NOT_OFFERED
from codex_doctor.catalogue import Machine, Option
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, probe

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

OPTION: Final = "models"

LIMIT: Final = 8 * 1024 * 1024
"""Bytes: the list holds the instructions of each model, half a megabyte in all (codex-environment 5)."""

SECONDS: Final = 15.0
"""Seconds for the whole list."""

SHOWN: Final = 6
"""Models that a finding names of those that there are."""


class Offered(Struct, frozen=True, kw_only=True):
    """The models that a host *offers*, and those that *host* has for this account, in its own order."""

    offers: tuple[str, ...]
    there: tuple[str, ...]
    host: str
    kind: Kind
    subjects: frozenset[str]


@probe(
    "hosts.offered-models",
    touches={Touches.ACCOUNT},
    limit=60.0,
    needs=(accepted, environment, roots, settings.maybe(), codex.maybe()),
)
async def offered_models(
    ctx: Context,
    found: Judged,
    surroundings: Environment,
    trusted: Roots,
    configured: Settings | None,
    running: Codex | None,
) -> Offered:
    """Ask the service which models the account may use."""
    offers = tuple(filter(None, (name.strip() for name in ctx.options.get(OPTION, "").split(","))))
    if not offers:
        raise NotApplicable("no model was named")
    held = found.session.held
    base = addresses(surroundings.variables, configured)
    if held.kind is Kind.API_KEY:
        url = f"{base[Service.API].url}/models"
    else:
        version = (running.version if running is not None else None) or BUNDLED_WITH
        url = f"{base[Service.CHATGPT].url}/codex/models?client_version={version}"
    way = await route(ctx, url, variables=surroundings.variables, trusted=trusted, credential=True)

    import anyio
    import httpx

    sent = {name: secret.reveal() for name, secret in headers(held)}
    try:
        with anyio.fail_after(min(SECONDS, ctx.time_left())):
            async with httpx.AsyncClient(
                verify=way.tls, proxy=way.proxy, trust_env=False, timeout=SECONDS
            ) as session:
                response = await session.get(url, headers=sent)
    except (TimeoutError, httpx.HTTPError) as error:
        raise Unavailable(f"the service did not list its models: {type(error).__name__}") from None
    there = names(response.content[:LIMIT]) if response.is_success else ()
    if not there:
        raise Unavailable(f"the service answered {response.status_code}, and listed no models")
    return Offered(offers=offers, there=there, host=way.host, kind=held.kind, subjects=found.session.subjects)


def names(content: bytes) -> tuple[str, ...]:
    """Return the names of the models in an answer, in its order; nothing where it is no such list."""
    try:
        answer = cast("object", json.loads(content))
    except (ValueError, RecursionError):
        return ()
    listed = _table(answer).get("models") or _table(answer).get("data")
    rows = [_table(row) for row in cast("list[object]", listed)] if isinstance(listed, list) else []
    found = (row.get("slug") or row.get("id") for row in rows)
    return tuple(name for name in found if isinstance(name, str))


def _table(found: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


@check(
    "hosts.offered-models-work",
    title="Your account may use the models that the host offers",
    needs=(offered_models,),
    reports=(HOST_MODEL_NOT_OFFERED,),
)
def offered_models_work(found: Offered) -> Generator[Finding, None, str | None]:
    """Report each model that the account may not use: a turn with it fails."""
    for model in found.offers:
        # Of a model with a date behind its name, Codex knows the model all the same.
        if find(model, dict.fromkeys(found.there, Known())) is None:
            retired = RETIRED.get(model) if found.kind is not Kind.API_KEY else None
            why = ": Codex does not list it any more" if retired is not None else ""
            instead = (retired.successor if retired else None) or ", ".join(found.there[:SHOWN])
            yield HOST_MODEL_NOT_OFFERED.found(
                f"{model} is not among the {len(found.there)} models that {found.host} has for the "
                f"{found.kind}{why}",
                evidence={"model": model, "there": found.there},
                advice=f"Choose another in the host ({instead}), and update the host.",
                subjects=found.subjects,
            )
    return f"{found.host} has {', '.join(found.offers)} for the {found.kind}"


def _machine(home: CodexHome, running: Codex | None) -> Mapping[str, str | None]:
    return {"codex": running.version if running else None, "codex_home": str(home.path)}


MODELS: Final = Option(
    name=OPTION,
    metavar="MODEL,MODEL",
    help="Judge only whether you may use these models.",
    checks=(offered_models_work,),
    machine=Machine(needs=(codex_home, codex.maybe()), tell=_machine),
)
