"""Reading TOML: the values, the places, and what keeps a file from being read."""

from __future__ import annotations

import math
import tomllib
from typing import Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config.toml import FaultKind, Place, parse
from codex_doctor.toml.lexicon import Moment

PIECES: Final = (
    *("a", "b", "a.b", ".", "=", " ", "\n", "\r\n", "\t", "#c", "_", "é"),
    *("[", "]", "{", "}", ",", "[a]", "[[a]]", "[a.b]\n", "a=1\n", "b=1\n", "{b=1}"),
    *('"', "'", '"""', "'''", "\\", "\\n", "\\u0041", "\\q"),
    *("1", "-", "0x", "1e5", "1_0", "true", "inf", "nan", "2026-01-01", "10:00:00", "T", "Z"),
)


def fault_of(text: str) -> tuple[FaultKind, int | None, int | None] | None:
    fault = parse(text.encode()).fault
    return None if fault is None else (fault.kind, fault.line, fault.column)


def test_values_and_their_places_are_read() -> None:
    document = parse(b'model = "x"\n\n[tui]\n  theme = "y"\nkeys = [1,\n  2]\n')

    assert document.values == {"model": "x", "tui": {"theme": "y", "keys": [1, 2]}}
    assert document.places["tui", "theme"] == Place(line=4, column=3, value_line=4, value_column=11)
    assert document.places["tui", "keys", 1] == Place(line=6, column=3, value_line=6, value_column=3)


def test_an_array_of_tables_has_a_place_for_each() -> None:
    document = parse(b'[[hooks]]\nname = "a"\n[[hooks]]\nname = "b"\n')

    assert document.values == {"hooks": [{"name": "a"}, {"name": "b"}]}
    assert document.places["hooks", 1, "name"].line == 4


def test_columns_count_letters_and_not_bytes() -> None:
    assert fault_of('"é" = "é" x') == (FaultKind.SYNTAX, 1, 11)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a = "x\\ty\\u00e9\\e\\x41"', "x\ty\u00e9\x1bA"),
        ("a = 'C:\\new'", "C:\\new"),
        ('a = """\nx\\\n   y"""', "xy"),
        ('a = """x"""""', 'x""'),
        ("a = '''\nx'y'''", "x'y"),
        ("a = 0xF_F", 255),
        ("a = -1_000", -1000),
        ("a = 1.5e3", 1500.0),
        ("a = true", True),
        ("a = { b = 1,\n c.d = 2, }", {"b": 1, "c": {"d": 2}}),
        ("a = [ 1, # one\n 2, ]", [1, 2]),
        ("a = 07:32", Moment("07:32")),
    ],
)
def test_every_kind_of_value_is_read(text: str, value: object) -> None:
    document = parse(text.encode())

    assert document.fault is None
    assert document.values["a"] == value


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    document = parse("\ufeffa = 1\r\n[b]\r\nc = 2\r\n".encode())

    assert document.values == {"a": 1, "b": {"c": 2}}
    assert document.places["b", "c"].line == 3


@pytest.mark.parametrize(
    "text",
    [
        'a = "C:\\Users\\me"',
        'a = "C:\\dir"',
        'a = "\\\\server\\share"',
        'a = "%USERPROFILE%\\.codex"',
        'a = "..\\Users\\me"',
    ],
)
def test_a_windows_path_in_double_quotes_is_named_as_such(text: str) -> None:
    found = fault_of(text)

    assert found is not None
    assert found[0] is FaultKind.WINDOWS_BACKSLASH


def test_an_ordinary_wrong_escape_is_not_taken_for_a_path() -> None:
    assert fault_of('a = "50\\% off"') == (FaultKind.SYNTAX, 1, 9)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\na = 2", 2), ("[a]\n[a]", 2), ("[a]\nb.c = 1\n[a.b]", 3), ("a = { b = 1, b = 2 }", 1)],
)
def test_a_key_that_is_set_twice_is_named_as_such(text: str, line: int) -> None:
    found = fault_of(text)

    assert found is not None
    assert found[:2] == (FaultKind.DUPLICATE_KEY, line)


def test_a_string_that_never_ends_is_found_where_it_opens() -> None:
    assert fault_of('a = """x\n\ny') == (FaultKind.SYNTAX, 1, 5)


def test_a_file_in_utf_16_is_called_so() -> None:
    fault = parse('model = "x"'.encode("utf-16")).fault

    assert fault is not None
    assert (fault.kind, fault.message) == (FaultKind.UTF_16, "it is saved as UTF-16, not UTF-8")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "{a=" * 5000, "a = " + "9" * 5000])
def test_a_text_that_is_made_to_exhaust_the_reader_is_refused(text: str) -> None:
    found = fault_of(text)

    assert found is not None
    assert found[0] is FaultKind.SYNTAX


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_a_fault(content: bytes) -> None:
    document = parse(content)

    assert document.fault is None or document.values == {}


def plain(value: object) -> object:
    """Return *value* in a form in which both readers' values can be compared."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return value if isinstance(value, (bool, int, float)) or type(value) is str else "moment"


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_python_reads_we_read_alike(text: str) -> None:
    document = parse(text.encode())
    try:
        expected = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError):
        return

    assert document.fault is None
    assert plain(dict(document.values)) == plain(expected)
