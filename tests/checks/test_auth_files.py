"""The file auth.json is judged: readable, valid, private, and ready to be saved."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from codex_checks.auth import files
from codex_checks.auth.again import word
from codex_checks.problems import signin
from codex_doctor.fix import Act, MoveAside, SetMode, ShellLine, command
from signins import LINUX, MACOS, PATH, ROOT, WINDOWS, WSL, login, status, stored
from tokens import chatgpt_login

if TYPE_CHECKING:
    from codex_doctor.context import System
    from codex_doctor.model import Finding

HEALTHY = chatgpt_login()


def _commands(finding: Finding) -> list[str]:
    assert finding.fix is not None
    lines = (command(step, os="linux") for step in finding.fix.steps if isinstance(step, ShellLine | Act))
    return [line for line in lines if line is not None]


def test_a_file_of_ones_own_is_healthy() -> None:
    found = login(HEALTHY)

    assert files.file_is_readable(found) == ()
    assert files.file_is_valid(found) == ()
    assert files.file_is_private(found) == ()
    assert files.file_can_be_saved(found) == ()
    assert files.mode_is_loadable(stored(HEALTHY)) == ()


def test_a_folder_in_its_place_is_moved_aside_before_signing_in() -> None:
    found = login(file={"status": status(kind="folder"), "error": "it is a folder"})
    (finding,) = files.file_is_readable(found)

    assert finding.problem is signin.AUTH_FILE_UNREADABLE
    assert finding.detail == f"{PATH} is a folder, not a file"
    assert finding.advice == "Move it aside, where it is kept, and sign in again."
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], MoveAside)
    assert _commands(finding) == ["codex-doctor login"]


def test_what_is_no_file_is_judged_once() -> None:
    found = login(file={"status": status(kind="folder", mode=0o555), "error": "it is a folder"})

    assert files.file_is_private(found) == ()
    assert files.file_can_be_saved(found) == ()


def test_a_loop_of_links_is_moved_aside() -> None:
    found = login(file={"link": True, "error": "Too many levels of symbolic links"})
    (finding,) = files.file_is_readable(found)

    assert "Too many levels of symbolic links" in finding.detail
    assert finding.fix is not None


def test_a_file_that_its_owner_cannot_read_is_given_the_right_mode() -> None:
    found = login(file={"status": status(mode=0), "error": "Permission denied"})
    (finding,) = files.file_is_readable(found)

    assert "mode 0000" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (SetMode(path=str(PATH), mode=0o600),)


def test_a_file_of_root_is_made_ones_own() -> None:
    found = login(file={"status": status(owner=0), "error": "Permission denied"})
    (finding,) = files.file_is_readable(found)

    assert finding.evidence["owner"] == 0
    assert _commands(finding) == [f'sudo chown "$(id -u):$(id -g)" {PATH} && chmod 600 {PATH}']


def test_a_refused_file_is_named_with_field_place_and_codexs_words() -> None:
    (finding,) = files.file_is_valid(login(b'{"auth_mode": "wat"}'))

    assert finding.problem is signin.AUTH_JSON_INVALID
    assert finding.evidence["field"] == "auth_mode"
    assert (finding.evidence["line"], finding.evidence["column"]) == (1, 15)
    assert finding.evidence["codex"] == "failed to deserialize CLI auth from file: invalid credential JSON"


def test_an_empty_file_is_told_without_a_place_in_it() -> None:
    (finding,) = files.file_is_valid(login(b""))

    assert finding.detail == f"{PATH} is empty"


def test_a_broken_file_is_kept_aside_and_never_logged_out() -> None:
    (finding,) = files.file_is_valid(login(b"{"))

    assert finding.fix is not None
    assert finding.fix.steps[0] == MoveAside(path=str(PATH), to=f"{PATH}.aside-20261120-090510")
    assert _commands(finding) == ["codex-doctor login"]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf{}", "{}".encode("utf-16")])
def test_a_sign_in_in_another_encoding_is_saved_again(content: bytes) -> None:
    (finding,) = files.file_is_valid(login(content))

    assert finding.fix is not None
    assert [step.kind for step in finding.fix.steps if isinstance(step, Act)] == [files.RESAVING]
    assert _commands(finding) == [f"codex-doctor import-auth {PATH}"]


@pytest.mark.parametrize(
    ("mode", "codex"),
    [
        ("headers", "externally provided auth cannot be loaded from auth storage."),
        ("agentIdentity", "agent identity auth is missing agent identity auth material."),
        ("personalAccessToken", "personal access token auth is missing a personal access token."),
        ("bedrockApiKey", "Bedrock API key auth is missing a Bedrock API key."),
        ("bedrockAccessKeys", "Bedrock access keys auth is missing AWS access keys."),
    ],
)
def test_a_mode_without_what_it_needs_is_refused(mode: str, codex: str) -> None:
    (finding,) = files.mode_is_loadable(stored({"auth_mode": mode}))

    assert finding.problem is signin.AUTH_JSON_INVALID
    assert finding.evidence["codex"] == codex


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o777])
def test_a_file_that_others_can_read_is_reported_with_a_fix(mode: int) -> None:
    (finding,) = files.file_is_private(login(HEALTHY, file={"status": status(mode=mode)}))

    assert finding.problem is signin.AUTH_FILE_EXPOSED
    assert f"mode {mode:04o}" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (SetMode(path=str(PATH), mode=0o600),)


def test_the_file_behind_a_link_is_the_one_that_is_mended() -> None:
    real = Path("/home/somebody/secrets/codex.json")
    (finding,) = files.file_is_private(
        login(HEALTHY, file={"status": status(mode=0o644), "real": real, "link": True})
    )

    assert finding.fix is not None
    assert finding.fix.steps == (SetMode(path=str(real), mode=0o600),)


@pytest.mark.parametrize(
    ("system", "path"), [(WINDOWS, PATH), (WSL, Path("/mnt/c/Users/somebody/auth.json"))]
)
def test_modes_that_mean_nothing_are_not_judged(system: System, path: Path) -> None:
    found = login(HEALTHY, system=system, file={"status": status(mode=0o555), "real": path})

    assert files.file_is_private(found) == ()
    assert files.file_can_be_saved(found) == ()


def test_modes_in_the_linux_part_of_wsl_are_judged() -> None:
    found = login(HEALTHY, system=WSL, file={"status": status(mode=0o644)})

    assert len(files.file_is_private(found)) == 1


def test_on_macos_modes_are_judged() -> None:
    found = login(HEALTHY, system=MACOS, file={"status": status(mode=0o644)})

    assert len(files.file_is_private(found)) == 1


@pytest.mark.parametrize("system", [LINUX, MACOS, ROOT])
def test_a_read_only_file_loses_the_next_renewal(system: System) -> None:
    owner = system.user or 0
    found = login(HEALTHY, file={"status": status(mode=0o400, owner=owner)}, system=system)
    (finding,) = files.file_can_be_saved(found)

    assert finding.problem is signin.AUTH_FILE_NOT_WRITABLE
    assert "mode 0400" in finding.detail
    assert "would be sent, and its new token lost" in finding.detail


def test_a_hard_link_loses_the_next_renewal_on_any_system() -> None:
    for system in (ROOT, MACOS, WINDOWS):
        (finding,) = files.file_can_be_saved(login(HEALTHY, file={"status": status(links=2)}, system=system))

        assert "2 hard links" in finding.detail


def test_a_hard_link_is_undone_by_a_copy() -> None:
    (finding,) = files.file_can_be_saved(login(HEALTHY, file={"status": status(links=2)}))

    assert _commands(finding) == [f"cp -p {PATH} {PATH}.new && mv {PATH}.new {PATH}"]
    assert finding.advice.startswith("Make it a file of its own")


def test_a_file_of_another_user_cannot_be_saved() -> None:
    found = login(HEALTHY, file={"status": status(mode=0o644, owner=0)})
    (finding,) = files.file_can_be_saved(found)

    assert "belongs to user 0, not to you (user 1000)" in finding.detail


def test_root_may_save_what_belongs_to_another() -> None:
    assert files.file_can_be_saved(login(HEALTHY, system=ROOT)) == ()


def test_a_file_of_another_user_that_anybody_may_write_can_be_saved() -> None:
    found = login(HEALTHY, file={"status": status(mode=0o666, owner=0)})

    assert files.file_can_be_saved(found) == ()


def test_a_closed_folder_behind_a_link_is_reported() -> None:
    real = Path("/home/somebody/secrets/codex.json")
    folder = status(kind="folder", mode=0o500)
    found = login(HEALTHY, file={"real": real, "link": True, "folder": folder})
    (finding,) = files.file_can_be_saved(found)

    assert finding.fix is not None
    assert finding.fix.steps == (SetMode(path=str(real.parent), mode=0o700),)


def test_an_open_folder_behind_a_link_is_healthy() -> None:
    real = Path("/home/somebody/secrets/codex.json")

    assert files.file_can_be_saved(login(HEALTHY, file={"real": real, "link": True})) == ()


def test_the_folder_of_codex_itself_is_judged_elsewhere() -> None:
    found = login(HEALTHY, file={"folder": status(kind="folder", mode=0o500)})

    assert files.file_can_be_saved(found) == ()


def test_a_path_with_spaces_is_quoted_for_its_shell() -> None:
    spaced = PureWindowsPath(r"C:\Users\Some Body's\auth.json")

    assert word(spaced, login(system=WINDOWS)) == r"'C:\Users\Some Body''s\auth.json'"
    assert word(Path("/home/some body/auth.json"), login()) == "'/home/some body/auth.json'"
