"""Whether this machine has any way to the outside at all: interfaces and routes, read and not tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 1024 * 1024

UP: Final = 0x1
REJECT: Final = 0x200
"""Flags of a route in Linux's tables (RTF_UP, RTF_REJECT)."""


class Links(Struct, frozen=True, kw_only=True):
    """*route*: there is a way to addresses outside; *interface*: there is one beside the loopback.

    None: it could not be learnt here.
    """

    route: bool | None = None
    interface: bool | None = None

    @property
    def cut_off(self) -> bool:
        """Whether it is certain that nothing outside can be reached."""
        return self.route is False or self.interface is False


def read_links(ctx: Context) -> Links:
    """Read the routes of Linux, and the interfaces of any system. Blocks for milliseconds."""
    route = None
    if ctx.system.os == "linux":
        tables = [_text(ctx, path) for path in ("/proc/net/route", "/proc/net/ipv6_route")]
        if any(table is not None for table in tables):
            route = routes_out(tables[0] or "") or routes_out_v6(tables[1] or "")
        # On Linux the routes say it all: an interface without a route leads nowhere.
        return Links(route=route)
    return Links(interface=_interface())


def routes_out(table: str) -> bool:
    """Return whether the text of /proc/net/route has a route that leaves the loopback."""
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) > 3 and words[0] != "lo" and _flags(words[3]) & (UP | REJECT) == UP:  # noqa: PLR2004 - columns
            return True
    return False


def routes_out_v6(table: str) -> bool:
    """Return whether the text of /proc/net/ipv6_route has a default route that leaves the loopback."""
    for line in table.splitlines():
        words = line.split()
        if len(words) < 10:  # noqa: PLR2004 - columns
            continue
        default = set(words[0]) == {"0"} and words[1] == "00"
        if default and words[9] != "lo" and _flags(words[8]) & (UP | REJECT) == UP:
            return True
    return False


def _flags(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _text(ctx: Context, path: str) -> str | None:
    try:
        return ctx.read(ctx.system_path(path), limit=LIMIT).decode("ascii", "replace")
    except OSError:
        return None


def _interface() -> bool | None:
    import ipaddress

    import psutil

    try:
        found = psutil.net_if_addrs()
        up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    except (OSError, psutil.Error):
        return None
    for name, several in found.items():
        for each in several:
            try:
                address = ipaddress.ip_address(each.address.partition("%")[0])
            except ValueError:
                continue  # the hardware's own address
            if name in up and not address.is_loopback and not address.is_link_local:
                return True
    return False
