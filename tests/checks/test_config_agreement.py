"""Our reading of the settings and the real Codex's, on the same files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, cast

import pytest

from codex_checks.config import toml
from codex_checks.config.checks import files_parse, keys_known, settings_accepted
from codex_checks.config.said import Refusal, classify
from codex_checks.config.settings import Layer, LayerKind, Settings, merge
from codex_checks.config.shape import known_keys
from config_mends import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codex_cli import CodexCli


def layer_of(text: str, home: Path) -> Layer:
    document = toml.parse(text.encode())
    return Layer(
        path=home / "config.toml",
        kind=LayerKind.USER,
        applies=True,
        values=document.values,
        fault=document.fault,
        places=document.places,
    )


def settings_of(text: str, home: Path) -> Settings:
    layer = layer_of(text, home)
    return Settings(values=merge(iter((layer.values,))), layers=(layer,))


ACCEPTED: Final = {
    "paths of a profile": 'default_permissions = "x"\n[permissions.x.filesystem]\n"/a" = "read"\n'
    '"~/b" = "read"\n"~" = "read"\n":root" = "read"\n',
    "a relative path of another profile": 'default_permissions = ":read-only"\n'
    '[permissions.y.filesystem]\n"rel" = "read"\n',
    "nothing": "",
    "an ordinary file": 'model = "gpt-6.1-sol"\napproval_policy = "on-request"\nsandbox_mode = "read-only"\n',
    "a byte order mark": '\ufeffmodel = "x"\n',
    "Windows line ends": 'model = "x"\r\n[tui]\r\ntheme = "y"\r\n',
    "an inline table over lines": "tui = {\n  animations = true, # comment\n}\n",
    "new escapes": r'model = "\e\x41"' + "\n",
    "granular approvals": "approval_policy = { granular = { sandbox_approval = true, rules = true, "
    "mcp_elicitations = true } }\n",
    "a list of workspaces": 'forced_chatgpt_workspace_id = ["a", "b"]\n',
    "one workspace": 'forced_chatgpt_workspace_id = "a"\n',
    "the key ring": 'cli_auth_credentials_store = "keyring"\n',
    "a provider": 'model_provider = "x"\n[model_providers.x]\nname = "X"\nbase_url = "http://x"\n'
    'env_key = "K"\nwire_api = "responses"\n',
    "a built-in provider": 'model_provider = "ollama"\n',
    "Bedrock": 'model_provider = "amazon-bedrock"\n[model_providers.amazon-bedrock.aws]\nregion = "x"\n',
    "Google": 'model_provider = "gcp"\n',
    "an MCP program": '[mcp_servers.a]\ncommand = "x"\nargs = ["y"]\nstartup_timeout_sec = 5\n'
    'env = { A = "b" }\n',
    "an MCP address": '[mcp_servers.a]\nurl = "https://x"\nbearer_token_env_var = "T"\n',
    "MCP variables by source": '[mcp_servers.a]\ncommand = "x"\nenv_vars = ["A"]\n',
    "a trusted project": '[projects."/a"]\ntrust_level = "trusted"\n',
    "tools as a truth value": "[tools]\nweb_search = true\n",
    "an effort that means nothing": 'model_reasoning_effort = "bogus"\n',
    "an address that is none": 'openai_base_url = "notaurl"\n',
    "permissions": 'default_permissions = "a"\n[permissions.a]\nextends = ":workspace"\n',
    "notifications as a list": '[tui]\nnotifications = ["agent-turn-complete"]\n',
    "hooks": '[[hooks.PreToolUse]]\nmatcher = "x"\n'
    '[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = "x"\n',
    "agents": '[agents]\nmax_threads = 4\n[agents.x]\ndescription = "y"\n',
    "an exporter": '[otel]\nexporter = { otlp-http = { endpoint = "http://x", protocol = "json" } }\n',
    "old names of features": "[features]\ncollab = true\nconnectors = true\n",
    "a feature with settings": "[features.multi_agent_v2]\nenabled = true\n",
    "the usual table of profiles": '[profiles.x]\nmodel = "y"\n',
    "a skill": '[[skills.config]]\npath = "/x/SKILL.md"\nenabled = false\n',
}

UNREADABLE: Final = {
    "no quotes": "model = gpt-5\n",
    "no value": "model =\nfoo = 1\n",
    "no equals sign": 'model "x"\n',
    "no key": "= 1\n",
    "an open string": '\nmodel = "x\n',
    "an open list": "a = [1,\n2\nb = 1\n",
    "an open header": "[tui\ntheme = 1\n",
    "two values on a line": 'model = "x" foo = 1\n',
    "a key twice": 'model = "x"\nmodel = "y"\n',
    "a table twice": "[tui]\n[features]\n[tui]\n",
    "a dotted table again": "[a]\nb.c = 1\n[a.b]\n",
    "dots into a table with a header": "[a.b.c]\n[a]\nb.x = 1\n",
    "a key twice in an inline table": "tui = { a = 1, a = 2 }\n",
    "a table that is a value": "a = 1\n[a.b]\n",
    "a Windows path": 'model = "x"\nlog_dir = "C:\\Users\\me"\n',
    "another Windows path": 'log_dir = "C:\\dir"\n',
    "an unknown escape": 'model = "a\\qb"\n',
    "a bare key with an accent": "é = 1\n",
    "an accent before the fault": '"é" = "é" x\n',
    "a comma too few": "a = [1 2]\n",
    "a number that is too large": "a = 99999999999999999999\n",
    "a leading zero": "a = 012\n",
    "a stray bracket": "]\n",
    "an equals sign too many": "a = = 1\n",
}

REFUSED: Final = {
    "a relative path": 'default_permissions = "x"\n[permissions.x.filesystem]\n"rel/a" = "read"\n',
    "the home of another": 'default_permissions = "x"\n[permissions.x.filesystem]\n"~you/a" = "read"\n',
    "a variable in a path": 'default_permissions = "x"\n[permissions.x.filesystem]\n"$HOME/a" = "read"\n',
    "a number for a text": "\nmodel = 5\n",
    "a text for a number": 'model_context_window = "large"\n',
    "a fraction for a whole number": "model_context_window = 9.5\n",
    "a negative number": "tool_output_token_limit = -1\n",
    "a truth value for a word": "web_search = true\n",
    "a text for a list": 'notify = "x"\n',
    "a text for a table": 'tui = "x"\n',
    "a text for a truth value": 'hide_agent_reasoning = "yes"\n',
    "a number in a table of texts": "[shell_environment_policy.set]\nA = 1\n",
    "an unknown sandbox": 'model = "x"\n\nsandbox_mode = "full"\n',
    "an unknown store": 'cli_auth_credentials_store = "keychain"\n',
    "an unknown login": 'forced_login_method = "sso"\n',
    "a number as a login": "forced_login_method = 1\n",
    "a number as a workspace": "forced_chatgpt_workspace_id = 1\n",
    "workspaces in one text": 'forced_chatgpt_workspace_id = "a,b"\n',
    "an unknown trust": '[projects."/a"]\ntrust_level = "full"\n',
    "an unknown approval": 'approval_policy = "always"\n',
    "capital letters": 'model_verbosity = "LOW"\n',
    "the old approval": 'approval_policy = "untrusted"\n',
    "the old profile": 'profile = "x"\n[profiles.x]\nmodel = "y"\n',
    "the old endpoint": 'experimental_thread_store_endpoint = "x"\n',
    "the chat protocol": '[model_providers.x]\nname = "x"\nwire_api = "chat"\n',
    "an unknown protocol": '[model_providers.x]\nname = "x"\nwire_api = "grpc"\n',
    "a redefined provider": '[model_providers.openai]\nname = "x"\n',
    "a redefined local provider": '[model_providers.lmstudio]\nname = "x"\n',
    "a provider without a name": '[model_providers.x]\nbase_url = "http://x"\n',
    "a provider with a blank name": '[model_providers.x]\nname = " "\n',
    "an unknown provider": 'model_provider = "nope"\n',
    "an empty provider": 'model_provider = ""\n',
    "an MCP server of no kind": "[mcp_servers.a]\nenabled = true\n",
    "an MCP server of both kinds": '[mcp_servers.a]\ncommand = "x"\nurl = "https://x"\n',
    "an MCP address with arguments": '[mcp_servers.a]\nurl = "https://x"\nargs = ["y"]\n',
    "an MCP address with variables": '[mcp_servers.a]\nurl = "https://x"\nenv = { A = "b" }\n',
    "an MCP address with a token": '[mcp_servers.a]\nurl = "https://x"\nbearer_token = "y"\n',
    "an MCP program with headers": '[mcp_servers.a]\ncommand = "x"\nhttp_headers = { A = "b" }\n',
    "MCP arguments as a text": '[mcp_servers.a]\ncommand = "x"\nargs = "y"\n',
    "permissions without a choice": '[permissions.a]\nextends = ":workspace"\n',
    "a truth value for tools": '[tools]\nweb_search = "yes"\n',
    "a feature as a word": '[features]\napps = "yes"\n',
}

IGNORED: Final = {
    "modle": "modle = 1\n",
    "mcpServers": "[mcpServers.a]\n",
    "full_auto": "full_auto = true\n",
    "preferred_auth_method": 'preferred_auth_method = "chatgpt"\n',
    "respect_system_proxies": "[features]\nrespect_system_proxies = true\n",
    "tui.themes": '[tui]\nthemes = "x"\n',
    "type": '[mcp_servers.a]\ncommand = "x"\ntype = "stdio"\n',
    "api_key": '[model_providers.x]\nname = "x"\napi_key = "y"\n',
    "network_access": "network_access = true\n",
    "tools.view_image": "[tools]\nview_image = true\n",
}


@pytest.fixture(scope="module")
def home(codex_cli: CodexCli) -> Path:
    return codex_cli.scratch_home()


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_what_codex_accepts_we_accept(codex_cli: CodexCli, home: Path, text: str) -> None:
    found = settings_of(text, home)

    assert ask(codex_cli, home, text, "--strict-config") is None
    assert [*files_parse(found, None), *settings_accepted(found, None)] == []
    assert [finding.problem.name for finding in keys_known(found, None)] in ([], ["config-profile-ignored"])


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_codex_cannot_read_we_cannot_read_either_and_we_name_its_line(
    codex_cli: CodexCli, home: Path, text: str
) -> None:
    answer = ask(codex_cli, home, text)
    fault = layer_of(text, home).fault

    assert answer is not None
    assert fault is not None
    assert fault.line == answer.line
    assert (fault.kind is toml.FaultKind.DUPLICATE_KEY) == (
        classify(answer.words).name == "config-duplicate-key"
    )


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_codex_refuses_we_refuse_under_the_name_of_its_words(
    codex_cli: CodexCli, home: Path, text: str
) -> None:
    answer = ask(codex_cli, home, text)
    (finding,) = settings_accepted(settings_of(text, home), None)

    assert answer is not None
    assert finding.problem is classify(answer.words)


@pytest.mark.parametrize("text", [text for text in REFUSED.values() if "[" not in text])
def test_a_refused_value_is_found_on_the_line_that_codex_names(
    codex_cli: CodexCli, home: Path, text: str
) -> None:
    answer = ask(codex_cli, home, text)
    (finding,) = settings_accepted(settings_of(text, home), None)

    assert answer is not None
    assert answer.line is None or f"config.toml:{answer.line}:" in finding.detail


@pytest.mark.parametrize("text", IGNORED.values(), ids=IGNORED)
def test_what_codex_ignores_is_reported_on_its_line(codex_cli: CodexCli, home: Path, text: str) -> None:
    answer = ask(codex_cli, home, text, "--strict-config")
    (finding,) = keys_known(settings_of(text, home), None)

    assert ask(codex_cli, home, text) is None
    assert answer is not None
    assert classify(answer.words) is finding.problem
    assert f"config.toml:{answer.line}:" in finding.detail


RIGHT: Final = {"string": '"x"', "path": '"/x"', "bool": "false", "int": "1", "uint": "1", "float": "1.5"}

MEANS_MORE: Final = {
    "default_permissions",
    "experimental_compact_prompt_file",
    "experimental_thread_store_endpoint",
    "mcp_enterprise_managed_auth",
    "mcp_servers",
    "model_catalog_json",
    "model_instructions_file",
    "model_provider",
    "model_providers",
    "permissions",
    "profile",
}
"""Settings whose value must also name a file or fit another setting; the cases above try them."""


OLD_NAMES: Final = {
    "max_threads",
    "no_memories_if_mcp_or_web_search",
    "ignore_large_untracked_files",
    "large_untracked_dir_warning_threshold",
}
"""Names that mean the same as a newer one beside them, so that both together are refused."""


def example(shape: object) -> str | None:
    """Return a value that fits *shape*, as TOML; None where any would."""
    if isinstance(shape, str):
        return example(known_keys()[shape[1:]]) if shape.startswith("@") else RIGHT.get(shape)
    if isinstance(shape, list):
        words = cast("list[object]", shape)
        return f'"{words[len(words) // 2]}"'
    table = cast("dict[str, object]", shape)
    if "|" in table:
        return example(cast("list[object]", table["|"])[0])
    if "[]" in table:
        item = example(table["[]"])
        return None if item is None else f"[{item}]"
    pairs = [
        (("example" if key == "*" else key), example(value))
        for key, value in table.items()
        if key not in ("!", *OLD_NAMES)
    ]
    return "{ " + ", ".join(f'"{key}" = {value}' for key, value in pairs if value is not None) + " }"


def test_codex_knows_every_key_that_we_know(codex_cli: CodexCli, home: Path) -> None:
    values = {key: example(shape) for key, shape in known_keys().items() if key not in MEANS_MORE}
    text = "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)

    assert ask(codex_cli, home, text, "--strict-config") is None
    assert len(text.splitlines()) > 80


WRONG: Final = {
    "string": "5",
    "path": "5",
    "bool": '"x"',
    "int": '"x"',
    "uint": '"x"',
    "float": '"x"',
}


def leaves(shapes: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every place of the table of keys with a value of the wrong type for it."""
    for key, shape in shapes.items():
        if key == "!":
            continue
        place = (*path, "example" if key == "*" else key)
        if isinstance(shape, str) and shape in WRONG:
            yield place, WRONG[shape]
        elif isinstance(shape, list):
            yield place, '"no-such-word"'
        elif isinstance(shape, dict) and "[]" in shape:
            yield place, "5"
        elif isinstance(shape, dict) and "|" not in shape:
            yield from leaves(cast("dict[str, object]", shape), place)


NEEDED: Final = {"model_providers": ("name", '"x"'), "mcp_servers": ("command", '"x"')}
"""What an entry of these tables must have besides, so that only the value at hand is wrong."""


def test_codex_refuses_every_value_that_we_would_refuse(codex_cli: CodexCli) -> None:
    def accepts(case: tuple[tuple[str, ...], str]) -> str | None:
        path, value = case
        text = f"{'.'.join(path)} = {value}\n"
        name, needed = NEEDED.get(path[0], ("", ""))
        if name and path[2:] != (name,):
            text += f"{'.'.join((*path[:2], name))} = {needed}\n"
        return text if ask(codex_cli, codex_cli.scratch_home(), text) is None else None

    cases = [case for case in leaves(known_keys()) if case[0][0] not in ("features", "profiles")]
    with ThreadPoolExecutor(8) as pool:
        accepted = [text for text in pool.map(accepts, cases) if text]

    assert accepted == []
    assert len(cases) > 200


def test_the_real_refusal_of_a_bad_value_is_understood(codex_cli: CodexCli, home: Path) -> None:
    answer = ask(codex_cli, home, "model = 5\n")

    assert answer is not None
    assert classify(answer.words).name == "config-invalid-type"
    assert Refusal(words=answer.words, file=None, line=1, column=9).where == "the settings"
