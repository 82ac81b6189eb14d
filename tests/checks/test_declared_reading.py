"""What may stand in a file of somebody's own checks, and how a mistake in it is told."""

from __future__ import annotations

import json
import os
import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config.toml import parse
from codex_checks.declared import folder, further, schema
from codex_checks.declared.reading import read
from codex_checks.declared.shape import ID
from codex_doctor.model import AREAS
from codex_doctor.taken import Taken
from own_checks import PROBLEM

if TYPE_CHECKING:
    from own_checks import OwnChecks

GOOD: Final = (
    '[[check]]\nid = "files.acme-is-well"\ntitle = "Acme is well"\nfile = { path = "~/x" }\n' + PROBLEM
)


def mistakes(text: str, taken: Taken | None = None) -> list[str]:
    return [str(mistake) for mistake in read(text.encode(), taken or Taken()).mistakes]


def test_a_check_that_is_well_written_has_its_own_problem() -> None:
    ((check, problem),) = read(GOOD.encode(), Taken()).checks

    assert (check.id, problem.code, problem.area, problem.severity) == (
        "files.acme-is-well",
        "ACME101",
        "files",
        "warning",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("title", "titel", "3:1: `titel` means nothing here; did you mean `title`?", id="a key"),
        pytest.param(
            "advice", "advise", "10:1: `advise` means nothing here; did you mean `advice`?", id="deep"
        ),
        pytest.param(
            'advice = "Mend it."\n', "", "6:8: it says nothing of `advice`, which is needed", id="missing"
        ),
        pytest.param(
            'code = "ACME101"',
            'code = "acme1"',
            "7:8: `code`: it does not have the form that is wanted here. A prefix of your own and three "
            "digits; CDX is taken.",
            id="form",
        ),
        pytest.param(
            'code = "ACME101"',
            'code = "CDX101"',
            "7:8: CDX101 starts with CDX, which is the doctor's own: take another prefix",
            id="prefix",
        ),
        pytest.param(
            "[check.problem]",
            '[check.problem]\nseverity = "eror"',
            "7:12: `severity`: 'eror' is not one of the words that may stand here: error, note, warning",
            id="word",
        ),
        pytest.param(
            '"~/x"', "5", "4:17: `path`: a text in quotes is wanted here, not a whole number", id="type"
        ),
        pytest.param(
            '"~/x"',
            '"x/y"',
            "4:17: `path`: it does not have the form that is wanted here. An absolute path; it may begin "
            "with `~/`, or with a variable such as `${CODEX_HOME}`.",
            id="relative",
        ),
        pytest.param(
            'file = { path = "~/x" }\n',
            "",
            "1:3: it does not say what to look at: it needs one of file, variable, command, host, http, "
            "value",
            id="nothing",
        ),
        pytest.param(
            "[check.problem]",
            'variable = { name = "X" }\n[check.problem]',
            "6:1: it looks at file and variable; a check looks at one thing",
            id="two",
        ),
        pytest.param('"Acme is well"', '"It is."', "3:9: a title has no full stop at its end", id="stop"),
        pytest.param(
            'is wrong"',
            'is."',
            "9:9: acme-wrong: a title is one sentence without a full stop",
            id="problem's",
        ),
        pytest.param(
            "[[check]]", "[[chek]]", "1:3: `chek` means nothing here; did you mean `check`?", id="top"
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(old: str, new: str, said: str) -> None:
    assert mistakes(GOOD.replace(old, new))[0] == said


def test_a_file_that_is_no_toml_is_told_with_its_place() -> None:
    assert mistakes('[[check]]\nid = "files.x\n') == ['2:14: invalid basic string, expected `"`']


def test_an_empty_file_is_told_how_a_check_begins() -> None:
    assert mistakes("") == ["1:1: it holds no check: each begins with a line [[check]]"]


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (Taken(codes=frozenset({"ACME101"})), "7:8: the code ACME101 is in use already"),
        (Taken(names=frozenset({"acme-wrong"})), "8:8: the name acme-wrong is in use already"),
        (Taken(checks=frozenset({"files.acme-is-well"})), "2:6: the id files.acme-is-well is in use already"),
    ],
    ids=["code", "name", "id"],
)
def test_what_is_in_use_already_is_told_at_its_line(taken: Taken, said: str) -> None:
    assert mistakes(GOOD, taken) == [said]


def test_a_mistake_costs_its_own_check_alone() -> None:
    found = read((GOOD.replace("title", "titel", 1) + GOOD).encode(), Taken())

    assert (len(found.checks), len(found.mistakes)) == (1, 1)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_in_a_file_it_is_a_mistake_and_no_crash(content: bytes) -> None:
    found = read(content, Taken())

    assert found.mistakes != () or found.checks != ()


VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.lists(st.integers(0, 3))


@given(st.dictionaries(st.sampled_from(["id", "title", "file", "problem", "host", "os", "x"]), VALUES))
def test_whatever_a_check_is_made_of_it_is_told_where(table: dict[str, Any]) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items() if value is not None]
    found = read("\n".join(["[[check]]", *lines]).encode(), Taken())

    assert [mistake.line > 0 for mistake in found.mistakes] == [True]


def test_the_areas_of_an_id_are_those_of_the_report() -> None:
    assert tuple(re.findall(r"[a-z]+", ID.partition(")")[0])) == AREAS


def test_the_shipped_schema_is_the_one_of_the_code() -> None:
    assert schema.FILE.read_text("utf-8") == schema.text(), "python -m codex_checks.declared.schema"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (GOOD, True),
        (GOOD.replace("title", "titel"), False),
        (GOOD.replace('file = { path = "~/x" }\n', ""), False),
        (GOOD.replace("[check.problem]", 'variable = { name = "X" }\n[check.problem]'), False),
    ],
    ids=["good", "key", "nothing", "two"],
)
def test_the_schema_accepts_what_the_reader_does(text: str, *, valid: bool) -> None:
    shipped: Any = json.loads(schema.FILE.read_text("utf-8"))
    written: Any = parse(text.encode()).values

    with nullcontext() if valid else pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, shipped)
    assert (mistakes(text) == []) is valid


def test_without_a_folder_there_is_nothing_to_ask(own: OwnChecks) -> None:
    assert further() == ()
    own.write(GOOD)
    (source,) = further()
    assert (source.distribution, source.own) == ("~/.config/codex-doctor/checks", True)


@pytest.mark.parametrize("named", [None, "/etc/somebody", "/etc/somebody/"])
def test_the_folder_is_where_the_system_keeps_settings(
    own: OwnChecks, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    if named is not None:
        monkeypatch.setenv("XDG_CONFIG_HOME", named)

    assert folder().parent == platformdirs.user_config_path("codex-doctor", appauthor=False)
    assert own.folder.is_relative_to(folder()) is (named is None)


def test_a_folder_of_settings_that_is_relative_does_not_count(
    own: OwnChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write(GOOD)
    monkeypatch.chdir(own.home / ".config")
    monkeypatch.setenv("HOME", str(own.home / "elsewhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", ".")

    assert further() == ()


def test_files_do_not_share_a_code_and_the_second_is_named(own: OwnChecks) -> None:
    own.write(GOOD, "a.toml")
    own.write(GOOD.replace("files.acme", "files.other"), "b.toml")
    outcome = own.examined()["doctor.own-checks-can-be-read"]

    assert [finding.detail for finding in outcome.findings] == [
        "~/.config/codex-doctor/checks/b.toml:7:8: the code ACME101 is in use already"
    ]


@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o666, "everybody may write to it (mode 666), and checks may run programs"), (0o664, "")],
    ids=["everybody", "group"],
)
def test_a_file_that_everybody_may_write_to_is_not_believed(own: OwnChecks, mode: int, said: str) -> None:
    own.write(GOOD).chmod(mode)
    findings = own.examined()["doctor.own-checks-can-be-read"].findings

    assert [finding.detail.partition(": ")[2] for finding in findings] == ([said] if said else [])


def test_a_pipe_in_the_folder_holds_nothing_up(own: OwnChecks) -> None:
    own.write(GOOD)
    os.mkfifo(own.folder / "pipe.toml")
    outcomes = own.examined()

    assert "a named pipe, not a file" in outcomes["doctor.own-checks-can-be-read"].findings[0].detail
    assert outcomes["files.acme-is-well"].findings != ()


PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "checks-in-toml.md"
EXAMPLES: Final = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_examples_of_the_page_can_stand_in_one_file() -> None:
    found = read("\n".join(EXAMPLES).encode(), Taken())

    assert (found.mistakes, len(found.checks)) == ((), 7)


def test_the_page_names_every_key() -> None:
    import msgspec

    from codex_checks.declared.shape import Checks

    defined = msgspec.json.schema(Checks)["$defs"]
    keys = {key for each in defined.values() for key in each["properties"]}
    text = PAGE.read_text("utf-8")

    assert [key for key in sorted(keys) if key not in re.findall(r"\w+", text)] == []
