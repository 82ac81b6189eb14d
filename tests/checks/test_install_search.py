"""Where copies of Codex are looked for: every place of the table, on every system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from codex_checks.install.installation import Channel, Kind
from codex_checks.install.locations import PLACES, expand
from installed import (
    LAUNCHER,
    LINUX,
    MACOS,
    NATIVE,
    NPM_SH_SHIM,
    WINDOWS,
    WSL,
    Machine,
    link,
    native_package,
    npm_package,
    put,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import System


EXTENSION: Final = "extensions/openai.chatgpt-26.1-linux-x64/bin"
APP: Final = "ChatGPT.app/Contents/Resources"


def _machine(folder: Path, system: System = LINUX, env: dict[str, str] | None = None) -> Machine:
    return Machine(folder=folder, system=system, env=env or {})


@pytest.mark.parametrize(
    ("place", "found_by", "channel"),
    [
        ("home/.local/bin", "standalone installer", Channel.OTHER),
        ("home/.npm-global/bin", "npm prefix", Channel.OTHER),
        ("root/usr/bin", "npm prefix", Channel.OTHER),
        ("root/usr/local/bin", "npm prefix", Channel.OTHER),
        ("root/opt/homebrew/bin", "homebrew", Channel.OTHER),
        ("root/home/linuxbrew/.linuxbrew/bin", "homebrew", Channel.OTHER),
        ("home/.bun/bin", "bun", Channel.BUN),
        ("home/.local/share/pnpm", "pnpm", Channel.PNPM),
        ("home/.local/share/pnpm/bin", "pnpm", Channel.PNPM),
        ("home/.yarn/bin", "yarn", Channel.OTHER),
        ("home/.config/yarn/global/node_modules/.bin", "yarn", Channel.YARN),
        ("home/.vite-plus/bin", "vite+", Channel.VITE_PLUS),
        ("home/.volta/bin", "volta", Channel.VOLTA),
        ("home/.nvm/versions/node/v20.11.1/bin", "nvm", Channel.OTHER),
        ("home/.config/nvm/versions/node/v20.11.1/bin", "nvm", Channel.OTHER),
        ("home/.local/share/fnm/node-versions/v20.11.1/installation/bin", "fnm", Channel.OTHER),
        ("home/.fnm/node-versions/v20.11.1/installation/bin", "fnm", Channel.OTHER),
        ("home/.asdf/installs/nodejs/20.11.1/bin", "asdf", Channel.OTHER),
        ("home/.asdf/shims", "asdf", Channel.OTHER),
        ("home/.local/share/mise/installs/npm-openai-codex/0.169.0/bin", "mise", Channel.MISE),
        ("home/.local/share/mise/installs/node/24.14.1/bin", "mise", Channel.OTHER),
        ("home/.local/share/mise/shims", "mise", Channel.OTHER),
        ("home/.nodenv/versions/20.11.1/bin", "nodenv", Channel.OTHER),
        ("home/.nvs/node/20.11.1/x64/bin", "nvs", Channel.OTHER),
        ("home/bin", "~/bin", Channel.OTHER),
        ("home/.cargo/bin", "cargo", Channel.OTHER),
        ("root/snap/bin", "snap", Channel.OTHER),
        ("home/.codex/packages/standalone/current/bin", "standalone installer", Channel.STANDALONE),
        ("home/.codex/packages/app-server-daemon/current/bin", "background daemon", Channel.DAEMON),
        (f"home/.vscode/{EXTENSION}/linux-x86_64", "editor extension", Channel.EDITOR),
        (f"home/.cursor/{EXTENSION}/linux-x86_64", "editor extension", Channel.EDITOR),
        ("home/.codex/bin/wsl/0123abcd", "desktop app", Channel.DESKTOP),
    ],
)  # fmt: skip
def test_a_copy_is_found_in_its_place_on_linux(
    tmp_path: Path, place: str, found_by: str, channel: Channel
) -> None:
    path = put(tmp_path / place / "codex", NATIVE["linux"])

    (copy,) = _machine(tmp_path).search().copies

    assert (copy.path, copy.channel) == (path, channel)
    assert found_by in copy.found_by


@pytest.mark.parametrize(
    ("place", "channel"),
    [
        ("root/opt/homebrew/bin", Channel.OTHER),
        ("home/Library/pnpm", Channel.PNPM),
        ("home/Library/Application Support/fnm/node-versions/v22.1.0/installation/bin", Channel.OTHER),
        ("root/Applications/ChatGPT.app/Contents/Resources/codex-cli/bin", Channel.DESKTOP),
        ("root/Applications/Codex.app/Contents/Resources", Channel.DESKTOP),
        (f"home/Applications/{APP}/codex-cli/CodexCLI.app/Contents/MacOS", Channel.DESKTOP),
        (f"home/.windsurf/{EXTENSION}/macos-aarch64", Channel.EDITOR),
    ],
)  # fmt: skip
def test_a_copy_is_found_in_its_place_on_macos(tmp_path: Path, place: str, channel: Channel) -> None:
    path = put(tmp_path / place / "codex", NATIVE["macos"])

    (copy,) = _machine(tmp_path, MACOS).search().copies

    assert (copy.path, copy.channel, copy.program is not None) == (path, channel, True)


@pytest.mark.parametrize(
    ("place", "channel"),
    [
        ("home/AppData/Local/Programs/OpenAI/Codex/bin", Channel.STANDALONE),
        ("home/AppData/Local/Microsoft/WinGet/Links", Channel.WINGET),
        ("home/AppData/Local/Microsoft/WinGet/Packages/OpenAI.Codex_source", Channel.WINGET),
        ("home/AppData/Local/OpenAI/Codex/bin/cfac6bda2d141e07", Channel.DESKTOP),
        ("home/scoop/shims", Channel.SCOOP),
        ("home/.bun/bin", Channel.BUN),
        ("home/AppData/Local/Volta/bin", Channel.VOLTA),
    ],
)
def test_a_copy_is_found_in_its_place_on_windows(tmp_path: Path, place: str, channel: Channel) -> None:
    path = put(tmp_path / place / "codex.exe", NATIVE["windows"])

    (copy,) = _machine(tmp_path, WINDOWS).search().copies

    assert (copy.path, copy.channel) == (path, channel)


@pytest.mark.parametrize(
    ("variable", "value", "place"),
    [
        ("NVM_DIR", "elsewhere/nvm", "elsewhere/nvm/versions/node/v20.11.1/bin"),
        ("FNM_DIR", "elsewhere/fnm", "elsewhere/fnm/node-versions/v20.11.1/installation/bin"),
        ("BUN_INSTALL", "elsewhere/bun", "elsewhere/bun/bin"),
        ("PNPM_HOME", "elsewhere/pnpm", "elsewhere/pnpm/bin"),
        ("VOLTA_HOME", "elsewhere/volta", "elsewhere/volta/bin"),
        ("MISE_DATA_DIR", "elsewhere/mise", "elsewhere/mise/shims"),
        ("N_PREFIX", "elsewhere/n", "elsewhere/n/bin"),
        ("CODEX_INSTALL_DIR", "elsewhere/tools", "elsewhere/tools"),
        ("CODEX_HOME", "elsewhere/codex", "elsewhere/codex/packages/standalone/current/bin"),
        ("HOMEBREW_PREFIX", "elsewhere/brew", "elsewhere/brew/bin"),
        ("npm_config_prefix", "elsewhere/npm", "elsewhere/npm/bin"),
        ("NPM_CONFIG_PREFIX", "elsewhere/npm", "elsewhere/npm/bin"),
    ],
)
def test_a_variable_moves_a_place(tmp_path: Path, variable: str, value: str, place: str) -> None:
    path = put(tmp_path / place / "codex", NATIVE["linux"])

    (copy,) = _machine(tmp_path, env={variable: str(tmp_path / value)}).search().copies

    assert copy.path == path


def test_the_prefix_in_npmrc_is_searched(tmp_path: Path) -> None:
    put(tmp_path / "home" / ".npmrc", "//host/:_authToken=abc\nprefix=~/packages\n", mode=0o600)
    path = put(tmp_path / "home" / "packages" / "bin" / "codex", NATIVE["linux"])

    found = _machine(tmp_path).search()

    assert [copy.path for copy in found.copies] == [path]
    assert found.npm_prefix == tmp_path / "home" / "packages"


def test_every_place_of_the_table_can_be_expanded_and_names_its_source(tmp_path: Path) -> None:
    context = _machine(tmp_path).context()
    expanded = [list(expand(context, place.folder, {"CODEX_HOME": (tmp_path,)})) for place in PLACES]

    assert all(folder.is_absolute() for folders in expanded for folder in folders)
    assert all(place.source.startswith("codex-environment ") for place in PLACES)


def test_the_newest_version_of_a_version_manager_comes_first(tmp_path: Path) -> None:
    for version in ("v9.0.0", "v20.1.0", "v20.11.1"):
        put(tmp_path / f"home/.nvm/versions/node/{version}/bin/codex", NATIVE["linux"])

    found = _machine(tmp_path).search()

    assert [copy.path.parent.parent.name for copy in found.copies] == ["v20.11.1", "v20.1.0", "v9.0.0"]


def test_the_first_in_path_that_may_be_executed_runs(tmp_path: Path) -> None:
    put(tmp_path / "a" / "codex", NATIVE["linux"], mode=0o644)
    second = put(tmp_path / "b" / "codex", NATIVE["linux"] + b"2")
    put(tmp_path / "c" / "codex", NATIVE["linux"] + b"3")
    machine = Machine(folder=tmp_path, path=[tmp_path / "a", tmp_path / "b", tmp_path / "c"])

    found = machine.search()

    assert found.running is not None
    assert (found.running.path, found.running.on_path) == (second, 1)


def test_a_copy_that_nobody_may_execute_is_the_one_that_is_examined_if_there_is_no_other(
    tmp_path: Path,
) -> None:
    path = put(tmp_path / "a" / "codex", NATIVE["linux"], mode=0o644)

    found = Machine(folder=tmp_path, path=[tmp_path / "a"]).search()

    assert found.running is not None
    assert found.running.path == path


def test_nothing_is_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "work" / "codex", NATIVE["linux"])
    monkeypatch.chdir(tmp_path / "work")
    machine = Machine(folder=tmp_path, env={"PATH": ".::relative", "CODEX_BIN": "codex"})

    found = machine.search()

    assert found.copies == ()
    assert found.named is not None
    assert found.named.fault == "is in no folder of PATH"


def test_links_to_one_program_are_one_copy_that_was_found_twice(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "root/usr/local/lib/node_modules")
    path = link(tmp_path / "root/usr/local/bin/codex", launcher)
    machine = Machine(folder=tmp_path, path=[path.parent])

    (copy,) = machine.search().copies

    assert (copy.path, copy.channel, copy.version) == (path, Channel.NPM, "0.169.0")
    assert copy.found_by[:2] == ("PATH", "npm prefix")


def test_codex_bin_comes_before_path(tmp_path: Path) -> None:
    named = put(tmp_path / "opt" / "my-codex", NATIVE["linux"])
    put(tmp_path / "bin" / "codex", NATIVE["linux"])
    machine = Machine(folder=tmp_path, path=[tmp_path / "bin"], env={"CODEX_BIN": str(named)})

    found = machine.search()

    assert found.running is not None
    assert (found.running.path, found.running.found_by) == (named, ("CODEX_BIN",))


def test_the_option_comes_before_codex_bin(tmp_path: Path) -> None:
    asked = put(tmp_path / "opt" / "asked", NATIVE["linux"])
    machine = Machine(folder=tmp_path, env={"CODEX_BIN": "/nowhere"}, options={"codex-bin": str(asked)})

    found = machine.search()

    assert found.running is not None
    assert (found.running.path, found.named and found.named.source) == (asked, "--codex-bin")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("/nowhere/codex", "does not exist"),
        ("~/bin/codex", "does not exist (nothing expands the ~ there)"),
        ("{tmp}/folder", "is a folder, not a program"),
        ("{tmp}/link", "is a link that leads nowhere"),
    ],
)
def test_a_codex_bin_that_cannot_be_used_says_why(tmp_path: Path, value: str, fault: str) -> None:
    (tmp_path / "folder").mkdir()
    link(tmp_path / "link", "nowhere")
    machine = Machine(folder=tmp_path, env={"CODEX_BIN": value.format(tmp=tmp_path)})

    found = machine.search()

    assert (found.named and found.named.fault, found.running) == (fault, None)


def test_an_empty_codex_bin_counts_as_unset(tmp_path: Path) -> None:
    assert Machine(folder=tmp_path, env={"CODEX_BIN": ""}).search().named is None


def test_a_link_in_path_that_leads_nowhere_is_remembered(tmp_path: Path) -> None:
    path = link(tmp_path / "bin" / "codex", "../lib/node_modules/@openai/codex/bin/codex.js")

    found = Machine(folder=tmp_path, path=[tmp_path / "bin"]).search()

    assert (found.copies, found.dangling) == ((), (path,))


def test_a_link_to_itself_and_a_pipe_are_no_copies(tmp_path: Path) -> None:
    import os

    link(tmp_path / "a" / "codex", "codex")
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "codex")

    found = Machine(folder=tmp_path, path=[tmp_path / "a", tmp_path / "b"]).search()

    assert found.copies == ()


def test_what_wsl_sees_of_windows_is_marked(tmp_path: Path) -> None:
    folder = tmp_path / "root/mnt/c/Users/me/AppData/Roaming/npm"
    npm_package(folder / "node_modules", os="windows")
    path = put(folder / "codex", NPM_SH_SHIM)

    here = Machine(folder=tmp_path, system=WSL, path=[folder]).search()
    elsewhere = Machine(folder=tmp_path, path=[folder]).search()

    assert [(copy.path, copy.windows_side) for copy in here.copies] == [(path, True)]
    assert [copy.windows_side for copy in elsewhere.copies] == [False]


def test_a_launcher_is_not_taken_for_a_program(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules")
    machine = Machine(folder=tmp_path, path=[launcher.parent])
    link(launcher.parent / "codex", "codex.js")

    (copy,) = machine.search().copies

    assert (copy.kind, copy.file.size) == (Kind.LAUNCHER, len(LAUNCHER))


def test_the_whole_package_of_the_installer_tells_its_version(tmp_path: Path) -> None:
    home = tmp_path / "home"
    release = home / ".codex/packages/standalone/releases/0.168.0-x86_64-unknown-linux-musl"
    native_package(release, version="0.168.0")
    link(home / ".codex/packages/standalone/current", release)
    path = link(home / ".local/bin/codex", "../../.codex/packages/standalone/current/bin/codex")

    (copy,) = Machine(folder=tmp_path, path=[path.parent]).search().copies

    assert (copy.channel, copy.version, copy.host) == (Channel.STANDALONE, "0.168.0", True)
