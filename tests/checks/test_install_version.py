from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.install.version import older, order, printed_version


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        (b"codex-cli 0.169.0\n", "0.169.0"),
        (b"codex-cli 0.170.0-alpha.3\r\n", "0.170.0-alpha.3"),
        (b"WARNING: proceeding\ncodex-cli 0.169.0\n", "0.169.0"),
        (b"0.1.2504161551\n", "0.1.2504161551"),
        (b"", None),
        (b"ls (GNU coreutils) 9.1\n", None),
        (b"codex-cli\n", None),
        (b"other-tool 1.2.3\n", None),
        (b"\xff\xfe\0", None),
    ],
)
def test_the_version_is_found_in_what_was_printed(printed: bytes, version: str | None) -> None:
    assert printed_version(printed) == version


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0.9.0", "0.10.0"),
        ("0.169.0-alpha.2", "0.169.0-alpha.10"),
        ("0.169.0-alpha.2", "0.169.0"),
        ("0.169.0-alpha", "0.169.0-beta"),
        ("0.169.0-1", "0.169.0-alpha"),
        ("0.169.9", "1.0.0"),
    ],
)
def test_versions_are_ordered_as_semver_says(first: str, second: str) -> None:
    assert (older(first, second), older(second, first)) == (True, False)


@pytest.mark.parametrize("version", [None, "", "latest", "0.169", "0.169.0.1"])
def test_what_is_no_version_is_older_than_nothing(version: str | None) -> None:
    assert (older(version, "9.9.9"), older("0.0.1", version)) == (False, False)


@given(st.binary(max_size=200))
def test_any_output_holds_a_version_or_none(printed: bytes) -> None:
    version = printed_version(printed)

    assert version is None or order(version) is not None or "+" in version or "-" in version or version


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(first: str, second: str) -> None:
    assert not (older(first, second) and older(second, first))
