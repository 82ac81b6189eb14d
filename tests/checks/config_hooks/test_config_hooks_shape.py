"""The form of hooks: what the real Codex refuses or leaves out, and what we say of the same."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config.checks import settings_accepted
from codex_checks.config.hooks.checks import hooks_are_read
from codex_checks.config.hooks.reading import Hooks, hooks
from codex_checks.config.hooks.shape import handlers, left_out, refused, why_no_expression
from codex_checks.config.said import Refusal, Said
from codex_checks.config.settings import judged_settings, whole_settings
from codex_checks.places import codex_home, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity
from engine import context
from mcp_cases import read_settings, set_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_checks.config.settings import Settings
    from codex_cli import CodexCli

GOOD: Final = (
    '{"hooks": {"PostToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}]}]}}'
)


def handler(members: str) -> str:
    return f"[[hooks.PostToolUse]]\n[[hooks.PostToolUse.hooks]]\n{members}\n"


READ: Final = {
    "a command": handler('type = "command"\ncommand = "x"\ntimeout = 5\nasync = true\nstatusMessage = "y"'),
    "an unknown event": "[hooks]\nBogus = 5\n",
    "an unknown member": "[[hooks.PostToolUse]]\nbogus = 1\n",
    "an event without hooks": "[[hooks.Stop]]\n",
    "a state": '[hooks.state."k"]\ntrusted_hash = "sha256:x"\nenabled = true\n',
    "a tool": handler('type = "mcp_tool"\nserver = "x"\ntool = "y"'),
    "a folder of the administrator": '[hooks]\nmanaged_dir = "x"\n',
}

REFUSED: Final = {
    "a list of tables": '[[hooks]]\nevent = "x"\n',
    "a text": 'hooks = "x"\n',
    "an event that is a text": '[hooks]\nPostToolUse = "x"\n',
    "an event that is a table": '[hooks.PostToolUse]\nmatcher = "x"\n',
    "an event of texts": '[hooks]\nPostToolUse = ["x"]\n',
    "a matcher that is a number": "[[hooks.PostToolUse]]\nmatcher = 5\n",
    "hooks that are a text": '[[hooks.PostToolUse]]\nhooks = "x"\n',
    "a hook that is a text": '[[hooks.PostToolUse]]\nhooks = ["x"]\n',
    "no type": handler('command = "x"'),
    "an unknown type": handler('type = "nope"\ncommand = "x"'),
    "no command": handler('type = "command"'),
    "a command that is a list": handler('type = "command"\ncommand = ["x"]'),
    "a timeout that is a text": handler('type = "command"\ncommand = "x"\ntimeout = "5"'),
    "a timeout that is broken": handler('type = "command"\ncommand = "x"\ntimeout = 5.5'),
    "async that is a text": handler('type = "command"\ncommand = "x"\nasync = "x"'),
}


def ask(cli: CodexCli, home: Path, text: str) -> Refusal | None:
    """Let the real Codex read *text* as its settings; None where it starts with them."""
    file = home / ".codex" / "config.toml"
    set_up(home, text)
    ran = cli.run(["app-server", "--print-startup-config"], home=file.parent)
    if ran.returncode == 0:
        return None
    data = json.loads(ran.stdout)["error"]["data"]
    words = data["detail"].partition(": ")[2] or data["detail"]
    return Refusal(words=words, file=file, line=data["line"], column=data["column"])


def judged(home: Path) -> Settings:
    ctx = context(home)
    return cast("Settings", judged_settings.read(ctx, codex_home.read(ctx), read_settings(ctx)))


@pytest.mark.parametrize("text", READ.values(), ids=READ.keys())
def test_what_the_real_codex_reads_is_no_fault(codex_cli: CodexCli, tmp_path: Path, text: str) -> None:
    assert ask(codex_cli, tmp_path, text) is None
    assert settings_accepted(judged(tmp_path), None) == ()


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_real_codex_refuses_is_one_fault_with_or_without_it(
    codex_cli: CodexCli, tmp_path: Path, text: str
) -> None:
    refusal = ask(codex_cli, tmp_path, text)
    assert refusal is not None
    said = Said(version="0.169.0", refusal=refusal, ignored=None)

    (alone,) = settings_accepted(judged(tmp_path), None)
    together = settings_accepted(judged(tmp_path), said)

    assert alone.problem.name == "config-hooks-schema"
    assert alone.problem.severity is Severity.ERROR
    assert together == (alone,)


def test_what_only_the_real_codex_refuses_of_hooks_has_the_same_name(tmp_path: Path) -> None:
    set_up(tmp_path, "[[hooks.PostToolUse]]\n")
    refusal = Refusal(words="something new", file=tmp_path / ".codex/config.toml", line=1, column=3)

    (finding,) = settings_accepted(judged(tmp_path), Said(version="1", refusal=refusal, ignored=None))

    assert finding.problem.name == "config-hooks-schema"


def listed(cli: CodexCli, home: Path) -> dict[str, Any]:
    """Return what the real Codex says of its hooks."""
    lines = [
        {
            "id": 0,
            "method": "initialize",
            "params": {"clientInfo": {"name": "t", "title": "t", "version": "1"}},
        },
        {"method": "initialized"},
        {"id": 1, "method": "hooks/list", "params": {"cwds": [str(home)]}},
    ]
    process = subprocess.Popen(
        [cli.native, "app-server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(home), "CODEX_HOME": str(home / ".codex"), "PATH": "/usr/bin:/bin"},
        cwd=home,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        answer = next(said for said in map(json.loads, process.stdout) if said.get("id") == 1)
        process.kill()
    here: dict[str, Any] = answer["result"]["data"][0]
    return here


def read(home: Path) -> Hooks:
    ctx = context(home, env={"PATH": "/usr/bin:/bin", "HOME": str(home)})
    there = codex_home.read(ctx)
    found = hooks.read(ctx, judged(home), there, environment.read(ctx, there))
    assert isinstance(found, Hooks)
    return found


FILES: Final[Mapping[str, tuple[str, bool]]] = {
    "good": (GOOD, True),
    "described": ('{"description": "d", "hooks": {}}', True),
    "an unknown event": ('{"hooks": {"Bogus": []}}', True),
    "an empty list": ("[]", True),
    "without the outer table": ('{"PostToolUse": []}', False),
    "a further member": ('{"hooks": {}, "bogus": 1}', False),
    "no JSON": ("{nope", False),
    "an event that is a table": ('{"hooks": {"PostToolUse": {"a": 1}}}', False),
    "a bad matcher": (GOOD.replace("Bash", "("), False),
    "a matcher that looks ahead": (GOOD.replace("Bash", "(?=x)"), False),
    "an open class": (GOOD.replace("Bash", "[a-"), False),
    "a matcher for everything": (GOOD.replace("Bash", "*"), True),
    "a prompt": (GOOD.replace('"command", "command"', '"prompt", "prompt"'), False),
    "an empty command": (GOOD.replace('"x"', '" "'), False),
}


@pytest.mark.parametrize(("content", "fine"), FILES.values(), ids=FILES.keys())
def test_a_file_of_hooks_is_read_as_the_real_codex_reads_it(
    codex_cli: CodexCli, tmp_path: Path, content: str, *, fine: bool
) -> None:
    set_up(tmp_path, 'model = "x"\n')
    (tmp_path / ".codex" / "hooks.json").write_text(content)

    theirs, ours = listed(codex_cli, tmp_path), read(tmp_path)
    found = hooks_are_read(ours)

    assert (theirs["warnings"] == []) is fine, theirs
    assert [(each.problem.name, each.problem.severity) for each in found] == (
        [] if fine else [("config-hooks-schema", Severity.WARNING)]
    )
    if fine:
        assert [each["key"] for each in theirs["hooks"]] == [key for key, _, _ in ours.keyed]


PLUGINS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "usual file": ("", {"hooks/hooks.json": GOOD}),
    "named file": (', "hooks": "./my.json"', {"my.json": GOOD}),
    "in its manifest": (f', "hooks": {GOOD}', {}),
    "another file": ("", {"hooks.json": GOOD}),
    "bad file": ("", {"hooks/hooks.json": '{"hooks": {}, "bogus": 1}'}),
}


@pytest.mark.parametrize(("manifest", "files"), PLUGINS.values(), ids=PLUGINS.keys())
def test_the_hooks_of_a_plugin_are_found_where_the_real_codex_finds_them(
    codex_cli: CodexCli, tmp_path: Path, manifest: str, files: Mapping[str, str]
) -> None:
    set_up(tmp_path, '[plugins."demo@market"]\n')
    root = tmp_path / ".codex" / "plugins" / "cache" / "market" / "demo" / "1.0.0"
    for name, text in {**files, ".codex-plugin/plugin.json": f'{{"name": "demo"{manifest}}}'}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    theirs = listed(codex_cli, tmp_path)
    try:
        ours = read(tmp_path)
    except NotApplicable:
        ours = Hooks(sources=())

    assert [each["key"] for each in theirs["hooks"]] == [key for key, _, _ in ours.keyed]
    assert (theirs["warnings"] == []) is (hooks_are_read(ours) == ())


def test_hooks_in_settings_have_the_keys_that_the_real_codex_gives_them(
    codex_cli: CodexCli, tmp_path: Path
) -> None:
    one = '[[hooks.UserPromptSubmit]]\n[[hooks.UserPromptSubmit.hooks]]\ntype = "command"\ncommand = "x"\n'
    set_up(tmp_path, one + one.replace("[[hooks.UserPromptSubmit]]\n", "") + one)

    theirs = {each["key"] for each in listed(codex_cli, tmp_path)["hooks"]}

    assert {key for key, _, _ in read(tmp_path).keyed} == theirs
    assert len(theirs) == 3


def test_where_hooks_are_switched_off_nothing_is_judged(tmp_path: Path) -> None:
    set_up(tmp_path, "[features]\nhooks = false\n")
    (tmp_path / ".codex" / "hooks.json").write_text("{nope")

    with pytest.raises(NotApplicable, match="switched off"):
        read(tmp_path)


def test_where_there_are_no_hooks_nothing_is_judged(tmp_path: Path) -> None:
    set_up(tmp_path, 'model = "x"\n')

    with pytest.raises(NotApplicable, match="no hooks"):
        read(tmp_path)


def test_hooks_are_read_where_there_are_no_settings(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "hooks.json").write_text('{"hooks": {"Stop": [')
    ctx = context(tmp_path)
    home = codex_home.read(ctx)
    surroundings = environment.read(ctx, home)

    found = hooks.read(ctx, whole_settings.read(ctx, home, read_settings(ctx)), home, surroundings)

    (finding,) = hooks_are_read(cast("Hooks", found))
    assert "it is no JSON" in finding.detail


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    set_up(tmp_path, 'model = "x"\n')
    (tmp_path / ".codex" / "hooks.json").mkdir()

    (finding,) = hooks_are_read(read(tmp_path))

    assert "hooks.json: " in finding.detail


def test_many_flaws_are_one_finding(tmp_path: Path) -> None:
    set_up(tmp_path, 'model = "x"\n')
    flawed = {"hooks": {"Stop": [{"hooks": [{"type": "prompt", "prompt": "x"}] * 5}]}}
    (tmp_path / ".codex" / "hooks.json").write_text(json.dumps(flawed))

    (finding,) = hooks_are_read(read(tmp_path))

    assert finding.detail.endswith("; and 2 more")


@pytest.mark.parametrize("matcher", ["Bash|Edit", "", "mcp__.*", r"\p{L}", "a{2,3}", "(?i)bash", "*"])
def test_an_expression_is_left_alone_where_it_is_one_or_where_that_is_unsure(matcher: str) -> None:
    assert why_no_expression(matcher) is None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["PostToolUse", "hooks", "type", "command", "matcher", "timeout"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(found=_VALUES)
def test_anything_has_a_form_or_flaws(found: object) -> None:
    assert all(flaw.words for flaw in (*refused(found), *left_out(found)))
    assert all(each.command for each in handlers(found))
