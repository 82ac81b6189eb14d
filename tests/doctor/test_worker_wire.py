"""What crosses between the doctor and a worker: it comes back the same, or is refused with the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_doctor import wire
from codex_doctor.errors import FrameError
from codex_doctor.fix import (
    Act,
    Edit,
    Fix,
    MakeFolder,
    MoveAside,
    RewriteFile,
    RunCommand,
    SetMode,
    ShellLine,
    Tell,
)
from codex_doctor.frames import Reader, encode
from codex_doctor.model import Finding, Outcome, Verdict
from codex_doctor.redact import Secret
from engine import outcome, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VPN = problem("vpn-off", code="ACME101")

DESCRIBED = wire.Described(
    checks=(wire.DescribedCheck(id="doctor.vpn", title="x", needs=(), touches=(), reports=("ACME101",)),),
    problems=(VPN,),
    retired={},
    selected=("doctor.vpn",),
    unmatched=(),
)

WORDS = st.text(max_size=10)
EDITS = st.builds(
    Edit, first=st.integers(1, 999), old=st.lists(WORDS).map(tuple), new=st.lists(WORDS).map(tuple)
)
STEPS = st.one_of(
    st.builds(SetMode, path=WORDS, mode=st.integers(0, 0o7777)),
    st.builds(MoveAside, path=WORDS, to=WORDS),
    st.builds(MakeFolder, path=WORDS, mode=st.integers(0, 0o7777)),
    st.builds(RewriteFile, path=WORDS, sha256=WORDS, edits=st.lists(EDITS).map(tuple)),
    st.builds(
        RunCommand,
        argv=st.lists(WORDS).map(tuple),
        undo=st.none() | st.lists(WORDS).map(tuple),
    ),
    st.builds(
        Act,
        kind=WORDS,
        words=WORDS,
        command=st.none() | WORDS,
        arguments=st.dictionaries(WORDS, WORDS),
    ),
    st.builds(ShellLine, line=WORDS),
    st.builds(Tell, text=WORDS),
)
EVIDENCE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    WORDS,
    st.lists(WORDS).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    problem=st.just(VPN),
    detail=WORDS,
    evidence=st.dictionaries(WORDS, EVIDENCE),
    advice=WORDS,
    fix=st.none()
    | st.builds(Fix, summary=WORDS, steps=st.lists(STEPS).map(tuple), destructive=st.booleans()),
    subjects=st.frozensets(WORDS),
)
OUTCOMES = st.one_of(
    st.builds(
        Outcome,
        check=st.just("doctor.vpn"),
        title=st.just("x"),
        area=st.just("doctor"),
        verdict=st.just(Verdict.FOUND),
        findings=st.lists(FINDINGS, min_size=1, max_size=3).map(tuple),
        seconds=st.floats(0, 100),
    ),
    st.builds(
        Outcome,
        check=st.just("doctor.vpn"),
        title=st.just("x"),
        area=st.just("doctor"),
        verdict=st.sampled_from([verdict for verdict in Verdict if verdict is not Verdict.FOUND]),
        reason=WORDS,
        could_be_blocked=st.booleans(),
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


@given(OUTCOMES)
def test_an_outcome_comes_back_as_it_was(sent: Outcome) -> None:
    (frame,) = Reader().feed(encode("outcome", wire.data_of(wire.judged_of(sent))))
    heard = wire.outcome_of(wire.read(frame.data, wire.Judged), DESCRIBED)

    assert heard == sent


def test_a_catalogue_comes_back_as_it_was() -> None:
    (frame,) = Reader().feed(encode("catalogue", wire.data_of(DESCRIBED)))

    assert wire.read(frame.data, wire.Described) == DESCRIBED


JUDGED = wire.data_of(
    wire.judged_of(
        outcome(
            "doctor.vpn",
            VPN.found("x", evidence={"tries": 3}, fix=Fix(summary="x", steps=(Tell(text="Wait."),))),
        )
    )
)


def places(data: Any, *above: str | int) -> list[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON
    """Return every place within *data*."""
    items: list[tuple[str | int, Any]] = []
    if type(data) is dict:
        items = list(cast("Mapping[str, Any]", data).items())
    elif type(data) is list:
        items = list(enumerate(cast("Iterable[Any]", data)))
    return [above, *(place for key, value in items for place in places(value, *above, key))]


def changed(data: Any, place: tuple[str | int, ...], value: object) -> Any:  # noqa: ANN401 - any JSON
    if not place:
        return value
    key, *below = place
    copied = data.copy()
    copied[key] = changed(data[key], tuple(below), value)
    return copied


@given(st.sampled_from(places(JUDGED)[1:]), JSON)
def test_an_outcome_with_anything_anywhere_is_an_outcome_or_refused(
    place: tuple[str | int, ...], value: object
) -> None:
    try:
        heard = wire.outcome_of(wire.read(changed(JUDGED, place, value), wire.Judged), DESCRIBED)
    except FrameError:
        return

    assert wire.outcome_of(wire.read(wire.data_of(wire.judged_of(heard)), wire.Judged), DESCRIBED) == heard


@pytest.mark.parametrize("shape", [wire.Judged, wire.Described, wire.Request, wire.Page, wire.Failed])
@given(data=st.dictionaries(WORDS, JSON, max_size=3))
def test_any_data_that_is_not_of_the_shape_is_refused_by_its_name(
    shape: type[object], data: dict[str, object]
) -> None:
    with pytest.raises(FrameError, match=f"^{shape.__name__.lower()}: "):
        wire.read(data, shape)


def test_what_is_refused_is_told_with_its_place() -> None:
    with pytest.raises(FrameError, match=r"judged: Expected `str`, got `int` - at `\$.findings\[0\].detail`"):
        wire.read(changed(JUDGED, ("findings", 0, "detail"), 5), wire.Judged)


def test_a_step_of_an_unknown_kind_is_refused() -> None:
    data = changed(JUDGED, ("findings", 0, "fix", "steps", 0, "do"), "format-disk")
    with pytest.raises(FrameError, match="a step of an unknown kind"):
        wire.outcome_of(wire.read(data, wire.Judged), DESCRIBED)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"key": Secret("swordfish")}, r"findings.*evidence\['key'\] is a Secret"),
        ({Secret("swordfish"): 1}, "holds a Secret instead of a word"),
        ({"at": b"x"}, "is a bytes"),
    ],
)
def test_a_secret_cannot_cross_and_its_place_is_told(evidence: dict[Any, Any], words: str) -> None:
    with pytest.raises(FrameError, match=words) as caught:
        wire.data_of(wire.judged_of(outcome("doctor.vpn", VPN.found("x", evidence=evidence))))

    assert "swordfish" not in str(caught.value)
