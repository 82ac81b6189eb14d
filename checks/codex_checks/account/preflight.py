"""What Codex asks before the first turn of a ChatGPT sign-in, and does not go on without.

Seen on 0.169.0: where `accounts/check` fails, or does not name the account, each turn ends with `workspace
routing discovery failed`, unless `openai_base_url` leads the turns elsewhere; and with the plans of companies
and schools every command fails where the workspace's settings cannot be fetched and none are kept.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.account.credential import Kind, credential, question
from codex_checks.account.finding import evidence
from codex_checks.account.session import Session, ask, session
from codex_checks.auth.facts import whole_login
from codex_checks.config.settings import settings
from codex_checks.network.diagnosis import is_challenge, is_page
from codex_checks.network.roots import roots
from codex_checks.places import CodexHome, codex_home, environment
from codex_checks.problems.account import CLOUD_CONFIG_UNAVAILABLE, WORKSPACE_ROUTING_FAILED
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_checks.auth.login import Login
    from codex_checks.config.settings import Settings
    from codex_checks.network.roots import Roots
    from codex_checks.places import Environment
    from codex_doctor.context import Context
    from codex_doctor.dial import Answer, Attempt
    from codex_doctor.model import Finding

BUNDLED: Final = r"business|ent26|(?:enterprise|edu|sci)(?:_\w+)?"
"""Plans with settings of their workspace; `team` and `self_serve_business_*` have none (asked of 0.169.0)."""

CACHE: Final = "cloud-config-bundle-cache.json"
CACHE_LIMIT: Final = 4 * 1024 * 1024


class Preflight(Struct, frozen=True, kw_only=True):
    """What came of both questions; None where one was not asked. *why* says in words what is wrong.

    *kept_until* is until when Codex goes by the workspace's settings that it has kept.
    """

    routing: int | None = None
    routing_why: str = ""
    bundle: int | None = None
    bundle_why: str = ""
    kept_until: datetime | None = None


@probe(
    "account.preflight",
    touches={Touches.ACCOUNT, Touches.FILES},
    limit=30.0,
    needs=(whole_login, environment, roots, settings.maybe(), codex_home),
)
async def preflight(
    ctx: Context,
    found: Login,
    around: Environment,
    trusted: Roots,
    configured: Settings | None,
    home: CodexHome,
) -> Preflight:
    """Ask where the turns go, and for the workspace's settings where the plan has some; both only read."""
    import asyncio

    held = credential(found)
    ctx.vault.secret(held.secret.reveal())
    if held.kind is not Kind.CHATGPT or held.flaw is not None:
        raise NotApplicable("only a ChatGPT sign-in is asked about before a turn")
    usage = question(held, around.variables, configured)
    drawn = configured is not None and (
        configured.provider_id != "openai" or configured.text("openai_base_url") is not None
    )
    bundled = held.plan is not None and re.fullmatch(BUNDLED, held.plan) is not None
    if drawn and not bundled:
        raise NotApplicable("the turns go elsewhere, and the plan has no settings of its own")

    async def told(path: str) -> Attempt:
        there = usage.target.path.removesuffix("/usage") + path
        asked = replace(usage, target=replace(usage.target, path=there))
        return await ask(ctx, asked, around.variables, trusted)

    async def nothing() -> None:
        return None

    routed, settled = await asyncio.gather(
        nothing() if drawn else told("/accounts/check"),
        told("/config/bundle") if bundled else nothing(),
    )
    answers = [attempt.answer for attempt in (routed, settled) if attempt is not None]
    if not all(answers):
        raise Unavailable(f"{usage.host} gave no answer")
    routing = routed.answer if routed is not None else None
    bundle = settled.answer if settled is not None else None
    return Preflight(
        routing=routing.status if routing is not None else None,
        routing_why=_misled(routing, held.account) if routing is not None else "",
        bundle=bundle.status if bundle is not None else None,
        bundle_why=_unsettled(bundle) if bundle is not None else "",
        kept_until=_kept_until(ctx, home, held.account) if bundle is not None else None,
    )


def _misled(answer: Answer, account: str | None) -> str:
    """Return what keeps Codex from sending a turn, in words; empty where nothing does."""
    if not _is_success(answer):
        return _refusal(answer)
    listed = _members(_json(answer.body)).get("accounts")
    accounts = [_members(each) for each in cast("list[object]", listed)] if isinstance(listed, list) else []
    own = next((each for each in accounts if each.get("id") == account), None)
    if own is None:
        return "it does not name the account of this sign-in" if account is not None else ""
    origin = own.get("workspace_backend_origin")
    if isinstance(origin, str) and origin != "NO_CONSTRAINT" and urlsplit(origin).scheme != "https":
        return "it leads to a backend that is not asked over https"
    return ""


def _unsettled(answer: Answer) -> str:
    if not _is_success(answer):
        return _refusal(answer)
    return (
        "" if isinstance(_json(answer.body), dict | list) else "it answered with something else than settings"
    )


def _refusal(answer: Answer) -> str:
    """Return in words that it refused; nothing for what is found, and explained, elsewhere."""
    if answer.status == 401 or is_challenge(answer):  # noqa: PLR2004 - Unauthorized, of which Codex renews
        return ""
    return f"it answered {answer.status}{' with a page' if is_page(answer) else ''}"


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004 - successes


def _kept_until(ctx: Context, home: CodexHome, account: str | None) -> datetime | None:
    try:
        kept = _members(_json(ctx.read(home.path / CACHE, limit=CACHE_LIMIT)))
    except OSError:
        return None
    signed = _members(kept.get("signed_payload"))
    until = signed.get("expires_at")
    if signed.get("account_id") != account or not isinstance(until, str):
        return None
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if moment > ctx.moment() else None


def _json(body: bytes) -> object:
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return None


def _members(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


class Cleared(Struct, frozen=True, kw_only=True):
    """What came of the questions before a turn, of a sign-in that the service accepts otherwise."""

    asked: Preflight
    session: Session


@probe("account.cleared", touches={Touches.ACCOUNT}, limit=1.0, needs=(preflight, session))
async def cleared(ctx: Context, asked: Preflight, found: Session) -> Cleared:  # noqa: ARG001 - a probe
    """Return the answers where they tell more than that the sign-in is refused."""
    if not found.accepted:
        raise Unavailable(f"{found.host} does not accept the sign-in, which comes first")
    return Cleared(asked=asked, session=found)


@check(
    "account.turns-are-routed",
    title="The service tells Codex where the turns of your account go",
    needs=(cleared,),
    reports=(WORKSPACE_ROUTING_FAILED,),
)
def turns_are_routed(known: Cleared) -> Iterator[Finding]:
    """Report that it does not, where it accepts the sign-in otherwise."""
    asked, found = known.asked, known.session
    if asked.routing is None:
        raise NotApplicable("the turns go elsewhere")
    if asked.routing_why:
        yield WORKSPACE_ROUTING_FAILED.found(
            f"{found.host} accepts the sign-in, but asked where its turns go (accounts/check) "
            f"{asked.routing_why}",
            evidence={**evidence(found), "accounts_check": asked.routing},
            subjects=found.subjects,
        )


@check(
    "config.workspace-settings-come",
    title="The settings that your workspace gives Codex can be fetched",
    needs=(cleared,),
    reports=(CLOUD_CONFIG_UNAVAILABLE,),
)
def workspace_settings_come(known: Cleared) -> Iterator[Finding]:
    """Report that they cannot, without which Codex runs no command; a warning while it has kept some."""
    asked, found = known.asked, known.session
    if asked.bundle is None:
        raise NotApplicable("the plan has no settings of its workspace")
    if not asked.bundle_why:
        return
    problem, kept = CLOUD_CONFIG_UNAVAILABLE, ""
    if asked.kept_until is not None:
        problem = problem.weighed(Severity.WARNING)
        kept = f"; Codex goes by those that it fetched before until {asked.kept_until:%Y-%m-%d %H:%M} UTC"
    yield problem.found(
        f"{found.host} accepts the sign-in (plan {found.held.plan}), but asked for the workspace's settings "
        f"(config/bundle) {asked.bundle_why}{kept}",
        evidence={**evidence(found), "config_bundle": asked.bundle},
        subjects=found.subjects,
    )
