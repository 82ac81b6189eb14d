"""Slips in a settings file that have one certain mend: it is made, and nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_checks.config import toml
from codex_checks.config.mends.syntax import LONGEST, meant
from config_mends import ask, mended

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli

BROKEN: Final = {
    "a path": ('log_dir = "C:\\Users\\sam\\logs"\n', "log_dir = 'C:\\Users\\sam\\logs'\n"),
    "paths in a list": (
        'notify = ["C:\\Windows\\a.exe", "-x", "D:\\y"] # both\n',
        "notify = ['C:\\Windows\\a.exe', \"-x\", 'D:\\y'] # both\n",
    ),
    "a path in a header": (
        '[projects."C:\\Users\\sam\\work"]\ntrust_level = "trusted"\n',
        "[projects.'C:\\Users\\sam\\work']\ntrust_level = \"trusted\"\n",
    ),
    "a share": ('sqlite_home = "\\\\server\\sam"\n', "sqlite_home = '\\\\server\\sam'\n"),
    "a variable": ('log_dir = "%APPDATA%\\logs"\n', "log_dir = '%APPDATA%\\logs'\n"),
    "a path with an apostrophe": ('log_dir = "C:\\O\'Neil\\d"\n', 'log_dir = "C:\\\\O\'Neil\\\\d"\n'),
    "a path that ends in a backslash": ('log_dir = "C:\\dir\\"\n', "log_dir = 'C:\\dir\\'\n"),
    "Windows line ends": (
        'log_dir = "C:\\dir"\r\nmodel = "x"\r\n',
        "log_dir = 'C:\\dir'\r\nmodel = \"x\"\r\n",
    ),
    "a byte order mark": ('\ufefflog_dir = "C:\\dir"\n', "\ufefflog_dir = 'C:\\dir'\n"),
    "the same value twice": ('model = "x"\n# and again\nmodel = "x"\n', 'model = "x"\n# and again\n'),
    "the same table twice": (
        '[projects."/a"]\ntrust_level = "trusted"\n[tui]\n# kept\n[projects."/a"]\ntrust_level = "trusted"\n',
        '[projects."/a"]\ntrust_level = "trusted"\n[tui]\n# kept\n',
    ),
    "an empty table again": ('[tui]\ntheme = "x"\n[tui]\n', '[tui]\ntheme = "x"\n'),
    "a word without quotes": ("model = gpt-6-sol # mine\n", 'model = "gpt-6-sol" # mine\n'),
    "a word of a list of words": ("sandbox_mode = read-only\n", 'sandbox_mode = "read-only"\n'),
    "a truth as Python writes it": ("[tui]\nanimations = False\n", "[tui]\nanimations = false\n"),
    "curly quotes": ("model = “gpt-6-sol”\n", 'model = "gpt-6-sol"\n'),
    "all of it": (
        'model = gpt-6-sol\nlog_dir = "C:\\dir"\nmodel = "gpt-6-sol"\n',
        "model = \"gpt-6-sol\"\nlog_dir = 'C:\\dir'\n",
    ),
}

UNCERTAIN: Final = {
    "a path that is half written out": 'log_dir = "C:\\\\Users\\sam"\n',
    "a path in three quotes": 'log_dir = """C:\\dir"""\n',
    "a path without its last quote": 'log_dir = "C:\\dir\n',
    "an unknown escape": 'model = "a\\qb"\n',
    "two values": 'model = "x"\nmodel = "y"\n',
    "two values of two types": "a = 1\na = 1.0\n",
    "a truth and a number": "a = true\na = 1\n",
    "a table with another value": "[a]\nb = 1\n[a]\nb = 2\n",
    "a table with another key": "[a]\nb = 1\n[a]\nc = 1\n",
    "a key twice on one line": "tui = { theme = 'x', theme = 'x' }\n",
    "a value where a table was": "a.b = 1\na = 1\n",
    "two words without quotes": "model = gpt 6\n",
    "a word that codex does not know there": "sandbox_mode = readonly\n",
    "a word for a truth": "tui.animations = yes\n",
    "a text for a truth": "tui.animations = often\n",
    "no value": "model =\n",
    "a word for nothing": "model = none\n",
    "another fault besides": 'log_dir = "C:\\dir"\nmodel "x"\n',
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_text_with_a_slip_says_what_was_meant(tmp_path: Path, text: str, expected: str) -> None:
    assert mended(tmp_path, text).decode() == expected


@pytest.mark.parametrize("text", UNCERTAIN.values(), ids=UNCERTAIN.keys())
def test_what_is_not_certain_is_left_alone(tmp_path: Path, text: str) -> None:
    assert meant(text) is None
    assert mended(tmp_path, text).decode() == text


@pytest.mark.parametrize("text", [text for text, _ in BROKEN.values()], ids=BROKEN.keys())
def test_codex_refuses_the_slip_and_starts_with_the_mended_text(
    codex_cli: CodexCli, tmp_path: Path, text: str
) -> None:
    home = codex_cli.scratch_home()

    assert ask(codex_cli, home, text) is not None
    assert ask(codex_cli, home, mended(tmp_path, text), "--strict-config") is None


def test_a_file_saved_as_utf_16_is_saved_as_utf_8(codex_cli: CodexCli, tmp_path: Path) -> None:
    content = 'model = "gpt-6-sol"\r\n'.encode("utf-16")
    home = codex_cli.scratch_home()

    assert ask(codex_cli, home, content) is not None
    assert mended(tmp_path, content) == b'model = "gpt-6-sol"\r\n'
    assert ask(codex_cli, home, mended(tmp_path, content), "--strict-config") is None


def test_a_slip_in_a_file_saved_as_utf_16_is_mended_too(tmp_path: Path) -> None:
    assert mended(tmp_path, "model = gpt-6-sol\n".encode("utf-16")) == b'model = "gpt-6-sol"\n'


def test_what_is_toml_already_is_not_touched() -> None:
    assert meant("model = \"x\"\nlog_dir = 'C:\\x'\n") is None


def test_a_very_long_text_is_left_alone() -> None:
    assert meant("model = gpt-6-sol\n" + "#" * LONGEST) is None


SOUND: Final = (
    'model = "gpt-6-sol"',
    "tui.animations = true",
    "[features]",
    '[mcp_servers.a]\ncommand = "x"\nargs = ["-y"]',
    '[projects."/home/sam"]\ntrust_level = "trusted"',
    '# log_dir = "C:\\Users\\sam"',
    'instructions = """\nseveral "C:/x"\nlines"""',
    "",
    "notice = { hide = 'x' }",
)
"""Pieces of a file, each of which may stand once."""

letters = st.text(st.sampled_from("abtnruxUd019 .-_é"), min_size=1, max_size=8)


def path_of(drive: str, parts: list[str]) -> str:
    return "\\".join((f"{drive}:", *parts))


paths = st.builds(path_of, st.sampled_from("CDz"), st.lists(letters, min_size=1, max_size=4))
slips = st.one_of(
    paths.map(lambda path: (f'log_dir = "{path}"', f"log_dir = '{path}'")),
    st.sampled_from(["gpt-6-sol", "o3", "a.b/c:d"]).map(
        lambda word: (f"review_model = {word}", f'review_model = "{word}"')
    ),
    st.just(("disable_paste_burst = True", "disable_paste_burst = true")),
)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(SOUND), unique=True),
    st.lists(st.sampled_from(SOUND[4:]), unique=True),
    slips,
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_in_any_file_only_the_line_with_the_slip_changes(
    before: list[str], after: list[str], slip: tuple[str, str], end: str, mark: bool, ended: bool
) -> None:
    wrong, right = slip
    rest = [piece for piece in after if piece not in before]
    lines = [line for piece in (*before, wrong, *rest) for line in piece.split("\n")]
    text = ("\ufeff" if mark else "") + end.join(lines) + (end if ended else "")
    at = text.index(wrong)

    said = meant(text)

    if toml.parse(text.encode()).fault is None:  # some paths hold nothing but escapes that mean something
        assert said is None
    else:
        assert said is not None
        assert said == text[:at] + right + text[at + len(wrong) :]
        assert toml.parse(said.encode()).fault is None


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(SOUND), unique=True, min_size=1),
    st.data(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_in_any_file_only_the_lines_that_say_a_thing_again_go(
    pieces: list[str], data: st.DataObject, end: str
) -> None:
    text = "".join(f"{line}{end}" for piece in pieces for line in piece.split("\n"))
    pairs = toml.parse(text.encode()).pairs
    lines = text.splitlines(keepends=True)
    whole = [pair for pair in pairs if "\n" not in text[pair.start : pair.end] and not pair.depth]
    if not whole:
        return
    pair = data.draw(st.sampled_from(whole))
    line = text.count("\n", 0, pair.start)
    again = [*lines[: line + 1], f"{text[pair.start : pair.end]} # again{end}", *lines[line + 1 :]]

    assert meant("".join(again)) == text


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("ab=\"'\\[]{}.,#\n\r :C“”é-1tTrue"), max_size=80))
def test_whatever_is_mended_is_toml_afterwards(text: str) -> None:
    said = meant(text)

    assert said is None or (said != text and toml.parse(said.encode()).fault is None)
