"""The page for authors of checks: its code runs, its tables are whole."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codex_doctor import fixtures
from codex_doctor.testing import MachineBuilder, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "testing-a-check.md").read_text("utf-8")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the code of the page defines."""
    path = tmp_path_factory.mktemp("example") / "example.py"
    path.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)))
    return runpy.run_path(str(path), run_name="example")


@pytest.mark.parametrize(
    "test", ["test_a_tunnel_that_is_up_is_healthy", "test_a_tunnel_that_is_down_is_reported"]
)
def test_a_test_of_the_page_passes(
    test: str, example: Mapping[str, Any], doctor_machine: MachineBuilder
) -> None:
    example[test](doctor_machine)


def test_the_last_test_of_the_page_asks_for_what_it_says(example: Mapping[str, Any]) -> None:
    asked: list[tuple[str, object]] = []

    def conform(entry: str, machines: object) -> None:
        asked.append((entry, machines))

    example["test_every_check_keeps_the_rules"](conform)

    assert asked == [("acme_proxy.catalogue:catalogue", {"up": example["UP"], "down": example["DOWN"]})]


def test_every_rule_stands_in_the_table() -> None:
    section = PAGE.partition("## The rules")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE) == [rule.value for rule in Rule]


def test_every_fixture_stands_in_the_table() -> None:
    section = PAGE.partition("| fixture |")[2].partition("\n## ")[0]
    brought = {name for name, _ in inspect.getmembers(fixtures) if name.startswith("doctor_")}

    assert brought - {"doctor_authority"} == set(re.findall(r"`(doctor_[a-z]+)`(?: \||,)", section))
