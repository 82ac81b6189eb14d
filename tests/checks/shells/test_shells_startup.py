"""The start-up files of shells: a CODEX_HOME that leads away, and aliases with options of before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_checks.auth.login import Store
from codex_checks.install.binary import Binary
from codex_checks.places import codex_home
from codex_checks.problems import files as of_files
from codex_checks.problems import updating as of_install
from codex_checks.shells.checks import aliases_are_understood, home_is_where_you_signed_in
from codex_checks.shells.startup import HomeLine, StartUp, start_up
from codex_doctor.fix import ShellLine, Tell
from codex_doctor.model import Severity
from engine import context
from installed import WINDOWS
from sandboxes import answer
from signins import PATH, login
from tokens import API_KEY, chatgpt_login

if TYPE_CHECKING:
    from codex_cli import CodexCli

HOME: Final = PATH.parent
"""The folder that Codex uses in the facts of these tests."""

USUAL: Final = Path("/home/sam/.codex")
ANSWERED: Final = Binary(path=Path("/bin/codex"), started=Path("/bin/codex"), version="0.169.0", code=0)


def _read(home: Path, files: dict[str, str]) -> StartUp:
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    ctx = context(home)
    return answer(start_up, ctx, answer(codex_home, ctx))


@pytest.mark.parametrize(
    ("file", "line", "leads"),
    [
        (".bashrc", 'export CODEX_HOME="$HOME/.config/opencode"', ".config/opencode"),
        (".profile", "export CODEX_HOME=~/.codex-work; echo hi", ".codex-work"),
        (".zshenv", "CODEX_HOME=${HOME}/two", "two"),
        (".config/fish/config.fish", "set -gx CODEX_HOME ~/fishy", "fishy"),
        (".bashrc", "typeset -x CODEX_HOME=$HOME", "."),
    ],
)
def test_a_line_that_sets_codex_home_is_found_with_where_it_leads(
    tmp_path: Path, file: str, line: str, leads: str
) -> None:
    (found,) = _read(tmp_path, {file: f"# mine\n{line}\n"}).homes

    assert found == HomeLine(file=tmp_path / file, number=2, home=tmp_path / leads)


@pytest.mark.parametrize(
    "line",
    [
        'export CODEX_HOME="$OTHER/codex"',
        "export CODEX_HOME='~/codex'",
        'export CODEX_HOME="~/codex"',
        "export CODEX_HOME=$(mktemp -d)",
        "export CODEX_HOME=relative",
    ],
)
def test_where_a_line_leads_that_holds_more_than_the_home_is_not_known(tmp_path: Path, line: str) -> None:
    (found,) = _read(tmp_path, {".bashrc": line}).homes

    assert found.home is None


@pytest.mark.parametrize("line", ["# export CODEX_HOME=/x", "echo $CODEX_HOME", "export MY_CODEX_HOME=/x"])
def test_other_lines_with_that_word_set_nothing(tmp_path: Path, line: str) -> None:
    assert _read(tmp_path, {".bashrc": line}).homes == ()


def test_powershell_s_profile_is_read_on_windows(tmp_path: Path) -> None:
    file = tmp_path / "Documents/PowerShell/Microsoft.PowerShell_profile.ps1"
    file.parent.mkdir(parents=True)
    file.write_text('$env:CODEX_HOME = "$env:USERPROFILE/other"\n')

    ctx = context(tmp_path, system=WINDOWS)
    (found,) = answer(start_up, ctx, answer(codex_home, ctx)).homes

    assert found.home == tmp_path / "other"


def test_a_folder_without_a_sign_in_is_why_nobody_is_signed_in() -> None:
    line = HomeLine(file=Path("/home/sam/.bashrc"), number=3, home=HOME)
    found = StartUp(usual=USUAL, homes=(line,), signed_in=frozenset({USUAL}))

    (finding,) = home_is_where_you_signed_in(found, login(home_source="CODEX_HOME"))

    assert finding.problem.name == of_files.CODEX_HOME_POLLUTED.name
    assert finding.problem.severity is Severity.ERROR
    assert "not-signed-in" in finding.problem.explains
    assert finding.detail.endswith("while /home/sam/.codex does; line 3 of /home/sam/.bashrc sets it")
    assert finding.fix is not None
    assert finding.fix.steps[0] == ShellLine(line="unset CODEX_HOME")


def test_without_a_line_it_is_the_environment_that_leads_away() -> None:
    found = StartUp(usual=USUAL, signed_in=frozenset({USUAL}))

    (finding,) = home_is_where_you_signed_in(found, login(home_source="CODEX_HOME"))

    assert finding.detail.endswith("your environment sets it")


def test_a_line_that_does_not_hold_here_yet_is_a_warning() -> None:
    line = HomeLine(file=Path("/home/sam/.zshrc"), number=1, home=Path("/home/sam/.other"))
    found = StartUp(usual=HOME, homes=(line,), signed_in=frozenset({HOME}))

    (finding,) = home_is_where_you_signed_in(found, login(chatgpt_login()))

    assert finding.problem is of_files.CODEX_HOME_POLLUTED
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[-1], Tell)


def test_two_folders_with_a_sign_in_each_are_somebody_s_intention() -> None:
    line = HomeLine(file=Path("/home/sam/.zshrc"), number=1, home=HOME)
    found = StartUp(usual=USUAL, homes=(line,), signed_in=frozenset({USUAL, HOME}))

    assert home_is_where_you_signed_in(found, login(chatgpt_login(), home_source="CODEX_HOME")) == ()


def test_a_folder_that_is_named_by_hand_is_somebody_s_intention() -> None:
    found = StartUp(usual=USUAL, signed_in=frozenset({USUAL}))

    assert home_is_where_you_signed_in(found, login(home_source="--codex-home")) == ()


def test_what_a_keyring_holds_for_another_folder_is_not_known() -> None:
    found = StartUp(usual=USUAL, signed_in=frozenset({USUAL}))
    here = login(home_source="CODEX_HOME", store=Store.KEYRING)

    assert home_is_where_you_signed_in(found, here) == ()


def test_a_key_in_the_environment_needs_no_folder() -> None:
    found = StartUp(usual=USUAL, signed_in=frozenset({USUAL}))
    here = login(home_source="CODEX_HOME", variables={"CODEX_API_KEY": API_KEY})

    assert home_is_where_you_signed_in(found, here) == ()


REFUSED: Final = (
    ("codex --full-auto", "--full-auto"),
    ("codex --quiet", "--quiet"),
    ("codex --approval-mode=suggest", "--approval-mode"),
    ("codex -a on-failure", "-a on-failure"),
    ("codex --ask-for-approval=untrusted", "--ask-for-approval untrusted"),
    ("codex exec -a never", "-a"),
    ("codex exec --search", "--search"),
)


@pytest.mark.parametrize(("words", "refused"), REFUSED)
def test_an_alias_with_an_option_of_before_is_reported(tmp_path: Path, words: str, refused: str) -> None:
    found = _read(tmp_path, {".bash_aliases": f"alias cx='{words}'\n"})

    (finding,) = aliases_are_understood(found, ANSWERED)

    assert finding.problem is of_install.CLI_FLAG_REMOVED
    assert f"gives Codex {refused}, which 0.169.0 does not have" in finding.detail


@pytest.mark.parametrize("words", [words for words, _ in REFUSED])
def test_the_real_codex_refuses_those_options(codex_cli: CodexCli, words: str) -> None:
    ran = codex_cli.run([*words.split()[1:], "--help"])

    assert ran.returncode == 2
    assert "error: " in ran.stderr


@pytest.mark.parametrize(
    "words",
    ["codex", "codex --yolo", "codex -a never --search", "codex exec --json", "codex --no-alt-screen"],
)
def test_an_alias_with_options_that_there_are_is_healthy(
    tmp_path: Path, codex_cli: CodexCli, words: str
) -> None:
    found = _read(tmp_path, {".zshrc": f'alias cx="{words}"\n'})

    assert aliases_are_understood(found, ANSWERED) == ()
    assert codex_cli.run([*words.split()[1:], "--help"]).returncode == 0


def test_a_version_that_may_have_the_option_still_is_given_the_benefit(tmp_path: Path) -> None:
    found = _read(tmp_path, {".zshrc": "alias cx='codex --full-auto'\n"})
    older = Binary(path=Path("/bin/codex"), started=Path("/bin/codex"), version="0.50.0", code=0)

    assert aliases_are_understood(found, older) == ()


def test_what_an_alias_gives_beside_options_is_not_kept(tmp_path: Path) -> None:
    (found,) = _read(tmp_path, {".zshrc": "alias cx='codex -c key=sk-proj-Secret1 exec'\n"}).aliases

    assert "sk-proj" not in repr(found)


@given(content=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_start_up_file_is_read(tmp_path: Path, content: str) -> None:
    (tmp_path / ".bashrc").write_bytes(content.encode("utf-8", "surrogatepass"))

    assert _read(tmp_path, {}).usual == tmp_path / ".codex"
