from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz123456"
REUSED = "Failed to refresh token: 401: Your refresh token has already been used to generate a new one."


def explain(*args: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", "explain", *args],
        input=given,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(
        args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def test_a_message_is_answered_with_the_failure_its_cause_and_the_fix() -> None:
    done = explain(REUSED)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("CDX104 refresh-token-reused   ")
    assert "refresh token has already been" in done.stdout
    assert "codex-doctor check refresh-token-reused" in done.stdout
    assert "## Why" in done.stdout
    assert "## What to do" in done.stdout
    assert "## How to confirm" in done.stdout


def test_a_message_need_not_be_quoted() -> None:
    assert explain(*REUSED.split()).stdout == explain(REUSED).stdout


@pytest.mark.parametrize("text", ["-sh: codex: not found", "--- codex: command not found"])
def test_a_message_may_begin_with_a_dash(text: str) -> None:
    assert "binary-not-on-path" in explain(text).stdout


def test_a_log_on_standard_input_and_in_a_file_is_read(tmp_path: Path) -> None:
    log = f"starting\n\x1b[31m{REUSED}\x1b[0m\n"
    file = tmp_path / "codex.log"
    file.write_text(log, "utf-8")

    answers = {
        explain("-", given=log.encode()).stdout,
        explain(given=log.encode()).stdout,
        explain(str(file)).stdout,
    }

    assert len(answers) == 1
    assert "refresh-token-reused" in answers.pop()


def test_programs_get_the_candidates_with_the_reason_for_each() -> None:
    answer = json.loads(explain("--format", "json", REUSED).stdout)

    first = answer["candidates"][0]
    assert answer["schema"] == 1
    assert answer["confident"] is True
    assert (first["code"], first["name"]) == ("CDX104", "refresh-token-reused")
    assert first["page"] == "docs/troubleshooting/refresh-token-reused.md"
    assert 0.75 < first["score"] <= 1
    assert all(reason.startswith("matched `") for reason in first["why"])
    assert answer["command"] == "codex-doctor check refresh-token-reused"


def test_where_nothing_fits_nothing_is_guessed_and_a_next_step_is_named() -> None:
    done = explain("error[E0382]: borrow of moved value: `x`")
    data = explain("error[E0382]: borrow of moved value: `x`", "--format=json")

    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing that is known of Codex fits" in done.stderr
    assert "examines this machine" in done.stderr
    assert data.returncode == 1
    assert json.loads(data.stdout)["candidates"] == []
    assert json.loads(data.stdout)["confident"] is False


def test_where_two_causes_share_a_message_one_question_tells_them_apart() -> None:
    text = "Device code was not returned yet"
    answer = json.loads(explain(text, "--format", "json").stdout)
    done = explain(text)

    assert answer["candidates"][0]["name"] == "device-code-not-returned"
    assert done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {SECRET}",
        f"zzz {SECRET}",
        SECRET,
        f"-{SECRET}",
        f"{REUSED} {SECRET}",
    ],
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_a_secret_in_what_was_pasted_is_never_said(text: str, format: str) -> None:
    done = explain("--format", format, "--", text)

    assert SECRET[8:] not in done.stdout + done.stderr


@pytest.mark.parametrize("args", [("--frobnicate",), ("--format", "papyrus", "x")])
def test_wrong_options_are_wrong_usage(args: tuple[str, ...]) -> None:
    assert explain(*args).returncode == 2


@pytest.mark.parametrize("name", ["missing.log", "no/such/./file.txt", "/no/such/place"])
def test_a_file_that_is_not_there_is_no_message(name: str, tmp_path: Path) -> None:
    done = explain(str(tmp_path / name) if "/" not in name else name)

    assert (done.returncode, done.stdout) == (2, "")
    assert "the file cannot be read: No such file or directory" in done.stderr


def test_a_folder_and_what_may_have_no_end_are_no_files(tmp_path: Path) -> None:
    assert "Is a directory" in explain(str(tmp_path)).stderr
    assert "a device" in explain("/dev/zero").stderr


def test_a_pipe_with_a_name_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(REUSED,))
    writer.start()
    done = explain(str(pipe))
    writer.join()

    assert done.stdout.startswith("CDX104 ")


@pytest.mark.parametrize("given", [b"", b" \n\t\n"])
def test_nothing_is_said_to_be_nothing(given: bytes) -> None:
    done = explain("-", given=given)

    assert (done.returncode, done.stdout) == (2, "")
    assert "the text is empty" in done.stderr


def test_a_word_that_is_near_no_name_is_not_said_back() -> None:
    assert "hunter2" not in explain("hunter2").stderr
    assert "did you mean" in explain("not-signed").stderr


def test_where_no_check_looks_for_the_answer_none_is_offered() -> None:
    found = json.loads(explain("--format", "json", "access_denied").stdout)

    assert (found["confident"], found["candidates"][0]["name"]) == (True, "login-access-denied")
    assert found["command"] is None


def test_an_answer_that_cannot_be_written_is_no_success() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "codex_doctor", "explain", REUSED],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 2
    assert b"No space left on device" in done.stderr


@pytest.mark.parametrize(
    "given", [b"CDX104", b"CDX104 refresh-token-reused   Your sign-in was used up\n", b"CDX104."]
)
def test_a_line_that_the_doctor_printed_leads_to_its_page(given: bytes) -> None:
    assert explain("-", given=given).stdout == explain("CDX104").stdout
