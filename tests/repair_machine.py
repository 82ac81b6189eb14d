"""A machine whose every check is a function, and a whole run of a repair on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import engine
from codex_doctor.examination import Seen
from codex_doctor.repair import rounds
from codex_doctor.repair.asked import diagnosis
from codex_doctor.repair.plan import plan
from codex_doctor.repair.rounds import Rounds
from codex_doctor.runner import Examination

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.model import Outcome
    from codex_doctor.repair.asked import Asked
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.plan import Planned
    from repairs import Workshop

    Look = Callable[[], Outcome]


@dataclass(kw_only=True)
class Machine:
    """Stands in place of what was asked for, with its *names* and *yes*; *looks* are the checks, by id."""

    shop: Workshop
    looks: dict[str, Look]
    names: tuple[str, ...] = ()
    yes: bool = True
    seen: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def mend(self, monkeypatch: pytest.MonkeyPatch) -> int:
        """Run a repair and return its exit code."""

        def handlers_on(_context: Context) -> Handlers:
            return self.shop.handlers

        monkeypatch.setattr(rounds, "handlers_on", handlers_on)
        return Rounds(cast("Asked", self), self.shop.records, self.shop.door).run()

    @property
    def said(self) -> str:
        return "\n".join(self.shop.door.said)

    def look(self, door: Door, *, checks: Sequence[str] | None = None) -> Seen:
        chosen = tuple(self.looks) if checks is None else tuple(checks)
        self.seen.append(chosen)
        outcomes = tuple(self.looks[check]() for check in chosen)
        return Seen(
            built_in=(),
            examination=Examination(outcomes=outcomes, machine={}),
            context=self.workshop(door),
            started=datetime.now(UTC),
        )

    def workshop(self, _door: Door) -> Context:
        return engine.context(self.shop.home, env={"PATH": "/usr/bin:/bin"}, seconds=60)

    def plan(self, seen: Seen) -> tuple[Planned, ...]:
        found = diagnosis(seen).findings
        return plan(found, named=self.names, handlers=self.shop.handlers, os="linux")
