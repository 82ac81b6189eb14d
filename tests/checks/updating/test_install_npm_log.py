"""What npm's own log says of its last installation of Codex, in the words of npm 11."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.install.npm_failed import npm_got_through, npm_may_write
from codex_checks.install.npm_log import NpmAttempt, npm_attempt, understood
from codex_checks.problems import updating as problems
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RunCommand, ShellLine
from codex_doctor.model import Severity
from installed import LINUX, NATIVE, Machine, link, npm_package, put
from sandboxes import answer

if TYPE_CHECKING:
    from codex_checks.install.found import Installations
    from codex_doctor.model import Finding, Problem
    from fakes.proxies import RefusingPort

BEGINNING: Final = """\
0 verbose cli /usr/bin/node /usr/bin/npm
1 info using npm@11.19.1
6 verbose title npm install @openai/codex
7 verbose argv "install" "--global" "@openai/codex"
13 silly fetch manifest @openai/codex@*
"""

LEFT_OUT: Final = """\
15 http fetch GET 200 https://mirror.example/@openai%2fcodex 114ms (cache miss)
26 http fetch GET 404 https://mirror.example/@openai/codex/-/codex-0.169.0-linux-x64.tgz 26ms (cache skip)
27 verbose reify failed optional dependency /home/me/.npm-global/lib/node_modules/@openai/codex-linux-x64
36 verbose exit 0
37 info ok
"""

NO_VERSION: Final = """\
24 verbose stack @openai/codex: No matching version found for @openai/codex@0.169.0-linux-x64.
25 error code ETARGET
26 error notarget No matching version found for @openai/codex@0.169.0-linux-x64.
"""

REFUSED: Final = """\
19 error code EACCES
20 error syscall mkdir
21 error path {prefix}/lib/node_modules/@openai/codex
22 error errno -13
23 error Error: EACCES: permission denied, mkdir '{prefix}/lib/node_modules/@openai/codex'
"""

TAKEN: Final = """\
40 error code EEXIST
41 error path {path}
42 error EEXIST: file already exists
43 error File exists: {path}
"""

WITHHELD: Final = """\
15 http fetch GET 403 https://mirror.example/@openai%2fcodex 131ms (cache skip)
20 error code E403
21 error 403 403 Forbidden - GET https://mirror.example/@openai%2fcodex - forbidden
"""

UNREACHED: Final = """\
14 silly packumentCache full:https://me:hunter2@mirror.example/@openai%2fcodex cache-miss
15 http fetch GET https://me:hunter2@mirror.example/@openai%2fcodex attempt 1 failed with ENOTFOUND
19 error code ENOTFOUND
20 error syscall getaddrinfo
"""


def _machine(folder: Path, ending: str, *, user: int = os.geteuid() if os.name == "posix" else 0) -> Machine:
    machine = Machine(folder=folder, system=replace(LINUX, user=user))
    machine.work.mkdir(parents=True)
    log = put(machine.home / ".npm/_logs/2026-11-28T14_29_07_620Z-debug-0.log", BEGINNING + ending)
    put(log.with_name("2026-11-28T15_00_00_000Z-debug-0.log"), "6 verbose title npm config get registry\n")
    return machine


def _with_npms_copy(machine: Machine, *, whole: bool = True) -> Path:
    """Put a copy of npm's there, before npm tried again."""
    prefix = machine.home / ".npm-global"
    launcher = npm_package(prefix / "lib/node_modules", whole=whole)
    command = link(prefix / "bin/codex", launcher)
    for path in (launcher, command):
        os.utime(path, (0, 0), follow_symlinks=False)
    machine.path = [prefix / "bin"]
    return command


def _judged(machine: Machine) -> tuple[Finding, ...]:
    found, attempt = _read(machine)
    return npm_got_through(found, attempt)


def _read(machine: Machine) -> tuple[Installations, NpmAttempt]:
    found = machine.search()
    return found, answer(npm_attempt, machine.context(), found)


def _is(finding: Finding, problem: Problem, severity: Severity) -> bool:
    return (finding.problem.name, finding.problem.severity) == (problem.name, severity)


def test_a_program_that_the_mirror_lacks_is_named_though_npm_reports_success(tmp_path: Path) -> None:
    machine = _machine(tmp_path, LEFT_OUT)
    _with_npms_copy(machine, whole=False)

    (finding,) = _judged(machine)

    assert _is(finding, problems.NPM_PLATFORM_TARBALL_UNAVAILABLE, Severity.ERROR)
    assert "asked mirror.example for codex-0.169.0-linux-x64.tgz, which it does not have" in finding.detail


def test_once_the_program_is_there_what_the_mirror_lacked_is_past(tmp_path: Path) -> None:
    machine = _machine(tmp_path, LEFT_OUT)
    _with_npms_copy(machine)

    assert _judged(machine) == ()


def test_a_version_that_the_registry_does_not_know_is_a_note_while_codex_runs(tmp_path: Path) -> None:
    machine = _machine(tmp_path, NO_VERSION)
    _with_npms_copy(machine)

    (finding,) = _judged(machine)

    assert _is(finding, problems.NPM_PLATFORM_TARBALL_UNAVAILABLE, Severity.NOTE)
    assert "@openai/codex@0.169.0-linux-x64" in finding.detail


def test_a_mirror_that_does_not_give_codex_at_all_is_named(tmp_path: Path) -> None:
    (finding,) = _judged(_machine(tmp_path, WITHHELD))

    assert _is(finding, problems.NPM_PLATFORM_TARBALL_UNAVAILABLE, Severity.ERROR)
    assert "npm asked mirror.example for @openai/codex, which" in finding.detail


@pytest.mark.parametrize("what", ["@openai/codex-sdk", "codex", "@openai/codexes"])
def test_the_installation_of_another_package_is_none_of_codex(tmp_path: Path, what: str) -> None:
    machine = Machine(folder=tmp_path)
    put(machine.home / ".npm/_logs/1-debug-0.log", f"6 verbose title npm install {what}\n" + UNREACHED)

    with pytest.raises(NotApplicable, match="no log of an installation"):
        _read(machine)


@pytest.mark.parametrize(
    "what", ["@openai/codex@latest", "-g @openai/codex --force", "eslint @openai/codex@0.1.0 x"]
)
def test_the_installation_of_codex_is_known_by_its_command(tmp_path: Path, what: str) -> None:
    machine = Machine(folder=tmp_path)
    put(machine.home / ".npm/_logs/1-debug-0.log", f"6 verbose title npm install {what}\n" + UNREACHED)

    assert _read(machine)[1].code == "ENOTFOUND"


def test_with_nothing_installed_a_folder_that_npm_may_not_write_is_the_reason(tmp_path: Path) -> None:
    machine = _machine(tmp_path, REFUSED.format(prefix=tmp_path / "usr"), user=os.geteuid() + 12345)

    (finding,) = _judged(machine)

    assert _is(finding, problems.NPM_EACCES_GLOBAL, Severity.ERROR)
    assert "binary-not-found" in finding.problem.explains
    assert f"npm was refused {tmp_path}/usr/lib/node_modules/@openai/codex (EACCES)" in finding.detail


def test_a_folder_that_is_open_by_now_is_no_problem(tmp_path: Path) -> None:
    machine = _machine(tmp_path, REFUSED.format(prefix=tmp_path / "usr"))

    assert _judged(machine) == ()


def test_a_standalone_copy_does_not_care_what_npm_may_write(tmp_path: Path) -> None:
    machine = _machine(tmp_path, REFUSED.format(prefix=tmp_path / "usr"), user=os.geteuid() + 12345)
    release = machine.home / ".codex/packages/standalone/releases/0.169.0-x86_64-unknown-linux-musl"
    os.utime(put(release / "bin/codex", NATIVE["linux"]), (0, 0))
    machine.path = [release / "bin"]

    assert _judged(machine) == ()


def test_what_homebrew_put_where_npm_wants_to_is_named(tmp_path: Path) -> None:
    brews = put(tmp_path / "brew/Caskroom/codex/0.169.0/codex", NATIVE["linux"])
    command = link(tmp_path / "brew/bin/codex", brews)
    machine = _machine(tmp_path, TAKEN.format(path=command))

    (finding,) = _judged(machine)

    assert _is(finding, problems.NPM_EEXIST_BREW_CONFLICT, Severity.WARNING)
    assert f"{command}, which leads to {brews}, belongs to Homebrew" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (RunCommand(argv=("brew", "upgrade", "--cask", "codex")),)


def test_a_place_that_is_free_by_now_is_no_problem(tmp_path: Path) -> None:
    assert _judged(_machine(tmp_path, TAKEN.format(path=tmp_path / "gone"))) == ()


def test_a_registry_that_was_not_reached_is_why_there_is_no_codex(tmp_path: Path) -> None:
    (finding,) = _judged(_machine(tmp_path, UNREACHED))

    assert _is(finding, problems.NPM_REGISTRY_NETWORK, Severity.ERROR)
    assert finding.detail.endswith("npm did not reach mirror.example (ENOTFOUND)")


def test_what_stands_before_the_host_of_a_registry_is_never_shown(tmp_path: Path) -> None:
    (finding,) = _judged(_machine(tmp_path, UNREACHED))

    assert "hunter2" not in repr(finding)


def test_while_codex_runs_a_registry_that_was_not_reached_is_a_note(tmp_path: Path) -> None:
    machine = _machine(tmp_path, UNREACHED)
    _with_npms_copy(machine)

    (finding,) = _judged(machine)

    assert _is(finding, problems.NPM_REGISTRY_NETWORK, Severity.NOTE)


def test_an_installation_after_the_failure_makes_it_past(tmp_path: Path) -> None:
    machine = _machine(tmp_path, UNREACHED)
    (log,) = machine.home.glob(".npm/_logs/*T14_*")
    os.utime(log, (log.stat().st_mtime - 10, log.stat().st_mtime - 10))
    put(machine.home / ".local/bin/codex", NATIVE["linux"])

    with pytest.raises(NotApplicable, match="after npm last tried"):
        _read(machine)


def test_a_failure_of_last_month_is_past(tmp_path: Path) -> None:
    machine = _machine(tmp_path, UNREACHED)
    (log,) = machine.home.glob(".npm/_logs/*T14_*")
    month_ago = log.stat().st_mtime - 30 * 86_400
    os.utime(log, (month_ago, month_ago))

    with pytest.raises(NotApplicable, match="more than a week ago"):
        _read(machine)


def test_without_an_installation_of_codex_there_is_nothing_to_judge(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    put(machine.home / ".npm/_logs/1-debug-0.log", "6 verbose title npm install eslint\n")

    with pytest.raises(NotApplicable, match="no log of an installation"):
        _read(machine)


def test_the_cache_is_where_npm_is_told_to_keep_it(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    put(machine.home / ".npmrc", "cache=~/elsewhere\n")
    put(machine.home / "elsewhere/_logs/1-debug-0.log", BEGINNING + UNREACHED)

    assert _read(machine)[1].code == "ENOTFOUND"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="npm keeps its cache elsewhere there")
def test_the_real_npm_s_log_of_a_refused_connection_is_understood(
    tmp_path: Path, refusing_port: RefusingPort
) -> None:
    machine = Machine(folder=tmp_path)
    machine.home.mkdir()
    argv = ["npm", "install", "-g", "@openai/codex", "--registry", refusing_port.url, "--fetch-retries", "0"]
    subprocess.run(
        argv,
        env={"PATH": os.environ["PATH"], "HOME": str(machine.home)},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    _, attempt = _read(machine)

    assert (attempt.code, attempt.registry) == ("ECONNREFUSED", refusing_port.url.removeprefix("http://"))


def test_a_copy_of_npm_s_in_a_folder_of_root_is_a_note_with_a_folder_of_one_s_own(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=replace(LINUX, user=os.geteuid() + 12345))
    command = _with_npms_copy(machine)

    (finding,) = npm_may_write(machine.search())

    assert _is(finding, problems.NPM_EACCES_GLOBAL, Severity.NOTE)
    assert str(command) in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps[0] == ShellLine(line="npm config set prefix ~/.npm-global")


def test_a_copy_of_npm_s_in_a_folder_of_one_s_own_is_healthy(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=replace(LINUX, user=os.geteuid()))
    _with_npms_copy(machine)

    assert npm_may_write(machine.search()) == ()


@given(content=st.text())
def test_any_log_is_understood_or_not(content: str) -> None:
    context = Machine(folder=Path("/nowhere")).context()

    assert understood(context, Path("log"), 0.0, content).log == Path("log")
