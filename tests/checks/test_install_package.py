"""What a copy is made of: the launcher's package, the program in it, and what shims lead to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.install.anatomy import inspect
from codex_checks.install.installation import Channel, Kind
from codex_checks.install.node import find_node, parse_header_version
from codex_checks.install.npm import npm_settings, parse_npmrc
from codex_checks.install.package import package_of, parse_object, shim_target, text
from codex_doctor.context import System
from installed import (
    LINUX,
    MACOS,
    NATIVE,
    NPM_CMD_SHIM,
    NPM_SH_SHIM,
    WINDOWS,
    Machine,
    link,
    native_package,
    npm_package,
    put,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.install.installation import Installation
    from codex_cli import CodexCli

PNPM_SHIM: Final = b"""#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")
export NODE_PATH="/home/u/.local/share/pnpm/global/5/node_modules/@openai/codex/node_modules:$NODE_PATH"
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/global/5/node_modules/@openai/codex/bin/codex.js" "$@"
else
  exec node  "$basedir/global/5/node_modules/@openai/codex/bin/codex.js" "$@"
fi
"""


def _inspected(folder: Path, path: Path, system: System = LINUX) -> Installation:
    copy = inspect(Machine(folder=folder, system=system).context(), path)
    assert copy is not None
    return copy


def test_the_program_stands_in_the_platform_package_inside(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules")

    copy = _inspected(tmp_path, launcher)

    assert copy.native == (
        tmp_path
        / "lib/node_modules/@openai/codex/node_modules/@openai/codex-linux-x64/vendor"
        / "x86_64-unknown-linux-musl/bin/codex"
    )
    assert (copy.program is not None, copy.host) == (True, True)


def test_a_platform_package_beside_the_launcher_is_found_as_node_does(tmp_path: Path) -> None:
    modules = tmp_path / "lib/node_modules"
    launcher = npm_package(modules, whole=False)
    put(modules / "@openai/codex-linux-x64/package.json", "{}")
    native = native_package(modules / "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl")

    assert _inspected(tmp_path, launcher).native == native


def test_without_a_platform_package_the_launchers_own_vendor_folder_counts(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules", whole=False)
    native = native_package(launcher.parent.parent / "vendor/x86_64-unknown-linux-musl")

    copy = _inspected(tmp_path, launcher)

    assert (copy.native, copy.program is not None) == (native, True)


def test_the_program_of_an_older_release_is_found_in_its_folder(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules", version="0.60.0", whole=False)
    native = put(launcher.parent.parent / "vendor/x86_64-unknown-linux-musl/codex/codex", NATIVE["linux"])

    assert _inspected(tmp_path, launcher).native == native


def test_a_platform_package_for_another_machine_is_named(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules", os="macos")

    copy = _inspected(tmp_path, launcher)

    assert copy.package is not None
    assert (copy.package.platform_package, copy.package.platform_root) == ("@openai/codex-linux-x64", None)
    assert copy.package.others == ("@openai/codex-darwin-arm64",)


def test_on_a_mac_the_package_of_either_processor_serves(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules", os="macos")
    intel = System(os="macos", arch="x86_64", release="25", user=501)

    copy = _inspected(tmp_path, launcher, intel)

    assert copy.program is not None
    assert copy.startable_on(intel)


@pytest.mark.parametrize("arch", ["armv7l", "riscv64", "x86"])
def test_there_is_no_program_for_other_processors(tmp_path: Path, arch: str) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules")

    copy = _inspected(tmp_path, launcher, System(os="linux", arch=arch, release="", user=0))

    assert (copy.native, copy.package and copy.package.platform_package) == (None, None)


def test_the_unscoped_package_is_known_by_its_name(tmp_path: Path) -> None:
    root = tmp_path / "lib/node_modules/codex"
    put(root / "package.json", json.dumps({"name": "codex", "version": "0.2.3"}))
    path = link(tmp_path / "bin/codex", put(root / "bin/codex", b"#!/usr/bin/env node\n"))

    copy = _inspected(tmp_path, path)

    assert (copy.wrong_package, copy.version) == (True, "0.2.3")


def test_a_script_of_the_users_own_is_no_package_even_if_the_home_is_a_project(tmp_path: Path) -> None:
    put(tmp_path / "package.json", json.dumps({"name": "codex"}))
    path = put(tmp_path / "bin/codex", b"#!/bin/sh\nexec something\n")

    copy = _inspected(tmp_path, path)

    assert (copy.kind, copy.package) == (Kind.SCRIPT, None)


@pytest.mark.parametrize(
    ("shim", "target"),
    [
        (NPM_CMD_SHIM, "node_modules/@openai/codex/bin/codex.js"),
        (NPM_SH_SHIM, "node_modules/@openai/codex/bin/codex.js"),
        (PNPM_SHIM, "global/5/node_modules/@openai/codex/bin/codex.js"),
        (b'exec -a "$0" "/nix/store/ab/bin/.codex-wrapped" "$@"', "/nix/store/ab/bin/.codex-wrapped"),
        (b'#!/bin/sh\nexec /opt/codex/bin/codex "$@"\n', "/opt/codex/bin/codex"),
        (b"#!/bin/sh\necho codex\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_what_a_shim_starts_is_read_out_of_it(shim: bytes, target: str | None) -> None:
    assert shim_target(shim) == target


def test_the_shims_of_npm_on_windows_lead_to_the_launcher(tmp_path: Path) -> None:
    folder = tmp_path / "home/AppData/Roaming/npm"
    launcher = npm_package(folder / "node_modules", os="windows")
    path = put(folder / "codex.cmd", NPM_CMD_SHIM)

    copy = _inspected(tmp_path, path, WINDOWS)

    assert (copy.kind, copy.real, copy.channel) == (Kind.LAUNCHER, launcher, Channel.NPM)
    assert copy.program is not None
    assert copy.program.path.name == "codex.exe"


def test_the_shim_of_pnpm_leads_to_the_launcher(tmp_path: Path) -> None:
    folder = tmp_path / "home/.local/share/pnpm"
    launcher = npm_package(folder / "global/5/node_modules")
    path = put(folder / "codex", PNPM_SHIM)

    copy = _inspected(tmp_path, path)

    assert (copy.kind, copy.real, copy.channel) == (Kind.LAUNCHER, launcher, Channel.PNPM)


def test_the_shim_of_scoop_leads_to_the_program(tmp_path: Path) -> None:
    program = native_package(tmp_path / "home/scoop/apps/codex/current", os="windows", file="codex.exe")
    path = put(tmp_path / "home/scoop/shims/codex.exe", NATIVE["windows"])
    put(path.with_suffix(".shim"), f'path = "{program}"\r\n')

    copy = _inspected(tmp_path, path, WINDOWS)

    assert (copy.native, copy.channel) == (program, Channel.SCOOP)


def test_the_shim_of_bun_on_windows_leads_to_the_launcher(tmp_path: Path) -> None:
    launcher = npm_package(tmp_path / "home/.bun/install/global/node_modules", os="windows")
    path = put(tmp_path / "home/.bun/bin/codex.exe", NATIVE["windows"])
    put(path.with_suffix(".bunx"), b"\0")

    copy = _inspected(tmp_path, path, WINDOWS)

    assert (copy.kind, copy.real, copy.channel) == (Kind.LAUNCHER, launcher, Channel.BUN)


@pytest.mark.parametrize(
    ("manager", "content"),
    [
        ("asdf", b'#!/usr/bin/env bash\n# asdf-plugin: nodejs 20.11.1\nexec asdf exec "codex" "$@"\n'),
        ("nodenv", b'#!/usr/bin/env bash\nexec "/home/u/.nodenv/bin/nodenv" exec "codex" "$@"\n'),
    ],
)  # fmt: skip
def test_a_version_managers_script_is_a_shim(tmp_path: Path, manager: str, content: bytes) -> None:
    path = put(tmp_path / f"home/.{manager}/shims/codex", content)

    assert _inspected(tmp_path, path).kind is Kind.SHIM


@pytest.mark.parametrize("target", ["volta-shim", "mise"])
def test_a_link_to_a_version_manager_is_a_shim(tmp_path: Path, target: str) -> None:
    program = put(tmp_path / "usr/bin" / target, NATIVE["linux"])
    path = link(tmp_path / "shims/codex", program)

    assert _inspected(tmp_path, path).kind is Kind.SHIM


@pytest.mark.parametrize(
    ("modules", "channel"),
    [
        ("usr/local/lib/node_modules", Channel.NPM),
        ("opt/homebrew/Cellar/node/24.1.0/lib/node_modules", Channel.NPM),
        ("home/.nvm/versions/node/v20.11.1/lib/node_modules", Channel.NPM),
        ("home/.bun/install/global/node_modules", Channel.BUN),
        ("home/.config/yarn/global/node_modules", Channel.YARN),
        ("home/.npm/_npx/0123abcd/node_modules", Channel.NPX),
        ("home/.volta/tools/image/packages/@openai/codex/lib/node_modules", Channel.VOLTA),
        ("home/.vite-plus/packages/@openai/codex/lib/node_modules", Channel.VITE_PLUS),
        ("home/.local/share/mise/installs/npm-openai-codex/0.169.0/lib/node_modules", Channel.MISE),
        ("home/scoop/persist/nodejs/bin/node_modules", Channel.NPM),
    ],
)
def test_where_a_package_stands_tells_who_installed_it(
    tmp_path: Path, modules: str, channel: Channel
) -> None:
    assert _inspected(tmp_path, npm_package(tmp_path / modules)).channel is channel


def test_a_package_inside_a_project_is_not_a_global_one(tmp_path: Path) -> None:
    put(tmp_path / "project/package.json", "{}")

    assert _inspected(tmp_path, npm_package(tmp_path / "project/node_modules")).channel is Channel.NPM_PROJECT


def test_pnpm_is_known_by_its_record(tmp_path: Path) -> None:
    put(tmp_path / "somewhere/node_modules/.modules.yaml", "")

    assert _inspected(tmp_path, npm_package(tmp_path / "somewhere/node_modules")).channel is Channel.PNPM


def test_homebrew_tells_the_version_by_its_folder(tmp_path: Path) -> None:
    cask = put(tmp_path / "opt/homebrew/Caskroom/codex/0.141.0/codex-aarch64-apple-darwin", NATIVE["macos"])
    path = link(tmp_path / "opt/homebrew/bin/codex", cask)

    copy = _inspected(tmp_path, path, MACOS)

    assert (copy.channel, copy.version, copy.host) == (Channel.BREW, "0.141.0", False)


def test_the_real_package_is_understood(tmp_path: Path, codex_cli: CodexCli) -> None:
    context = Machine(folder=tmp_path, system=System.here()).context()

    copy = inspect(context, codex_cli.launcher)

    assert copy is not None
    assert (copy.kind, copy.version, copy.native) == (Kind.LAUNCHER, "0.169.0", codex_cli.native)
    assert (copy.host, copy.startable_on(System.here())) == (True, True)


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        (".nvm/versions/node/v20.11.1/bin", "v20.11.1"),
        (".asdf/installs/nodejs/14.21.3/bin", "v14.21.3"),
        (".local/share/fnm/node-versions/v12.0.0/installation/bin", "v12.0.0"),
    ],
)
def test_a_version_of_node_is_read_off_its_folder(tmp_path: Path, folder: str, version: str) -> None:
    put(tmp_path / folder / "node", NATIVE["linux"])

    node = find_node(Machine(folder=tmp_path, path=[tmp_path / folder]).context())

    assert node.version == version


def test_a_version_of_node_is_read_out_of_its_headers(tmp_path: Path) -> None:
    put(tmp_path / "usr/bin/node", NATIVE["linux"])
    put(
        tmp_path / "usr/include/node/node_version.h",
        "#define NODE_MAJOR_VERSION 14\n#define NODE_MINOR_VERSION 21\n#define NODE_PATCH_VERSION 3\n",
    )

    node = find_node(Machine(folder=tmp_path, path=[tmp_path / "usr/bin"]).context())

    assert (node.version, node.major) == ("v14.21.3", 14)


def test_the_node_beside_a_shim_comes_before_path(tmp_path: Path) -> None:
    put(tmp_path / "a/node", NATIVE["linux"])
    beside = put(tmp_path / "b/node", NATIVE["linux"])
    context = Machine(folder=tmp_path, path=[tmp_path / "a"]).context()

    assert find_node(context, beside=[beside.parent]).path == beside


def test_npmrc_gives_its_prefix_and_nothing_secret() -> None:
    content = "//host/:_authToken=verysecret\nprefix = ${TOOLS}/npm\nomit[]=optional\n; prefix=/no\n"

    found = parse_npmrc(content, home="/home/u", env={"TOOLS": "/opt"})

    assert found == {"prefix": "/opt/npm", "omit": "optional"}


@pytest.mark.parametrize(
    ("npmrc", "env", "omits"),
    [
        ("omit=optional\n", {}, True),
        ("optional=false\n", {}, True),
        ("omit=dev\n", {}, False),
        ("", {"npm_config_omit": "dev optional"}, True),
        ("", {}, False),
    ],
)
def test_whoever_tells_npm_to_omit_is_named(
    tmp_path: Path, npmrc: str, env: dict[str, str], omits: bool
) -> None:
    put(tmp_path / "home/.npmrc", npmrc)

    _, place = npm_settings(Machine(folder=tmp_path, env=env).context())

    assert (place is not None) == omits


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_none(content: bytes) -> None:
    assert isinstance(parse_object(content), dict)


def test_deep_nesting_is_no_object() -> None:
    assert parse_object(b"[" * 100_000) == {}


@given(st.none() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3)))
def test_what_a_file_gives_as_text_fits_on_a_line(value: object) -> None:
    said = text(value)

    assert said is None or "\n" not in said


@pytest.mark.parametrize("value", [None, 7, "", "two\nlines", "a\x1b[2Jtrick", ["0.169.0"]])
def test_a_version_that_is_no_line_of_text_is_no_version(value: object) -> None:
    assert text(value) is None


@given(st.binary(max_size=200))
def test_any_shim_leads_somewhere_or_nowhere(content: bytes) -> None:
    target = shim_target(content)

    assert target is None or target


@given(st.text(max_size=200))
def test_any_npmrc_can_be_read(content: str) -> None:
    assert set(parse_npmrc(content, home="/h", env={})) <= {"cache", "prefix", "omit", "optional"}


@given(st.binary(max_size=200))
def test_any_header_of_node_can_be_read(content: bytes) -> None:
    version = parse_header_version(content)

    assert version is None or version.startswith("v")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"name": 7, "version": ["x"]}', b"{" * 9])
def test_a_broken_package_json_does_not_stop_the_search(tmp_path: Path, content: bytes) -> None:
    launcher = npm_package(tmp_path / "lib/node_modules")
    put(launcher.parent.parent / "package.json", content)

    package = package_of(Machine(folder=tmp_path).context(), launcher)

    assert package is not None
    assert (package.name, package.version) == ("@openai/codex", None)
