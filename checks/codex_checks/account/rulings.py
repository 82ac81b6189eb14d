"""What each answer of the service means, as a table: codex-auth 5.3, codex-environment 3.3 and 8.

The first row that fits wins, so the exact stand before the vague.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.account.credential import Kind
from codex_checks.problems import account as a
from codex_checks.problems import limits as u
from codex_checks.problems import service as s
from codex_checks.problems.turns import ENTERPRISE_NETWORK_RULE_BLOCK

if TYPE_CHECKING:
    from codex_checks.account.session import Session
    from codex_doctor.model import Problem


class Nature(StrEnum):
    """Whether waiting helps."""

    PASSING = "passes by itself"
    LASTING = "lasts until something is changed"


class Side(StrEnum):
    """What an answer is about, and so how much it tells of the credential."""

    CREDENTIAL = "credential"
    """It was refused."""
    ACCOUNT = "account"
    """It was accepted, and the account may not do what was asked."""
    SERVICE = "service"
    """Nothing is known of it: the answer came before it was looked at."""


class Ruling(Struct, frozen=True):
    """A *problem* (None: nothing is wrong), and by what it is known; what is not named fits anything.

    *statuses* are those of HTTP, *codes* the server's own words for the error, *words* (a regular
    expression) stand in its message, *kinds* are the credentials concerned. *another*: a page that did not
    come through Cloudflare, behind which every host of OpenAI stands.
    """

    problem: Problem | None
    side: Side
    nature: Nature
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    words: str | None = None
    kinds: tuple[Kind, ...] = ()
    challenge: bool = False
    another: bool = False

    def fits(self, session: Session) -> bool:
        """Return whether *session* shows everything that this row names."""
        said = session.error
        return (
            (not self.statuses or session.status in self.statuses)
            and (not self.codes or said.code in self.codes or said.kind in self.codes)
            and (self.words is None or re.search(self.words, said.message, re.IGNORECASE) is not None)
            and (not self.kinds or session.held.kind in self.kinds)
            and (not self.challenge or session.challenge)
            and (not self.another or (session.page and session.ray is None))
        )


_SERVER_ERRORS: Final = tuple(range(500, 600))
_REFUSALS: Final = (402, 403, 451)

_CREDENTIAL, _ACCOUNT, _SERVICE = Side.CREDENTIAL, Side.ACCOUNT, Side.SERVICE
_LASTS, _PASSES = Nature.LASTING, Nature.PASSING

RULINGS: Final[tuple[Ruling, ...]] = (
    # Whoever asks from here is refused.
    Ruling(s.REGION_BLOCKED, _SERVICE, _LASTS, codes=("unsupported_country_region_territory",)),
    Ruling(
        s.REGION_BLOCKED,
        _SERVICE,
        _LASTS,
        statuses=(403, 451),
        words=r"country, region, or territory not supported",
    ),
    Ruling(s.CLOUDFLARE_CHALLENGE_403, _SERVICE, _LASTS, challenge=True),
    Ruling(ENTERPRISE_NETWORK_RULE_BLOCK, _SERVICE, _LASTS, codes=("no_matching_rule",)),
    Ruling(ENTERPRISE_NETWORK_RULE_BLOCK, _SERVICE, _LASTS, statuses=(401, 403), words="no_matching_rule"),
    Ruling(ENTERPRISE_NETWORK_RULE_BLOCK, _SERVICE, _LASTS, statuses=(403, 451), another=True),
    # The account and its limits.
    Ruling(u.USAGE_LIMIT_HIT, _ACCOUNT, _PASSES, codes=("usage_limit_reached",)),
    Ruling(a.PLAN_NOT_INCLUDED, _ACCOUNT, _LASTS, codes=("usage_not_included",)),
    Ruling(
        u.API_QUOTA_EXCEEDED,
        _ACCOUNT,
        _LASTS,
        codes=("insufficient_quota", "billing_hard_limit_reached"),
    ),
    Ruling(a.WORKSPACE_DEACTIVATED, _ACCOUNT, _LASTS, codes=("deactivated_workspace",)),
    Ruling(a.WORKSPACE_INVALID_SELECTED, _ACCOUNT, _LASTS, codes=("invalid_workspace_selected",)),
    Ruling(a.WORKSPACE_CODEX_DISABLED, _ACCOUNT, _LASTS, codes=("codex_cli_workspace_disabled",)),
    # What the credential may do. A restricted key that may not list models can still use them
    # (codex-auth 5.1).
    Ruling(
        a.AUTH_MISSING_SCOPE_RESPONSES_WRITE,
        _CREDENTIAL,
        _LASTS,
        statuses=(401, 403),
        words=r"missing scopes:.{0,200}\bapi\.responses\.write",
    ),
    Ruling(None, _ACCOUNT, _LASTS, statuses=(401, 403), words=r"missing scopes: *api\.model"),
    Ruling(
        None, _ACCOUNT, _LASTS, statuses=(403,), codes=("insufficient_permissions",), kinds=(Kind.API_KEY,)
    ),
    # The credential is refused.
    Ruling(
        a.AUTH_MISSING_BEARER,
        _CREDENTIAL,
        _LASTS,
        statuses=(401,),
        words=r"missing bearer or basic authentication|no auth credentials found",
    ),
    Ruling(a.AUTH_401_API_KEY, _CREDENTIAL, _LASTS, statuses=(401,), kinds=(Kind.API_KEY,)),
    Ruling(a.ACCESS_TOKEN_AGENT_IDENTITY_401, _CREDENTIAL, _LASTS, statuses=(401,), kinds=(Kind.PERSONAL,)),
    Ruling(a.AUTH_401_CHATGPT, _CREDENTIAL, _LASTS, statuses=(401,), kinds=(Kind.CHATGPT,)),
    # The model.
    Ruling(u.MODEL_AT_CAPACITY, _SERVICE, _PASSES, codes=("server_is_overloaded",), statuses=_SERVER_ERRORS),
    Ruling(
        u.MODEL_NOT_SUPPORTED_CHATGPT,
        _SERVICE,
        _LASTS,
        statuses=(400,),
        words=r"model is not supported when using codex with a chatgpt account",
    ),
    # The service itself.
    Ruling(u.RATE_LIMITED_429, _SERVICE, _PASSES, statuses=(429,)),
    Ruling(
        u.SERVER_ERROR_PROCESSING,
        _SERVICE,
        _PASSES,
        statuses=_SERVER_ERRORS,
        words=r"an error occurred while processing your request",
    ),
    Ruling(s.SERVICE_UNAVAILABLE, _SERVICE, _PASSES, statuses=_SERVER_ERRORS),
    # Whatever else is refused.
    Ruling(a.ACCOUNT_REFUSED, _SERVICE, _LASTS, statuses=_REFUSALS),
)


def rule(session: Session) -> Ruling | None:
    """Return what the answer means; None where it is healthy, or says nothing that can be judged."""
    if session.accepted:
        return None
    return next((row for row in RULINGS if row.fits(session)), None)
