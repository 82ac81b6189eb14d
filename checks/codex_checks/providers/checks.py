"""Whether a model provider of the user's own runs, knows what Codex asks for, and is given a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.moments import stamp
from codex_checks.network.diagnosis import problem_of
from codex_checks.network.reach import Visit  # noqa: TC001 - beside what it is a fact of
from codex_checks.network.telling import way
from codex_checks.problems import providers as p
from codex_checks.providers.addresses import addresses_can_be_asked
from codex_checks.providers.key import provider_takes_the_key
from codex_checks.providers.own import (
    NOT_FOUND,
    Provider,
    Refusals,
    Route,
    own_provider,
    provider_refusals,
    provider_route,
    visited_provider,
)
from codex_checks.recorded.seen import ago
from codex_doctor.check import Check, check
from codex_doctor.cutting import cut
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, RunCommand, ShellLine, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Evidence, Finding

UNAUTHORIZED: Final = 401

STARTING: Final = {
    "ollama": ("ollama", "serve"),
    "lmstudio": ("lms", "server", "start"),
}
"""What starts the servers that Codex knows by itself (docs of Ollama and LM Studio)."""


@check(
    "models.local-provider-runs",
    title="The model server on this machine or network answers",
    needs=(own_provider, visited_provider),
    reports=(p.LOCAL_PROVIDER_UNREACHABLE,),
)
def local_provider_runs(provider: Provider, visit: Visit) -> Iterator[Finding]:
    """Report a server that does not run, or that a proxy keeps Codex from."""
    if problem_of(visit) is not p.LOCAL_PROVIDER_UNREACHABLE:
        return
    setting, answer, failure = visit.choice.setting, visit.attempt.answer, visit.attempt.failure
    if setting is not None and answer is not None:
        near = ",".join(dict.fromkeys(("localhost", "127.0.0.1", visit.attempt.target.host)))
        line = f"$Env:NO_PROXY='{near}'" if provider.os == "windows" else f"export NO_PROXY={near}"
        yield p.LOCAL_PROVIDER_UNREACHABLE.found(
            f"{_name(provider)} is at {visit.host.name}, and {setting.variable} sends Codex there through "
            f"{setting.shown}, which answered {answer.status}",
            evidence={"provider": provider.id, "way": way(visit)},
            advice=f"Let NO_PROXY name {visit.attempt.target.host} where Codex is started.",
            fix=Fix(
                summary="Go there without the proxy",
                steps=(ShellLine(line=line),),
            ),
            subjects=visit.host.subjects,
        )
        return
    words = failure.words if failure is not None else "no answer"
    start = STARTING.get(provider.id)
    yield p.LOCAL_PROVIDER_UNREACHABLE.found(
        f"{_name(provider)} does not answer at {visit.host.name}: {words}",
        evidence={"provider": provider.id, "way": way(visit)},
        fix=Fix(summary="Start it", steps=(RunCommand(argv=start),)) if start else None,
        subjects=visit.host.subjects,
    )


@check(
    "models.provider-knows-the-way",
    title="The model provider knows the address that Codex asks for",
    needs=(own_provider, provider_route.maybe(), provider_refusals.maybe()),
    reports=(p.AZURE_404, p.CUSTOM_PROVIDER_404),
)
def provider_knows_the_way(
    provider: Provider, route: Route | None, refusals: Refusals | None
) -> Iterator[Finding]:
    """Report an address at which there is nothing, by what it answers, its form, and recorded turns."""
    if route is None and refusals is None and not _lacks_azure_path(provider):
        raise NotApplicable("the model provider was not asked")
    lost = route is not None and route.status == NOT_FOUND and not route.known
    if not (lost or refusals is not None or (route is None and _lacks_azure_path(provider))):
        return
    problem = p.AZURE_404 if provider.azure else p.CUSTOM_PROVIDER_404
    sure = (provider.azure and lost) or (route is not None and route.better is not None)
    better = route.better if route is not None and lost else None
    evidence: dict[str, Evidence] = {"provider": provider.id, "host": provider.host, "better": better}
    words = [f"{provider.where}: {_name(provider)} is at {provider.host}{provider.path or '/'}"]
    if route is not None and lost:
        known = f", and {better}/models does exist" if better else ""
        words.append(f"it answered 404 to /models and to /responses there{known}")
    if _lacks_azure_path(provider):
        words.append("Azure's models stand behind /openai")
    if refusals is not None:
        last = refusals.errors[0]
        words.append(f"Codex recorded 404 {ago(refusals.examined - last.when)}: {cut(last.text, 200)}")
        evidence |= {"recorded": len(refusals.errors), "last": stamp(last.when)}
        sure = sure or lost
    advice = f'Set base_url = "{better}" there.' if better else None
    yield problem.weighed(problem.severity if sure else Severity.WARNING).found(
        "; ".join(words),
        evidence=evidence,
        advice=advice,
        fix=Fix(summary="Correct the address", steps=(Tell(text=advice),)) if advice else None,
        subjects=frozenset({provider.host}),
    )


@check(
    "models.provider-gets-a-key",
    title="The model provider gets a key, or wants none",
    needs=(own_provider, provider_route),
    reports=(p.CUSTOM_PROVIDER_MISSING_AUTH,),
)
def provider_gets_a_key(provider: Provider, route: Route) -> Iterator[Finding]:
    """Report a provider that wants a key where its settings give none: Codex then sends none."""
    if provider.keyed or provider.keyless or route.status != UNAUTHORIZED:
        return
    yield p.CUSTOM_PROVIDER_MISSING_AUTH.found(
        f"{provider.where}: {_name(provider)} answered 401, and its settings have neither env_key nor "
        "requires_openai_auth, so that Codex sends it no key",
        evidence={"provider": provider.id, "host": provider.host, "status": route.status},
        subjects=frozenset({provider.host}),
    )


CHECKS: Final[tuple[Check, ...]] = (
    addresses_can_be_asked,
    local_provider_runs,
    provider_gets_a_key,
    provider_knows_the_way,
    provider_takes_the_key,
)


def _name(provider: Provider) -> str:
    return f'the provider "{provider.id}"'


def _lacks_azure_path(provider: Provider) -> bool:
    return provider.azure and not provider.path.lower().startswith("/openai")
