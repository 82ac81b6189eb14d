"""Any number of seconds is a moment that can be told."""

from __future__ import annotations

import pytest

from codex_checks.moments import moment, stamp


@pytest.mark.parametrize(
    ("seconds", "told", "written"),
    [
        (1_795_165_510.9, "2026-11-20 09:05 UTC", "2026-11-20T09:05:10Z"),
        (-1, "1970-01-01 00:00 UTC", "1970-01-01T00:00:00Z"),
        (2**62, "9999-12-31 23:59 UTC", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_token_may_claim_any_end(seconds: float, told: str, written: str) -> None:
    assert (moment(seconds), stamp(seconds)) == (told, written)
