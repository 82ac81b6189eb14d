"""Probes and checks: what is declared, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_doctor.check import check
from codex_doctor.probe import Touches, blocking_probe, probe
from engine import problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

EXPOSED = problem("file-exposed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthFile:
    """What stands in a file."""

    mode: int


@blocking_probe("auth.file", touches={Touches.FILES}, limit=1.0)
def auth_file(_ctx: Context) -> AuthFile:
    """Read the file.

    And more that no list needs.
    """
    return AuthFile(mode=0o600)


@probe("account.session", touches={Touches.ACCOUNT}, limit=2.0, needs=(auth_file,))
async def session(_ctx: Context, file: AuthFile) -> int:
    """Ask the service."""
    return file.mode


@probe("account.limits", touches={Touches.NETWORK}, limit=2.0, needs=(session.maybe(), auth_file))
async def limits(_ctx: Context, answer: int | None, _file: AuthFile) -> int | None:
    """Ask for the limits."""
    return answer


@check("auth.file-is-private", title="The file is private", needs=(auth_file,), reports=(EXPOSED,))
def file_is_private(file: AuthFile) -> Iterator[Finding]:
    """Judge the file."""
    if file.mode & 0o077:
        yield EXPOSED.found(f"mode {file.mode:o}")


@check("account.all-is-well", title="All is well", needs=(limits, session.maybe()), reports=())
def all_is_well(_limits: int | None, _session: int | None) -> Iterator[Finding]:
    """Judge nothing."""
    yield from ()


def test_a_check_called_with_facts_judges_them() -> None:
    (finding,) = file_is_private(AuthFile(mode=0o644))

    assert finding.problem is EXPOSED
    assert finding.detail == "mode 644"


def test_a_healthy_fact_is_silence() -> None:
    assert file_is_private(AuthFile(mode=0o600)) == ()


def test_the_area_of_a_check_is_the_first_word_of_its_id() -> None:
    assert file_is_private.area == "auth"


def test_a_check_touches_what_its_needs_touch_and_what_those_need() -> None:
    assert file_is_private.touches == {Touches.FILES}
    assert check("a.b", title="", needs=(session,), reports=())(lambda _: ()).touches == {
        Touches.ACCOUNT,
        Touches.FILES,
    }


def test_what_a_check_can_do_without_does_not_count_as_touched() -> None:
    assert all_is_well.touches == {Touches.NETWORK, Touches.FILES}


def test_a_probe_is_described_by_the_first_line_of_its_docstring() -> None:
    assert (auth_file.doc, session.doc) == ("Read the file.", "Ask the service.")


def test_a_plain_function_blocks_and_a_coroutine_does_not() -> None:
    assert (auth_file.blocking, session.blocking) == (True, False)


def test_the_optional_variant_remembers_what_it_is_a_variant_of() -> None:
    variant = session.maybe()

    assert (variant.id, variant.optional_of) == ("account.session?", session)
    assert (variant.touches, variant.limit) == (session.touches, session.limit)


def test_two_probes_that_look_alike_are_two() -> None:
    assert session.maybe() != session.maybe()
    assert len({session, session, auth_file}) == 2


def test_what_waits_for_permission_counts_as_touched() -> None:
    waiting = check("a.b", title="", needs=(session.if_allowed(),), reports=())(lambda _: ())

    assert waiting.touches == {Touches.ACCOUNT, Touches.FILES}


def test_a_judgement_that_finds_nothing_may_say_why() -> None:
    @check("auth.said", title="It is said", needs=(auth_file,), reports=(EXPOSED,))
    def said(file: AuthFile) -> Generator[Finding, None, str]:
        if file.mode & 0o077:
            yield EXPOSED.found("seen")
        return f"its mode is {file.mode:o}"

    assert said.conclude(AuthFile(mode=0o600)) == ((), "its mode is 600")
    assert [finding.detail for finding in said(AuthFile(mode=0o644))] == ["seen"]
    assert file_is_private.conclude(AuthFile(mode=0o600)) == ((), "")
