from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from codex_checks.recorded import sample

if TYPE_CHECKING:
    from pathlib import Path

ERROR = '{"message":"caf\u00e9 \\" }","codexErrorInfo":{"a":{"b":1}}}'


def test_the_rows_of_a_real_page_are_found(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        database.execute(
            "CREATE TABLE turns (status TEXT, error_json TEXT, started_at INTEGER, ended INTEGER)"
        )
        database.execute("INSERT INTO turns VALUES ('failed', ?, 1800000000, 1800000007)", (ERROR,))
        database.execute("INSERT INTO turns VALUES ('failed', ?, 1700000000, 1700000007)", (ERROR,))
        database.execute("INSERT INTO turns VALUES ('completed', NULL, 1800000000, 1800000009)")
        database.commit()

    content = (tmp_path / "a.sqlite").read_bytes()

    assert list(sample.failed_turns(content, since=1_799_999_999, until=1_800_000_100)) == [
        (1_800_000_007, ERROR)
    ]


def test_an_error_that_is_cut_off_is_passed_over_and_the_next_is_found() -> None:
    times = (1_800_000_000).to_bytes(4, "big") * 2
    content = b'failed{"message":"cut\x00failed{"message":"whole"}' + times

    assert list(sample.failed_turns(content, since=1_800_000_000, until=1_800_000_000)) == [
        (1_800_000_000, '{"message":"whole"}')
    ]


@given(before=st.binary(max_size=50), inside=st.binary(max_size=50))
@example(before=b"", inside=b"[" * 15_000)
def test_any_bytes_are_sampled(before: bytes, inside: bytes) -> None:
    content = before + sample.STARTS + inside

    for when, _ in sample.failed_turns(content, since=5, until=10**9):
        assert 5 <= when <= 10**9
