"""Facts can be read outside an examination, by commands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.facts import facts
from codex_doctor.probe import Touches, blocking_probe, probe
from engine import context

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.probe import Probe

FILES = {Touches.FILES}


@blocking_probe("test.one", touches=FILES, limit=1)
def one(_ctx: Context) -> int:
    return 1


@probe("test.two", touches=FILES, limit=1, needs=(one,))
async def two(_ctx: Context, first: int) -> int:
    return first + 1


@blocking_probe("test.absent", touches=FILES, limit=1)
def absent(_ctx: Context) -> int:
    raise Unavailable("it is not there")


@blocking_probe("test.nothing", touches=FILES, limit=1)
def nothing(_ctx: Context) -> int:
    raise NotApplicable("there is none")


@blocking_probe("test.crash", touches=FILES, limit=1)
def crash(_ctx: Context) -> int:
    raise ZeroDivisionError


def test_facts_are_read_with_what_they_need() -> None:
    assert facts(context(), two, one, absent.maybe()) == (2, 1, None)


@pytest.mark.parametrize(
    ("probe", "error", "words"),
    [
        (absent, Unavailable, "it is not there"),
        (nothing, NotApplicable, "there is none"),
        (crash, Unavailable, "ZeroDivisionError at crash"),
    ],
)
def test_a_fact_that_is_missing_is_an_error_with_its_reason(
    probe: Probe[int], error: type[Unavailable], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        facts(context(), one, probe)

    assert type(caught.value) is error


def test_facts_are_read_where_an_event_loop_runs_already() -> None:
    async def read() -> tuple[int, ...]:
        return facts(context(), two)

    assert asyncio.run(read()) == (2,)
