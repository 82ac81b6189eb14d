"""Whether the proxy variables say what they should, and the proxies lead where they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_checks.network.diagnosis import diagnose
from codex_checks.network.proxies import Flaw, Setting, first_set, parse
from codex_checks.network.reach import Reach, reach
from codex_checks.network.remedies import remedy
from codex_checks.network.telling import report
from codex_checks.network.variables import Origins, origins, unset
from codex_checks.places import Environment, environment
from codex_checks.problems import network as problems
from codex_doctor.check import Check, check
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

NAMES: Final = ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY")
"""The variables, the one that matters most first: what Codex needs is https."""


class ProxySetting(Struct, frozen=True, kw_only=True):
    """A proxy variable as Codex reads it, where it is set, and what the other spelling of it says.

    *rival* is the other spelling, which
    Codex does not read and other programs do, where it says something else.
    """

    setting: Setting
    rival: Setting | None = None


class ProxySettings(Struct, frozen=True, kw_only=True):
    """Every proxy variable that is set, the one that matters most first."""

    settings: tuple[ProxySetting, ...]
    origins: Origins = field(default_factory=Origins)


@blocking_probe("network.proxy-settings", touches={Touches.FILES}, limit=1.0, needs=(environment,))
def proxy_settings(ctx: Context, surroundings: Environment) -> ProxySettings:
    """Read the proxy variables the way Codex does."""
    found: list[ProxySetting] = []
    for name in NAMES:
        variable = first_set(surroundings.variables, name)
        if variable is None:
            continue
        value = surroundings.variables[variable]
        other = name.lower() if variable == name else None
        rival = surroundings.variables.get(other) if other is not None else None
        found.append(
            ProxySetting(
                setting=parse(variable, value, ctx.vault.secret)
                if value
                else Setting(variable=variable, shown=""),
                rival=parse(other, rival, ctx.vault.secret)
                if other is not None and rival is not None and rival != value
                else None,
            )
        )
    return ProxySettings(settings=tuple(found), origins=origins(surroundings, os=ctx.system.os))


@check(
    "network.proxy-variables-make-sense",
    title="The proxy variables say what Codex understands",
    needs=(proxy_settings, reach.maybe()),
    reports=(problems.PROXY_ENV_WRONG,),
)
def proxy_variables_make_sense(found: ProxySettings, reached: Reach | None) -> Iterator[Finding]:
    """Judge the variables alone, and then what came of following them."""
    if not found.settings:
        raise NotApplicable("no proxy variable is set")
    for each in found.settings:
        yield from _nonsense(each, found.origins)
    visits = diagnose(reached).get(problems.PROXY_ENV_WRONG) if reached is not None else None
    if visits and reached is not None:
        yield report(
            problems.PROXY_ENV_WRONG,
            visits,
            reached,
            fix=remedy(problems.PROXY_ENV_WRONG, visits, reached),
        )


def _nonsense(each: ProxySetting, set_in: Origins) -> Iterator[Finding]:
    setting = each.setting
    fix, where = unset(setting.variable, set_in), set_in.where(setting.variable)
    evidence = {"variable": setting.variable, "value": setting.shown, "set_in": where}
    if setting.flaw is Flaw.BAD_PORT:
        plain = setting.variable.upper() == "HTTP_PROXY"  # nothing that Codex needs is asked over http
        problem = problems.PROXY_ENV_WRONG.weighed(Severity.NOTE) if plain else problems.PROXY_ENV_WRONG
        yield problem.found(
            f"{setting.variable} (set in {where}) names {setting.shown}, which has no possible port: "
            "every request fails",
            evidence=evidence,
            fix=fix,
        )
    elif setting.flaw is Flaw.IGNORED:
        yield problems.PROXY_ENV_WRONG.weighed(Severity.WARNING).found(
            f"{setting.variable} (set in {where}) names {setting.shown}, which Codex does not take for a "
            "proxy: it goes on without one and says nothing",
            evidence=evidence,
            fix=fix,
        )
    elif each.rival is not None:
        yield problems.PROXY_ENV_WRONG.weighed(Severity.NOTE).found(
            f"Codex reads {setting.variable}={setting.shown or '(empty)'}; "
            f"curl and others read {each.rival.variable}={each.rival.shown or '(empty)'}",
            evidence=evidence,
            advice=f"Give {setting.variable} and {each.rival.variable} the same value.",
        )


@check(
    "network.proxy-speaks-http",
    title="The proxy is one that Codex can speak to",
    needs=(proxy_settings, reach.maybe()),
    reports=(problems.PROXY_SOCKS_HTTP,),
)
def proxy_speaks_http(found: ProxySettings, reached: Reach | None) -> Iterator[Finding]:
    """Judge SOCKS proxies: an error where one failed, nothing where it also speaks HTTP."""
    if not found.settings:
        raise NotApplicable("no proxy variable is set")
    visits = diagnose(reached).get(problems.PROXY_SOCKS_HTTP) if reached is not None else None
    if visits and reached is not None:
        fix = remedy(problems.PROXY_SOCKS_HTTP, visits, reached)
        yield report(problems.PROXY_SOCKS_HTTP, visits, reached, fix=fix)
        return
    settings = [visit.choice.setting for visit in reached.visits] if reached is not None else []
    used = {setting.variable for setting in settings if setting is not None}
    for each in found.settings:
        setting = each.setting
        if setting.flaw is not Flaw.SOCKS or setting.variable in used:
            continue
        where = found.origins.where(setting.variable)
        how = (
            "Codex speaks HTTP to it"
            if setting.proxy
            else "Codex does not know that word and goes without it"
        )
        yield problems.PROXY_SOCKS_HTTP.weighed(Severity.WARNING).found(
            f"{setting.variable} (set in {where}) names {setting.shown}, a SOCKS proxy; {how}",
            evidence={"variable": setting.variable, "value": setting.shown, "set_in": where},
            fix=unset(setting.variable, found.origins),
        )


@check(
    "network.proxy-leads-there",
    title="The proxy leads to the hosts that Codex needs",
    needs=(reach,),
    reports=(
        problems.PROXY_CONNECTION_REFUSED,
        problems.PROXY_TIMEOUT,
        problems.PROXY_AUTH_REQUIRED,
        problems.PROXY_CONNECT_REJECTED,
        problems.WSL_LOCALHOST_PROXY,
    ),
)
def proxy_leads_there(found: Reach) -> Iterator[Finding]:
    """Judge what the proxies did."""
    if not any(visit.choice.proxy for visit in found.visits):
        raise NotApplicable("Codex uses no proxy for the hosts it needs")
    diagnosis = diagnose(found)
    for problem in proxy_leads_there.reports:
        visits = diagnosis.get(problem)
        if visits:
            yield report(problem, visits, found, fix=remedy(problem, visits, found))


CHECKS: Final[tuple[Check, ...]] = (
    proxy_leads_there,
    proxy_speaks_http,
    proxy_variables_make_sense,
)
