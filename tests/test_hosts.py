"""A host asks in its own process, or by starting the command, and shows its own dialogue."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import acts_store
import codex_doctor
import tokens
from codex_doctor import preflight
from codex_doctor.errors import UsageError
from commands import PATIENCE, surroundings
from fakes.answers import USER_CODE

if TYPE_CHECKING:
    from codex_doctor import Checked
    from fakes.openai import FakeOpenAI

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
HOSTS: Final = (DOCS / "hosts.md").read_text("utf-8")

PROGRAM: Final = "#!/bin/sh\necho 'codex-cli 0.169.0'\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a program called codex that a host may start."""
    program = tmp_path / "bin" / "codex"
    program.parent.mkdir()
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return tmp_path


def env(home: Path, openai: FakeOpenAI) -> dict[str, str]:
    return {**surroundings(home, openai), "PATH": f"{home / 'bin'}:{os.defpath}"}


def test_a_host_gets_the_report_of_the_environment_in_which_it_will_start_codex(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "auth.json").write_text("{")

    report = codex_doctor.diagnose("auth", offline=True, env={"HOME": str(tmp_path)}, cwd=tmp_path)

    assert (report.exit_code, report.findings[0].name) == (1, "auth-json-invalid")
    assert report.findings[0].evidence["path"] == "~/.codex/auth.json"


def test_no_secret_is_in_the_report_that_a_host_gets(tmp_path: Path) -> None:
    acts_store.put(tmp_path / ".codex", tokens.api_key_login())

    report = codex_doctor.diagnose("auth", offline=True, env={"HOME": str(tmp_path)})

    assert tokens.API_KEY not in repr(report)


def test_a_host_says_which_codex_it_means(tmp_path: Path) -> None:
    report = codex_doctor.diagnose(
        "binary-not-found",
        "codex-bin-invalid",
        offline=True,
        env={"HOME": str(tmp_path)},
        codex_home=tmp_path / "other",
        codex_bin=tmp_path / "absent",
    )

    assert report.machine.codex_home == "~/other"
    assert "codex-bin-invalid" in {finding.name for finding in report.findings}


def test_a_host_shows_each_check_as_it_is_done(tmp_path: Path) -> None:
    seen: list[Checked] = []

    report = codex_doctor.diagnose(
        "auth", "files", offline=True, env={"HOME": str(tmp_path)}, on_check=seen.append
    )

    assert {(each.id, each.verdict) for each in seen} == {(each.id, each.verdict) for each in report.checks}


def test_the_loop_of_a_host_goes_on_meanwhile(tmp_path: Path) -> None:
    async def host() -> None:
        seen: list[Checked] = []
        loop = asyncio.get_running_loop()
        threads: set[bool] = set()

        def show(checked: Checked) -> None:
            seen.append(checked)
            threads.add(asyncio.get_running_loop() is loop)

        report = await codex_doctor.diagnose_async(
            "auth", offline=True, env={"HOME": str(tmp_path)}, on_check=show
        )

        assert {each.id for each in seen} == {check.id for check in report.checks}
        assert threads == {True}

    asyncio.run(host())


def test_a_host_that_does_not_want_to_know_any_more_waits_for_nothing_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    program, begun = tmp_path / "codex", tmp_path / "begun"
    program.write_text(f"#!/bin/sh\necho $$ > {begun}\nexec sleep 60\n")
    program.chmod(0o755)

    async def host() -> None:
        asking = asyncio.create_task(
            codex_doctor.diagnose_async(
                offline=True, deadline=30, env={"HOME": str(tmp_path), "PATH": os.defpath}, codex_bin=program
            )
        )
        end = time.monotonic() + PATIENCE
        # Another process makes it true.
        while not (begun.exists() and begun.read_text()) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(host())

    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), signal.SIGCONT)


@pytest.mark.parametrize("deadline", [0.0, 3601.0, float("nan")])
def test_a_deadline_that_is_none_is_refused(deadline: float) -> None:
    with pytest.raises(UsageError, match="a deadline is"):
        codex_doctor.diagnose(deadline=deadline)


def test_a_host_says_for_whom_it_asks(tmp_path: Path) -> None:
    (tmp_path / "codex-doctor.toml").write_text("broken [")
    environment = {"HOME": str(tmp_path), "OPENAI_API_KEY": tokens.API_KEY}

    asked = {
        profile: codex_doctor.diagnose(
            "auth.signed-in", profile=profile, offline=True, env=environment, cwd=tmp_path
        )
        for profile in ("desktop", "sandbox")
    }

    assert {profile: report.exit_code for profile, report in asked.items()} == {"desktop": 1, "sandbox": 0}
    with pytest.raises(UsageError, match="nobody"):
        codex_doctor.diagnose(profile="nobody", offline=True)


def test_what_does_not_exist_cannot_be_selected() -> None:
    with pytest.raises(UsageError, match="frobnication"):
        codex_doctor.diagnose("frobnication", offline=True)


def test_a_process_of_somebody_else_adopts_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    adopted: list[bool] = []
    monkeypatch.setattr("codex_doctor.processes.become_reaper", lambda: adopted.append(True))

    codex_doctor.diagnose("auth.file-is-valid", offline=True, env={"HOME": str(tmp_path)})

    assert adopted == []


def test_the_function_is_there_only_when_somebody_calls_it() -> None:
    name = "diagnosis"
    script = (
        "import sys, codex_doctor; print([name for name in sys.modules if name in ('msgspec', 'typing')])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
    assert codex_doctor.diagnose is preflight.diagnose
    with pytest.raises(AttributeError, match="diagnosis"):
        getattr(codex_doctor, name)


def test_i_have_logged_in_is_looked_into(tmp_path: Path, openai: FakeOpenAI) -> None:
    acts_store.put(tmp_path / ".codex", tokens.chatgpt_login(expires=time.time() + 3600))
    environment = {"HOME": str(tmp_path), **openai.env}

    before = codex_doctor.diagnose("auth", "account", env=environment)
    openai.sicken("*/wham/usage", 401, {"detail": "Unauthorized"})
    after = codex_doctor.diagnose("auth", "account", env=environment)

    assert before.exit_code == 0
    assert (after.exit_code, after.findings[0].name) == (1, "auth-401-chatgpt")


def test_the_example_host_signs_its_user_in_and_starts_codex(home: Path, openai: FakeOpenAI) -> None:
    openai.service.polls, openai.service.interval = 1, "1"

    done = subprocess.run(
        [sys.executable, str(DOCS / "example_host.py"), "codex", "exec", "hello"],
        env=env(home, openai),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert f"/codex/device and enter {USER_CODE}\n" in done.stdout, done.stderr
    assert done.stdout.endswith("codex-cli 0.169.0\n")
    assert "looked at auth.signed-in: found" in done.stderr
    assert "looked at auth.signed-in: healthy" in done.stderr


def test_the_example_host_says_what_is_wrong_where_no_sign_in_mends_it(
    home: Path, openai: FakeOpenAI
) -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "example_host.py"), "codex", "exec", "hello"],
        env={**env(home, openai), "CODEX_HOME": str(home / "gone")},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout.startswith("Codex will not work here: "), done.stderr
    assert f"{home.name}/gone" in done.stdout or "~/gone" in done.stdout


def test_the_example_in_another_language_does_the_same(home: Path, openai: FakeOpenAI) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    openai.service.polls, openai.service.interval = 1, "1"
    (script,) = re.findall(r"```js\n(.*?)```", HOSTS, re.DOTALL)
    (home / "bin" / "codex-doctor").write_text(f'#!/bin/sh\nexec {sys.executable} -m codex_doctor "$@"\n')
    (home / "bin" / "codex-doctor").chmod(0o755)
    script += "ready(console.log).then((ready) => console.log(`ready: ${ready}`));"

    done = subprocess.run(
        [node, "-e", script],
        env=env(home, openai),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert f"/codex/device and enter {USER_CODE}\n" in done.stdout, done.stderr
    assert "looked at auth.signed-in: healthy" in done.stdout
    assert "\nready: " in done.stdout
