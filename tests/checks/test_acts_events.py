"""Events have the fields that hosts read, and no others."""

from __future__ import annotations

import pytest

from codex_checks.acts import events


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            events.DeviceCode(
                verification_url="https://a", user_code="B-1", expires_at="2026-11-20T09:05:10Z"
            ),
            (
                '{"event":"device_code","verification_url":"https://a","user_code":"B-1",'
                '"expires_at":"2026-11-20T09:05:10Z"}'
            ),
        ),
        (events.Waiting(seconds_left=9), '{"event":"waiting","seconds_left":9}'),
        (events.Completed(), '{"event":"completed"}'),
        (
            events.Failed(name=None, code=None, detail="d\n"),
            '{"event":"failed","name":null,"code":null,"detail":"d\\n"}',
        ),
        (
            events.Refreshed(expires_at="2026-11-20T09:05:10Z"),
            '{"event":"refreshed","expires_at":"2026-11-20T09:05:10Z"}',
        ),
        (events.NotDue(), '{"event":"not_due"}'),
    ],
)
def test_an_event_is_one_line_with_these_fields(event: events.Event, line: str) -> None:
    assert events.line(event) == line
