"""Whether the addresses in the settings are addresses at all: Codex takes any text, and fails at a turn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from codex_checks.auth.document import Mode
from codex_checks.auth.login import Login, login
from codex_checks.config.settings import Settings, judged_settings
from codex_checks.network.diagnosis import is_near
from codex_checks.network.hosts import LOCAL_PORTS
from codex_checks.problems.config import BASE_URL_INVALID
from codex_doctor.check import check
from codex_doctor.fix import Fix, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding

SPOKEN: Final = ("http", "https")

_SHOWN: Final = re.compile(r"[\w.:/\-$]{1,80}")
"""What holds neither a password nor a key, and may be repeated."""

_HOST: Final = r"[\w\-]+(\.[\w\-]+)*(:[0-9]+)?(/[\w.\-/]*)?"


@check(
    "config.addresses-can-be-asked",
    title="The addresses in the settings are ones that Codex can ask",
    needs=(judged_settings, login.maybe()),
    reports=(BASE_URL_INVALID,),
)
def addresses_can_be_asked(found: Settings, signed_in: Login | None) -> Iterator[Finding]:
    """Report an address without a scheme or a host: Codex 0.169.0 ends each turn with `builder error`.

    `chatgpt_base_url` matters for turns of a ChatGPT sign-in that nothing else draws away.
    """
    turns = "openai_base_url"
    if found.provider_id != "openai":
        turns = f"model_providers.{found.provider_id}.base_url"
    own = None if found.provider_id in LOCAL_PORTS else found.get(turns)
    if isinstance(own, str) and own and (why := flaw(own)) is not None:
        yield _found(found, turns, own, why, Severity.ERROR)
    usual = found.text("chatgpt_base_url")
    if usual and (why := flaw(usual)) is not None:
        by_key = signed_in is not None and signed_in.mode is Mode.API_KEY
        drawn = own is not None or found.provider_id != "openai"
        yield _found(
            found, "chatgpt_base_url", usual, why, Severity.WARNING if by_key or drawn else Severity.ERROR
        )


def flaw(url: str) -> str | None:
    """Return in words what keeps *url* from being asked, or None; blanks around it do no harm to that."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - it raises where the port is none
    except ValueError:
        return "its host or port is none"
    if parts.scheme not in SPOKEN or "://" not in url:
        return "it does not begin with http:// or https://"
    return None if parts.hostname else "it names no host"


def _found(found: Settings, key: str, url: str, why: str, severity: Severity) -> Finding:
    path = tuple(key.split("."))
    layer = next((each for each in reversed(found.layers) if each.applies and path in each.places), None)
    where = layer.where(path, value=True) if layer is not None else key
    shown = f' is "{url}", and' if _SHOWN.fullmatch(url) else " names an address, and"
    advice = f"Begin {key} with https://, or http:// where nothing is encrypted."
    if re.fullmatch(_HOST, url):
        whole = f"{'http' if is_near(url.partition('/')[0].partition(':')[0]) else 'https'}://{url}"
        advice = f'Write {key} = "{whole}".'
    return BASE_URL_INVALID.weighed(severity).found(
        f"{where}: {key}{shown} {why}",
        evidence={"key": key, "file": str(layer.path) if layer is not None else None},
        advice=advice,
        fix=Fix(summary="Correct the address", steps=(Tell(text=advice),)),
    )
