"""Which MCP servers are set up: our reading of settings and plugins, and the real Codex's of the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.mcp.secrecy import know_address, know_arguments, origin
from codex_checks.mcp.servers import PATIENCE, Address, Program
from codex_checks.mcp.setup import server
from codex_doctor.errors import NotApplicable
from codex_doctor.redact import Vault
from engine import context
from mcp_cases import read_servers, set_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.mcp.servers import Server
    from codex_cli import CodexCli

EVERY_KIND: Final = """
[mcp_servers.docs]
command = "npx"
args = ["-y", "docs-server"]
env = { LEVEL = "debug" }
env_vars = ["FIRST", { name = "SECOND" }, { name = "THIRD", source = "remote" }]
cwd = "sub"
startup_timeout_ms = 1500

[mcp_servers.both-limits]
command = "x"
startup_timeout_sec = 5
startup_timeout_ms = 7000

[mcp_servers.search]
url = "https://mcp.example/mcp"
bearer_token_env_var = "SEARCH_TOKEN"
http_headers = { X-Team = "a" }
env_http_headers = { Authorization = "HEADER" }
startup_timeout_sec = 60

[mcp_servers.plain]
url = "http://127.0.0.1:3000/mcp"
required = true

[mcp_servers.off]
command = "x"
enabled = false
"""

PLUGINS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "a file of its own": ("", {".mcp.json": '{"mcpServers": {"a": {"command": "x"}}}'}),
    "a file without the outer table": ("", {".mcp.json": '{"a": {"command": "x"}}'}),
    "a file that is named": (
        '"mcpServers": "./conf/m.json"',
        {".mcp.json": '{"a": {"command": "x"}}', "conf/m.json": '{"mcpServers": {"b": {"command": "y"}}}'},
    ),
    "servers in its manifest": (
        '"mcpServers": {"c": {"command": "z", "cwd": "sub"}}',
        {".mcp.json": '{"a": {}}'},
    ),
    "a file that is no JSON": ("", {".mcp.json": "{nope"}),
    "good and bad ones": (
        "",
        {
            ".mcp.json": json.dumps(
                {
                    "mixed": {"command": "x", "url": "https://y"},
                    "typed": {"command": "x", "type": "stdio"},
                    "sse": {"type": "sse", "url": "https://x"},
                    "neither": {"bogus": 1},
                    "off": {"command": "./x", "enabled": False},
                    "elsewhere": {"command": "x", "cwd": "/abs"},
                    "here": {"command": "x", "cwd": "."},
                    "later": {"command": "x", "startup_timeout_sec": 5},
                }
            )
        },
    ),
}


def told(found: Server) -> dict[str, object]:
    """Return *found* in the words of `codex mcp list --json`, as far as both know them."""
    limit = found.patience if found.patience != PATIENCE else None
    match found.transport:
        case Program() as program:
            return {
                "name": found.name,
                "limit": limit,
                "command": program.command,
                "args": list(program.args),
                "env": sorted(program.env),
                "cwd": program.cwd,
            }
        case Address() as address:
            return {
                "name": found.name,
                "limit": limit,
                "url": address.url.reveal(),
                "bearer": address.bearer,
                "headers": sorted(address.headers),
                "named": dict(address.named),
            }


def codex_told(entry: Mapping[str, Any]) -> dict[str, object]:
    """Return an entry of `codex mcp list --json` in the same words."""
    transport = entry["transport"]
    head = {"name": entry["name"], "limit": entry["startup_timeout_sec"]}
    if transport["type"] == "stdio":
        return {
            **head,
            "command": transport["command"],
            "args": transport["args"],
            "env": sorted(transport["env"] or {}),
            "cwd": str(Path(transport["cwd"])) if transport["cwd"] else None,
        }
    return {
        **head,
        "url": transport["url"],
        "bearer": transport["bearer_token_env_var"],
        "headers": sorted(transport["http_headers"] or {}),
        "named": transport["env_http_headers"] or {},
    }


def ask_codex(cli: CodexCli, home: Path) -> list[dict[str, object]]:
    """Return the servers that the real Codex would start."""
    ran = cli.run(["mcp", "list", "--json"], home=home / ".codex")
    return [codex_told(entry) for entry in json.loads(ran.stdout) if entry["enabled"]]


def ours(home: Path) -> list[dict[str, object]]:
    try:
        return [told(each) for each in read_servers(home).found]
    except NotApplicable:
        return []


def plugin(home: Path, manifest: str, files: Mapping[str, str], version: str = "1.0.0") -> None:
    root = home / ".codex" / "plugins" / "cache" / "market" / "demo" / version
    separator = ", " if manifest else ""
    files = {**files, ".codex-plugin/plugin.json": f'{{"name": "demo"{separator}{manifest}}}'}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_the_real_codex_reads_every_kind_of_server_the_same(codex_cli: CodexCli, tmp_path: Path) -> None:
    set_up(tmp_path, EVERY_KIND)

    mine = ours(tmp_path)

    assert mine == ask_codex(codex_cli, tmp_path)
    assert [each["name"] for each in mine] == ["both-limits", "docs", "plain", "search"]


@pytest.mark.parametrize(("manifest", "files"), PLUGINS.values(), ids=PLUGINS.keys())
def test_the_real_codex_finds_the_same_servers_of_a_plugin(
    codex_cli: CodexCli, tmp_path: Path, manifest: str, files: Mapping[str, str]
) -> None:
    set_up(tmp_path, '[plugins."demo@market"]\nenabled = true\n')
    plugin(tmp_path, manifest, files)

    assert ours(tmp_path) == ask_codex(codex_cli, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '[plugins."demo@market".mcp_servers.a]\nenabled = false\n',
        '[plugins."demo@market"]\nenabled = false\n',
        '[plugins."demo@market"]\n[mcp_servers.a]\ncommand = "mine"\n',
        '[plugins."demo@market"]\n[mcp_servers.a]\ncommand = "mine"\nenabled = false\n',
        '[plugins."demo@market"]\n[features]\nplugins = false\n',
        '[plugins."other@market"]\n',
    ],
    ids=["one off", "plugin off", "own goes before", "own one off", "feature off", "not installed"],
)
def test_the_real_codex_lets_settings_overrule_a_plugin_the_same_way(
    codex_cli: CodexCli, tmp_path: Path, text: str
) -> None:
    set_up(tmp_path, text)
    plugin(tmp_path, "", {".mcp.json": '{"a": {"command": "x"}, "b": {"command": "y"}}'})

    assert ours(tmp_path) == ask_codex(codex_cli, tmp_path)


@pytest.mark.parametrize(
    "versions", [("1.9.0", "1.10.0"), ("1.9.0", "local", "2.0.0")], ids=["highest", "local"]
)
def test_the_real_codex_takes_the_same_version_of_a_plugin(
    codex_cli: CodexCli, tmp_path: Path, versions: tuple[str, ...]
) -> None:
    set_up(tmp_path, '[plugins."demo@market"]\n')
    for version in versions:
        plugin(tmp_path, "", {".mcp.json": f'{{"a": {{"command": "of-{version}"}}}}'}, version)

    assert ours(tmp_path) == ask_codex(codex_cli, tmp_path)


def test_a_plugin_without_a_manifest_brings_nothing(codex_cli: CodexCli, tmp_path: Path) -> None:
    set_up(tmp_path, '[plugins."demo@market"]\n')
    plugin(tmp_path, "", {".mcp.json": '{"a": {"command": "x"}}'})
    (tmp_path / ".codex/plugins/cache/market/demo/1.0.0/.codex-plugin/plugin.json").unlink()

    assert ours(tmp_path) == ask_codex(codex_cli, tmp_path) == []


def test_a_plugin_cannot_be_named_out_of_its_folder(tmp_path: Path) -> None:
    set_up(tmp_path, '[plugins."../../x@market"]\n[plugins."demo@../.."]\n[plugins."demo"]\n')

    assert ours(tmp_path) == []


def test_a_server_of_a_trusted_project_is_known_as_one(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".codex").mkdir(parents=True)
    (project / ".codex" / "config.toml").write_text(
        '[mcp_servers.theirs]\ncommand = "x"\n[mcp_servers.mine]\nargs = ["of", "theirs"]\n'
    )
    ctx = replace(context(tmp_path), cwd=project)
    trust = f'[projects."{project}"]\ntrust_level = "trusted"\n'

    found = read_servers(
        tmp_path, f'{trust}[mcp_servers.mine]\ncommand = "y"\n[mcp_servers.plain]\ncommand = "z"\n', ctx
    )

    assert {each.name: each.own for each in found.found} == {"mine": False, "plain": True, "theirs": False}
    assert found.programs[0][1].args == ("of", "theirs")


def test_a_server_of_a_project_that_is_not_trusted_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "project" / ".codex").mkdir(parents=True)
    (tmp_path / "project" / ".codex" / "config.toml").write_text('[mcp_servers.theirs]\ncommand = "x"\n')
    ctx = replace(context(tmp_path), cwd=tmp_path / "project")

    with pytest.raises(NotApplicable):
        read_servers(tmp_path, 'model = "x"\n', ctx)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [('command = "x"', ["a"]), ('command = "y"', []), ('url = "x"', [])],
    ids=["the same", "another program", "another kind"],
)
def test_a_server_that_the_administrator_does_not_allow_does_not_count(
    tmp_path: Path, identity: str, expected: list[str]
) -> None:
    (tmp_path / "etc" / "codex").mkdir(parents=True)
    (tmp_path / "etc/codex/requirements.toml").write_text(f"[mcp_servers.a.identity]\n{identity}\n")
    set_up(tmp_path, '[mcp_servers.a]\ncommand = "x"\n[mcp_servers.b]\ncommand = "x"\n')

    assert [each["name"] for each in ours(tmp_path)] == expected


@pytest.mark.parametrize("text", ["", 'model = "x"\n', "[mcp_servers]\n", '[plugins."a@b"]\n'])
def test_where_no_server_is_set_up_there_is_nothing_to_judge(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotApplicable, match="no MCP server"):
        read_servers(tmp_path, text)


def test_a_server_is_named_with_the_line_that_sets_it_up(tmp_path: Path) -> None:
    (found,) = read_servers(tmp_path, '# first\n[mcp_servers.docs]\ncommand = "x"\n').found

    assert found.where.startswith(f"{tmp_path}/.codex/config.toml:2:")


def test_nothing_in_a_server_s_variables_headers_and_address_is_said(tmp_path: Path) -> None:
    ctx = context(tmp_path, env={"HANDED": "a-value-handed-over"})
    read_servers(
        tmp_path,
        """
        [mcp_servers.a]
        command = "x"
        args = ["--api-key", "first-of-the-arguments", "--token=second-of-the-arguments", "plain-word"]
        env = { LEVEL = "a-value-of-env" }
        env_vars = ["HANDED"]
        [mcp_servers.b]
        url = "https://user:pass-word@mcp.example/s/0123456789abcdef0123/mcp?key=the-query-value"
        http_headers = { X-Any = "a-value-of-headers" }
        """,
        ctx,
    )

    assert {
        "0123456789abcdef0123",
        "a-value-handed-over",
        "a-value-of-env",
        "a-value-of-headers",
        "first-of-the-arguments",
        "pass-word",
        "second-of-the-arguments",
        "the-query-value",
    } <= set(ctx.vault.values())
    assert "plain-word" not in ctx.vault.values()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:word@mcp.example:8443/secret?key=1", "https://mcp.example:8443"),
        ("http://[::1]:3000/mcp", "http://[::1]:3000"),
        ("not a url", "an address that is none"),
        ("https://[broken", "an address that is none"),
    ],
)
def test_only_the_origin_of_an_address_is_said(url: str, expected: str) -> None:
    assert origin(url) == expected


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    ["command", "args", "env", "env_vars", "cwd", "url", "http_headers", "env_http_headers", "enabled",
     "bearer_token_env_var", "startup_timeout_sec", "startup_timeout_ms", "required"]
)  # fmt: skip


@given(table=st.dictionaries(_KEYS, _VALUES), words=st.lists(st.text()), url=st.text())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_table_is_a_server_or_none(table: dict[str, object], words: list[str], url: str) -> None:
    found = server("any", table, "here")
    know_arguments(words, Vault())
    know_address(url, Vault())

    assert found is None or found.patience > 0
