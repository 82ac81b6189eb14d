"""Asking the Codex that runs for its version, with real processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from codex_checks.install.answers import (
    Latest,
    LauncherNode,
    ScriptUtility,
    Versions,
    latest,
    launcher_node,
    script_utility,
    versions,
)
from codex_checks.install.binary import Binary, Codex, binary, codex, without_credentials
from codex_checks.install.found import Installations
from codex_checks.places import CodexHome, codex_home
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable, Unavailable
from installed import LINUX, NATIVE, WINDOWS, Machine, elf, link, npm_package, put

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are Unix scripts")


SAYS_WHAT_IT_SEES: Final = """#!/bin/sh
echo "$CODEX_HOME" >&2
echo "key=$OPENAI_API_KEY$CODEX_API_KEY$CODEX_ACCESS_TOKEN" >&2
echo codex-cli 1.0.0
"""


def _read(probe: Any, machine: Machine, *facts: object) -> Any:  # noqa: ANN401 - each probe has its own fact
    context = machine.context()
    try:
        return probe.read(context, *facts)
    finally:
        context.close()


def _answer(machine: Machine) -> Binary:
    answered = _read(binary, machine, machine.search())
    assert isinstance(answered, Binary)
    return answered


def _stand_in(folder: Path, content: bytes | str, *, mode: int = 0o755) -> Machine:
    put(folder / "bin/codex", content, mode=mode)
    return Machine(folder=folder, path=[folder / "bin"])


def test_a_program_that_answers_tells_its_version(tmp_path: Path) -> None:
    answered = _answer(_stand_in(tmp_path, "#!/bin/sh\necho codex-cli 0.169.0\n"))

    assert (answered.version, answered.code, answered.silent, answered.fault) == ("0.169.0", 0, False, None)


def test_the_real_launcher_is_asked_by_its_program(tmp_path: Path, codex_cli: CodexCli) -> None:
    machine = Machine(folder=tmp_path, path=[codex_cli.launcher.parent], system=System.here())

    answered = _answer(machine)

    assert (answered.path, answered.started) == (codex_cli.launcher, codex_cli.native)
    assert answered.version == "0.169.0"


def test_the_program_sees_a_home_of_its_own_and_no_credential(tmp_path: Path) -> None:
    machine = _stand_in(tmp_path, SAYS_WHAT_IT_SEES)
    machine.env = {
        "CODEX_HOME": str(tmp_path / "real"),
        "OPENAI_API_KEY": "sk-verysecret",
        "CODEX_ACCESS_TOKEN": "verysecret",
        "CODEX_API_KEY": "verysecret",
    }

    answered = _answer(machine)

    assert answered.version == "1.0.0"
    assert "codex-doctor-" in answered.complaint.splitlines()[0]
    assert str(tmp_path / "real") not in answered.complaint
    assert answered.complaint.splitlines()[1] == "key="


def test_only_what_is_named_like_a_credential_is_kept_back() -> None:
    kept = without_credentials({"PATH": "/bin", "GITHUB_TOKEN": "x", "openai_api_key": "y", "LANG": "C"})

    assert kept == {"PATH": "/bin", "LANG": "C"}


def test_a_program_that_says_nothing_is_silent(tmp_path: Path) -> None:
    answered = _answer(_stand_in(tmp_path, "#!/bin/sh\nexit 0\n"))

    assert (answered.version, answered.code, answered.silent) == (None, 0, True)


def test_a_program_that_fails_keeps_its_complaint_and_code(tmp_path: Path) -> None:
    answered = _answer(_stand_in(tmp_path, "#!/bin/sh\necho 'no way' >&2\nexit 3\n"))

    assert (answered.version, answered.code, answered.complaint) == (None, 3, "no way")


def test_a_program_that_is_killed_keeps_the_signal(tmp_path: Path) -> None:
    answered = _answer(_stand_in(tmp_path, "#!/bin/sh\nkill -9 $$\n"))

    assert (answered.version, answered.code) == (None, -9)


def test_a_program_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_checks.install.binary.PATIENCE", 0.2)

    answered = _answer(_stand_in(tmp_path, "#!/bin/sh\n/bin/sleep 600\n"))

    assert (answered.version, answered.timed_out, answered.code) == (None, True, None)


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [
        (elf(62 if System.here().arch == "aarch64" else 183), 0o755, "ENOEXEC"),
        (b"\0\1\2\3 garbage", 0o755, "ENOEXEC"),
        (b"", 0o755, "ENOEXEC"),
        (NATIVE["linux"], 0o644, "EACCES"),
        (b"#!/nowhere/interpreter\n", 0o755, "ENOENT"),
    ],
)
def test_a_program_that_cannot_be_started_keeps_the_systems_answer(
    tmp_path: Path, content: bytes, mode: int, fault: str
) -> None:
    answered = _answer(_stand_in(tmp_path, content, mode=mode))

    assert (answered.version, answered.fault, answered.code) == (None, fault, None)


@pytest.mark.parametrize(
    "noise", [b"\xff\xfe\0\0", b"codex-cli", b"\x1b[2J", b"a" * 3000, b"codex-cli 1.2\n"]
)
def test_any_output_without_a_version_is_no_version(tmp_path: Path, noise: bytes) -> None:
    put(tmp_path / "noise", noise)
    answered = _answer(_stand_in(tmp_path, f"#!/bin/sh\n/bin/cat {tmp_path}/noise\n"))

    assert (answered.version, answered.code) == (None, 0)


def test_without_any_copy_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no copy of Codex was found"):
        _answer(Machine(folder=tmp_path))


def test_somebody_elses_package_is_never_run(tmp_path: Path) -> None:
    root = tmp_path / "lib/node_modules/codex"
    put(root / "package.json", '{"name": "codex"}')
    link(tmp_path / "bin/codex", put(root / "cli.js", f"#!/bin/sh\ntouch {tmp_path}/was-run\n"))

    with pytest.raises(Unavailable, match="holds no program of Codex"):
        _answer(Machine(folder=tmp_path, path=[tmp_path / "bin"]))

    assert not (tmp_path / "was-run").exists()


def test_a_codex_that_answered_is_handed_to_others(tmp_path: Path) -> None:
    machine = _stand_in(tmp_path, "#!/bin/sh\necho codex-cli 0.169.0\n")

    known = _read(codex, machine, _answer(machine))

    assert known == Codex(path=tmp_path / "bin/codex", version="0.169.0")


def test_a_codex_that_did_not_answer_is_nobodys(tmp_path: Path) -> None:
    machine = _stand_in(tmp_path, "#!/bin/sh\nexit 1\n")

    with pytest.raises(Unavailable, match="no Codex that runs was found"):
        _read(codex, machine, _answer(machine))


def _node(machine: Machine) -> LauncherNode:
    found = _read(launcher_node, machine, machine.search())
    assert isinstance(found, LauncherNode)
    return found


def test_node_is_asked_where_no_file_tells_its_version(tmp_path: Path) -> None:
    link(tmp_path / "bin/codex", npm_package(tmp_path / "lib/node_modules"))
    node = put(tmp_path / "tools/node", "#!/bin/sh\necho v14.21.3\n")

    found = _node(Machine(folder=tmp_path, path=[tmp_path / "bin", tmp_path / "tools"]))

    assert (found.node.path, found.node.version, found.node.major) == (node, "v14.21.3", 14)


def test_a_node_that_fails_has_no_version(tmp_path: Path) -> None:
    link(tmp_path / "bin/codex", npm_package(tmp_path / "lib/node_modules"))
    put(tmp_path / "tools/node", "#!/bin/sh\necho 'No version is set for command node'\nexit 126\n")

    found = _node(Machine(folder=tmp_path, path=[tmp_path / "bin", tmp_path / "tools"]))

    assert (found.node.version, found.node.major) == (None, None)


def test_a_node_nearby_is_named_where_path_shows_none(tmp_path: Path) -> None:
    link(tmp_path / "bin/codex", npm_package(tmp_path / "lib/node_modules"))
    near = put(tmp_path / "home/.nvm/versions/node/v22.11.0/bin/node", NATIVE["linux"])

    found = _node(Machine(folder=tmp_path, path=[tmp_path / "bin"]))

    assert found.node.path is None
    assert found.nearby is not None
    assert (found.nearby.path, found.nearby.version) == (near, "v22.11.0")


def test_a_native_program_needs_no_node(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        _node(_stand_in(tmp_path, NATIVE["linux"]))


def test_only_copies_without_a_written_version_are_asked(tmp_path: Path) -> None:
    link(tmp_path / "a/codex", npm_package(tmp_path / "lib/node_modules"))
    asked = put(tmp_path / "b/codex", "#!/bin/sh\necho codex-cli 0.142.0\n")
    machine = Machine(folder=tmp_path, path=[tmp_path / "a", tmp_path / "b"])
    found = machine.search()

    told = _read(versions, machine, found)

    assert isinstance(told, Versions)
    assert isinstance(found, Installations)
    assert told.asked == {asked: "0.142.0"}
    assert [told.of(copy) for copy in found.copies] == ["0.169.0", "0.142.0"]


def test_the_copy_that_is_asked_anyway_is_not_asked_twice(tmp_path: Path) -> None:
    machine = _stand_in(tmp_path, "#!/bin/sh\necho codex-cli 0.142.0\n")

    assert _read(versions, machine, machine.search()) == Versions(asked={})


def _latest(machine: Machine) -> Latest:
    context = machine.context()
    home: object = codex_home.read(context)
    assert isinstance(home, CodexHome)
    found: object = latest.read(context, home)
    assert isinstance(found, Latest)
    return found


def test_the_newest_version_is_what_codex_has_noted(tmp_path: Path) -> None:
    path = put(tmp_path / "home/.codex/version.json", '{"latest_version": "0.170.0", "last_checked_at": "x"}')

    assert _latest(Machine(folder=tmp_path)) == Latest(path=path, version="0.170.0")


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'{"latest_version": 7}', b"{}"])
def test_a_note_that_says_nothing_is_passed_over(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "home/.codex/version.json", content)

    with pytest.raises(NotApplicable):
        _latest(Machine(folder=tmp_path))


def test_script_is_looked_for_in_path_and_in_the_systems_folders(tmp_path: Path) -> None:
    assert script_utility.read(Machine(folder=tmp_path).context()) == ScriptUtility(path=None)

    path = put(tmp_path / "root/usr/bin/script", NATIVE["linux"])

    assert script_utility.read(Machine(folder=tmp_path, system=LINUX).context()) == ScriptUtility(path=path)


def test_script_is_no_matter_on_windows(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        script_utility.read(Machine(folder=tmp_path, system=WINDOWS).context())
