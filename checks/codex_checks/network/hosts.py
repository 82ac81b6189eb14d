"""Which hosts Codex needs on this machine, at which address, and what each should answer.

An address comes from the doctor's own variables, then Codex's own override variables, then base URLs
in the settings, then the defaults. A project's file never has a say: `Settings` leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.dial import Target
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_checks.config.settings import Settings


class Service(StrEnum):
    """Who is asked, by the word that stands in `CODEX_DOCTOR_URL_<word>`."""

    CHATGPT = "CHATGPT"
    AUTH = "AUTH"
    API = "API"
    GITHUB = "GITHUB"
    GITHUB_API = "GITHUB_API"
    STATUS = "STATUS"
    PROVIDER = "PROVIDER"
    """A model provider of the user's own; no variable stands for it."""

    @property
    def of_github(self) -> bool:
        """Whether GitHub runs it: Codex works without, and misses updates and plugins."""
        return self in (Service.GITHUB, Service.GITHUB_API)


DEFAULTS: Final[Mapping[Service, str]] = {
    Service.CHATGPT: "https://chatgpt.com/backend-api",
    Service.AUTH: "https://auth.openai.com",
    Service.API: "https://api.openai.com/v1",
    Service.GITHUB: "https://github.com",
    Service.GITHUB_API: "https://api.github.com",
    Service.STATUS: "https://status.openai.com",
}
"""codex-environment 3.1 and 3.2; the bases as Codex's own settings spell them."""

PROBED: Final[Mapping[Service, str]] = {
    Service.CHATGPT: "/codex/responses",
    Service.AUTH: "/.well-known/openid-configuration",
    Service.API: "/models",
    Service.GITHUB: "/",
    Service.GITHUB_API: "/",
    Service.STATUS: "/api/v2/status.json",
    Service.PROVIDER: "/models",
}
"""What is asked for without a credential; 405, 200, 401 and then 200 are healthy (codex-environment 3.2)."""

OWN_OVERRIDES: Final[Mapping[Service, tuple[str, ...]]] = {
    Service.AUTH: ("CODEX_REFRESH_TOKEN_URL_OVERRIDE", "CODEX_APP_SERVER_LOGIN_ISSUER"),
}
"""Codex's own variables (codex-auth 2.6). The first is a whole address, of which the origin counts."""

UPGRADED: Final[Mapping[Service, str]] = {
    Service.CHATGPT: "/codex/responses",
    Service.API: "/responses",
}
"""Where a turn asks for a WebSocket first (codex-environment 3.1)."""

SETTINGS: Final[Mapping[Service, str]] = {
    Service.CHATGPT: "chatgpt_base_url",
    Service.API: "openai_base_url",
}

LOCAL_PORTS: Final[Mapping[str, int]] = {"lmstudio": 1234, "ollama": 11434}
"""Built-in providers on this machine and their ports; two variables move them (asked of Codex 0.169.0)."""

API_KEY_MODES: Final = frozenset({"apikey"})
NO_OPENAI_MODES: Final = frozenset({"bedrockApiKey", "bedrockAccessKeys"})
UNDECIDED_MODES: Final = frozenset({"none", "unknown"})


class Address(Struct, frozen=True, kw_only=True):
    """The base address of a service, without a slash at its end, and what says so (`default` or a name)."""

    service: Service
    url: str
    source: str = "default"

    @property
    def is_default(self) -> bool:
        """Whether nobody changed it."""
        return self.source == "default"


class Host(Struct, frozen=True, kw_only=True):
    """A host to be reached. *needed*: signing in or a turn fails without it.

    *name* is what the report calls it: the host itself, with the service's usual name before it where
    the address is not the usual one. *upgrade* asks it to go on as a WebSocket, where Codex does so.
    """

    service: Service
    name: str
    url: str
    source: str
    needed: bool
    target: Target
    upgrade: Target | None = None

    @property
    def own(self) -> bool:
        """Whether the settings lead the turns there: to a provider of the user's own."""
        return self.service is Service.PROVIDER or self.source == SETTINGS[Service.API]

    @property
    def subjects(self) -> frozenset[str]:
        """What a finding about it may be matched with."""
        return frozenset({self.target.host, usual_host(self.service) or self.target.host})


def usual_host(service: Service) -> str | None:
    """Return the host at which *service* usually is."""
    return urlsplit(DEFAULTS[service]).hostname if service in DEFAULTS else None


def addresses(variables: Mapping[str, str], settings: Settings | None) -> dict[Service, Address]:
    """Return the base address of every service; one that is no address at all does not count."""
    return {service: _address(service, variables, settings) for service in DEFAULTS}


def _address(service: Service, variables: Mapping[str, str], settings: Settings | None) -> Address:
    ours = f"CODEX_DOCTOR_URL_{service}"
    candidates = [(ours, variables.get(ours))]
    candidates += [(name, _origin(variables.get(name))) for name in OWN_OVERRIDES.get(service, ())]
    if settings is not None and service in SETTINGS:
        candidates.append((SETTINGS[service], settings.text(SETTINGS[service])))
    for source, url in candidates:
        if url and target(url) is not None:
            return Address(service=service, url=url.rstrip("/"), source=source)
    return Address(service=service, url=DEFAULTS[service])


def _origin(url: str | None) -> str | None:
    if not url or target(url) is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def target(url: str, *, path: str = "", method: str = "GET") -> Target | None:
    """Return what is to be dialled for *url*, with *path* after its own, or None where it is no address."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    tls = parts.scheme == "https"
    whole = (parts.path.rstrip("/") + path) or "/"
    if not (whole.isascii() and whole.isprintable() and " " not in whole):
        return None
    return Target(host=host, port=port or (443 if tls else 80), path=whole, tls=tls, method=method)


def hosts(
    variables: Mapping[str, str], settings: Settings | None, *, mode: str, wants_sign_in: bool = True
) -> tuple[Host, ...]:
    """Return the hosts to reach, the needed ones first, for a sign-in of the kind *mode*.

    With a ChatGPT sign-in a turn needs chatgpt.com and auth.openai.com, with an API key
    api.openai.com; a base URL in the settings draws every turn to itself (codex-auth 5.1). Where
    nobody is signed in, both ways of signing in must work. A provider of the user's own that takes no
    OpenAI sign-in leaves OpenAI's hosts unneeded.
    """
    base = addresses(variables, settings)
    needed, wanted = _services(mode, base)
    found: list[Host] = []
    own = None if settings is None else _provider(settings, variables)
    if own is not None:
        found.append(own)
        if not wants_sign_in:
            needed, wanted = [], []
    for service in (*needed, *wanted, Service.GITHUB, Service.GITHUB_API):
        method = "HEAD" if service.of_github else "GET"
        there = target(base[service].url, path=PROBED[service], method=method)
        if there is not None:
            found.append(_host(service, base[service].source, there, needed=service in needed))
            if service is _of_turns(mode, needed):
                upgrade = target(base[service].url, path=UPGRADED[service])
                found[-1] = replace(found[-1], upgrade=upgrade and replace(upgrade, upgrade=True))
    return tuple(found)


def _of_turns(mode: str, needed: Sequence[Service]) -> Service | None:
    """Return the service that takes the turns, where one is known to."""
    if mode in UNDECIDED_MODES:
        return None
    return next((service for service in (Service.API, Service.CHATGPT) if service in needed), None)


def _services(mode: str, base: Mapping[Service, Address]) -> tuple[list[Service], list[Service]]:
    """Return the services that are needed, and those that are only wanted."""
    if mode in NO_OPENAI_MODES:
        return [], []
    if mode in API_KEY_MODES:
        return [Service.API], [Service.CHATGPT]
    if mode in UNDECIDED_MODES:
        return [Service.CHATGPT, Service.AUTH, Service.API], []
    drawn = [Service.API] if base[Service.API].source == SETTINGS[Service.API] else []
    return [Service.CHATGPT, Service.AUTH, *drawn], []


def _provider(settings: Settings, variables: Mapping[str, str]) -> Host | None:
    if settings.provider_id == "openai":
        return None
    source, url = f"model_providers.{settings.provider_id}.base_url", settings.provider.get("base_url")
    if settings.provider_id in LOCAL_PORTS:
        source, url = local_server(settings.provider_id, variables)
    there = target(url, path=PROBED[Service.PROVIDER]) if isinstance(url, str) else None
    if there is None:
        return None
    return _host(Service.PROVIDER, source, _with_version(there, settings.provider), needed=True)


def local_server(provider: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Return what names the address of a built-in provider on this machine, and the address."""
    base, port = variables.get("CODEX_OSS_BASE_URL", ""), variables.get("CODEX_OSS_PORT", "")
    if base:
        return "CODEX_OSS_BASE_URL", base
    if port.isdecimal():
        return "CODEX_OSS_PORT", f"http://localhost:{port}/v1"
    return "default", f"http://localhost:{LOCAL_PORTS[provider]}/v1"


def _with_version(there: Target, provider: Mapping[str, object]) -> Target:
    """Return *there* with the version of the interface that is asked for: Azure answers 404 without it."""
    query = provider.get("query_params")
    version = cast("Mapping[str, object]", query).get("api-version") if isinstance(query, Mapping) else None
    text = version.reveal() if isinstance(version, Secret) else version
    if not isinstance(text, str) or not re.fullmatch(r"[\w.\-]+", text):
        return there
    return replace(there, path=f"{there.path}?api-version={text}")


def _host(service: Service, source: str, there: Target, *, needed: bool) -> Host:
    usual = usual_host(service)
    name = there.origin if usual in (None, there.host) else f"{usual} (at {there.authority})"
    scheme = "https" if there.tls else "http"
    return Host(
        service=service,
        name=name,
        url=f"{scheme}://{there.origin}{there.path}",
        source=source,
        needed=needed,
        target=there,
    )
