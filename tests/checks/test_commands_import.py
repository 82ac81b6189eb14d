"""`import-auth` stores what Codex takes, keeps what was there, and shows nothing of either."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks import signin
from codex_checks.acts.pasted import NotImportable
from commands import asked, run, start, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")

OTHER = tokens.chatgpt_login(refresh_token="rt_from-another-machine")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a sign-in that is to be replaced."""
    acts_store.put(tmp_path / ".codex", tokens.chatgpt_login())
    return tmp_path / ".codex"


def pasted(folder: Path, content: object = OTHER) -> str:
    """Put *content* into a file and return its name."""
    (folder / "pasted.json").write_bytes(content if isinstance(content, bytes) else tokens.as_file(content))
    return "pasted.json"


def stored(home: Path) -> Any:  # noqa: ANN401 - whatever stands there
    return json.loads((home / "auth.json").read_bytes())


def test_it_says_what_it_stored_and_how_to_put_the_old_one_back(
    tmp_path: Path, home: Path, openai: FakeOpenAI
) -> None:
    before = (home / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path))

    first, kept, back, note = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr, openai.asked) == (0, "", [])
    assert first == "Imported: a ChatGPT sign-in with an access token until 2026-11-30 09:05 UTC."
    assert stored(home) == OTHER
    backup = Path(kept.removeprefix("  kept  what was stored before: ").replace("~", str(tmp_path)))
    assert (backup.read_bytes(), backup.stat().st_mode & 0o777) == (before, 0o600)
    assert note.startswith("  note  Use it on one machine only: ")

    words = back.removeprefix("  back  codex-doctor ").replace("~", str(tmp_path)).split()
    again = run(tmp_path, openai, *words)

    assert again.returncode == 0, again.stderr
    assert (home / "auth.json").read_bytes() == before


def test_what_codex_refused_before_is_put_back_with_a_copy(
    tmp_path: Path, home: Path, openai: FakeOpenAI
) -> None:
    acts_store.put(home, b"garbage")

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path))
    line = next(line for line in ran.stdout.splitlines() if line.startswith("  back  cp "))
    subprocess.run(
        ["/bin/sh", "-c", line.removeprefix("  back  ")],
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        check=True,
    )

    assert (home / "auth.json").read_bytes() == b"garbage"


def test_where_nothing_was_the_home_is_made_and_nothing_is_kept(tmp_path: Path, openai: FakeOpenAI) -> None:
    ran = run(tmp_path, openai, "import-auth", "-", stdin=f"\ufeff'{tokens.API_KEY}'\r\n")

    home = tmp_path / ".codex"
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Imported: an API key.\n", "")
    assert stored(home) == {"auth_mode": "apikey", "OPENAI_API_KEY": tokens.API_KEY}
    assert (home.stat().st_mode & 0o777, (home / "auth.json").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_home_that_was_named_is_not_made(tmp_path: Path, openai: FakeOpenAI) -> None:
    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path), "--codex-home", "elsewhere")

    assert ran.returncode == 1
    assert "CDX801 codex-home-missing: ~/elsewhere (--codex-home) does not exist" in ran.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_stored_already_is_not_stored_again(tmp_path: Path, home: Path, openai: FakeOpenAI) -> None:
    file = home / "auth.json"
    before = file.stat().st_mtime_ns

    ran = run(tmp_path, openai, "import-auth", str(file))

    assert (ran.returncode, file.stat().st_mtime_ns) == (0, before)
    assert ran.stdout.startswith("Nothing to do: a ChatGPT sign-in ")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _large(path: Path) -> None:
    path.write_bytes(b" " * (1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_fifo, "is a named pipe, not a file"),
        (_folder, "is a folder, not a file"),
        (_device, "is a device, not a file"),
        (_large, "holds more than 1048576 bytes, which is no sign-in"),
    ],
)
def test_what_is_no_file_is_refused_without_waiting_for_it(
    tmp_path: Path, home: Path, openai: FakeOpenAI, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "source")
    before = (home / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "import-auth", "source")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines() == [
        f"codex-doctor: source {words}",
        "  do    Copy the whole of it again; nothing was changed here.",
    ]
    assert (home / "auth.json").read_bytes() == before


def test_who_names_a_file_that_is_not_there_is_told_to_name_another(
    tmp_path: Path, home: Path, openai: FakeOpenAI
) -> None:
    before = (home / "auth.json").read_bytes()

    ran = run(tmp_path, openai, "import-auth", "source")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines() == [
        "codex-doctor: source does not exist",
        "  do    Name the file that holds the sign-in, or - for standard input; nothing was changed here.",
    ]
    assert (home / "auth.json").read_bytes() == before


def test_no_more_than_a_megabyte_is_read_from_standard_input(
    tmp_path: Path, home: Path, openai: FakeOpenAI
) -> None:
    endless = ["sh", "-c", 'yes | "$@"', "sh"]

    ran = run(tmp_path, openai, "import-auth", "-", before=endless)

    assert ran.returncode == 1
    assert "standard input holds more than 1048576 bytes" in ran.stderr
    assert stored(home) == tokens.chatgpt_login()


@pytest.mark.parametrize("content", [b"", b"{", b"hunter2", tokens.as_file({"tokens": 7})])
def test_what_codex_would_refuse_changes_nothing(
    tmp_path: Path, home: Path, openai: FakeOpenAI, content: bytes
) -> None:
    before = {path.name: path.read_bytes() for path in home.iterdir()}

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path, content))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("config", "content", "words"),
    [
        ('forced_login_method = "api"', OTHER, "only an API key, and a ChatGPT sign-in is imported"),
        (
            'forced_login_method = "chatgpt"',
            tokens.API_KEY.encode(),
            "a ChatGPT sign-in, and an API key is imported",
        ),
        (
            'forced_chatgpt_workspace_id = "ws-1"',
            OTHER,
            "only some workspaces, and the imported sign-in is of another",
        ),
        (
            'forced_chatgpt_workspace_id = ["ws-1"]',
            tokens.without(OTHER, "tokens", "account_id"),
            "only some workspaces, and the imported sign-in is of another",
        ),
    ],
)
def test_what_the_settings_forbid_is_refused_before_anything_is_replaced(
    tmp_path: Path, home: Path, openai: FakeOpenAI, config: str, content: object, words: str
) -> None:
    (home / "config.toml").write_text(config)

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path, content))

    assert ran.returncode == 1
    assert (
        f"CDX124 login-method-forbidden: The settings (~/.codex/config.toml) allow {words}"
        in ran.stderr.replace("allow only a ChatGPT", "allow a ChatGPT")
    )
    assert stored(home) == tokens.chatgpt_login()


@pytest.mark.parametrize(
    ("config", "content"),
    [
        ('forced_login_method = "api"', tokens.API_KEY.encode()),
        ('forced_login_method = "chatgpt"', OTHER),
        (
            f'forced_chatgpt_workspace_id = ["ws-1", "{tokens.ACCOUNT}"]',
            tokens.without(OTHER, "tokens", "account_id"),
        ),
    ],
)
def test_what_the_settings_allow_is_stored(
    tmp_path: Path, home: Path, openai: FakeOpenAI, config: str, content: object
) -> None:
    (home / "config.toml").write_text(config)

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path, content))

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("ephemeral", "CDX122 credentials-store-ephemeral"),
        ("keyring", "Codex keeps the sign-in in the keyring"),
    ],
)
def test_where_codex_does_not_read_the_file_nothing_is_written_to_it(
    tmp_path: Path, home: Path, openai: FakeOpenAI, store: str, words: str
) -> None:
    (home / "config.toml").write_text(f'cli_auth_credentials_store = "{store}"')

    ran = run(tmp_path, openai, "import-auth", pasted(tmp_path))

    assert (ran.returncode, stored(home)) == (1, tokens.chatgpt_login())
    assert words in ran.stderr


@pytest.mark.parametrize(
    "words", [["import-auth", ".codex/auth.json"], ["repair", "auth-json-invalid", "--yes"]]
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_sign_in_in_another_encoding_is_whole_again(
    tmp_path: Path, home: Path, openai: FakeOpenAI, words: list[str], encoding: str
) -> None:
    text = tokens.as_file(OTHER).decode()
    acts_store.put(home, text.encode(encoding))

    ran = run(tmp_path, openai, *words)

    assert ran.returncode == 0, ran
    assert (home / "auth.json").read_bytes() == text.encode()


@pytest.mark.skipif(sys.platform != "linux", reason="the terminal of this test is that of Linux")
def test_what_is_pasted_into_a_terminal_is_not_shown_however_long_it_is(
    tmp_path: Path, home: Path, openai: FakeOpenAI
) -> None:
    ours, theirs = os.openpty()
    long = json.dumps({**OTHER, "x": "y" * 9000})
    argv = [sys.executable, "-m", "codex_doctor", "import-auth", "-"]
    with subprocess.Popen(
        argv,
        env=surroundings(tmp_path, openai),
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        said = _until(ours, b"press Ctrl-D.")
        os.write(ours, long.encode() + b"\n\x04")
        with contextlib.suppress(OSError):
            while came := os.read(ours, 65536):
                said += came
    os.close(ours)

    assert (process.returncode, stored(home)) == (0, OTHER), said
    assert b"rt_from" not in said
    assert b"it is not shown" in said


def _until(descriptor: int, mark: bytes) -> bytes:
    said = b""
    while mark not in said:
        said += os.read(descriptor, 65536)
    return said


@pytest.mark.usefixtures("home")
@pytest.mark.skipif(sys.platform != "linux", reason="command lines are read in /proc")
def test_no_secret_stands_in_a_command_line_or_in_what_is_said(tmp_path: Path, openai: FakeOpenAI) -> None:
    names = {
        str(login["tokens"][name])
        for login in (OTHER, tokens.chatgpt_login())
        for name in ("id_token", "access_token", "refresh_token")
    }
    with start(tmp_path, openai, "import-auth", "-") as process:
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, err = process.communicate(json.dumps(OTHER))
    broken = run(tmp_path, openai, "import-auth", "-", stdin=json.dumps({**OTHER, "auth_mode": "x"}))

    said = out + err + broken.stdout + broken.stderr + line.decode()
    assert (process.returncode, broken.returncode) == (0, 1)
    assert [name for name in names if name in said] == []


def test_codex_takes_and_renews_what_was_imported(
    tmp_path: Path, openai: FakeOpenAI, codex_cli: CodexCli
) -> None:
    home = codex_cli.scratch_home()
    login = tokens.chatgpt_login(expires=time.time() - 5, refreshed=time.time())
    content = tokens.as_file(tokens.without(login, "tokens", "oauth_provenance"))

    ran = run(
        tmp_path, openai, "import-auth", pasted(tmp_path, b"```json\r\n" + content + b"\r\n```"),
        "--codex-home", str(home),
    )  # fmt: skip
    status = codex_cli.run(["login", "status"], home)
    codex_cli.run(["features", "list", *openai.codex_args], home, env=openai.codex_env)

    assert (ran.returncode, status.returncode) == (0, 0), ran.stderr
    assert "Logged in using ChatGPT" in status.stderr
    assert [one["refresh_token"] for one in asked(openai)] == [tokens.REFRESH_TOKEN]
    assert stored(home)["tokens"]["refresh_token"] == "rt_rotated_1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (tokens.API_KEY.encode(), "API key configured"),
        (tokens.ACCESS_TOKEN_PAT.encode(), "Logged in using personal access token"),
    ],
)
def test_codex_takes_a_key_and_a_personal_token(
    tmp_path: Path, openai: FakeOpenAI, codex_cli: CodexCli, content: bytes, said: str
) -> None:
    home = codex_cli.scratch_home()

    run(tmp_path, openai, "import-auth", pasted(tmp_path, content), "--codex-home", str(home))
    status = codex_cli.run(["login", "status"], home, env=openai.codex_env)

    assert (status.returncode, said in status.stderr) == (0, True), status.stderr


def test_programs_can_import_too(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    done = signin.import_auth(tokens.as_file(OTHER), codex_home=home)
    with pytest.raises(NotImportable):
        signin.import_auth(b"{", codex_home=home)

    assert (done.changed, done.in_use_elsewhere, stored(home)) == (True, True, OTHER)
    assert done.backup is not None
