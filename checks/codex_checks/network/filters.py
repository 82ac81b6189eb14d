"""Pages of web filters, which companies, schools and security products put in the place of a host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codex_doctor.dial import Answer

REFUSED: Final = (403, 451)

PRODUCTS: Final = (
    "barracuda|blocksi|blue ?coat|cato networks|checkpoint|cisco umbrella|contentkeeper|forcepoint|fortigate|"
    "fortiguard|fortinet|goguardian|iboss|lightspeed|netskope|opendns|palo alto|securly|smoothwall|sonicwall|"
    "sophos|squidguard|untangle|watchguard|websense|zscaler|zscloud"
)
"""Names that such products put on their pages (the vendors' manuals of block pages)."""

WORDS: Final = (
    rf"{PRODUCTS}|(?:web|content|url|internet)[ -]?filter|acceptable use policy|\bblocked by\b|"
    r"(?:access|site|page|url|category|request)\b.{0,60}?\b"
    r"(?:blocked|denied|not allowed|prohibited|restricted)\b"
)
"""What such a page says; it is only looked for where a page came in the place of the host."""

HOSTS: Final = rf"(?:^|[.-])(?:block(?:ed|page|ing)?|webfilter|goskope|{PRODUCTS})(?:[.-]|$)"
"""Names of the hosts to which such products lead."""


def is_of_a_filter(answer: Answer, led_to: str | None) -> bool:
    """Return whether a page, or a redirection to the host *led_to*, came from a filter and no portal.

    A portal wants to be signed in to: it answers 200, or leads to its page. Who refuses has a rule.
    """
    if answer.status in REFUSED or re.search(PRODUCTS, answer.headers.get("server", ""), re.IGNORECASE):
        return True
    if led_to is not None:
        return re.search(HOSTS, led_to, re.IGNORECASE) is not None
    return re.search(WORDS, answer.body.decode("utf-8", "replace"), re.IGNORECASE | re.DOTALL) is not None
