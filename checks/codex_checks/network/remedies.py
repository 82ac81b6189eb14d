"""What a line in a shell can mend of the network, for each system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.network.variables import unset
from codex_checks.problems import network as n
from codex_checks.problems import tls as t
from codex_doctor.dial import Fault
from codex_doctor.fix import Fix, ShellLine, Tell, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_checks.network.reach import Reach, Visit
    from codex_doctor.model import Problem

WITHOUT_A_PROXY = frozenset(
    {
        n.PROXY_CONNECTION_REFUSED,
        n.PROXY_TIMEOUT,
        n.PROXY_SOCKS_HTTP,
        n.PROXY_ENV_WRONG,
    }
)
"""Problems of a proxy that is not there: they go away with it, on a network that needs none."""

STUB_RESOLVER = "127.0.0.53"
"""Where systemd-resolved listens."""


def remedy(problem: Problem, visits: Sequence[Visit], found: Reach) -> Fix | None:
    """Return what can be done against *problem* as *visits* met it, or None where no command helps."""
    setting = visits[0].choice.setting
    if problem is n.WSL_LOCALHOST_PROXY or problem is n.DNS_FAILURE_WSL:
        return _restart_wsl(problem)
    if problem is n.DNS_FAILURE:
        return _flush_names(found) or _own_address(visits, found)
    if problem is n.PROXY_ENV_WRONG and setting is not None and _speaks_plainly(visits[0]):
        return _speak_plainly(setting.variable, setting.shown, found)
    if problem in WITHOUT_A_PROXY and setting is not None:
        return unset(setting.variable, found.origins)
    if problem is t.TLS_UNKNOWN_ISSUER and found.roots.replaced_by is not None:
        return _add_authority(found.roots.replaced_by, found)
    return _own_address(visits, found)


def _own_address(visits: Sequence[Visit], found: Reach) -> Fix | None:
    """Return how to go to the usual address, where a variable led elsewhere."""
    sources = {visit.host.source for visit in visits}
    source = sources.pop()
    return unset(source, found.origins) if not sources and source in found.origins.names else None


def _restart_wsl(problem: Problem) -> Fix:
    mirrored = Tell(text="Write networkingMode=mirrored under [wsl2] into %UserProfile%\\.wslconfig.")
    tunnel = Tell(text="If that is not enough, write dnsTunneling=true there.")
    restart = ShellLine(line="wsl.exe --shutdown")
    steps = (mirrored, restart) if problem is n.WSL_LOCALHOST_PROXY else (restart, tunnel)
    return Fix(summary="Start WSL anew, with its network", steps=steps)


def _flush_names(found: Reach) -> Fix | None:
    match found.origins.os:
        case "macos":
            line = "sudo dscacheutil -flushcache; sudo killall -HUP mDNSResponder"
        case "windows":
            line = "ipconfig /flushdns"
        case _ if any(server.startswith(f"{STUB_RESOLVER}:") for server in found.servers):
            line = "sudo systemctl restart systemd-resolved"
        case _:
            return None
    return Fix(summary="Let the system ask for names anew", steps=(ShellLine(line=line),))


def _speaks_plainly(visit: Visit) -> bool:
    failure = visit.attempt.failure
    return failure is not None and failure.fault is Fault.PROXY_TLS and "does not speak TLS" in failure.words


def _speak_plainly(variable: str, shown: str, found: Reach) -> Fix | None:
    """Return how to write http in front of a proxy that does not speak TLS."""
    if "***" in shown or variable in found.origins.lines:
        return None  # what stands there is not ours to repeat, or not the shell's
    url = shown.replace("https://", "http://", 1)
    return Fix(
        summary="Speak plain HTTP to the proxy; what goes through it is still encrypted",
        steps=(ShellLine(line=_set(variable, url, os=found.origins.os)),),
    )


def _add_authority(variable: str, found: Reach) -> Fix | None:
    """Return how to add the authorities of a file to those of the system, which it replaced."""
    if variable in found.origins.lines or found.origins.os == "windows":
        return unset(variable, found.origins)
    return Fix(
        summary=f"Trust the authorities of {variable} beside those of the system",
        steps=(
            ShellLine(line=f'export CODEX_CA_CERTIFICATE="${variable}"'),
            ShellLine(line=f"unset {variable}"),
        ),
    )


def _set(variable: str, value: str, *, os: str) -> str:
    if os == "windows":
        return f'$env:{variable} = "{value}"'
    return f"export {variable}={quote(value, os=os)}"


def without_ipv6(found: Reach) -> Fix:
    """Return how to be without IPv6 until the next start of the machine, or until it is turned on again."""
    match found.origins.os:
        case "macos":
            line = "sudo networksetup -setv6off Wi-Fi"
        case "windows":
            line = "Disable-NetAdapterBinding -Name * -ComponentID ms_tcpip6"
        case _:
            line = "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1"
    return Fix(summary="Do without IPv6 until it is mended", steps=(ShellLine(line=line),))


def set_clock(found: Reach) -> Fix:
    """Return how to set the clock from the network."""
    match found.origins.os:
        case "linux" if found.wsl:
            line = "sudo hwclock -s"
        case "linux":
            line = "sudo timedatectl set-ntp true"
        case "macos":
            line = "sudo sntp -sS time.apple.com"
        case _:
            line = "w32tm /resync"
    return Fix(summary="Set the clock from the network", steps=(ShellLine(line=line),))
