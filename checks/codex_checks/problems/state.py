"""Problems of Codex's own databases and records: CDX850 to CDX899."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

STATE_DB_CORRUPT: Final = Problem(
    code="CDX850",
    name="state-db-corrupt",
    area="state",
    severity=Severity.ERROR,
    title="A database of Codex is damaged",
    advice="Quit every Codex, then move the database and its -wal and -shm aside: Codex makes a new one.",
)

STATE_DB_LOCKED: Final = Problem(
    code="CDX851",
    name="state-db-locked",
    area="state",
    severity=Severity.ERROR,
    title="Another program keeps a database of Codex locked",
    advice="End the program that holds the lock; Codex then goes on by itself.",
)

STATE_DB_NEWER: Final = Problem(
    code="CDX852",
    name="state-db-newer",
    area="state",
    severity=Severity.WARNING,
    title="The databases of Codex were written by a newer Codex than the one that runs",
    advice="Update this Codex, or give the older one a CODEX_HOME of its own.",
)

STATE_DB_MIGRATION_MISMATCH: Final = Problem(
    code="CDX853",
    name="state-db-migration-mismatch",
    area="state",
    severity=Severity.ERROR,
    title="A database of Codex was made by a build whose migrations differ",
    advice="Give each build a CODEX_HOME of its own, then move the database aside with every Codex ended.",
)

STATE_DB_INIT_FAILED: Final = Problem(
    code="CDX854",
    name="state-db-init-failed",
    area="state",
    severity=Severity.ERROR,
    title="Codex cannot open or write one of its databases",
    advice="Make the database yours and writable, or move it aside so that Codex makes a new one.",
)

LOGS_DB_UNBOUNDED_GROWTH: Final = Problem(
    code="CDX855",
    name="logs-db-unbounded-growth",
    area="state",
    severity=Severity.WARNING,
    title="The log database of Codex has grown beyond a gigabyte",
    advice="Quit every Codex, its background daemon too, then move logs_2.sqlite and its -wal aside.",
)

SESSION_ROLLOUT_CORRUPT: Final = Problem(
    code="CDX856",
    name="session-rollout-corrupt",
    area="state",
    severity=Severity.WARNING,
    title="The record of a recent session has no usable beginning",
    advice="Move the file aside: resuming that session fails, and listing the others may fail too.",
)

SESSION_ROLLOUT_MISSING: Final = Problem(
    code="CDX820",
    name="session-rollout-missing",
    area="state",
    severity=Severity.WARNING,
    title="A session cannot be resumed because its record is not where Codex looks for it",
    advice="Use the CODEX_HOME in which the session began; a record that was deleted does not come back.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    SESSION_ROLLOUT_MISSING,
    STATE_DB_CORRUPT,
    STATE_DB_LOCKED,
    STATE_DB_NEWER,
    STATE_DB_MIGRATION_MISMATCH,
    STATE_DB_INIT_FAILED,
    LOGS_DB_UNBOUNDED_GROWTH,
    SESSION_ROLLOUT_CORRUPT,
)
