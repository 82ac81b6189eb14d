"""The worker's side of a third-party catalogue: `talk` starts it.

A worker loads one catalogue, runs the checks it was asked for with the same runner as the doctor's
own, and hands each outcome over as a frame. Before anything of the catalogue is imported, the pipes
are moved away from the standard streams, so that whatever the catalogue prints goes nowhere.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from codex_doctor import frames, wire
from codex_doctor.catalogue import Catalogue, Source, selected, unmatched, usual
from codex_doctor.context import Context
from codex_doctor.errors import CatalogueError, FrameError
from codex_doctor.guard import keep_signals_here, stand_between
from codex_doctor.model import Verdict
from codex_doctor.processes import MARK, Children
from codex_doctor.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.check import Check
    from codex_doctor.model import Outcome
    from codex_doctor.redact import Vault

CHUNK: Final = 65536
"""Bytes read from a pipe at once: what Linux holds in one."""

GARBAGE: Final = 50_000
"""Objects between two looks for garbage: a worker's life is short, and each look costs what 30 checks do."""


def main() -> None:
    """Answer the one request that comes in, and end without waiting for anything that lingers."""
    stand_between()
    keep_signals_here()
    gc.set_threshold(GARBAGE)
    asked, answers = _take_streams()
    pipe = _Pipe(answers)
    code = 1
    try:
        kind, request = _request(asked)
        _answer(kind, request, pipe)
        pipe.send("done", {})
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever a catalogue raises, the doctor hears of it
        pipe.fail(error)
    finally:
        os._exit(code)  # threads and exit handlers of the catalogue hold nothing up


def _take_streams() -> tuple[int, int]:
    """Return private copies of standard input and output, and let the standard streams lead nowhere."""
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    return asked, answers


class _Pipe:
    """Where the answers go, a whole frame at a time."""

    def __init__(self, opened: int) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self.write(frames.PREAMBLE)

    def send(self, kind: str, data: Mapping[str, Any]) -> None:
        """Send *data* as a frame.

        :raises FrameError: it cannot be one.
        """
        self.write(frames.encode(kind, data))

    def fail(self, error: BaseException) -> None:
        """Say why the worker gives up, if anyone still listens."""
        reason = error.message if isinstance(error, CatalogueError) else f"it raised {error!r}"
        try:
            self.send("failed", wire.data_of(wire.Failed(reason=reason)))
        except (FrameError, OSError):
            return

    def write(self, content: bytes | bytearray) -> None:
        """Write whole frames."""
        with self._lock:
            left = memoryview(content)
            while left:
                left = left[os.write(self._opened, left) :]


def _request(asked: int) -> tuple[str, wire.Request]:
    reader = frames.Reader()
    while chunk := os.read(asked, CHUNK):
        for frame in reader.feed(chunk):
            threading.Thread(target=_end_with_the_doctor, args=(asked,), daemon=True).start()
            return frame.kind, wire.read(frame.data, wire.Request)
    raise FrameError("nothing was asked")


def _end_with_the_doctor(asked: int) -> None:
    while os.read(asked, CHUNK):
        pass
    os._exit(1)


def _answer(kind: str, request: wire.Request, pipe: _Pipe) -> None:
    catalogue = _load(request)
    chosen = usual(selected(catalogue.checks, request.patterns), request.patterns)
    pipe.send("catalogue", wire.data_of(_described(catalogue, chosen, request.patterns, kind)))
    if kind == "describe":
        for page in _pages(catalogue):
            pipe.send("page", wire.data_of(page))
    elif kind == "examine":
        _examine(chosen, request, pipe)


def _load(request: wire.Request) -> Catalogue:
    source = Source(name=request.entry, distribution=request.distribution, value=request.value)
    return source.load() if request.taken is None else source.load_beside(request.taken)


def _described(
    catalogue: Catalogue, chosen: Sequence[Check], patterns: Sequence[str], kind: str
) -> wire.Described:
    return wire.Described(
        checks=tuple(
            wire.DescribedCheck(
                id=check.id,
                title=check.title,
                needs=tuple(need.id for need in check.needs),
                touches=tuple(sorted(check.touches)),
                reports=tuple(problem.code for problem in check.reports),
                origin=catalogue.origins.get(check.id, ""),
            )
            for check in catalogue.checks
        ),
        problems=tuple(catalogue.problems),
        retired=catalogue.retired,
        selected=tuple(check.id for check in chosen),
        unmatched=unmatched(catalogue.checks, patterns),
        mistakes=catalogue.mistakes,
        signatures=catalogue.signatures() if kind == "describe" else "",
    )


def _pages(catalogue: Catalogue) -> Iterator[wire.Page]:
    for problem in catalogue.problems:
        text = catalogue.page(problem.name)
        if text is not None:
            yield wire.Page(name=problem.name, text=text)


def _examine(chosen: tuple[Check, ...], request: wire.Request, pipe: _Pipe) -> None:
    from codex_doctor.runner import Plan, examine

    ctx = _context(request)
    teller = _Teller(pipe, ctx.vault)
    for outcome in examine(Plan(checks=chosen), ctx, teller).outcomes:
        teller.finished(outcome)
    teller.tick(())


def _context(request: wire.Request) -> Context:
    passed = min(max(0.0, time.time() - request.sent), request.seconds)
    return Context(
        env=request.env,
        home=Path(request.home),
        cwd=Path(request.cwd),
        system=request.system,
        deadline=time.monotonic() + request.seconds - passed,
        offline=request.offline,
        live=request.live,
        round_trip=request.round_trip,
        options=request.options,
        root=Path(request.root),
        children=Children(adopt=True, mark=os.environ.get(MARK)),
    )


class _Teller:
    """Hands each outcome over once, without the secrets that were read: as soon as it is there.

    What is there at the same time goes in one piece: a system call takes as long as a trivial check.
    """

    def __init__(self, pipe: _Pipe, vault: Vault) -> None:
        self._pipe = pipe
        self._vault = vault
        self._told: set[str] = set()
        self._waiting = bytearray()

    def finished(self, outcome: Outcome) -> None:
        """Hand *outcome* over, or say why it cannot be."""
        if outcome.check in self._told:
            return
        self._told.add(outcome.check)
        try:
            frame = self._frame(outcome)
        except Exception as error:  # noqa: BLE001 - a finding that is no data is this check's crash
            reason = f"its outcome cannot be handed over: {error}"
            frame = self._frame(replace(outcome, verdict=Verdict.CRASHED, reason=reason, findings=()))
        self._waiting += frame
        if len(self._waiting) > CHUNK:
            self.tick(())

    def tick(self, in_flight: Sequence[str]) -> None:  # noqa: ARG002 - nobody watches them here
        """Send what waits."""
        self._pipe.write(self._waiting)
        self._waiting = bytearray()

    def _frame(self, outcome: Outcome) -> bytes:
        data = wire.data_of(wire.judged_of(outcome))
        if not (outcome.reason or outcome.findings):  # no word of the catalogue's: nothing can be in it
            return frames.encode("outcome", data)
        redactor = Redactor(known=self._vault.values())
        clean = {name: redactor.tree(data[name]) for name in ("reason", "findings")}
        return frames.encode("outcome", {**data, **clean, "removed": dict(redactor.removed)})


if __name__ == "__main__":
    main()
