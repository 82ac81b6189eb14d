"""Model providers of the user's own: where they are, what they answer, and what is said of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pytest
from msgspec.structs import replace

import mcp_cases
from codex_checks.config.settings import judged_settings
from codex_checks.network.diagnosis import is_near, problem_of
from codex_checks.network.hosts import Service, hosts
from codex_checks.network.proxies import Choice, Setting
from codex_checks.network.reach import Visit
from codex_checks.network.roots import Roots
from codex_checks.places import codex_home, environment
from codex_checks.problems import network as n
from codex_checks.problems import providers as p
from codex_checks.providers.checks import (
    local_provider_runs,
    provider_gets_a_key,
    provider_knows_the_way,
)
from codex_checks.providers.own import (
    Provider,
    Refusals,
    Route,
    own_provider,
    provider_refusals,
    provider_route,
)
from codex_checks.recorded.errors import RecordedError, RecordedErrors
from codex_doctor.dial import Answer, Attempt, Fault, Proxy, Stage
from codex_doctor.dial.attempt import Step
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.fix import RunCommand, ShellLine
from codex_doctor.model import Severity
from codex_doctor.redact import Secret
from engine import context

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from codex_checks.config.settings import Settings
    from codex_doctor.context import Context
    from fakes.openai import FakeOpenAI

NOW: Final = 2_000_000_000
OWN: Final = 'model_provider = "office"\n[model_providers.office]\nname = "Office"\n'


def read_settings(ctx: Context, text: str) -> Settings:
    mcp_cases.set_up(ctx.home, text)
    return cast("Settings", judged_settings.read(ctx, codex_home.read(ctx), mcp_cases.read_settings(ctx)))


def read(home: Path, text: str, env: Mapping[str, str] | None = None) -> Provider:
    ctx = context(home, env=env)
    found = own_provider.read(ctx, read_settings(ctx, text), environment.read(ctx, codex_home.read(ctx)))
    return cast("Provider", found)


def visit(
    provider: str,
    fault: Fault | None = None,
    answer: Answer | None = None,
    *,
    proxied: bool = False,
    table: Mapping[str, object] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Visit:
    """Return a visit of the provider called *provider*, which ended with *fault* or else *answer*."""
    settings = mcp_cases.settings_of({"model_provider": provider, "model_providers": {provider: table or {}}})
    found = hosts(variables or {}, settings, mode="none", wants_sign_in=False)
    (host,) = (each for each in found if each.own)
    setting = Setting(variable="HTTP_PROXY", shown="http://proxy:1", proxy=Proxy(host="proxy", port=1))
    step = Step(stage=Stage.CONNECT, seconds=0.1, fault=fault, words="Connection refused")
    attempt = Attempt(target=host.target, steps=(step,), answer=answer)
    return Visit(host=host, choice=Choice(setting=setting if proxied else None), attempt=attempt)


def provider(url: str = "http://127.0.0.1:8080/v1", **more: object) -> Provider:
    return Provider(id="office", url=url, where="config.toml:3:1", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.1.20", True),
        ("box", True),
        ("host.docker.internal", True),
        ("box.local", True),
        ("203.0.114.7", False),
        ("gateway.example.com", False),
    ],
)
def test_what_is_near_is_told_by_name_or_address(host: str, *, near: bool) -> None:
    assert is_near(host) is near


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "http://localhost:11434/v1/models"),
        ({"CODEX_OSS_PORT": "9"}, "http://localhost:9/v1/models"),
        ({"CODEX_OSS_BASE_URL": "http://box:7/v1", "CODEX_OSS_PORT": "9"}, "http://box:7/v1/models"),
    ],
)
def test_a_built_in_server_is_looked_for_where_codex_does(variables: dict[str, str], expected: str) -> None:
    assert visit("ollama", variables=variables).host.url == expected


def test_the_version_of_the_interface_is_asked_for_and_no_other_parameter() -> None:
    query = {"api-version": Secret("2025-04-01-preview"), "key": Secret("a-secret-value")}
    table = {"base_url": "https://office.openai.azure.com/openai", "query_params": query}

    assert visit("azure", table=table).host.target.path == "/openai/models?api-version=2025-04-01-preview"


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (visit("ollama", Fault.REFUSED), p.LOCAL_PROVIDER_UNREACHABLE),
        (visit("ollama", Fault.TIMEOUT), p.LOCAL_PROVIDER_UNREACHABLE),
        (visit("ollama", answer=Answer(status=502), proxied=True), p.LOCAL_PROVIDER_UNREACHABLE),
        (visit("ollama", answer=Answer(status=200), proxied=True), None),
        (visit("ollama", answer=Answer(status=404)), None),
        (visit("ollama", Fault.PROXY_REFUSED, proxied=True), n.PROXY_CONNECTION_REFUSED),
        (visit("far", Fault.REFUSED, table={"base_url": "https://far.example/v1"}), n.CONNECTION_REFUSED),
    ],
)
def test_a_server_nearby_that_is_not_there_has_a_name_of_its_own(found: Visit, problem: object) -> None:
    assert problem_of(found) is problem


def test_a_server_that_does_not_run_is_started_by_its_own_command(tmp_path: Path) -> None:
    found = visit("ollama", Fault.REFUSED)

    (finding,) = local_provider_runs(read(tmp_path, 'model_provider = "ollama"\n'), found)

    assert "localhost:11434: Connection refused" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (RunCommand(argv=("ollama", "serve")),)


@pytest.mark.parametrize(
    ("os", "line"),
    [
        ("linux", "export NO_PROXY=localhost,127.0.0.1"),
        ("windows", "$Env:NO_PROXY='localhost,127.0.0.1'"),
    ],
)
def test_a_proxy_before_a_server_nearby_is_left_out(os: str, line: str) -> None:
    found = visit("ollama", answer=Answer(status=502), proxied=True)

    (finding,) = local_provider_runs(provider(os=os), found)

    assert "HTTP_PROXY sends Codex there through http://proxy:1, which answered 502" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line=line),)


def test_a_server_that_answers_runs() -> None:
    assert local_provider_runs(provider(), visit("ollama", answer=Answer(status=200))) == ()


@pytest.mark.parametrize(
    ("text", "keyed"),
    [
        ("", False),
        ('env_key = "OFFICE_KEY"\n', True),
        ("requires_openai_auth = true\n", True),
        ("requires_openai_auth = false\n", False),
        ('experimental_bearer_token = "x"\n', True),
        ('http_headers = { api-key = "x" }\n', True),
        ('env_http_headers = { api-key = "OFFICE_KEY" }\n', True),
        ('query_params = { key = "x" }\n', True),
    ],
)
def test_whether_settings_give_a_key_is_known(tmp_path: Path, text: str, *, keyed: bool) -> None:
    found = read(tmp_path, f'{OWN}base_url = "http://127.0.0.1:1/v1"\n{text}')

    assert found.keyed is keyed
    assert found.where == f"{tmp_path}/.codex/config.toml:4:1"


def test_another_address_of_openai_is_a_provider_of_ones_own(tmp_path: Path) -> None:
    found = read(tmp_path, 'openai_base_url = "http://127.0.0.1:1/v1"\n')

    assert (found.id, found.host, found.keyed) == ("openai", "127.0.0.1:1", True)


@pytest.mark.parametrize(
    "text",
    ['model = "x"\n', 'openai_base_url = "https://api.openai.com/v1/"\n', OWN, f'{OWN}base_url = "no"\n'],
)
def test_where_there_is_no_provider_of_ones_own_nothing_is_judged(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotApplicable):
        read(tmp_path, text)


@pytest.mark.parametrize(("status", "names"), [(401, ["custom-provider-missing-auth"]), (200, []), (403, [])])
def test_a_provider_that_wants_a_key_and_gets_none_is_reported(status: int, names: list[str]) -> None:
    found = provider_gets_a_key(provider(), Route(status=status, known=True))

    assert [finding.problem.name for finding in found] == names


@pytest.mark.parametrize("found", [provider(keyed=True), provider(keyless=True)], ids=["keyed", "keyless"])
def test_a_provider_with_a_key_or_without_need_of_one_is_healthy(found: Provider) -> None:
    assert provider_gets_a_key(found, Route(status=401, known=True)) == ()


LOST: Final = Route(status=404)
BETTER: Final = Route(status=404, better="http://127.0.0.1:8080/v1")
AZURE: Final = "https://office.openai.azure.com"


@pytest.mark.parametrize(
    ("found", "route", "name", "severity"),
    [
        (provider("http://127.0.0.1:8080"), BETTER, "custom-provider-404", Severity.ERROR),
        (provider(), LOST, "custom-provider-404", Severity.WARNING),
        (provider(AZURE), LOST, "azure-404", Severity.ERROR),
        (provider(f"{AZURE}/openai/v1"), LOST, "azure-404", Severity.ERROR),
        (provider(AZURE), None, "azure-404", Severity.WARNING),
    ],
)
def test_an_address_at_which_there_is_nothing_is_reported(
    found: Provider, route: Route | None, name: str, severity: Severity
) -> None:
    (finding,) = provider_knows_the_way(found, route, None)

    assert (finding.problem.name, finding.problem.severity) == (name, severity)


def test_a_better_address_is_the_advice() -> None:
    (finding,) = provider_knows_the_way(provider("http://127.0.0.1:8080"), BETTER, None)

    assert finding.advice == 'Set base_url = "http://127.0.0.1:8080/v1" there.'


@pytest.mark.parametrize("route", [Route(status=404, known=True), Route(status=401, known=True)])
def test_a_provider_that_knows_the_way_is_healthy(route: Route) -> None:
    assert provider_knows_the_way(provider(), route, None) == ()
    assert provider_knows_the_way(provider(AZURE), route, None) == ()


def test_a_provider_that_was_not_asked_is_not_judged() -> None:
    with pytest.raises(NotApplicable):
        provider_knows_the_way(provider(), None, None)


def refused(words: str, *, ago: int = 60) -> RecordedError:
    text = f"unexpected status 404 Not Found: {words}, url: http://127.0.0.1:8080/v1/responses"
    return RecordedError(when=NOW - ago, source=Path("x"), text=text, http_status=404)


def test_a_turn_that_ended_with_404_is_told_though_the_way_is_known() -> None:
    refusals = Refusals(errors=(refused("No provider for model: x"),), examined=NOW)

    (finding,) = provider_knows_the_way(provider(), Route(status=200, known=True), refusals)

    assert (finding.problem.name, finding.problem.severity) == ("custom-provider-404", Severity.WARNING)
    assert "Codex recorded 404 1 minute ago: unexpected status 404 Not Found: No provider" in finding.detail


def test_only_turns_at_this_address_count(tmp_path: Path) -> None:
    ctx = replace(context(tmp_path), now=lambda: float(NOW))
    settings = read_settings(ctx, "")
    there = refused("no")
    elsewhere = replace(there, text=there.text.replace("8080", "9090"))
    other = replace(there, http_status=500)

    def read_refusals(*errors: RecordedError) -> Refusals:
        found = provider_refusals.read(ctx, provider(), settings, RecordedErrors(errors=errors))
        return cast("Refusals", found)

    assert read_refusals(there, elsewhere, other).errors == (there,)
    with pytest.raises(NotApplicable):
        read_refusals(elsewhere, other)


def route(openai: FakeOpenAI, path: str) -> Route:
    """Ask a provider whose base address ends in *path*, and which answered 404 to the first question."""
    url = f"{openai.url}{path}"
    found = provider(url)
    there = visit("office", answer=Answer(status=404), table={"base_url": url})
    asking = provider_route.read(context(seconds=20.0), found, there, Roots())
    return asyncio.run(cast("Coroutine[None, None, Route]", asking))


def test_a_better_address_is_looked_for_without_a_key(openai: FakeOpenAI) -> None:
    openai.sicken("/gateway/*", 404)

    found = route(openai, "/gateway")

    assert found == Route(status=404, better=f"{openai.url}/v1")
    assert not any("authorization" in each.headers for each in openai.asked)
    assert {each.method for each in openai.asked} == {"GET", "OPTIONS"}


def test_a_provider_may_do_without_its_list_of_models(openai: FakeOpenAI) -> None:
    openai.sicken("/gateway/*", 404)
    openai.sicken("/gateway/responses", 405, method="GET")

    assert route(openai, "/gateway").known is True


def test_a_provider_that_gave_no_answer_is_not_judged() -> None:
    silent = visit("office", Fault.REFUSED, table={"base_url": "http://127.0.0.1:1/v1"})
    asking = provider_route.read(context(), provider(), silent, Roots())

    with pytest.raises(Unavailable):
        asyncio.run(cast("Coroutine[None, None, Route]", asking))


def test_openai_s_own_hosts_are_not_a_provider_of_ones_own() -> None:
    assert [each.service for each in hosts({}, None, mode="none") if each.own] == []
    assert Service.API in {each.service for each in hosts({}, None, mode="none")}
