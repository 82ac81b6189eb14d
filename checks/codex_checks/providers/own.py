"""The model provider of the user's own: what was reached of it, and what else tells of its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.config.settings import Settings, judged_settings
from codex_checks.network.hosts import DEFAULTS, LOCAL_PORTS, Service, local_server, target
from codex_checks.network.reach import SLACK, Reach, Visit, reach
from codex_checks.network.roots import Roots, roots
from codex_checks.places import Environment, environment
from codex_checks.recorded.current import still_said
from codex_checks.recorded.errors import RecordedError, RecordedErrors, recorded_errors
from codex_doctor import dial
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, blocking_probe, probe
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from codex_doctor.context import Context

AZURE: Final = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
"""Ends of the hosts at which Azure serves models."""

GIVES_A_KEY: Final = ("auth", "env_key", "experimental_bearer_token", "query_params", "requires_openai_auth")
"""Settings of a provider that give it something to sign in with; headers may, too."""

NOT_FOUND: Final = 404
LONGEST: Final = 2.0
"""Seconds for asking further: it only explains an answer that has come."""


class Provider(Struct, frozen=True, kw_only=True):
    """How the provider in use is set up. *url* is its base address, *where* the place that names it.

    *keyed*: its settings give it something to sign in with. *keyless*: it is built in and takes no key.
    *os* is the system that Codex runs on.
    """

    id: str
    url: str
    where: str
    keyed: bool = False
    keyless: bool = False
    os: str = "linux"

    @property
    def azure(self) -> bool:
        """Whether it is Azure."""
        return (urlsplit(self.url).hostname or "").endswith(AZURE)

    @property
    def path(self) -> str:
        """The path of its base address."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def other_paths(self) -> tuple[str, ...]:
        """The paths at which it may know more, the likeliest first."""
        usual = "/openai/v1" if self.azure else "/v1"
        longer = f"{self.path}/v1"
        ways = (usual,) if self.azure or self.path.endswith("/v1") else (longer, usual)
        return tuple(dict.fromkeys(way for way in ways if way != self.path))

    @property
    def host(self) -> str:
        """Its host, and its port where that is not the usual one."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""


@blocking_probe(
    "models.own-provider", touches={Touches.FILES}, limit=1.0, needs=(judged_settings, environment)
)
def own_provider(ctx: Context, found: Settings, surroundings: Environment) -> Provider:
    """Return the provider in use where it is not OpenAI's own at its usual address."""
    key, url, table = "openai_base_url", found.get("openai_base_url"), dict[str, object]()
    keyed = True
    if found.provider_id != "openai":
        key, table = f"model_providers.{found.provider_id}.base_url", dict(found.provider)
        url = table.get("base_url")
        keyed = any(table.get(name) for name in GIVES_A_KEY) or _has_headers(table)
    if found.provider_id in LOCAL_PORTS:
        key, url = local_server(found.provider_id, surroundings.variables)
    if not isinstance(url, str) or target(url) is None or url.rstrip("/") == DEFAULTS[Service.API]:
        raise NotApplicable("Codex uses no model provider of your own")
    path = tuple(key.split("."))
    layer = next((each for each in reversed(found.layers) if each.applies and path in each.places), None)
    return Provider(
        id=found.provider_id,
        url=url,
        where=layer.where(path) if layer is not None else key,
        keyed=keyed,
        keyless=found.provider_id in LOCAL_PORTS,
        os=ctx.system.os,
    )


def _has_headers(table: dict[str, object]) -> bool:
    return bool(table.get("http_headers") or table.get("env_http_headers"))


@probe("models.visited-provider", touches={Touches.NETWORK}, limit=1.0, needs=(own_provider, reach))
async def visited_provider(ctx: Context, found: Provider, reached: Reach) -> Visit:  # noqa: ARG001 - a probe
    """Return what became of going to the provider."""
    visit = next((each for each in reached.visits if each.host.own), None)
    if visit is None:
        raise Unavailable(f"{found.host} was not gone to")
    return visit


class Route(Struct, frozen=True, kw_only=True):
    """Whether the provider knows what Codex asks for. *status* is what it answered to `/models`.

    *known*: it knows `/responses` all the same. *better* is an address at which it knows more.
    """

    status: int
    known: bool = False
    better: str | None = None


class Refusals(Struct, frozen=True, kw_only=True):
    """The turns that ended with 404, the newest first; *examined* is in seconds since the epoch."""

    errors: tuple[RecordedError, ...]
    examined: float


@probe(
    "models.provider-route",
    touches={Touches.NETWORK},
    limit=10.0,
    needs=(own_provider, visited_provider, roots),
)
async def provider_route(ctx: Context, found: Provider, visit: Visit, trusted: Roots) -> Route:
    """Ask further where the provider answered 404: a provider may do without `/models`. No key is sent."""
    import asyncio

    answer = visit.attempt.answer
    if answer is None:
        raise Unavailable(f"{found.host} gave no answer")
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    if answer.status != NOT_FOUND or seconds <= 0:
        return Route(status=answer.status, known=answer.status != NOT_FOUND)
    there = visit.attempt.target
    context = await in_thread(
        lambda: dial.trusting(
            trusted.certificates if there.tls else (), system=there.tls and trusted.own_store
        ),
        name="load roots",
    )

    async def knows(path: str, method: str) -> bool:
        asked = replace(there, path=path, method=method)
        attempt = await dial.dial(asked, proxy=visit.choice.proxy, roots=context, seconds=seconds)
        return attempt.answer is not None and attempt.answer.status != NOT_FOUND

    _, mark, query = there.path.partition("?")
    rest, others = f"{mark}{query}", found.other_paths
    got, allowed, *elsewhere = await asyncio.gather(
        knows(f"{found.path}/responses{rest}", "GET"),
        knows(f"{found.path}/responses{rest}", "OPTIONS"),
        *(knows(f"{path}/models", "GET") for path in others),
    )
    better = next((path for path, known in zip(others, elsewhere, strict=True) if known), None)
    scheme = found.url.partition("://")[0]
    return Route(
        status=answer.status,
        known=got or allowed,
        better=None if better is None else f"{scheme}://{found.host}{better}",
    )


@blocking_probe(
    "models.provider-refusals",
    touches={Touches.FILES},
    limit=1.0,
    needs=(own_provider, judged_settings, recorded_errors),
)
def provider_refusals(ctx: Context, found: Provider, settings: Settings, errors: RecordedErrors) -> Refusals:
    """Find the turns that ended with 404 at this very address."""
    refused = tuple(
        error
        for error in still_said(ctx, settings, errors)
        if error.http_status == NOT_FOUND and f"url: {found.url.rstrip('/')}" in error.text
    )
    if not refused:
        raise NotApplicable("Codex recorded no turn that ended with 404 there")
    return Refusals(errors=refused, examined=ctx.now())
