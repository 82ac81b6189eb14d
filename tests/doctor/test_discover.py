"""Finding catalogues that are installed: nothing is imported before it is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor.catalogue import BUILT_IN, Source, discover
from codex_doctor.errors import CatalogueError
from third_party import install

if TYPE_CHECKING:
    from pathlib import Path


def source(value: str) -> Source:
    return Source(name="acme", distribution="acme-checks", value=value)


def test_every_installed_catalogue_is_found_and_none_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = install(tmp_path, whole="raise RuntimeError('imported')")
    monkeypatch.setattr(sys, "path", [str(party.folder), *sys.path])
    found = {(source.distribution, source.name): source.built_in for source in discover()}

    assert found == {("acme-checks", "acme"): False, (BUILT_IN, "codex"): True}
    assert "acme_checks" not in sys.modules


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:catalogue", "No module named 'no_such_module'"),
        ("string:no_such_name", "no_such_name"),
        ("string:digits", "'str' object is not callable"),
        ("string:capwords", "capwords"),
        ("time:time", "returned float, not a Catalogue"),
    ],
)
def test_what_cannot_be_loaded_names_the_distribution_and_the_place(value: str, words: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        source(value).load()

    assert caught.value.distribution == "acme-checks"
    assert str(caught.value).startswith(f"acme-checks: {value} ")
    assert words in str(caught.value)
