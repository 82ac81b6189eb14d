"""The public names: listed, documented, and as they were agreed."""

from __future__ import annotations

import importlib
import inspect
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
MAKE: Final[dict[str, Any]] = runpy.run_path(str(DOCS / "make_api.py"), run_name="make_api")
MODULES: Final = [name for names in MAKE["MODULES"].values() for name in names]
AGAIN: Final = "a line in the changelog, then: python docs/make_api.py"

every_module = pytest.mark.parametrize("name", MODULES)


def test_no_signature_has_changed_unnoticed() -> None:
    agreed = (DOCS.parent / "tests" / "golden" / "api.txt").read_text("utf-8").splitlines()
    now = MAKE["signatures"]().splitlines()

    assert sorted(set(now) ^ set(agreed)) == [], AGAIN
    assert now == agreed, AGAIN


def test_the_reference_is_the_one_of_the_code() -> None:
    assert (DOCS / "api.md").read_text("utf-8") == MAKE["page"](), AGAIN


@every_module
def test_a_public_module_lists_what_is_public_and_has_it(name: str) -> None:
    module = importlib.import_module(name)

    assert len(set(module.__all__)) == len(module.__all__) > 0
    assert [public for public in module.__all__ if not hasattr(module, public)] == []


@every_module
def test_what_is_public_says_what_it_is_for(name: str) -> None:
    assert list(_silent(name)) == []


def _silent(name: str) -> Iterator[str]:
    """Yield what has no docstring, or no text below it, in the module *name*."""
    module = importlib.import_module(name)
    for public in module.__all__:
        thing = getattr(module, public)
        if not MAKE["_is_value"](thing) and not inspect.getdoc(thing):
            yield public
        if inspect.isclass(thing):
            yield from (
                f"{public}.{method}" for method, found in MAKE["_methods"](thing) if not found.__doc__
            )
