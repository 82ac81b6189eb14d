"""The migrations of Codex's databases, as Codex 0.169.0 applies them.

Made with the real CLI: `SELECT hex(checksum) FROM _sqlx_migrations ORDER BY version`, the first eight
digits of each. A checksum is that of the migration's text, which never changes once released: sqlx
refuses a database where it does ("was previously applied but has been modified").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KNOWN_TO: Final = "0.169.0"
"""The version of Codex whose migrations stand here."""

CHECKSUMS: Final[Mapping[str, Sequence[str]]] = {
    name: text.split()
    for name, text in {
        "goals_1": "8ce62802 f3ff7de2",
        "logs_2": "009639ea cf6c93af",
        "memories_1": "a1af50da 18f0a8dd",
        "queue_1": "cea113c9 983a2b17",
        "state_5": """
            627ef191 521b72cb e58a2862 8adc2513 1ac64f85 a203fc4b 7e35a464 aa3f287f 8b469360 8adaf136
            31ececbd 0012a213 05526a09 4d2fbb24 0eece6db 4768f743 4cbdb2ed a4363003 3884c02f 07673f48
            ea1aebe4 160fe01b e6c748a9 e92aa526 d6fb51d7 6c62a325 d84dca6a ef44adaa e9ec76f9 80c1cdac
            943675a9 3c01d615 4904aae3 d6fea739 d7b56acb 6381f7bb f6a5ab0d e7778522 c217b3d1 a7a99674
            0dc734db cfdc4fd4 605128e7 5d29223b a7fadc8c 63addf61 1ae117e4 9d298333 faf45c39 d2802e96
            23360a03 071e9631 e86ef7cc e62a9977 6daadc55 5de44fac 729562c5 68467af3 4297dffb d7f0cf0a
            4a833704 dab8b7c8
        """,
        "thread_history_1": "2ad9a4ab ae61dbc1 a51da2a1 65f33b17 2fdad8e3 02ed82d3 9334adb4 94635cd5",
    }.items()
}
"""By the name of the database, the checksum of each migration from version 1 on."""


class Migration(Struct, frozen=True, kw_only=True):
    """A migration that was applied. *checksum* holds its first eight digits."""

    version: int
    checksum: str
    success: bool


def modified(name: str, applied: Sequence[Migration], *, os: str) -> tuple[int, ...]:
    """Return the versions that were applied to the database *name* with another text than Codex's own.

    On Windows a build may have been made from texts with other line ends, and all of its checksums
    differ: there only a mixture shows that two builds met.
    """
    known = CHECKSUMS.get(name, ())
    differing = tuple(
        migration.version
        for migration in applied
        if 0 < migration.version <= len(known) and migration.checksum != known[migration.version - 1]
    )
    judged = sum(0 < migration.version <= len(known) for migration in applied)
    return () if os == "windows" and len(differing) == judged else differing


def unknown(name: str, applied: Sequence[Migration]) -> tuple[int, ...]:
    """Return the versions that were applied to *name* and that Codex `KNOWN_TO` does not have."""
    known = CHECKSUMS.get(name)
    if known is None:
        return ()
    return tuple(migration.version for migration in applied if migration.version > len(known))
