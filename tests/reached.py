"""Ways to hosts as they might have gone, made by hand for the checks of the network."""

from __future__ import annotations

from codex_checks.network.hosts import Host, Service, hosts
from codex_checks.network.links import Links
from codex_checks.network.proxies import Choice, Setting
from codex_checks.network.reach import Reach, Visit
from codex_checks.network.roots import Roots
from codex_doctor.dial import Answer, Attempt, Fault, Proxy, Stage, Step

DIRECT = (Stage.RESOLVE, Stage.CONNECT, Stage.TLS, Stage.HTTP)
PROXIED = (Stage.CONNECT, Stage.PROXY, Stage.TLS, Stage.HTTP)

HOSTS = {host.service: host for host in hosts({}, None, mode="none")}
"""Every host at its usual address: all of OpenAI's needed, GitHub's not."""

HEALTHY = Answer(status=401, headers={"cf-ray": "8f0-TXL", "content-type": "application/json"}, body=b"{}")


def host(service: Service, *, url: str | None = None, needed: bool | None = None) -> Host:
    """Return the host of *service*, at its usual address unless *url* is given."""
    variables = {} if url is None else {f"CODEX_DOCTOR_URL_{service}": url}
    found = next(each for each in hosts(variables, None, mode="none") if each.service is service)
    if needed is None or needed is found.needed:
        return found
    return Host(
        service=found.service,
        name=found.name,
        url=found.url,
        source=found.source,
        needed=needed,
        target=found.target,
    )


def visit(  # noqa: PLR0913 - each is one thing that may be told of a visit
    where: Host | Service,
    fault: Fault | None = None,
    *,
    at: Stage | None = None,
    words: str = "it broke",
    answer: Answer = HEALTHY,
    setting: Setting | None = None,
    skew: float | None = None,
) -> Visit:
    """Return a visit that ended with *fault* at the stage *at*, or else with *answer*."""
    there = HOSTS[where] if isinstance(where, Service) else where
    stages: tuple[Stage, ...] = PROXIED if setting else DIRECT
    if fault is not None:
        assert at is not None
        stages = (*stages[: stages.index(at)], at) if at in stages else (at,)
    steps = tuple(
        Step(stage=stage, seconds=0.01, fault=fault, words=words)
        if fault is not None and stage is at
        else Step(stage=stage, seconds=0.01)
        for stage in stages
    )
    attempt = Attempt(
        target=there.target,
        proxy=setting.proxy if setting else None,
        steps=steps,
        answer=None if fault else answer,
    )
    return Visit(host=there, choice=Choice(setting=setting), attempt=attempt, skew=skew)


def reach(*visits: Visit, links: Links | None = None, wsl: int = 0, roots: Roots | None = None) -> Reach:
    """Return what was reached: *visits*, on a machine with a route unless *links* says otherwise."""
    return Reach(visits=visits, links=links or Links(route=True), wsl=wsl, roots=roots or Roots())


def proxy_setting(url: str = "http://proxy.example:3128", *, variable: str = "HTTPS_PROXY") -> Setting:
    """Return a proxy variable that Codex reads as it is meant."""
    place = url.partition("://")[2]
    name, _, port = place.partition(":")
    return Setting(variable=variable, shown=url, proxy=Proxy(host=name, port=int(port)))
