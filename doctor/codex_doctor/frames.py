"""Frames: how the doctor and the worker process of a third-party catalogue talk to each other.

A frame is four bytes that hold the length of what follows (unsigned, big-endian), then a JSON object
in UTF-8 with at least `"frame"`, its kind, and `"schema"`, 1. A reader passes over the keys and the
kinds that it does not know.

doctor to worker    `examine` or `describe`: one of them, then the pipe stays open; its end means
                    that the doctor is gone
worker to doctor    `PREAMBLE`, then `catalogue`, `page` ..., `outcome` ..., `done`;
                    or `failed`, at any time, as the last one

What stands in which kind is said in `wire`. Whatever comes before the preamble was printed while the
interpreter started, and is passed over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from msgspec import Struct

from codex_doctor.errors import FrameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA: Final = 1
"""The version of the frames' shape; it changes only when a reader would break."""

LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one frame: an outcome takes a few thousand."""

TOTAL_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a whole stream, so that a worker that never stops talking fills no memory."""

PREAMBLE: Final = b"\0codex-doctor frames\n"
"""Where a worker's frames start; no text holds it, because of its first byte."""

_HEAD: Final = 4


class Frame(Struct, frozen=True, kw_only=True):
    """One thing said. *data* is the JSON object without its kind and schema."""

    kind: str
    data: Mapping[str, Any]


def encode(kind: str, data: Mapping[str, Any]) -> bytes:
    """Return a frame's bytes.

    :raises FrameError: *data* holds something that is not plain data, or is too large.
    """
    try:
        body = _ENCODER.encode({**data, "frame": kind, "schema": SCHEMA})
    except (TypeError, ValueError, RecursionError) as error:
        raise FrameError(f"{kind} cannot be sent: {error}") from error
    if len(body) > LIMIT:
        raise FrameError(f"{kind} cannot be sent: it takes {len(body)} bytes, more than {LIMIT}")
    return len(body).to_bytes(_HEAD, "big") + body.encode("ascii")


class Reader:
    """Turns bytes, as they come, into frames."""

    def __init__(self, *, preamble: bytes = b"") -> None:
        self._buffer = bytearray()
        self._preamble = preamble
        self._read = 0
        self._frames = 0

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Take *chunk* and return the frames that are complete with it.

        The iterator raises `FrameError`, with the place, at the first thing that is not a frame;
        those before it are still handed out.
        """
        self._buffer += chunk
        return self._complete()

    @property
    def begun(self) -> bool:
        """Whether the preamble has come."""
        return not self._preamble

    def end(self) -> None:
        """Take note that no more will come.

        :raises FrameError: the last frame is not complete.
        """
        if self._preamble:
            self._fail("the stream ended before its preamble")
        if self._buffer:
            self._fail("the stream ended within a frame")

    def _complete(self) -> Iterator[Frame]:
        while (body := self._next_body()) is not None:
            yield self._frame(body)
            self._frames += 1
        if self._read + len(self._buffer) > TOTAL_LIMIT:
            self._fail(f"the stream holds more than {TOTAL_LIMIT} bytes")

    def _next_body(self) -> bytes | None:
        if not self._past_preamble() or len(self._buffer) < _HEAD:
            return None
        size = int.from_bytes(self._buffer[:_HEAD], "big")
        if size > LIMIT:
            self._fail(f"it takes {size} bytes, more than {LIMIT}")
        if len(self._buffer) < _HEAD + size:
            return None
        body = bytes(self._buffer[_HEAD : _HEAD + size])
        self._drop(_HEAD + size)
        return body

    def _past_preamble(self) -> bool:
        if self._preamble:
            noise, found, _ = self._buffer.partition(self._preamble)
            if not found:
                # The preamble may still be split between this chunk and the next.
                self._drop(max(0, len(self._buffer) - len(self._preamble) + 1))
                return False
            self._drop(len(noise) + len(found))
            self._preamble = b""
        return True

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._read += size

    def _frame(self, body: bytes) -> Frame:
        try:
            found: object = _DECODER.decode(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            self._fail(f"it is not JSON in UTF-8 ({error})")
        if not isinstance(found, dict):
            self._fail("it is not a JSON object")
        data = cast("dict[str, Any]", found)
        kind, schema = data.pop("frame", None), data.pop("schema", None)
        if not isinstance(kind, str):
            self._fail("it does not name its kind")
        if type(schema) is not int or schema != SCHEMA:
            self._fail(f"its schema is not {SCHEMA}")
        return Frame(kind=kind, data=data)

    def _fail(self, what: str) -> NoReturn:
        raise FrameError(f"frame {self._frames + 1}, before byte {self._read + len(self._buffer)}: {what}")


def _refuse(thing: object) -> NoReturn:
    raise TypeError(f"{type(thing).__name__} is not plain data")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


_ENCODER: Final = json.JSONEncoder(default=_refuse, allow_nan=False)
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
"""Made once: `json.dumps` and `json.loads` make one for each call, which takes longer than a small frame."""
