"""The frames between the doctor and a worker: any bytes give frames or a place, never a traceback."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_doctor import frames
from codex_doctor.errors import FrameError
from codex_doctor.frames import Frame, Reader, encode
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
DATA = st.dictionaries(st.text().filter(lambda key: key not in {"frame", "schema"}), JSON, max_size=3)


def read_all(chunks: Iterable[bytes], *, preamble: bytes = b"") -> list[Frame]:
    reader = Reader(preamble=preamble)
    found = [frame for chunk in chunks for frame in reader.feed(chunk)]
    reader.end()
    return found


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


@given(st.lists(st.tuples(st.text(), DATA), max_size=4), st.integers(min_value=1, max_value=50))
def test_what_was_said_is_heard_however_the_bytes_are_cut(
    said: list[tuple[str, dict[str, Any]]], size: int
) -> None:
    stream = b"".join(encode(kind, data) for kind, data in said)
    heard = read_all(stream[at : at + size] for at in range(0, len(stream), size))

    assert [(frame.kind, frame.data) for frame in heard] == said


@given(st.lists(st.binary()))
def test_any_bytes_give_frames_or_a_place(chunks: list[bytes]) -> None:
    complete = not b"".join(chunks)
    expected = nullcontext() if complete else pytest.raises(FrameError, match="frame 1, before byte")
    with expected:
        assert read_all(chunks) == []


@given(st.binary())
def test_any_body_gives_a_frame_or_a_place(body: bytes) -> None:
    with pytest.raises(FrameError, match="frame 2, before byte"):
        read_all([encode("done", {}), framed(body)])


@given(noise=st.binary().filter(lambda noise: frames.PREAMBLE not in noise + frames.PREAMBLE[:-1]))
def test_what_an_interpreter_prints_before_the_preamble_is_passed_over(noise: bytes) -> None:
    stream = noise + frames.PREAMBLE + encode("done", {})
    heard = read_all((bytes([byte]) for byte in stream), preamble=frames.PREAMBLE)

    assert heard == [Frame(kind="done", data={})]


def test_a_kind_and_keys_that_nobody_knows_are_still_a_frame() -> None:
    (heard,) = read_all([framed(b'{"frame": "weather", "schema": 1, "sun": true}')])

    assert heard == Frame(kind="weather", data={"sun": True})


def test_frames_before_a_bad_one_are_handed_out() -> None:
    heard: list[Frame] = []
    with pytest.raises(FrameError, match="frame 2"):
        heard.extend(frame for frame in Reader().feed(encode("done", {}) + framed(b"[]")))

    assert [frame.kind for frame in heard] == ["done"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"[]", "not a JSON object", id="a list"),
        pytest.param(b"", "not JSON in UTF-8", id="nothing"),
        pytest.param(b'{"frame": "done", "schema": 1', "not JSON in UTF-8", id="cut off"),
        pytest.param(b'{"frame": "d\xff", "schema": 1}', "not JSON in UTF-8", id="not UTF-8"),
        pytest.param(b'{"frame": "done", "schema": 1, "x": NaN}', "NaN is not a JSON number", id="NaN"),
        pytest.param(
            b'{"frame": "done", "schema": 1, "x": ' + b"9" * 5000 + b"}", "JSON", id="a huge number"
        ),
        pytest.param(b"[" * 100_000, "not JSON in UTF-8", id="a deep nest"),
        pytest.param(b'{"schema": 1}', "does not name its kind", id="no kind"),
        pytest.param(b'{"frame": 5, "schema": 1}', "does not name its kind", id="a number as kind"),
        pytest.param(b'{"frame": "done"}', "schema is not 1", id="no schema"),
        pytest.param(b'{"frame": "done", "schema": 2}', "schema is not 1", id="a later schema"),
        pytest.param(b'{"frame": "done", "schema": true}', "schema is not 1", id="a schema that equals 1"),
    ],
)
def test_what_is_not_a_frame_is_refused_with_its_reason(body: bytes, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        read_all([framed(body)])


def test_a_frame_that_claims_to_be_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameError, match=f"takes {frames.LIMIT + 1} bytes"):
        list(Reader().feed((frames.LIMIT + 1).to_bytes(4, "big")))


def test_a_stream_that_never_ends_is_refused_in_time() -> None:
    whole = framed(json.dumps({"frame": "page", "schema": 1, "text": "x" * 4_000_000}).encode())
    with pytest.raises(FrameError, match=f"holds more than {frames.TOTAL_LIMIT} bytes"):
        read_all([whole] * 18)


def test_noise_without_a_preamble_is_refused_in_time() -> None:
    with pytest.raises(FrameError, match="holds more than"):
        read_all([bytes(1024 * 1024)] * 65, preamble=frames.PREAMBLE)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_stream_that_ends_within_a_frame_is_refused(cut: int) -> None:
    with pytest.raises(FrameError, match="ended within a frame"):
        read_all([encode("done", {})[:cut]])


def test_a_stream_without_its_preamble_is_refused() -> None:
    with pytest.raises(FrameError, match="ended before its preamble"):
        read_all([encode("done", {})], preamble=frames.PREAMBLE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"token": Secret("swordfish")}, "outcome cannot be sent: Secret is not plain data"),
        ({"x": float("nan")}, "outcome cannot be sent"),
        ({"x": "y" * frames.LIMIT}, "bytes, more than"),
        ({"x": b"bytes"}, "bytes is not plain data"),
    ],
)
def test_what_is_no_plain_data_is_never_sent(data: dict[str, Any], words: str) -> None:
    with pytest.raises(FrameError, match=words) as caught:
        encode("outcome", data)

    assert "swordfish" not in str(caught.value)


def test_a_file_name_that_is_not_unicode_crosses_unharmed() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    (heard,) = read_all([encode("outcome", {"path": name})])

    assert heard.data["path"] == name
