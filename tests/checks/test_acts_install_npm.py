"""npm fills a prefix of its own, and what runs is touched by a rename alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

import acts_install
import tiny_codex
from codex_checks.acts.install import npm as npm_install
from codex_checks.acts.install.change import PREFIX
from codex_checks.install.npm import LEFTOVER
from codex_doctor.errors import RepairError
from fakes.publisher import Sick

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing
    from fakes.proxies import RefusingPort
    from fakes.publisher import Publisher

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the small program is Linux's"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]

PART: Final = f"codex-0.170.0-{tiny_codex.PLATFORM}.tgz"


@pytest.fixture
def machine(tmp_path: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Installing:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    publisher.publish("0.170.0")
    return acts_install.machine(tmp_path, publisher.env)


def _scope(machine: Installing) -> Path:
    return machine.home / ".npm-global/lib/node_modules/@openai"


def _native(machine: Installing) -> Path:
    part = _scope(machine) / f"codex/node_modules/@openai/codex-{tiny_codex.PLATFORM}"
    return part / "vendor" / tiny_codex.TARGET / "bin" / "codex"


def test_where_there_was_nothing_codex_is_installed(machine: Installing) -> None:
    machine.do(via="npm")

    command = machine.home / ".npm-global/bin/codex"
    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"
    assert command.resolve() == _scope(machine) / "codex/bin/codex.js"
    assert command.readlink().as_posix() == "../lib/node_modules/@openai/codex/bin/codex.js"


def test_nothing_else_in_the_home_is_touched(machine: Installing) -> None:
    machine.do(via="npm")

    assert [path.name for path in machine.home.iterdir()] == [".npm-global"]
    assert list(machine.home.rglob(f"{PREFIX}*")) == []


def test_nothing_is_left_of_an_installation_that_is_taken_back(machine: Installing) -> None:
    before = acts_install.traces(machine.home)

    machine.do(via="npm")
    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_what_npm_downloaded_is_not_kept(machine: Installing, tmp_path: Path) -> None:
    machine.do(via="npm")

    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_another_prefix_may_be_named(machine: Installing) -> None:
    machine.do(via="npm", prefix=str(machine.home / "node-22"))

    assert (machine.home / "node-22/bin/codex").exists()
    assert not (machine.home / ".npm-global").exists()


def test_a_version_may_be_named(machine: Installing, publisher: Publisher) -> None:
    publisher.publish("0.171.0")

    machine.do(via="npm", version="0.170.0")

    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"


def test_a_launcher_without_its_program_becomes_whole_and_is_taken_back(machine: Installing) -> None:
    machine.do(via="npm")
    shutil.rmtree(_scope(machine) / "codex/node_modules")
    before = acts_install.traces(machine.home)

    machine.do(via="npm")

    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_an_update_is_taken_back_byte_for_byte(machine: Installing, publisher: Publisher) -> None:
    machine.do(via="npm")
    before = acts_install.traces(machine.home)
    publisher.publish("0.171.0")

    machine.do(via="npm")

    assert acts_install.version(_native(machine)) == "codex-cli 0.171.0"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_npm_goes_on_working_beside_what_is_kept(machine: Installing, publisher: Publisher) -> None:
    machine.do(via="npm")
    publisher.publish("0.171.0")
    machine.do(via="npm")
    publisher.publish("0.172.0")
    env = {**machine.env, "npm_config_registry": publisher.env["CODEX_DOCTOR_URL_NPM"]}
    kept = list(machine.home.rglob(f"{PREFIX}*"))

    def npm(*words: str) -> str:
        argv = ["/usr/bin/env", "npm", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout

    npm("install", "-g", "@openai/codex@latest")

    assert "@openai/codex@0.172.0" in npm("ls", "-g")
    assert acts_install.version(_native(machine)) == "codex-cli 0.172.0"
    assert kept
    assert [path for path in kept if not path.exists()] == []


def test_a_program_that_npm_passes_over_is_asked_for_by_name(
    machine: Installing, publisher: Publisher
) -> None:
    publisher.sick[PART] = Sick(status=500, times=1)

    machine.do(via="npm")

    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"


def test_a_program_that_the_registry_does_not_have_is_said_so(
    machine: Installing, publisher: Publisher
) -> None:
    before = acts_install.traces(machine.home)
    publisher.sick[PART] = Sick(status=404)

    with pytest.raises(RepairError, match="its registry does not have the package, or not yet"):
        machine.do(via="npm")

    assert acts_install.traces(machine.home) == before


def test_a_setting_that_leaves_out_optional_packages_is_overruled(machine: Installing) -> None:
    (machine.home / ".npmrc").write_text("omit=optional\n")

    machine.do(via="npm")

    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"


def test_the_settings_of_the_prefix_count(machine: Installing, publisher: Publisher) -> None:
    machine.env = {name: value for name, value in machine.env.items() if name != "CODEX_DOCTOR_URL_NPM"}
    settings = machine.home / ".npm-global/etc/npmrc"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"registry={publisher.env['CODEX_DOCTOR_URL_NPM']}\n")

    machine.do(via="npm")

    assert acts_install.version(_native(machine)) == "codex-cli 0.170.0"


def test_npm_is_told_nothing_secret_of_codex(machine: Installing, tmp_path: Path) -> None:
    spy = tmp_path / "spy"
    spy.mkdir()
    npm = spy / "npm"
    npm.write_text(f'#!/bin/sh\nenv > {spy}/env\nexec {shutil.which("npm")} "$@"\n')
    npm.chmod(0o755)
    machine.env = {**machine.env, "OPENAI_API_KEY": "sk-x", "CODEX_API_KEY": "sk-y"}

    machine.do(via="npm", npm=str(npm))

    seen = (spy / "env").read_text()
    assert "sk-" not in seen
    assert "npm_config_cache" in seen


def test_what_a_broken_update_left_goes_aside_and_comes_back(machine: Installing) -> None:
    machine.do(via="npm")
    left = _scope(machine) / ".codex-zW1CjBX3"
    (left / "bin").mkdir(parents=True)
    (left / "bin/codex.js").write_text("an older copy")
    before = acts_install.traces(machine.home)

    machine.do(via="npm")

    assert not left.exists()

    machine.undo()

    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".codex-zW1CjBX3", True),
        (".codex-linux-x64-AbCdEf12", True),
        (".codex-doctor-ab12cd34", False),
        (".codex", False),
        ("codex-zW1CjBX3", False),
    ],
)
def test_a_leftover_of_npm_is_known_by_its_name(name: str, *, is_one: bool) -> None:
    assert (re.fullmatch(LEFTOVER, name) is not None) is is_one


def test_another_package_that_is_called_codex_gives_way_and_comes_back(machine: Installing) -> None:
    other = machine.home / ".npm-global/lib/node_modules/codex"
    (other / "bin").mkdir(parents=True)
    (other / "package.json").write_text('{"name": "codex"}')
    (other / "bin/codex.js").write_text("#!/usr/bin/env node\n")
    command = machine.home / ".npm-global/bin/codex"
    command.parent.mkdir()
    command.symlink_to("../lib/node_modules/codex/bin/codex.js")
    before = acts_install.traces(machine.home)

    machine.do(via="npm", instead="codex")

    assert not other.exists()
    assert command.resolve() == _scope(machine) / "codex/bin/codex.js"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_a_command_that_belongs_to_something_else_is_left_alone(machine: Installing) -> None:
    cask = machine.home / "Caskroom/codex/0.169.0/codex"
    cask.parent.mkdir(parents=True)
    cask.write_text("Homebrew's")
    command = machine.home / ".npm-global/bin/codex"
    command.parent.mkdir(parents=True)
    command.symlink_to(cask)
    before = acts_install.traces(machine.home)

    with pytest.raises(RepairError, match="belongs to something else"):
        machine.do(via="npm")

    assert acts_install.traces(machine.home) == before


def test_a_link_that_leads_nowhere_is_replaced_and_comes_back(machine: Installing) -> None:
    command = machine.home / ".npm-global/bin/codex"
    command.parent.mkdir(parents=True)
    command.symlink_to("../lib/node_modules/@openai/codex/dist/cli.js")
    before = acts_install.traces(machine.home)

    machine.do(via="npm")

    assert command.exists()

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_a_registry_out_of_reach_is_said_and_may_be_tried_later(
    machine: Installing, refusing_port: RefusingPort
) -> None:
    before = acts_install.traces(machine.home)
    machine.env = {**machine.env, "CODEX_DOCTOR_URL_NPM": refusing_port.url}

    with pytest.raises(RepairError, match="its registry refused the connection") as caught:
        machine.do(via="npm")

    assert caught.value.transient
    assert acts_install.traces(machine.home) == before


def test_where_npm_fails_the_standalone_release_is_taken(
    machine: Installing, refusing_port: RefusingPort
) -> None:
    machine.env = {**machine.env, "CODEX_DOCTOR_URL_NPM": refusing_port.url}

    machine.do(via="npm", otherwise="standalone")

    assert acts_install.version(machine.home / ".local/bin/codex") == "codex-cli 0.170.0"
    assert not (machine.home / ".npm-global").exists()
    assert any("Taking the standalone release instead" in said for said in machine.door.said)

    machine.undo()

    assert list(machine.home.iterdir()) == []


def test_both_reasons_are_told_where_both_ways_fail(
    machine: Installing, refusing_port: RefusingPort, publisher: Publisher
) -> None:
    machine.env = {**machine.env, "CODEX_DOCTOR_URL_NPM": refusing_port.url}
    publisher.sick["latest"] = Sick(status=404)

    with pytest.raises(RepairError, match=r"refused the connection; .* does not have latest"):
        machine.do(via="npm", otherwise="standalone")


def test_an_npm_that_hangs_is_ended_and_nothing_is_left(
    machine: Installing, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = acts_install.traces(machine.home)
    monkeypatch.setattr(npm_install, "PATIENCE", 2.0)
    publisher.sick["codex"] = Sick(hangs=True)

    with pytest.raises(RepairError, match="npm was not done after 2 seconds") as caught:
        machine.do(via="npm")

    assert caught.value.transient
    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize("said", ["", "prefix=relative", "prefix=/p"])
def test_an_npm_that_does_not_say_where_it_installs_is_not_believed(
    machine: Installing, tmp_path: Path, said: str
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho '{said}'\n")
    npm.chmod(0o755)

    with pytest.raises(RepairError, match="npm does not say where it puts global packages"):
        machine.do(via="npm", npm=str(npm))


def test_an_npm_that_installs_nothing_is_noticed(machine: Installing, tmp_path: Path) -> None:
    before = acts_install.traces(machine.home)
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\n[ "$1" = config ] && printf "prefix=/p\\nglobalconfig=/p/etc/npmrc\\n"; exit 0\n'
    )
    npm.chmod(0o755)

    with pytest.raises(RepairError, match="npm put no package of Codex where it was told to"):
        machine.do(via="npm", npm=str(npm), prefix=str(machine.home / "p"))

    assert acts_install.traces(machine.home) == before


@pytest.mark.parametrize(
    "registry", ["http://npm.example/", "file:///tmp/registry", "https://me:secret@npm.example/"]
)
def test_a_registry_that_no_program_may_come_from_is_refused(machine: Installing, registry: str) -> None:
    machine.env = {**machine.env, "CODEX_DOCTOR_URL_NPM": registry}
    before = acts_install.traces(machine.home)

    with pytest.raises(RepairError, match="is neither https nor on this machine"):
        machine.do(via="npm")

    assert acts_install.traces(machine.home) == before


def test_without_npm_it_is_said(machine: Installing) -> None:
    machine.env = {**machine.env, "PATH": ""}

    with pytest.raises(RepairError, match="no folder of PATH holds npm"):
        machine.do(via="npm")


def test_what_npm_printed_is_kept_for_who_wants_to_know(
    machine: Installing, refusing_port: RefusingPort
) -> None:
    machine.env = {**machine.env, "CODEX_DOCTOR_URL_NPM": refusing_port.url}

    with pytest.raises(RepairError):
        machine.do(via="npm")

    assert "ECONNREFUSED" in (machine.tools.folder / "npm.txt").read_text()
