"""Which proxy Codex takes for an address: its own rules, which differ from those of curl and Python.

Every rule here was seen on Codex 0.169.0 (codex-environment 3.4, and a table of cases run against it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - facts are read at run time
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from codex_doctor.dial import Proxy
from codex_doctor.dial.attempt import bracketed
from codex_doctor.redact import Secret  # noqa: TC001 - the same

PLAIN: Final = frozenset({"http", "socks4", "socks4a", "socks5", "socks5h"})
"""Schemes of proxies that Codex speaks plain HTTP to: it treats SOCKS as if it were HTTP."""

SOCKS: Final = frozenset({"socks", "socks4", "socks4a", "socks5", "socks5h"})


class Flaw(StrEnum):
    """What is wrong with the value of a proxy variable."""

    BAD_PORT = "bad-port"
    """Codex takes the proxy, and then cannot use it: every request fails at once."""
    IGNORED = "ignored"
    """Codex passes it over without a word, and goes on as if the variable were not set."""
    SOCKS = "socks"
    """Codex speaks HTTP to it."""


class Setting(Struct, frozen=True, kw_only=True):
    """A proxy variable as Codex reads it. *shown* is its value without user and password.

    *proxy* is None where Codex takes none from it.
    """

    variable: str
    shown: str
    proxy: Proxy | None = None
    flaw: Flaw | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """The way Codex takes to an address: straight where *setting* is None.

    *passed_over* holds the variables whose values it did not understand on the way to this choice,
    *exempt* the variable that keeps a proxy away from this host.
    """

    setting: Setting | None = None
    passed_over: tuple[Setting, ...] = ()
    exempt: str | None = None

    @property
    def proxy(self) -> Proxy | None:
        """The proxy, or None."""
        return self.setting.proxy if self.setting else None

    @property
    def impossible(self) -> bool:
        """Whether Codex gives up before it tries anything."""
        return self.setting is not None and self.setting.flaw is Flaw.BAD_PORT


def choose(variables: Mapping[str, str], url: str, keep: Callable[[str], Secret]) -> Choice:
    """Return the way Codex takes to *url*; *keep* turns a password into a secret.

    For https it is HTTPS_PROXY, then ALL_PROXY; for http HTTP_PROXY, then ALL_PROXY. The name in
    capitals comes first, and hides the other one even where it is empty. HTTP_PROXY does not count
    where REQUEST_METHOD is set.
    """
    parts = urlsplit(url)
    own = "HTTPS_PROXY" if parts.scheme == "https" else "HTTP_PROXY"
    names = ["ALL_PROXY"] if own == "HTTP_PROXY" and "REQUEST_METHOD" in variables else [own, "ALL_PROXY"]
    passed_over: list[Setting] = []
    for name in names:
        variable = first_set(variables, name)
        if variable is None or not variables[variable]:
            continue
        setting = parse(variable, variables[variable], keep)
        if setting.flaw is Flaw.IGNORED or (setting.proxy is None and setting.flaw is not Flaw.BAD_PORT):
            passed_over.append(setting)
            continue
        exempting = first_set(variables, "NO_PROXY")
        if exempting is not None and is_exempt(parts.hostname or "", variables[exempting]):
            return Choice(passed_over=tuple(passed_over), exempt=exempting)
        return Choice(setting=setting, passed_over=tuple(passed_over))
    return Choice(passed_over=tuple(passed_over))


def choose_for_socket(variables: Mapping[str, str], url: str, keep: Callable[[str], Secret]) -> Choice | None:
    """Return the way that Codex's WebSocket takes to the https address *url*; None: one we cannot try.

    It has rules of its own (codex-environment 3.4): it falls back on HTTP_PROXY, speaks SOCKS, and goes
    straight where the value has no scheme.
    """
    choice = choose(variables, url, keep)
    setting = choice.setting
    if setting is None:
        return choice if choice.exempt or choice.passed_over else _fallen_back(variables, url, keep)
    if setting.flaw is not None:
        return None
    return choice if "://" in setting.shown else Choice()


def _fallen_back(variables: Mapping[str, str], url: str, keep: Callable[[str], Secret]) -> Choice | None:
    host = urlsplit(url).hostname or ""
    choice = choose(variables, f"http://{bracketed(host)}/", keep)
    setting = choice.setting
    if setting is None:
        return choice
    return None if setting.flaw is not None or "://" not in setting.shown else choice


def first_set(variables: Mapping[str, str], name: str) -> str | None:
    """Return which spelling of *name* Codex reads: capitals first, and an empty value counts as set."""
    return next((each for each in (name, name.lower()) if each in variables), None)


def parse(variable: str, value: str, keep: Callable[[str], Secret]) -> Setting:
    """Return what Codex makes of *value*.

    Without a scheme it is an HTTP proxy. Blanks and quotes make it unreadable, which is not reported.
    """
    scheme, found, rest = value.partition("://")
    if not found:
        scheme, rest = "http", value
    scheme = scheme.lower()
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    userinfo, at, place = authority.rpartition("@")
    shown = f"{scheme}://{'***@' if at else ''}{place}" if found else f"{'***@' if at else ''}{place}"
    if at:
        keep(userinfo)
    if scheme not in PLAIN | {"https"} or not place or not _possible(place):
        socks = scheme in SOCKS
        return Setting(variable=variable, shown=shown, flaw=Flaw.SOCKS if socks else Flaw.IGNORED)
    host, port = _split(place)
    number = _port(port, default=443 if scheme == "https" else 80)
    if number is None:
        return Setting(variable=variable, shown=shown, flaw=Flaw.BAD_PORT)
    proxy = Proxy(
        host=host,
        port=number,
        tls=scheme == "https",
        authorization=_authorization(userinfo, keep) if at else None,
    )
    return Setting(variable=variable, shown=shown, proxy=proxy, flaw=Flaw.SOCKS if scheme in SOCKS else None)


def _possible(place: str) -> bool:
    return place.isascii() and all(letter.isalnum() or letter in "-._~:[]%" for letter in place)


def _split(place: str) -> tuple[str, str | None]:
    """Return the host without brackets, and the port as it stands."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest[1:] if rest.startswith(":") else None
    host, colon, port = place.partition(":")
    return host, port if colon else None


def _port(port: str | None, *, default: int) -> int | None:
    if port is None:
        return default
    number = int(port) if port.isdigit() and len(port) < 6 else -1  # noqa: PLR2004 - 65535 is the last
    return number if 0 < number < 65536 else None  # noqa: PLR2004 - the same


def _authorization(userinfo: str, keep: Callable[[str], Secret]) -> Secret:
    import base64

    user, _, password = userinfo.partition(":")
    keep(unquote(password))
    plain = f"{unquote(user)}:{unquote(password)}"
    return keep("Basic " + base64.b64encode(plain.encode()).decode("ascii"))


def is_exempt(host: str, exempt: str) -> bool:
    """Return whether the list *exempt* (NO_PROXY) keeps proxies away from *host*.

    Entries are separated by commas. A name covers its sub-domains, with or without a dot before it;
    `*` covers every name, but no address; an address may be a network. An entry with a port never
    matches, and neither does `*.example.com`.
    """
    import ipaddress

    entries = [entry.strip() for entry in exempt.split(",")]
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return any(_covers(entry.lower(), host.lower()) for entry in entries if entry)
    return any(_holds(entry, address) for entry in entries)


def _covers(entry: str, host: str) -> bool:
    name = entry.removeprefix(".")
    return entry == "*" or host == name or host.endswith(f".{name}")


def _holds(entry: str, address: object) -> bool:
    import ipaddress

    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
