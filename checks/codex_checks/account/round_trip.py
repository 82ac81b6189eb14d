"""One small request to the model, as a turn of Codex makes it: only where the user asks, for it costs usage.

What is asked, of whom, and how the answer ends was put to Codex 0.169.0: `POST .../responses` with `stream`
and without `store`, answered by server-sent events.
"""

from __future__ import annotations

import contextlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.account.answer import ServerError
from codex_checks.account.credential import Credential, Kind, headers
from codex_checks.account.gates import Judged, accepted
from codex_checks.account.session import Session, heard
from codex_checks.acts.refresh_request import may_receive_a_credential
from codex_checks.config.settings import Settings, settings
from codex_checks.install.binary import Codex, codex
from codex_checks.models.known import BUNDLED_WITH, DEFAULT
from codex_checks.network.hosts import UPGRADED, Address, Service, addresses, target, usual_host
from codex_checks.network.roots import Roots, roots
from codex_checks.network.route import Route, route
from codex_checks.places import Environment, environment
from codex_checks.renewal.patience import ENOUGH, until_the_deadline
from codex_doctor.dial import Answer
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, probe
from codex_doctor.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from codex_doctor.context import Context

LIMIT: Final = 120.0
"""Seconds: a model at work may think for long; the deadline comes first."""

ANSWER_LIMIT: Final = 1024 * 1024
"""Bytes that are read of the answer to one word."""

MOST_TOKENS: Final = 256
"""Tokens that an answer may take where a key is charged for them; a ChatGPT plan is asked without a limit."""

BODY: Final = {
    "instructions": "Answer with one word.",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Say the word ready."}],
        }
    ],
    "store": False,
    "stream": True,
}

ENDS: Final = frozenset({"response.completed", "response.incomplete"})
"""Events after which the model has answered: the second says that the answer was cut at its limit."""

FAILURES: Final = frozenset({"response.failed", "error"})


class End(StrEnum):
    """What became of it."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    CUT_OFF = "cut off"


class RoundTrip(Struct, frozen=True, kw_only=True):
    """What *model* answered. *tokens* is what the service counts for it, None where it does not say.

    *session* holds the answer as that to any question: of a stream that *failed*, what it failed of.
    """

    session: Session
    model: str
    end: End
    tokens: int | None = None


@probe(
    "account.round-trip",
    touches={Touches.MODEL},
    limit=LIMIT,
    needs=(accepted, environment, roots, settings.maybe(), codex.maybe()),
)
async def round_trip(
    ctx: Context,
    found: Judged,
    surroundings: Environment,
    trusted: Roots,
    configured: Settings | None,
    running: Codex | None,
) -> RoundTrip:
    """Ask the model for one word, as a turn of Codex would."""
    held = found.session.held
    to = asked_of(held, surroundings.variables, configured)
    url = to.url + UPGRADED[to.service]
    there = target(url)
    if there is None or not may_receive_a_credential(url):
        raise NotApplicable(
            f"the address in {to.source} is neither https nor on this machine: nothing was sent"
        )
    way = await route(ctx, url, variables=surroundings.variables, trusted=trusted, credential=True)
    usual = usual_host(to.service) or there.host
    unsent = replace(
        found.session,
        url=url,
        host=usual if there.origin == usual else f"{usual} (at {there.origin})",
        subjects=frozenset({usual, there.host}),
        status=None,
        error=ServerError(),
        usage=None,
        way="",
        examined=ctx.now(),
    )
    if ctx.time_left() < ENOUGH:
        await until_the_deadline()
    model = (configured.text("model") if configured else None) or DEFAULT
    version = running.version if running is not None else None
    said = await _ask(way, url, body(held, model), {**_sent(held), "version": version or BUNDLED_WITH})
    found_out = concluded(said, unsent, model=model, redactor=Redactor(known=ctx.vault.values()))
    if found_out.end is End.REFUSED and said.status < 400:  # noqa: PLR2004 - refusals
        raise Unavailable(f"{unsent.host} answered {said.status}, and with nothing that a model says")
    return found_out


def asked_of(held: Credential, variables: Mapping[str, str], configured: Settings | None) -> Address:
    """Return the address below which Codex has the model of *held* answer (codex-auth 5.1).

    A base URL for OpenAI's API in the settings draws the turns of every sign-in to itself. Its service says
    what stands behind the address.
    """
    base = addresses(variables, configured)
    drawn = base[Service.API].source == "openai_base_url"
    ours = base[Service.CHATGPT].source.startswith("CODEX_DOCTOR_URL_")
    return base[Service.API if held.kind is Kind.API_KEY or (drawn and not ours) else Service.CHATGPT]


def body(held: Credential, model: str) -> dict[str, Any]:
    """Return what is asked of *model*."""
    most = {"max_output_tokens": MOST_TOKENS} if held.kind is Kind.API_KEY else {}
    return {"model": model, **BODY, **most}


def concluded(answer: Answer, unsent: Session, *, model: str, redactor: Redactor) -> RoundTrip:
    """Return what *answer* to a request to *model* means; one without its end is one that was cut off."""
    session = heard(answer, unsent, redactor=redactor)
    if "text/event-stream" not in answer.headers.get("content-type", "") or session.redirected:
        return RoundTrip(session=session, model=model, end=End.REFUSED)
    last = _last_event(answer.body)
    kind, response = last.get("type"), _table(last.get("response"))
    if kind in ENDS:
        tokens = _table(response.get("usage")).get("total_tokens")
        return RoundTrip(
            session=replace(session, understood=True),
            model=model,
            end=End.ANSWERED,
            tokens=tokens if isinstance(tokens, int) else None,
        )
    if kind in FAILURES:
        error = response.get("error") or last
        told = Answer(status=0, headers=answer.headers, body=json.dumps({"error": error}).encode())
        failed = replace(heard(told, unsent, redactor=redactor), status=answer.status, understood=False)
        return RoundTrip(session=failed, model=model, end=End.FAILED)
    return RoundTrip(session=replace(session, understood=False), model=model, end=End.CUT_OFF)


def _table(found: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _last_event(stream: bytes) -> Mapping[str, object]:
    """Return the first event in *stream* that ends it, or the last that there is."""
    last: Mapping[str, object] = {}
    for line in stream.decode("utf-8", "replace").splitlines():
        if not line.startswith("data:"):
            continue
        try:
            event = _table(json.loads(line.removeprefix("data:")))
        except (ValueError, RecursionError):
            continue
        last = event or last
        if last.get("type") in ENDS | FAILURES:
            return last
    return last


def _sent(held: Credential) -> dict[str, str]:
    from codex_doctor import __version__

    return {
        **{name: secret.reveal() for name, secret in headers(held)},
        "accept": "text/event-stream",
        "originator": "codex_doctor",
        "user-agent": f"codex-doctor/{__version__}",
    }


async def _ask(way: Route, url: str, asked: Mapping[str, Any], sent: Mapping[str, str]) -> Answer:
    """Ask once, and return what came, as far as it came.

    Silence is waited out: until the deadline nobody can tell it from a model at work.

    :raises Unavailable: nobody answered at all.
    """
    import httpx

    try:
        async with (
            httpx.AsyncClient(verify=way.tls, proxy=way.proxy, trust_env=False, timeout=LIMIT) as session,
            session.stream("POST", url, json=dict(asked), headers=dict(sent)) as response,
        ):
            content = await _read(response)
    except httpx.HTTPError as error:
        raise Unavailable(f"the model could not be asked: {way.host}: {type(error).__name__}") from None
    kept = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=kept, body=content)


async def _read(response: httpx.Response) -> bytes:
    import httpx

    content = b""
    with contextlib.suppress(httpx.HTTPError):  # what came until then may say enough
        async for part in response.aiter_bytes():
            content += part
            if len(content) > ANSWER_LIMIT:
                break
    return content
