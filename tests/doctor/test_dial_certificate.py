"""What a certificate says is read from its bytes, whoever issued it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import certificates
from codex_doctor.dial.certificate import certificate, first_element

MADE = certificates.make(None, subject="proxy.office.example", organisation="Zscaler Inc.").der


def test_names_and_dates_are_read() -> None:
    read = certificate(MADE)

    assert read.issuer == read.subject == "proxy.office.example / Zscaler Inc."
    assert read.not_before < certificates.NOW < read.not_after


def test_what_follows_a_certificate_is_left_out() -> None:
    assert first_element(MADE + b"trailing") == MADE


@given(st.binary(max_size=400))
def test_any_bytes_are_a_certificate_or_a_value_error(content: bytes) -> None:
    try:
        read = certificate(content)
    except ValueError:
        return
    assert read.not_before.tzinfo is not None


@given(st.integers(0, len(MADE) - 1), st.integers(0, 255))
def test_a_damaged_certificate_is_read_or_refused(at: int, byte: int) -> None:
    damaged = MADE[:at] + bytes((byte,)) + MADE[at + 1 :]
    try:
        read = certificate(damaged)
    except ValueError:
        return
    assert read.issuer.isprintable()


def test_a_cut_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="cut off"):
        certificate(MADE[:-1])
