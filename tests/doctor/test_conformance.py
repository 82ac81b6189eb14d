"""The conformance suite: every bad check is caught, with words that tell its author what is wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

from bad.catalogues import HANGING, WHOLE
from bad.examples import ENDING, QUIET
from bad.plugins import Bad, write
from codex_doctor.testing import FakeMachine, Proof, Rule, prove

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="what the checks do is what Unix lets them do"
)

MACHINES: Final[Mapping[str, FakeMachine]] = {"a machine": FakeMachine(env={"NOTE": "{secret:note}"})}

NAMING: Final = [bad for bad in WHOLE if bad.rule in (Rule.NAMES, Rule.PAGES)]
LOADING: Final = [bad for bad in WHOLE if bad not in NAMING]

SHORT: Final = 0.5
"""Seconds: the patience with what hangs."""


def _proved(factory: pytest.TempPathFactory, module: str, bads: Sequence[Bad], *, patience: float) -> Proof:
    folder = factory.mktemp(module)
    write(folder / "site", module, bads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder / "site"), *sys.path])
        return prove(f"{module}:catalogue", MACHINES, folder / "proof", patience=patience)


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    return _proved(tmp_path_factory, "acme_ending", ENDING, patience=10.0)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    return _proved(tmp_path_factory, "acme_quiet", QUIET, patience=10.0)


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    return _proved(tmp_path_factory, "acme_hanging", HANGING, patience=SHORT)


@pytest.fixture(scope="module")
def naming(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    return _proved(tmp_path_factory, "acme_naming", NAMING, patience=10.0)


def _told(proof: Proof, bad: Bad) -> list[str]:
    subject = bad.subject or f"hosts.acme-{bad.name}"
    return [breach.message for breach in proof.of(subject) if breach.rule is bad.rule]


def _named(bad: Bad) -> str:
    return bad.name


@pytest.mark.parametrize("bad", ENDING, ids=_named)
def test_a_check_that_ends_badly_is_caught(bad: Bad, ending: Proof) -> None:
    assert any(bad.says in message for message in _told(ending, bad)), str(ending)


@pytest.mark.parametrize("bad", QUIET, ids=_named)
def test_a_check_that_does_what_it_may_not_is_caught(bad: Bad, quiet: Proof) -> None:
    assert any(bad.says in message for message in _told(quiet, bad)), str(quiet)


@pytest.mark.parametrize("bad", HANGING, ids=_named)
def test_a_check_that_never_ends_is_caught(bad: Bad, hanging: Proof) -> None:
    assert any(bad.says in message for message in _told(hanging, bad)), str(hanging)


@pytest.mark.parametrize("bad", NAMING, ids=_named)
def test_a_catalogue_that_says_what_it_may_not_is_caught(bad: Bad, naming: Proof) -> None:
    assert any(bad.says in message for message in _told(naming, bad)), str(naming)


@pytest.mark.parametrize("bad", LOADING, ids=_named)
def test_a_catalogue_that_cannot_be_loaded_is_caught(
    bad: Bad, tmp_path_factory: pytest.TempPathFactory
) -> None:
    proof = _proved(tmp_path_factory, f"acme_{bad.name.replace('-', '_')}", [bad], patience=SHORT)

    assert any(bad.says in message for message in _told(proof, bad)), str(proof)


def test_what_others_do_is_not_told_of_a_good_check(ending: Proof, quiet: Proof) -> None:
    assert [
        breach
        for proof in (ending, quiet)
        for breach in proof.of("acme.env")
        if breach.rule is not Rule.SECRETS
    ] == []
