"""Settings that do not fit and have one certain correction: it is made, and shown without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config import toml
from codex_checks.config.mends.certain import certain
from codex_checks.config.mends.fixes import LONGEST, MOST
from codex_checks.config.mends.values import Source
from codex_checks.config.shape import known_keys
from config_mends import ask, found, mended

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli

IGNORED: Final = {
    "a slip of the finger": ('modle = "gpt-6-sol"\n', 'model = "gpt-6-sol"\n'),
    "a letter too many": ('modell = "gpt-6-sol"\n', 'model = "gpt-6-sol"\n'),
    "a key as JSON spells it": (
        '[mcpServers.a]\ncommand = "x"\n[mcpServers.a.env]\nB = "c"\n',
        '[mcp_servers.a]\ncommand = "x"\n[mcp_servers.a.env]\nB = "c"\n',
    ),
    "a key with hyphens": ("[tui]\nshow-tooltips = true\n", "[tui]\nshow_tooltips = true\n"),
    "a key in quotes": ('"modle" = "gpt-6-sol"\n', 'model = "gpt-6-sol"\n'),
    "a key in a line of keys": ('tui = { "theem" = "x" }\n', 'tui = { theme = "x" }\n'),
    "a setting that is gone": ("disable_response_storage = true # zdr\ntui = {}\n", "tui = {}\n"),
    "Windows line ends": ('a = 1\r\nmodle = "x"\r\n', 'a = 1\r\nmodel = "x"\r\n'),
}

REFUSED: Final = {
    "a truth in quotes": ('tui.animations = "true"\n', "tui.animations = true\n"),
    "a truth in quotes, with a capital": ("allow_login_shell = 'False'\n", "allow_login_shell = false\n"),
    "a number in quotes": ('model_context_window = "272000"\n', "model_context_window = 272000\n"),
    "a fraction in quotes": (
        '[mcp_servers.a]\ncommand = "x"\nstartup_timeout_sec = "2.5"\n',
        '[mcp_servers.a]\ncommand = "x"\nstartup_timeout_sec = 2.5\n',
    ),
    "one text where a list belongs": ('notify = "notify-send"\n', 'notify = ["notify-send"]\n'),
    "a word with capitals": ('sandbox_mode = "Read-Only"\n', 'sandbox_mode = "read-only"\n'),
    "a word with an underscore": ('sandbox_mode = "workspace_write"\n', 'sandbox_mode = "workspace-write"\n'),
    "a wire format that is gone": (
        '[model_providers.a]\nname = "A"\nwire_api = "chat" # old\n',
        '[model_providers.a]\nname = "A"\nwire_api = "responses" # old\n',
    ),
    "several ids in one text": (
        'forced_chatgpt_workspace_id = "a-1, b-2"\n',
        'forced_chatgpt_workspace_id = ["a-1", "b-2"]\n',
    ),
    "an address that nothing asks any more": ('experimental_thread_store_endpoint = "http://x"\n', ""),
    "a provider with capitals": ('model_provider = "OpenAI"\n', 'model_provider = "openai"\n'),
    "a misspelt provider of one's own": (
        'model_provider = "offcie"\n[model_providers.office]\nname = "Office"\n',
        'model_provider = "office"\n[model_providers.office]\nname = "Office"\n',
    ),
    "a misspelt word": ('personality = "freindly"\n', 'personality = "friendly"\n'),
}

TOLD: Final = {
    "a provider that is like none": 'model_provider = "office"\n',
    "a policy that was stricter than those that are left": 'approval_policy = "untrusted"\n',
    "a key that is like none": 'no_such_setting = "x"\n',
    "a key that is like one that is set": 'model = "x"\nmodle = "y"\n',
    "a key of which a digit differs": "features.multi_agent_v3 = true\n",
    "a key whose value would not fit": "modle = 5\n",
    "a key that takes the sandbox away": 'sandbx_mode = "danger-full-access"\n',
    "a key that leads elsewhere": 'openai_base_ulr = "http://127.0.0.1:9"\n',
    "a word that takes a protection away": 'approval_policy = "nevr"\n',
    "a word that is like none": 'approval_policy = "sometimes"\n',
    "a number for a text": "model = 5\n",
    "a text for a truth": 'tui.animations = "often"\n',
    "a number that may not be": 'project_doc_max_bytes = "-1"\n',
    "several texts where a list belongs": 'notify = "notify-send -u low"\n',
    "a list for a text": 'model = ["a"]\n',
    "a setting that is gone, on a line with others": "x = { disable_response_storage = true }\n",
}


@pytest.mark.parametrize(("text", "expected"), (IGNORED | REFUSED).values(), ids=(IGNORED | REFUSED).keys())
def test_a_certain_correction_is_made(tmp_path: Path, text: str, expected: str) -> None:
    assert mended(tmp_path, text).decode() == expected


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD.keys())
def test_what_is_not_certain_is_told_and_left_alone(tmp_path: Path, text: str) -> None:
    assert mended(tmp_path, text).decode() == text
    assert list(found(tmp_path))


@pytest.mark.parametrize("text", [text for text, _ in REFUSED.values()], ids=REFUSED.keys())
def test_codex_refuses_what_is_corrected_and_starts_afterwards(
    codex_cli: CodexCli, tmp_path: Path, text: str
) -> None:
    home = codex_cli.scratch_home()

    assert ask(codex_cli, home, text) is not None
    assert ask(codex_cli, home, mended(tmp_path, text), "--strict-config") is None


@pytest.mark.parametrize(
    "text", [text for text, _ in IGNORED.values() if "a = 1" not in text], ids=lambda text: text[:12]
)
def test_codex_ignores_what_is_corrected_and_knows_all_of_it_afterwards(
    codex_cli: CodexCli, tmp_path: Path, text: str
) -> None:
    home = codex_cli.scratch_home()

    assert ask(codex_cli, home, text) is None
    assert ask(codex_cli, home, text, "--strict-config") is not None
    assert ask(codex_cli, home, mended(tmp_path, text), "--strict-config") is None


def test_several_corrections_are_made_each_for_itself(tmp_path: Path) -> None:
    text = 'modle = "x"\nsandbox_mode = "Read-Only"\nno_such = 1\ntui.animations = "true"\n'

    assert mended(tmp_path, text).decode() == (
        'model = "x"\nsandbox_mode = "read-only"\nno_such = 1\ntui.animations = true\n'
    )


def test_the_settings_of_a_project_are_the_projects_own(tmp_path: Path) -> None:
    project = tmp_path / ".codex"
    project.mkdir()
    (project / "config.toml").write_text('modle = "x"\n', "utf-8")
    trusted = f'[projects."{tmp_path}"]\ntrust_level = "trusted"\n'

    assert mended(tmp_path, trusted).decode() == trusted
    assert [finding.problem.name for finding in found(tmp_path)] == ["config-unknown-key"]


def test_no_more_is_corrected_at_once_than_time_allows(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "".join(f'[mcp_servers.a{n}]\ncommand = "x"\nenabeld = true\n' for n in range(30)), "utf-8"
    )
    fixes = [finding.fix for finding in found(tmp_path)]

    assert (len(fixes), sum(fix is not None for fix in fixes)) == (30, MOST)


def test_in_a_very_long_file_corrections_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('modle = "x"\n' + "#" * LONGEST, "utf-8")

    (finding,) = found(tmp_path)

    assert finding.fix is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("modle", "model"),
        ("mode", None),
        ("modl", None),
        ("mcpServers", "mcp_servers"),
        ("MODEL", "model"),
        ("model-provider", "model_provider"),
        ("sandbox", None),
        ("profiel", "profile"),
        ("profile_s", "profiles"),
    ],
)
def test_a_word_is_another_for_sure_or_none(word: str, expected: str | None) -> None:
    assert certain(word, known_keys()) == expected


def test_where_two_are_as_near_none_is_certain() -> None:
    assert certain("table", ("cable", "fable", "tables")) is None


@given(st.sampled_from(sorted(known_keys())), st.data())
def test_a_swap_of_two_letters_is_understood_or_left_alone(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    word = name[:at] + name[at + 1] + name[at] + name[at + 2 :]

    assert certain(word, known_keys()) in (name, None)


LINES: Final = (
    'model = "a" # the model',
    "[features]",
    "[mcp_servers.a]",
    'command = "x"',
    "  enabled=true  ",
    "[[hooks.Stop]]",
    "# [tui]",
    'text = """\nmodel = "b"\n"""',
    "x = { y = 1, z = [1, 2] }",
    "",
)


@given(st.lists(st.sampled_from(LINES), unique=True, min_size=1), st.data(), st.sampled_from(["\n", "\r\n"]))
def test_a_change_of_one_value_or_key_changes_its_line_alone(
    lines: list[str], data: st.DataObject, end: str
) -> None:
    text = end.join(line for piece in lines for line in piece.split("\n")) + end
    document = toml.parse(text.encode())
    if not document.pairs:
        return
    pair = data.draw(st.sampled_from(document.pairs))
    source = Source(text)
    first, last = (text.count("\n", 0, place) for place in (pair.start, pair.end))
    before = text.splitlines(keepends=True)

    for after in (
        source.with_value(pair.path, "99"),
        source.with_name(pair.path, "renamed"),
        source.without(pair.path),
    ):
        if after is not None:
            changed = after.splitlines(keepends=True)
            assert changed[:first] == before[:first]
            assert changed[len(changed) - (len(before) - last - 1) :] == before[last + 1 :]
            assert toml.parse(after.encode()).fault is None


def test_a_new_value_is_the_value_and_a_deleted_key_is_gone() -> None:
    source = Source('a = 1\n[b]\nc = "d" # e\n')

    assert source.with_value(("b", "c"), "true") == "a = 1\n[b]\nc = true # e\n"
    assert source.without(("b", "c")) == "a = 1\n[b]\n"
    assert source.with_name(("b",), "x y") == 'a = 1\n["x y"]\nc = "d" # e\n'
    assert source.with_value(("b",), "1") is None


def test_of_a_text_that_is_no_toml_nothing_is_changed() -> None:
    source = Source("a = \n")

    assert (source.value_of(("a",)), source.without(("a",))) == (None, None)
