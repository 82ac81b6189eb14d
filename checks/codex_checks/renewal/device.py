"""Ask for a device code and let it expire: the only proof that the service gives any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.device_answer import Judgement, Kind, judge
from codex_checks.auth.document import Mode
from codex_checks.auth.login import Login, login
from codex_checks.network.roots import Roots, roots
from codex_checks.network.route import Route, route
from codex_checks.places import Environment, environment
from codex_checks.recorded.errors import RecordedErrors, recorded_errors
from codex_checks.recorded.seen import Seen, group
from codex_checks.renewal.patience import ENOUGH, SLACK, until_the_deadline
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, blocking_probe, probe

if TYPE_CHECKING:
    import httpx

    from codex_doctor.context import Context

ABOUT_DEVICE_CODES: Final = (
    "device-code-disabled-workspace",
    "device-code-disabled-account",
    "device-auth-disabled",
    "device-auth-rate-limited",
)

KEY_MODES: Final = (Mode.API_KEY, Mode.BEDROCK_API_KEY, Mode.BEDROCK_ACCESS_KEYS)

LONGEST: Final = 15.0
"""Seconds for the whole answer. Codex itself would wait without end (codex-auth 3.1)."""

LIMIT: Final = 60.0
ANSWER_LIMIT: Final = 64 * 1024
REDIRECTIONS: Final = 5
LIMITED_FOR: Final = 120.0
"""Seconds for which a recorded refusal for asking too often still says something."""


class DeviceTraces(Struct, frozen=True, kw_only=True):
    """What Codex recorded of attempts with a device code. *examined* is in seconds since the epoch."""

    login: Login
    examined: float
    recorded: tuple[Seen, ...] = ()


class Asked(Struct, frozen=True, kw_only=True):
    """What came of asking *host* for a code at *url*."""

    host: str
    url: str
    said: Judgement


@blocking_probe("auth.device-wanted", touches={Touches.FILES}, limit=1.0, needs=(login,))
def wanted(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where a device code could be the way to another one."""
    if not found.provider.wants_sign_in:
        raise NotApplicable(f"the model provider {found.provider.id} needs no OpenAI sign-in")
    if found.mode in KEY_MODES:
        raise NotApplicable("an API key is used, which needs no device code")
    if found.rules.methods and "chatgpt" not in found.rules.methods:
        raise NotApplicable("the settings allow no ChatGPT sign-in")
    return found


@blocking_probe(
    "auth.device-traces", touches={Touches.FILES}, limit=1.0, needs=(wanted, recorded_errors.maybe())
)
def device_traces(ctx: Context, found: Login, records: RecordedErrors | None) -> DeviceTraces:
    """Read what Codex recorded of device codes since somebody signed in here."""
    document = found.document
    signed_in = document.last_refresh if document is not None and document.tokens is not None else None
    since = signed_in.timestamp() if signed_in is not None else 0.0
    return DeviceTraces(
        login=found,
        examined=ctx.now(),
        recorded=about_device_codes(records, since=since, now=ctx.now()) if records is not None else (),
    )


def about_device_codes(records: RecordedErrors, *, since: float, now: float) -> tuple[Seen, ...]:
    """Return what was recorded of refused device codes after *since*, the exact before the vague."""
    seen = {one.problem: one for one in group(records.newer_than(since))}
    limited = seen.get("device-auth-rate-limited")
    if limited is not None and now - limited.last.when > LIMITED_FOR:
        del seen["device-auth-rate-limited"]
    return tuple(seen[name] for name in ABOUT_DEVICE_CODES if name in seen)


@probe("auth.device-asked", touches={Touches.SPENDS}, limit=LIMIT, needs=(wanted, environment, roots))
async def asked(ctx: Context, found: Login, surroundings: Environment, trusted: Roots) -> Asked:  # noqa: ARG001 - it is needed
    """Ask for a device code, tell nobody, and let it expire."""
    from codex_checks.acts.device_request import CODE_PATH, issuer
    from codex_checks.acts.refresh_request import may_receive_a_credential

    variables = surroundings.variables
    asking = issuer(variables)
    url = asking.url + CODE_PATH
    if not may_receive_a_credential(url):
        raise Unavailable("nothing was asked: the address of the sign-in service is neither https nor local")
    way = await route(ctx, url, variables=variables, trusted=trusted, credential=False)
    return Asked(host=way.host, url=url, said=await _answer(ctx, way, url, asking.client))


async def _answer(ctx: Context, way: Route, url: str, client: str) -> Judgement:
    """Ask, and return what came; silence and a broken connection are answers too."""
    import anyio
    import httpx

    if ctx.time_left() < ENOUGH:
        await until_the_deadline()
    seconds = min(LONGEST, ctx.time_left() - SLACK)
    try:
        with anyio.fail_after(seconds):
            async with httpx.AsyncClient(
                verify=way.tls, proxy=way.proxy, trust_env=False, timeout=seconds
            ) as session:
                return await _asked(ctx, session, url, client)
    except TimeoutError:
        return Judgement(kind=Kind.NO_CODE, words=f"no answer within {seconds:.0f} s")
    except httpx.HTTPError as error:
        return Judgement(kind=Kind.NO_CODE, words=f"no answer ({_words(error)})")


async def _asked(ctx: Context, session: httpx.AsyncClient, url: str, client: str) -> Judgement:
    import httpx

    request = session.build_request("POST", url, json={"client_id": client}, headers={"accept": "*/*"})
    for _ in range(REDIRECTIONS + 1):
        response = await session.send(request, stream=True)
        following = response.next_request
        try:
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > ANSWER_LIMIT:
                    break
        finally:
            await response.aclose()
        if following is None:
            return judge(response.status_code, body, keep=ctx.vault.secret)
        if _origin(following.url) != _origin(httpx.URL(url)):
            words = f"{response.status_code}, which leads to {following.url.host}"
            return Judgement(kind=Kind.NO_CODE, status=response.status_code, words=words)
        request = following
    return Judgement(kind=Kind.NO_CODE, words="redirections without end")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _words(error: httpx.HTTPError) -> str:
    """Return what went wrong in a word: the library's own may repeat an address with a password."""
    import httpx

    match error:
        case httpx.ProxyError():
            return "the proxy refused to connect"
        case httpx.ConnectError():
            return "the service could not be reached"
        case _:
            return "the connection broke"
