"""Every error of the service that is known, with its name, whether waiting helps, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from accounts import CHATGPT, KEY, PERSONAL, error, session, usage
from codex_checks.account.rulings import RULINGS, Nature, Side, rule
from codex_checks.problems import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

LASTS, PASSES = Nature.LASTING, Nature.PASSING
HTML: Final = {"content-type": "text/html; charset=UTF-8", "server": "cloudflare", "cf-ray": "8f0-TXL"}
PAGE: Final = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>"
REGION: Final = "unsupported_country_region_territory"
SCOPE: Final = "You have insufficient permissions for this operation. Missing scopes: {}. Check your role."
NOT_WITH_CHATGPT: Final = "The 'gpt-5.2' model is not supported when using Codex with a ChatGPT account."
PROCESSING: Final = "An error occurred while processing your request. You can retry your request."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer to the sign-in that is *stored*, and the *problem* that it means."""

    problem: str
    stored: object
    status: int
    body: object
    headers: Mapping[str, str]


def _case(
    problem: str, stored: object, status: int, body: object, headers: Mapping[str, str] | None = None
) -> Case:
    return Case(problem=problem, stored=stored, status=status, body=body, headers=headers or {})


CASES: Final = {
    # codex-auth 5.3
    "token expired": _case("auth-401-chatgpt", CHATGPT, 401, error("token_expired", "Token is expired.")),
    "token invalidated": _case("auth-401-chatgpt", CHATGPT, 401, error("token_invalidated")),
    "unauthorized without a code": _case("auth-401-chatgpt", CHATGPT, 401, {"detail": "Unauthorized"}),
    "unauthorized without a body": _case("auth-401-chatgpt", CHATGPT, 401, b""),
    "no rule": _case("enterprise-network-rule-block", KEY, 401, error("no_matching_rule", "Unauthorized")),
    "bad key": _case("auth-401-api-key", KEY, 401, error("invalid_api_key", "Incorrect API key provided")),
    "personal token": _case("access-token-agent-identity-401", PERSONAL, 401, {"detail": "Unauthorized"}),
    "Cloudflare page": _case("cloudflare-challenge-403", CHATGPT, 403, PAGE, HTML),
    "Cloudflare challenge": _case(
        "cloudflare-challenge-403", CHATGPT, 403, b"", {"cf-mitigated": "challenge"}
    ),
    "Cloudflare refusal without words": _case(
        "cloudflare-challenge-403", CHATGPT, 403, b"<html>no</html>", HTML
    ),
    "country": _case("region-blocked", CHATGPT, 403, error(REGION, kind="request_forbidden")),
    "country and an API key": _case("region-blocked", KEY, 403, error(REGION)),
    "workspace deactivated": _case(
        "workspace-deactivated", CHATGPT, 402, {"detail": {"code": "deactivated_workspace"}}
    ),
    "workspace of others": _case(
        "workspace-invalid-selected", CHATGPT, 403, {"detail": {"code": "invalid_workspace_selected"}}
    ),
    "workspace without Codex": _case(
        "workspace-codex-disabled", CHATGPT, 403, {"detail": {"code": "codex_cli_workspace_disabled"}}
    ),
    "usage limit": _case(
        "usage-limit-hit", CHATGPT, 429, {"error": {"type": "usage_limit_reached", "plan_type": "plus"}}
    ),
    "usage not included": _case("plan-not-included", CHATGPT, 429, {"error": {"type": "usage_not_included"}}),
    "usage not included as 403": _case(
        "plan-not-included", CHATGPT, 403, {"detail": {"code": "usage_not_included"}}
    ),
    "quota": _case("api-quota-exceeded", KEY, 429, error("insufficient_quota", kind="insufficient_quota")),
    "too many requests": _case("rate-limited-429", CHATGPT, 429, {"detail": "Too Many Requests"}),
    "too many requests of a key": _case("rate-limited-429", KEY, 429, error("rate_limit_exceeded")),
    "model not with ChatGPT": _case(
        "model-not-supported-chatgpt", CHATGPT, 400, {"detail": NOT_WITH_CHATGPT}
    ),
    # codex-environment 3.3
    "nothing arrived": _case(
        "auth-missing-bearer", KEY, 401, error(None, "Missing bearer or basic authentication in header")
    ),
    "scope to write": _case(
        "auth-missing-scope-responses-write", KEY, 401, error(None, SCOPE.format("api.responses.write"))
    ),
    "scopes to read and write": _case(
        "auth-missing-scope-responses-write",
        KEY,
        403,
        error(None, SCOPE.format("api.model.read, api.responses.write")),
    ),
    "high demand": _case("service-unavailable", CHATGPT, 500, b""),
    "gateway time-out": _case("service-unavailable", KEY, 504, b"<html>"),
    "Cloudflare's own 5xx": _case(
        "service-unavailable", CHATGPT, 520, b"error code: 520", {"server": "cloudflare"}
    ),
    "at capacity": _case("model-at-capacity", CHATGPT, 503, error("server_is_overloaded")),
    "processing": _case("server-error-processing", CHATGPT, 500, error("server_error", PROCESSING)),
    # Whatever else
    "an unknown refusal": _case("account-refused", CHATGPT, 403, {"detail": {"code": "something_new"}}),
    "an unknown payment": _case("account-refused", CHATGPT, 402, {"detail": "Payment Required"}),
    "a page of a firewall": _case(
        "enterprise-network-rule-block",
        CHATGPT,
        403,
        b"<html>Blocked by policy</html>",
        {"content-type": "text/html"},
    ),
}

MEANS: Final = {
    "auth-401-chatgpt": (LASTS, "renew the sign-in"),
    "auth-401-api-key": (LASTS, "Create a new key"),
    "access-token-agent-identity-401": (LASTS, "new access token"),
    "cloudflare-challenge-403": (LASTS, "another network"),
    "region-blocked": (LASTS, "supported country"),
    "enterprise-network-rule-block": (LASTS, "allow this machine"),
    "workspace-deactivated": (LASTS, "Ask its owner"),
    "workspace-invalid-selected": (LASTS, "choose a workspace"),
    "workspace-codex-disabled": (LASTS, "administrator"),
    "usage-limit-hit": (PASSES, "Wait for the reset"),
    "plan-not-included": (LASTS, "change the plan"),
    "api-quota-exceeded": (LASTS, "Add credit"),
    "rate-limited-429": (PASSES, "Wait a minute"),
    "model-not-supported-chatgpt": (LASTS, "Remove `model`"),
    "auth-missing-bearer": (LASTS, "Authorization"),
    "auth-missing-scope-responses-write": (LASTS, "write Responses"),
    "service-unavailable": (PASSES, "Wait"),
    "model-at-capacity": (PASSES, "another model"),
    "server-error-processing": (PASSES, "Try again"),
    "account-refused": (LASTS, "support"),
}
"""By problem: whether waiting helps, and a part of the next step."""


@pytest.mark.parametrize("name", CASES)
def test_an_answer_has_its_name_its_nature_and_a_next_step(name: str) -> None:
    case = CASES[name]
    nature, step = MEANS[case.problem]
    ruling = rule(session(case.status, case.body, content=case.stored, headers=case.headers))

    assert ruling is not None
    assert ruling.problem is not None
    assert (ruling.problem.name, ruling.nature) == (case.problem, nature)
    assert step in ruling.problem.advice


@pytest.mark.parametrize(
    ("content", "status", "body"),
    [
        (CHATGPT, 200, usage()),
        (CHATGPT, 200, {"plan_type": "plus"}),
        (KEY, 200, {"object": "list", "data": []}),
        (PERSONAL, 200, {"chatgpt_plan_type": "business"}),
    ],
)
def test_a_healthy_answer_is_accepted_and_no_problem(content: object, status: int, body: object) -> None:
    found = session(status, body, content=content)

    assert found.accepted
    assert rule(found) is None


def test_an_accepted_answer_is_no_problem_whatever_its_headers_say() -> None:
    found = session(200, usage(), headers={"cf-mitigated": "challenge"})

    assert rule(found) is None


@pytest.mark.parametrize("status", [100, 204, 301, 302, 307, 400, 404, 405, 410, 418])
def test_what_says_nothing_of_the_account_is_no_problem(status: int) -> None:
    found = session(status, b"<html>")

    assert not found.accepted
    assert rule(found) is None


@pytest.mark.parametrize(
    "body", [error(None, SCOPE.format("api.model.read")), error("insufficient_permissions", "No.")]
)
def test_a_restricted_key_that_may_not_list_models_is_healthy(body: object) -> None:
    ruling = rule(session(403, body, content=KEY))

    assert ruling is not None
    assert (ruling.problem, ruling.side) == (None, Side.ACCOUNT)


def test_every_row_names_a_problem_of_the_collection() -> None:
    assert {row.problem for row in RULINGS} - {None, *PROBLEMS} == set()


def test_every_row_is_shown_by_a_case() -> None:
    shown = {case.problem for case in CASES.values()}

    assert {row.problem.name for row in RULINGS if row.problem} == shown
