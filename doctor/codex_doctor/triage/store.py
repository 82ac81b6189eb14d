"""The rows of a triage in DuckDB: written as they come, asked when all are there, kept on disk meanwhile."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from codex_doctor.errors import UsageError
from codex_doctor.triage.rows import Row, Unreadable, add_line, shown

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from types import TracebackType

    from duckdb import DuckDBPyConnection

INSTALL: Final = 'python -m pip install "codex-doctor[triage]"'

BATCH: Final = 2 * 1024 * 1024
"""Bytes of rows that are kept in memory before they are written: thousands of reports, or two hundred with
the most findings. Of ten times as much at once DuckDB makes more than `MEMORY`, and gives up."""

MEMORY: Final = "96MB"
"""What DuckDB may use of the memory before it uses the disk."""

COLUMNS: Final = {
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "made": "TIMESTAMP",
    "tool": "VARCHAR",
    "codex": "VARCHAR",
    "platform": "VARCHAR",
    "arch": "VARCHAR",
    "channel": "VARCHAR",
    "status": "VARCHAR",
    "cause": "VARCHAR",
    "code": "VARCHAR",
    "area": "VARCHAR",
    "severity": "VARCHAR",
    "title": "VARCHAR",
    "known": "BOOLEAN",
    "findings": "STRUCT(code VARCHAR, name VARCHAR, severity VARCHAR, role VARCHAR)[]",
}
"""The columns of a report, in the order of the Parquet file (docs/triage.md)."""

_UNREADABLE: Final = {"path": "VARCHAR", "error": "VARCHAR"}

_LONGEST: Final = 1024 * 1024
"""Bytes of a row, of which none has a tenth: DuckDB would set aside room for far longer ones."""


class Store:
    """A database of its own, in a folder that goes away with it."""

    def __init__(self) -> None:
        """Open it.

        :raises UsageError: DuckDB is not installed; the message holds the command.
        """
        try:
            import duckdb
        except ImportError:
            raise UsageError(
                f"triage needs DuckDB, which is not installed with codex-doctor by itself: {INSTALL}"
            ) from None
        self._folder = Path(tempfile.mkdtemp(prefix="codex-doctor-triage-"))
        try:
            with _kept():
                self._database: DuckDBPyConnection = duckdb.connect(
                    str(self._folder / "triage.duckdb"),
                    config={
                        "memory_limit": MEMORY,
                        "temp_directory": str(self._folder / "spilled"),
                        "threads": 1,  # so that rows stay in their order, and need half the memory
                        "autoinstall_known_extensions": False,
                        "autoload_known_extensions": False,
                        "preserve_insertion_order": False,
                    },
                )
                for table, columns in (("reports", COLUMNS), ("unreadable", _UNREADABLE)):
                    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                    self._database.execute(f"CREATE TABLE {table} ({listed})")
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._rows = bytearray()
        self._unreadable = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, found: Row | Unreadable) -> None:
        """Store what was *found*.

        :raises UsageError: there is no room for it on the disk.
        """
        add_line(found, self._rows if isinstance(found, Row) else self._unreadable)
        if len(self._rows) + len(self._unreadable) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is still in memory.

        :raises UsageError: there is no room for it on the disk.
        """
        if self._rows:
            self._write("reports", COLUMNS, self._rows)
            self._rows.clear()
        if self._unreadable:
            self._write("unreadable", _UNREADABLE, self._unreadable)
            self._unreadable.clear()

    def _write(self, table: str, columns: Mapping[str, str], lines: bytearray) -> None:
        """Write *lines* of JSON into *table*, by way of a file: nothing is faster that needs no Arrow."""
        beside = self._folder / "rows.jsonl"
        with _kept():
            beside.write_bytes(lines)
            self._database.execute(
                f"INSERT INTO {table} SELECT * FROM read_json($1, format='newline_delimited', "  # noqa: S608 - names of ours
                f"columns={dict(columns)}, maximum_object_size={_LONGEST})",
                [str(beside)],
            )

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer *query*.

        :raises UsageError: what does not fit into the memory does not fit on the disk either.
        """
        with _kept():
            return self._database.execute(query, list(values)).fetchall()

    def parquet(self, path: Path) -> None:
        """Write every report into the Parquet file *path*, in the order in which they were read.

        :raises UsageError: it cannot be written.
        """
        beside = self._folder / "reports.parquet"
        quoted = str(beside).replace("'", "''")
        with _kept():
            # Sorted, or in groups of so many rows, a hundred thousand reports would not fit into the memory.
            self._database.execute(
                f"COPY reports TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '4MB')"
            )
        try:
            shutil.move(beside, path)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


@contextmanager
def _kept() -> Generator[None]:
    """Say in one line where the rows cannot be kept: mostly the disk is full.

    :raises UsageError: they cannot.
    """
    from duckdb import IOException, OutOfMemoryException, TransactionException

    try:
        yield
    except (OSError, IOException, OutOfMemoryException, TransactionException) as error:
        why = shown(getattr(error, "strerror", None) or " ".join(str(error).split()))[:200]
        where = f"triage keeps the reports in {tempfile.gettempdir()} meanwhile, and cannot write there"
        raise UsageError(f"{where}: {why}; name a folder with more room in TMPDIR") from None
