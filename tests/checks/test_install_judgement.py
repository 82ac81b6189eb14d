"""Facts of an installation in, findings out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.install.answers import Latest, LauncherNode, ScriptUtility, Versions
from codex_checks.install.binary import Binary
from codex_checks.install.checks import CHECKS, node_starts_the_launcher, script_is_there
from codex_checks.install.checks import binary_answers as judge_answer
from codex_checks.install.found import Installations
from codex_checks.install.header import read_header
from codex_checks.install.installation import Channel, Installation, Kind, Package, Program
from codex_checks.install.named import Named
from codex_checks.install.node import Node
from codex_checks.install.path_lines import leads_to
from codex_checks.install.presence import binary_is_found
from codex_checks.install.rivals import copies_agree, version_is_current
from codex_checks.install.wholeness import package_is_whole, tools_have_their_host
from codex_checks.problems import install as problems
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import MoveAside, RunCommand, SetMode, ShellLine, Tell
from codex_doctor.redact import Redactor
from installed import LAUNCHER, LINUX, MACOS, NATIVE, WINDOWS, WSL, elf, mach_o

if TYPE_CHECKING:
    from codex_doctor.model import Finding, Problem

PREFIX: Final = Path("/usr/local")
ROOT: Final = PREFIX / "lib/node_modules/@openai/codex"
PLATFORM_ROOT: Final = ROOT / "node_modules/@openai/codex-linux-x64"
NATIVE_PATH: Final = PLATFORM_ROOT / "vendor/x86_64-unknown-linux-musl/bin/codex"
PACKAGE: Final = Package(
    root=ROOT,
    name="@openai/codex",
    version="0.169.0",
    platform_package="@openai/codex-linux-x64",
    platform_root=PLATFORM_ROOT,
)


def _program(path: Path, content: bytes = NATIVE["linux"], *, mode: int = 0o755) -> Program:
    return Program(path=path, mode=mode, size=len(content), header=read_header(content))


NPM: Final = Installation(
    path=PREFIX / "bin/codex",
    real=PACKAGE.root / "bin/codex.js",
    kind=Kind.LAUNCHER,
    channel=Channel.NPM,
    found_by=("PATH",),
    file=_program(PREFIX / "bin/codex", LAUNCHER),
    on_path=1,
    package=PACKAGE,
    native=NATIVE_PATH,
    program=_program(NATIVE_PATH),
    version="0.169.0",
    host=True,
)


def _bare(path: str, channel: Channel = Channel.OTHER, *, on_path: int | None = 0) -> Installation:
    program = _program(Path(path))
    return Installation(
        path=program.path,
        real=program.path,
        kind=Kind.NATIVE,
        channel=channel,
        found_by=("PATH",),
        file=program,
        on_path=on_path,
        native=program.path,
        program=program,
    )


def _found(*copies: Installation, system: System = LINUX, running: bool = True) -> Installations:
    return Installations(
        system=system,
        copies=copies,
        running=copies[0] if copies and running else None,
        npm_prefix=PREFIX,
    )


ANSWERED: Final = Binary(path=NPM.path, started=NATIVE_PATH, version="0.169.0", code=0)
SILENT: Final = replace(ANSWERED, version=None, silent=True)
NOTHING_ASKED: Final = Versions(asked={})


def _problems(findings: tuple[Finding, ...]) -> list[Problem]:
    return [finding.problem for finding in findings]


def test_a_whole_installation_is_healthy() -> None:
    found = _found(NPM)

    assert binary_is_found(found) == ()
    assert package_is_whole(found) == ()
    assert judge_answer(found, ANSWERED) == ()
    assert tools_have_their_host(found, ANSWERED) == ()
    assert copies_agree(found, NOTHING_ASKED, ANSWERED) == ()


def test_nothing_installed_is_reported_with_the_one_line_that_installs_it() -> None:
    (finding,) = binary_is_found(_found())

    assert finding.problem is problems.BINARY_NOT_FOUND
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="curl -fsSL https://chatgpt.com/codex/install.sh | sh"),)


def test_on_windows_the_installer_is_the_one_for_powershell() -> None:
    (finding,) = binary_is_found(_found(system=WINDOWS))

    assert finding.fix is not None
    assert ShellLine(line="irm https://chatgpt.com/codex/install.ps1 | iex") in finding.fix.steps


def test_a_link_that_leads_nowhere_is_named() -> None:
    (finding,) = binary_is_found(replace(_found(), dangling=(Path("/usr/bin/codex"),)))

    assert "/usr/bin/codex is a link that leads nowhere" in finding.detail


def test_an_invalid_codex_bin_is_reported_with_the_copy_that_is_there() -> None:
    named = Named(source="CODEX_BIN", value="/no", path=Path("/no"), fault="does not exist")

    (finding,) = binary_is_found(replace(_found(NPM), named=named))

    assert finding.problem is problems.CODEX_BIN_INVALID
    assert finding.detail == "CODEX_BIN names /no, which does not exist; codex is at /usr/local/bin/codex"
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="unset CODEX_BIN"),)


@pytest.mark.parametrize(
    ("shell", "system", "line", "profile"),
    [
        ("zsh", LINUX, 'export PATH=/opt/tools:"$PATH"', "~/.zshrc"),
        ("zsh", MACOS, 'export PATH=/opt/tools:"$PATH"', "~/.zprofile"),
        ("bash", LINUX, 'export PATH=/opt/tools:"$PATH"', "~/.bashrc"),
        (None, LINUX, 'export PATH=/opt/tools:"$PATH"', "~/.profile"),
        ("fish", LINUX, "fish_add_path /opt/tools", "fish"),
        (None, WINDOWS, "SetEnvironmentVariable", "PowerShell"),
    ],
)
def test_a_copy_outside_path_is_reported_with_the_line_for_the_users_shell(
    shell: str | None, system: System, line: str, profile: str
) -> None:
    found = _found(_bare("/opt/tools/codex", on_path=None), system=system, running=False)

    (finding,) = binary_is_found(replace(found, shell=shell))

    assert finding.problem is problems.BINARY_NOT_ON_PATH
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], ShellLine)
    assert line in finding.fix.steps[0].line
    assert profile in finding.advice


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("/users/me/tools/my $bin", r";$env:USERPROFILE\tools\my `$bin"),
        ("/users/me", ";$env:USERPROFILE"),
        ("/elsewhere/tools", ";/elsewhere/tools"),
    ],
)
def test_the_line_for_powershell_means_the_same_where_the_home_is_not_shown(folder: str, said: str) -> None:
    found = _found(_bare(f"{folder}/codex", on_path=None), system=WINDOWS, running=False)

    (finding,) = binary_is_found(replace(found, home=Path("/users/me")))

    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], ShellLine)
    shown = Redactor(home="/users/me").text(finding.fix.steps[0].line)
    assert f'"User") + "{said}"' in shown


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "dash"])
@pytest.mark.parametrize("folder", [".local/bin", "my bin"])
def test_the_line_for_path_works_as_the_report_shows_it(tmp_path: Path, shell: str, folder: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    shown = Redactor(home=str(tmp_path)).text(leads_to(tmp_path / folder))

    ran = subprocess.run(
        [program, "-c", f'{shown}; printf %s "$PATH"'],
        env={"HOME": str(tmp_path), "PATH": "/with a blank:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(tmp_path) not in shown
    assert ran.stdout == f"{tmp_path / folder}:/with a blank:/usr/bin"


def test_a_copy_inside_an_editor_is_no_reason_to_change_path() -> None:
    editor = _bare("/home/u/.vscode/extensions/x/codex", Channel.EDITOR, on_path=None)

    (finding,) = binary_is_found(_found(editor, running=False))

    assert finding.problem is problems.BINARY_NOT_ON_PATH
    assert "editor extension" in finding.advice
    assert finding.fix is not None
    assert "install.sh" in str(finding.fix.steps)


def test_the_users_own_copy_is_examined_before_one_inside_an_editor() -> None:
    editor = _bare("/home/u/.vscode/extensions/x/codex", Channel.EDITOR, on_path=None)
    own = _bare("/home/u/bin/codex", on_path=None)

    assert _found(editor, own, running=False).chosen is own


@pytest.mark.parametrize(("os", "arch"), [("freebsd14", "x86_64"), ("linux", "armv7l"), ("windows", "x86")])
def test_a_machine_that_codex_is_not_built_for_is_named(os: str, arch: str) -> None:
    (finding,) = package_is_whole(_found(NPM, system=System(os=os, arch=arch, release="", user=0)))

    assert finding.problem is problems.UNSUPPORTED_PLATFORM
    assert f"This is {os} on {arch}" in finding.detail


def test_without_a_copy_there_is_no_package_to_judge() -> None:
    with pytest.raises(NotApplicable):
        package_is_whole(_found())


def test_a_missing_platform_package_is_named_with_what_left_it_out() -> None:
    package = replace(PACKAGE, platform_root=None, others=("@openai/codex-darwin-arm64",))
    found = _found(replace(NPM, package=package, program=None, host=False))

    (finding,) = package_is_whole(replace(found, omits_optional="/home/u/.npmrc"))

    assert finding.problem is problems.NPM_OPTIONAL_DEP_MISSING
    assert "without @openai/codex-linux-x64" in finding.detail
    assert "@openai/codex-darwin-arm64, which is for another machine" in finding.detail
    assert "/home/u/.npmrc tells npm to omit" in finding.detail


@pytest.mark.parametrize(("program", "fate"), [(None, "gone"), (_program(NATIVE_PATH, b""), "empty")])
def test_a_program_that_vanished_from_its_package_is_reported(program: Program | None, fate: str) -> None:
    (finding,) = package_is_whole(_found(replace(NPM, program=program, host=False)))

    assert finding.problem is problems.VENDOR_BINARY_REMOVED
    assert finding.detail.endswith(f"codex is {fate}")


def test_the_unrelated_package_is_reported_with_the_right_one() -> None:
    wrong = Package(root=PREFIX / "lib/node_modules/codex", name="codex", version="0.2.3")

    (finding,) = package_is_whole(_found(replace(NPM, package=wrong, native=None, program=None)))

    assert finding.problem is problems.WRONG_NPM_PACKAGE
    assert finding.fix is not None
    assert [step.argv for step in finding.fix.steps if isinstance(step, RunCommand)] == [
        ("npm", "uninstall", "-g", "codex"),
        ("npm", "install", "-g", "@openai/codex@latest", "--include=optional"),
    ]


def test_the_copy_of_windows_does_not_serve_in_wsl() -> None:
    found = _found(replace(NPM, windows_side=True, program=None), system=WSL)

    (finding,) = package_is_whole(found)

    assert finding.problem is problems.BINARY_WRONG_ARCHITECTURE
    assert "inside WSL" in finding.advice
    assert judge_answer(found, SILENT) == ()


@pytest.mark.parametrize(
    ("version", "found"),
    [("0.169.0", True), ("0.144.0", True), ("0.141.0", False), (None, False)],
)
def test_a_bare_program_is_reported_if_its_version_needs_the_helper(version: str | None, found: bool) -> None:
    bare = _found(_bare("/home/u/bin/codex"))

    findings = tools_have_their_host(bare, replace(ANSWERED, version=version))

    assert _problems(findings) == ([problems.CODE_MODE_HOST_MISSING] if found else [])


BARE: Final = _bare("/opt/codex")


def _with(content: bytes = NATIVE["linux"], *, mode: int = 0o755) -> Installation:
    program = _program(BARE.path, content, mode=mode)
    return replace(BARE, file=program, program=program)


@pytest.mark.parametrize(
    ("copy", "answer", "problem"),
    [
        (_with(mode=0o644), {"fault": "EACCES"}, problems.BINARY_NOT_EXECUTABLE),
        (_with(), {"fault": "EACCES"}, problems.BINARY_NOT_EXECUTABLE),
        (_with(b""), {"fault": "ENOEXEC"}, problems.BINARY_NO_VERSION),
        (_with(b""), {"code": 0, "silent": True}, problems.BINARY_NO_VERSION),
        (_with(elf(183)), {"fault": "ENOEXEC"}, problems.BINARY_WRONG_ARCHITECTURE),
        (_with(elf(183, interpreter=b"/ld")), {"fault": "ENOENT"}, problems.BINARY_WRONG_ARCHITECTURE),
        (_with(mach_o(0x0100000C)), {"fault": "ENOEXEC"}, problems.BINARY_WRONG_ARCHITECTURE),
        (_with(), {"fault": "ENOEXEC"}, problems.BINARY_WRONG_ARCHITECTURE),
        (_with(elf(claims=999_999)), {"code": -7}, problems.NPM_VENDOR_BINARY_ENOENT),
        (_with(elf(claims=999_999)), {"fault": "EIO"}, problems.NPM_VENDOR_BINARY_ENOENT),
        (_with(b"\0\1\2"), {"fault": "ENOEXEC"}, problems.NPM_VENDOR_BINARY_ENOENT),
        (_with(elf(interpreter=b"/lib/ld.so")), {"fault": "ENOENT"}, problems.NPM_VENDOR_BINARY_ENOENT),
        (_with(), {"fault": "EIO"}, problems.NPM_VENDOR_BINARY_ENOENT),
        (_with(), {"timed_out": True, "seconds": 2.0}, problems.BINARY_HANGS),
        (_with(), {"code": 0, "silent": True}, problems.BINARY_NO_VERSION),
        (_with(), {"code": 1, "complaint": "panic"}, problems.BINARY_NO_VERSION),
        (_with(), {"code": -11}, problems.BINARY_NO_VERSION),
        (_with(), {"code": 1, "complaint": "version `GLIBC_2.39' not found"}, problems.GLIBC_TOO_OLD),
    ],
)  # fmt: skip
def test_why_codex_did_not_start_is_named_by_its_evidence(
    copy: Installation, answer: dict[str, object], problem: Problem
) -> None:
    answered = Binary(path=copy.path, started=copy.path, version=None, **answer)  # type: ignore[arg-type] # a table

    (finding,) = judge_answer(_found(copy), answered)

    assert finding.problem is problem
    assert "/opt/codex" in finding.detail


@pytest.mark.parametrize(
    ("system", "code", "problem"),
    [
        (MACOS, -9, problems.MACOS_GATEKEEPER),
        (LINUX, -9, problems.BINARY_NO_VERSION),
        (WINDOWS, 0xC0000135, problems.WINDOWS_VCREDIST_MISSING),
        (WINDOWS, -1073741515, problems.WINDOWS_VCREDIST_MISSING),
    ],
)
def test_how_a_program_ended_is_read_as_its_system_means_it(
    system: System, code: int, problem: Problem
) -> None:
    answered = replace(SILENT, started=BARE.path, code=code)

    assert _problems(judge_answer(_found(BARE, system=system), answered)) == [problem]


def test_a_program_that_answers_is_healthy_whatever_its_header_says() -> None:
    assert judge_answer(_found(_with(elf(183))), ANSWERED) == ()


def test_a_lost_executable_bit_can_be_given_back() -> None:
    (finding,) = judge_answer(_found(_with(mode=0o640)), replace(SILENT, fault="EACCES"))

    assert finding.fix is not None
    assert finding.fix.steps == (SetMode(path="/opt/codex", mode=0o751),)


def test_where_the_mount_allows_no_programs_nobody_is_told_to_install_another_there() -> None:
    (finding,) = judge_answer(_found(_with()), replace(SILENT, fault="EACCES", mount="/home"))

    assert finding.problem is problems.BINARY_NOT_EXECUTABLE
    assert "mounted at /home with noexec" in finding.detail
    assert finding.fix is None


def test_a_launcher_that_may_not_be_executed_is_reported_though_its_program_runs() -> None:
    launcher = replace(NPM, file=_program(NPM.path, LAUNCHER, mode=0o644))

    (finding,) = judge_answer(_found(launcher), ANSWERED)

    assert finding.problem is problems.BINARY_NOT_EXECUTABLE
    assert str(NPM.path) in finding.detail


def test_windows_has_no_executable_bit() -> None:
    copy = _with(NATIVE["windows"], mode=0o666)

    assert judge_answer(_found(copy, system=WINDOWS), ANSWERED) == ()


@pytest.mark.parametrize(
    ("content", "system", "foreign"),
    [
        (NATIVE["linux"], LINUX, False),
        (elf(183), LINUX, True),
        (NATIVE["windows"], LINUX, True),
        (mach_o(0x01000007), MACOS, False),
        (mach_o(7), MACOS, True),
        (NATIVE["windows"], WINDOWS, False),
        (NATIVE["windows"], System(os="windows", arch="aarch64", release="11", user=None), False),
        (LAUNCHER, LINUX, False),
    ],
)
def test_what_a_system_can_run_is_known(content: bytes, system: System, foreign: bool) -> None:
    assert _program(Path("/x"), content).foreign_to(system) == foreign


@pytest.mark.parametrize(
    ("channel", "command"),
    [
        (Channel.NPM, "npm install -g @openai/codex@latest --include=optional"),
        (Channel.BUN, "bun install -g @openai/codex@latest"),
        (Channel.PNPM, "pnpm add -g @openai/codex@latest"),
        (Channel.YARN, "yarn global add @openai/codex@latest"),
        (Channel.VITE_PLUS, "vp install -g @openai/codex@latest"),
        (Channel.VOLTA, "volta install @openai/codex@latest"),
        (Channel.BREW, "brew reinstall --cask codex"),
        (Channel.SCOOP, "scoop install codex"),
        (Channel.WINGET, "winget install --force OpenAI.Codex"),
    ],
)
def test_a_broken_copy_is_mended_by_whoever_installed_it(channel: Channel, command: str) -> None:
    (finding,) = package_is_whole(_found(replace(NPM, channel=channel, program=None)))

    assert finding.fix is not None
    (step,) = finding.fix.steps
    assert isinstance(step, RunCommand)
    assert " ".join(step.argv) == command


def test_a_copy_under_another_prefix_of_npm_is_mended_there() -> None:
    found = replace(_found(replace(NPM, program=None)), npm_prefix=Path("/opt/node22"))

    (finding,) = package_is_whole(found)

    assert finding.fix is not None
    (step,) = finding.fix.steps
    assert isinstance(step, RunCommand)
    assert step.argv[:5] == ("npm", "install", "-g", "--prefix", "/usr/local")


@pytest.mark.parametrize(
    ("channel", "kinds"),
    [
        (Channel.STANDALONE, [ShellLine]),
        (Channel.OTHER, [MoveAside, ShellLine]),  # else PATH would lead to the broken copy as before
        (Channel.EDITOR, [Tell]),
        (Channel.NIX, [Tell]),
    ],
)
def test_a_copy_without_a_package_manager_is_mended_in_words_or_by_the_installer(
    channel: Channel, kinds: list[type]
) -> None:
    (finding,) = judge_answer(_found(replace(BARE, channel=channel)), SILENT)

    assert finding.fix is not None
    assert [type(step) for step in finding.fix.steps] == kinds


NPM_LINE: Final = "npm install -g @openai/codex@latest --include=optional"
NODE: Final = Node(path=Path("/usr/bin/node"), version="v20.11.1")


def test_a_current_node_is_healthy() -> None:
    assert node_starts_the_launcher(_found(NPM), LauncherNode(node=NODE, launcher=NPM.path)) == ()


def test_a_node_of_unknown_version_is_given_the_benefit() -> None:
    launcher = LauncherNode(node=replace(NODE, version=None), launcher=NPM.path)

    assert node_starts_the_launcher(_found(NPM), launcher) == ()


def test_a_missing_node_is_reported_with_the_one_nearby() -> None:
    near = Node(path=Path("/home/u/.nvm/versions/node/v22.11.0/bin/node"), version="v22.11.0")
    launcher = LauncherNode(node=Node(path=None), launcher=NPM.path, nearby=near)

    (finding,) = node_starts_the_launcher(_found(NPM), launcher)

    assert finding.problem is problems.ENV_NODE_NOT_FOUND
    assert finding.fix is not None
    assert finding.fix.steps == (
        ShellLine(line='export PATH=/home/u/.nvm/versions/node/v22.11.0/bin:"$PATH"'),
    )


@pytest.mark.parametrize(
    ("node", "system", "lines"),
    [
        (
            "/home/u/.nvm/versions/node/v14.21.3/bin/node",
            LINUX,
            ["nvm install --lts && nvm alias default 'lts/*'", NPM_LINE],
        ),
        (
            "/home/u/.local/share/fnm/node-versions/v14.21.3/installation/bin/node",
            LINUX,
            ["fnm install --lts && fnm default lts-latest", NPM_LINE],
        ),
        ("/home/u/.volta/bin/node", LINUX, ["volta install node@lts"]),
        ("/home/u/.local/share/mise/shims/node", LINUX, ["mise use -g node@lts", NPM_LINE]),
        (
            "/home/u/.asdf/shims/node",
            LINUX,
            ["asdf install nodejs latest && asdf set -u nodejs latest", NPM_LINE],
        ),
        ("/opt/homebrew/bin/node", MACOS, ["brew upgrade node"]),
        ("/Program Files/nodejs/node.exe", WINDOWS, ["winget upgrade OpenJS.NodeJS.LTS"]),
        ("/usr/bin/node", LINUX, ["curl -fsSL https://chatgpt.com/codex/install.sh | sh"]),
    ],
)
def test_an_old_node_is_brought_up_by_whoever_keeps_it(node: str, system: System, lines: list[str]) -> None:
    launcher = LauncherNode(node=Node(path=Path(node), version="v14.21.3"), launcher=NPM.path)

    (finding,) = node_starts_the_launcher(_found(NPM, system=system), launcher)

    assert finding.fix is not None
    assert [step.line for step in finding.fix.steps if isinstance(step, ShellLine)] == lines
    assert "sudo" not in repr(finding.fix)


def test_a_node_nearby_is_shown_in_the_words_of_fish() -> None:
    near = Node(path=Path("/home/u/.nvm/versions/node/v22.11.0/bin/node"), version="v22.11.0")
    launcher = LauncherNode(node=Node(path=None), launcher=NPM.path, nearby=near)

    found = replace(_found(NPM), shell="fish")  # noqa: S604 - the name of one, and nothing is run

    (finding,) = node_starts_the_launcher(found, launcher)

    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="fish_add_path /home/u/.nvm/versions/node/v22.11.0/bin"),)


def test_a_copy_that_another_user_keeps_is_theirs_to_remove() -> None:
    brew = replace(_bare("/opt/homebrew/bin/codex", Channel.BREW), version="0.169.0")
    npm = replace(NPM, closed=Path("/usr/local/lib/node_modules"))

    (finding,) = copies_agree(_found(brew, npm), NOTHING_ASKED, ANSWERED)

    assert finding.fix is not None
    (step,) = finding.fix.steps
    assert isinstance(step, Tell)
    assert "Whoever looks after /usr/local/lib/node_modules can remove /usr/local/bin/codex" in step.text
    assert "`npm uninstall -g @openai/codex`" in step.text
    assert "sudo" not in finding.advice


@pytest.mark.parametrize(("version", "old"), [("v14.21.3", True), ("v15.14.0", True), ("v16.0.0", False)])
def test_a_node_before_16_is_too_old(version: str, old: bool) -> None:
    launcher = LauncherNode(node=replace(NODE, version=version), launcher=NPM.path)

    assert _problems(node_starts_the_launcher(_found(NPM), launcher)) == (
        [problems.NODE_TOO_OLD] if old else []
    )


def test_two_copies_in_path_are_reported_even_if_they_are_equal_today() -> None:
    brew = replace(_bare("/opt/homebrew/bin/codex", Channel.BREW), version="0.169.0")

    (finding,) = copies_agree(_found(brew, NPM), NOTHING_ASKED, ANSWERED)

    assert finding.problem is problems.MULTIPLE_INSTALLS
    assert finding.detail == (
        "/opt/homebrew/bin/codex (homebrew, 0.169.0) runs; also installed: "
        "/usr/local/bin/codex (npm, 0.169.0). `codex update` changes nothing: "
        "it does not know how the one that runs came here"
    )
    assert finding.advice == (
        "Keep /opt/homebrew/bin/codex, which is the one that runs, and take the other away."
    )
    assert finding.fix is not None
    assert finding.fix.steps == (RunCommand(argv=("npm", "uninstall", "-g", "@openai/codex")),)


def test_of_several_copies_the_newest_is_kept_even_if_it_does_not_run() -> None:
    (finding,) = copies_agree(
        _found(BARE, NPM), NOTHING_ASKED, replace(ANSWERED, path=BARE.path, version="0.142.0")
    )

    assert finding.advice == "Keep /usr/local/bin/codex, which is the newest, and take the other away."
    assert finding.fix is not None
    assert finding.fix.steps == (MoveAside(path="/opt/codex", to="/opt/codex.aside"),)


def test_of_equal_copies_the_one_that_can_be_updated_is_kept() -> None:
    (finding,) = copies_agree(_found(BARE, NPM), NOTHING_ASKED, ANSWERED)

    assert "Keep /usr/local/bin/codex, which is the one that can be updated," in finding.advice


def test_a_copy_that_no_command_removes_is_told_in_words() -> None:
    nix = replace(_bare("/nix/codex", Channel.NIX, on_path=2), version="0.150.0")

    (finding,) = copies_agree(_found(NPM, nix), NOTHING_ASKED, ANSWERED)

    assert finding.advice.endswith("take the other away. Remove /nix/codex with what installed it (nix).")


def test_an_update_that_changes_another_place_is_said() -> None:
    rival = replace(_bare("/opt/node/bin/codex", on_path=3), version="0.150.0")
    found = replace(_found(NPM, rival), npm_prefix=Path("/opt/node"))

    (finding,) = copies_agree(found, NOTHING_ASKED, ANSWERED)

    assert "runs `npm install -g @openai/codex`, which makes another one in /opt/node/lib/node_modules" in (
        finding.detail
    )


@pytest.mark.parametrize(
    ("rival", "reported"),
    [
        (replace(BARE, version="0.150.0", on_path=None), True),
        (replace(BARE, version="0.169.0", on_path=None), False),
        (replace(BARE, version=None, on_path=None), False),
        (replace(BARE, version="0.150.0", on_path=None, own_node=True), False),
        (replace(BARE, version="0.150.0", on_path=2, own_node=True), True),
        (replace(BARE, version="0.150.0", channel=Channel.EDITOR), False),
        (replace(BARE, version="0.150.0", channel=Channel.DESKTOP), False),
        (replace(BARE, version="0.150.0", channel=Channel.DAEMON), False),
        (replace(BARE, version="0.150.0", channel=Channel.NPX), False),
        (replace(BARE, version="0.150.0", windows_side=True), False),
        (replace(BARE, kind=Kind.SHIM), False),
        (replace(BARE, kind=Kind.SHIM, version="0.150.0"), False),
        (replace(BARE, kind=Kind.SCRIPT), False),
        (replace(BARE, kind=Kind.SCRIPT, version="0.150.0"), True),
    ],
)
def test_a_rival_is_a_copy_that_a_shell_or_an_update_may_reach(rival: Installation, reported: bool) -> None:
    findings = copies_agree(_found(NPM, rival), NOTHING_ASKED, ANSWERED)

    assert bool(findings) == reported


def test_a_wrapper_around_the_same_copy_is_no_rival() -> None:
    wrapper = replace(_bare("/home/u/bin/codex"), kind=Kind.SCRIPT, program=None, native=None)

    assert copies_agree(_found(wrapper, NPM), NOTHING_ASKED, ANSWERED) == ()


def test_a_newer_version_that_codex_has_noted_is_told_with_the_way_to_update() -> None:
    newest = Latest(path=Path("/home/u/.codex/version.json"), version="0.170.0")

    (finding,) = version_is_current(_found(NPM), ANSWERED, newest)

    assert finding.problem is problems.VERSION_OUTDATED
    assert finding.detail == "0.169.0 runs; 0.170.0 is out"
    assert finding.fix is not None
    assert "npm install -g @openai/codex@latest" in str(finding.fix.steps).replace("', '", " ")


@pytest.mark.parametrize("noted", ["0.169.0", "0.168.0", "0.169.0-alpha.9", "garbage"])
def test_a_note_that_is_not_newer_is_no_news(noted: str) -> None:
    assert version_is_current(_found(NPM), ANSWERED, Latest(path=Path("/v"), version=noted)) == ()


def test_a_missing_script_program_is_worth_a_note() -> None:
    assert _problems(script_is_there(ScriptUtility(path=None))) == [problems.SCRIPT_UTILITY_MISSING]
    assert script_is_there(ScriptUtility(path=Path("/usr/bin/script"))) == ()


def test_every_problem_of_the_installation_can_be_reported() -> None:
    reported = {problem for check in CHECKS for problem in check.reports}

    assert reported >= set(problems.PROBLEMS)
