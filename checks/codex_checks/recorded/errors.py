"""The errors that Codex itself recorded: failed turns, its logs, the log of signing in.

Never what the user wrote: `thread_items`, `history.jsonl` and `sessions/` are not opened, and of the
logs only warnings and errors of the places named here are read (codex-environment 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codex_checks.config.settings import settings
from codex_checks.places import codex_home
from codex_checks.recorded import said, sample, sqlite
from codex_checks.recorded.folders import folders
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from codex_checks.config.settings import Settings
    from codex_checks.places import CodexHome
    from codex_checks.recorded.said import Said
    from codex_checks.recorded.sqlite import Answer, Database, Value
    from codex_doctor.context import Context

DAY: Final = 86_400
OLDEST: Final = 7 * DAY
"""Seconds: what happened longer ago says little of today."""

PATIENCE: Final = 0.5
"""Seconds for each database."""
ROWS: Final = 200
READ: Final = 16 * 1024
"""Characters read of one error: a Cloudflare page fits."""
KEPT: Final = 600
"""Characters kept of one error, once secrets are taken out."""
LOG_TAIL: Final = 256 * 1024
"""Bytes read from the end of a log file."""
SAMPLE: Final = 4 * 1024 * 1024
"""Bytes sampled of a database and of its log each: Codex folds a log of that size into its database."""
SAME: Final = 60
"""Seconds: the same words within that time are one failure, recorded by its retries or in two places."""

TURNS: Final = """
    SELECT coalesce(completed_at, started_at), substr(error_json, 1, ?) FROM thread_turns
    WHERE error_json IS NOT NULL AND coalesce(completed_at, started_at) >= ?
    ORDER BY coalesce(completed_at, started_at) DESC
"""
COMPLETED: Final = """
    SELECT max(coalesce(completed_at, started_at)) FROM thread_turns
    WHERE error_json IS NULL AND status = 'completed'
"""
LOGS: Final = """
    SELECT ts, target, substr(feedback_log_body, 1, ?) FROM logs
    WHERE ts >= ? AND level IN ('WARN', 'ERROR') ORDER BY ts DESC, ts_nanos DESC, id DESC
"""

TARGETS: Final = frozenset(
    {
        "codex_api::endpoint::responses_websocket",
        "codex_core::responses_retry",
        "codex_login::auth::manager",
        "codex_login::server",
        "codex_login::device_code_auth",
        "codex_mcp::rmcp_client",
        "codex_models_manager::manager",
        "codex_state::runtime",
    }
)
"""Where in Codex an error of the network, the account or its own files is written down
(codex-environment 5); what tools and prompts do is written elsewhere."""

LOG_FILES: Final = ("codex-login.log", "codex-tui.log")


class RecordedError(Struct, frozen=True, kw_only=True):
    """An error as Codex recorded it, without the secrets that may have stood in it.

    *when* is in seconds since the epoch and *source* the file it stands in. *code* is the server's own
    (`refresh_token_reused`), *kind* Codex's (`usageLimitExceeded`). *turn*: it ended a turn.
    """

    when: int
    source: Path
    text: str
    http_status: int | None = None
    code: str | None = None
    kind: str | None = None
    turn: bool = False


class Unread(Struct, frozen=True, kw_only=True):
    """A place that could not be read, and why."""

    path: Path
    fault: sqlite.Fault
    detail: str


class RecordedErrors(Struct, frozen=True, kw_only=True):
    """The errors of the last days, the newest first, and the places that could not be read.

    *completed* is when a turn was last completed, in seconds since the epoch; None where that is not known.
    """

    errors: tuple[RecordedError, ...] = ()
    unread: tuple[Unread, ...] = ()
    completed: int | None = None

    def newer_than(self, instant: float) -> tuple[RecordedError, ...]:
        """Return the errors after *instant*, in seconds since the epoch."""
        return tuple(error for error in self.errors if error.when > instant)


@blocking_probe(
    "codex.recorded-errors", touches={Touches.FILES}, limit=3.0, needs=(codex_home, settings.maybe())
)
def recorded_errors(ctx: Context, home: CodexHome, found: Settings | None) -> RecordedErrors:
    """Read the errors that Codex recorded in the last days."""
    if not home.usable:
        raise NotApplicable(f"Codex has recorded nothing: {home.path} is no folder")
    places = folders(ctx, home, found)
    since = int(ctx.now()) - OLDEST
    turns, logs = places.databases / "thread_history_1.sqlite", places.log_database / "logs_2.sqlite"
    of_turns = sqlite.ask(ctx, turns, lambda database: _turn_rows(database, since), seconds=PATIENCE)
    of_logs = sqlite.ask(ctx, logs, lambda database: _log_rows(database, since), seconds=PATIENCE)
    sampled = _sampled(ctx, turns, since) if of_turns.fault is sqlite.Fault.TOO_LARGE else ()
    lines = ((path, content) for path in _log_files(places.logs) if (content := _tail(ctx, path)))
    redactor = Redactor(known=ctx.vault.values())
    failed, completed = of_turns.value or (sampled, None)
    every = (
        *_failed_turns(turns, failed, redactor),
        *_logged(logs, of_logs.value or (), redactor),
        *(error for path, content in lines for error in parse_log(path, content, redactor)),
    )
    return RecordedErrors(
        errors=distinct(error for error in every if error.when >= since),
        unread=tuple(
            _unread(path, answer) for path, answer in ((turns, of_turns), (logs, of_logs)) if _matters(answer)
        ),
        completed=completed,
    )


def _sampled(ctx: Context, path: Path, since: int) -> tuple[tuple[Value, ...], ...]:
    """Return the failed turns at the end of a large database, and in what is not folded into it yet."""
    path = ctx.real(path)
    ends = (_tail(ctx, each, SAMPLE) for each in (path, path.with_name(path.name + "-wal")))
    return tuple(turn for end in ends for turn in sample.failed_turns(end, since=since, until=int(ctx.now())))


def _turn_rows(database: Database, since: int) -> tuple[tuple[tuple[Value, ...], ...], int | None]:
    """Return the failed turns, and when one was last completed; None where the table does not tell."""
    import sqlite3

    failed = database.rows(TURNS, READ, since, limit=ROWS)
    try:
        ((last,),) = database.rows(COMPLETED, limit=1)
    except sqlite3.OperationalError:  # no such column, in another version's table
        last = None
    return failed, last if isinstance(last, int) else None


def _log_rows(database: Database, since: int) -> tuple[tuple[Value, ...], ...]:
    marks = ", ".join("?" * len(TARGETS))
    sql = LOGS.replace("WHERE", f"WHERE target IN ({marks}) AND", 1)
    return database.rows(sql, READ, *sorted(TARGETS), since, limit=ROWS)


def _failed_turns(
    source: Path, rows: Iterable[tuple[Value, ...]], redactor: Redactor
) -> Iterator[RecordedError]:
    for when, content in rows:
        heard = said.from_json(content) if isinstance(content, str) else None
        if isinstance(when, int) and heard is not None:
            yield _recorded(when, source, heard, redactor, turn=True)


def _logged(source: Path, rows: Iterable[tuple[Value, ...]], redactor: Redactor) -> Iterator[RecordedError]:
    for when, _, body in rows:
        if isinstance(when, int) and isinstance(body, str):
            yield _recorded(when, source, said.from_log_body(body), redactor)


def parse_log(source: Path, content: bytes, redactor: Redactor) -> Iterator[RecordedError]:
    """Yield the errors in the text of a log file; a first line that was cut through is passed over."""
    for line in content.decode("utf-8", "replace").splitlines():
        found = said.from_line(line[:READ])
        if found is not None and (not found[1] or found[1] in TARGETS or found[1].startswith("codex_cli")):
            yield _recorded(found[0], source, found[2], redactor)


def _recorded(
    when: int, source: Path, heard: Said, redactor: Redactor, *, turn: bool = False
) -> RecordedError:
    return RecordedError(
        when=when,
        source=source,
        text=redactor.text(heard.text)[:KEPT],
        http_status=heard.http_status,
        code=heard.code,
        kind=heard.kind,
        turn=turn,
    )


def distinct(errors: Iterable[RecordedError]) -> tuple[RecordedError, ...]:
    """Return *errors*, the newest first, each failure once: retries say the same within a minute."""
    kept: list[RecordedError] = []
    last: dict[str, int] = {}
    for error in sorted(errors, key=lambda error: (error.when, error.turn), reverse=True):
        again = last.get(error.text)
        last[error.text] = error.when
        if again is None or again - error.when > SAME:
            kept.append(error)
    return tuple(kept[:ROWS])


def _log_files(logs: Iterable[Path]) -> Iterator[Path]:
    return (folder / name for folder in logs for name in LOG_FILES)


def _tail(ctx: Context, path: Path, limit: int = LOG_TAIL) -> bytes:
    try:
        return ctx.tail(path, limit=limit)
    except OSError:  # absent as a rule; a log that cannot be read hides nothing that stops Codex
        return b""


def _matters(answer: Answer[Any]) -> bool:
    return answer.fault not in {None, sqlite.Fault.ABSENT, sqlite.Fault.EMPTY}


def _unread(path: Path, answer: Answer[Any]) -> Unread:
    return Unread(path=path, fault=answer.fault or sqlite.Fault.UNREADABLE, detail=answer.detail)
