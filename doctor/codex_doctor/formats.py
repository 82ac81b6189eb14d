"""How an answer is written that is not a report: apart from the rest, for a quick answer needs no more."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How an answer is written that is not a report."""

    TEXT = "text"
    JSON = "json"
