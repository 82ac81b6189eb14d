"""A third-party catalogue that misbehaves: it is contained, named, and nothing of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.model import Verdict
from engine import context
from gone import gone
from third_party import CULPRIT, SHORT, hear, install, judging

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        pytest.param("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'", id="import"),
        pytest.param("raise RuntimeError('rainy')", "RuntimeError('rainy')", id="raises"),
        pytest.param("this is not even Python", "SyntaxError", id="syntax"),
        pytest.param("", "has no attribute 'catalogue'", id="empty"),
        pytest.param("def catalogue(): return 5", "returned int, not a Catalogue", id="not-a-catalogue"),
        pytest.param("import sys; sys.exit(3)", "it raised SystemExit(3)", id="sys.exit"),
        pytest.param("import os; os._exit(3)", "its worker ended with exit code 3", id="os._exit"),
        pytest.param("import os; os.kill(os.getpid(), 11)", "its worker was ended by SIGSEGV", id="segfault"),
    ],
)
def test_a_catalogue_that_cannot_be_loaded_is_one_crash_that_names_it(
    tmp_path: Path, whole: str, reason: str
) -> None:
    (outcome,) = hear(install(tmp_path, whole=whole))

    assert (outcome.check, outcome.area) == ("doctor.catalogue-acme", "doctor")
    assert (outcome.verdict, outcome.origin) == (Verdict.CRASHED, CULPRIT)
    assert outcome.reason.startswith(f"{CULPRIT}: ")
    assert outcome.reason.count(CULPRIT) == 1
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("raise RuntimeError('rainy')", "RuntimeError: rainy", id="raises"),
        pytest.param("sys.exit(3)", "SystemExit: 3", id="sys.exit"),
        pytest.param("os._exit(3)", "its worker ended with exit code 3", id="os._exit"),
        pytest.param("os._exit(0)", "its worker ended with exit code 0", id="os._exit(0)"),
        pytest.param("raise KeyboardInterrupt", "KeyboardInterrupt", id="interrupt"),
        pytest.param("import ctypes; ctypes.string_at(0)", "its worker was ended by SIG", id="segfault"),
        pytest.param("os.closerange(3, 64)", "its worker ", id="closes everything"),
        pytest.param("for fd in range(3, 64):\n            try: os.write(fd, b'\\xff' * 99)\n            "
                     "except OSError: pass", "frame 2, before byte", id="garbage"),
    ],
)  # fmt: skip
def test_a_check_that_ends_badly_is_a_crash_that_names_the_catalogue(
    tmp_path: Path, body: str, reason: str
) -> None:
    party = install(tmp_path, judging(body), checks="(acts,)")
    (outcome,) = hear(party)

    assert (outcome.check, outcome.title, outcome.area) == ("hosts.acme-acts", "Acts", "hosts")
    assert (outcome.verdict, outcome.origin) == (Verdict.CRASHED, CULPRIT)
    assert outcome.reason.startswith(f"{CULPRIT}: ")
    assert reason in outcome.reason
    assert all(map(gone, party.noted))


def test_a_check_that_raises_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    party = install(tmp_path, judging("raise RuntimeError('rainy')"), checks="(acts, well)")

    assert {outcome.check: outcome.verdict for outcome in hear(party)} == {
        "hosts.acme-acts": Verdict.CRASHED,
        "hosts.acme-is-well": Verdict.HEALTHY,
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("time.sleep(600)", id="blocks the event loop"),
        pytest.param("import re; re.match('(a+)+$', 'a' * 64 + 'b')", id="spins in native code"),
        pytest.param("os.kill(os.getpid(), 19)", id="stops itself"),
    ],
)
def test_a_check_that_hangs_is_timed_out_and_its_worker_killed(tmp_path: Path, body: str) -> None:
    party = install(tmp_path, judging(body), checks="(acts,)")
    (outcome,) = hear(party, seconds=SHORT)

    assert (outcome.check, outcome.verdict, outcome.origin) == (
        "hosts.acme-acts",
        Verdict.TIMED_OUT,
        CULPRIT,
    )
    assert outcome.reason.startswith(f"{CULPRIT}: ")
    assert all(map(gone, party.noted))


def test_a_probe_that_hangs_is_named(tmp_path: Path) -> None:
    code = """
    @blocking_probe("acme.stuck", touches={Touches.FILES}, limit=0.1)
    def stuck(ctx):
        time.sleep(600)

    @check("hosts.acme-acts", title="Acts", needs=(stuck,), reports=())
    def acts(fact):
        yield from ()
    """
    (outcome,) = hear(install(tmp_path, code, checks="(acts,)"))

    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.reason == f"{CULPRIT}: reading acme.stuck took longer than 0.1 s"


def test_a_catalogue_that_hangs_while_it_is_imported_is_timed_out_and_killed(tmp_path: Path) -> None:
    party = install(tmp_path, "time.sleep(600)")
    (outcome,) = hear(party, seconds=SHORT)

    assert (outcome.check, outcome.verdict) == ("doctor.catalogue-acme", Verdict.TIMED_OUT)
    assert outcome.reason == f"{CULPRIT}: its worker was not done when the time was over"
    assert all(map(gone, party.noted))


NOISE = """
    def noise():
        print("hello", flush=True)
        print("hello", file=sys.stderr, flush=True)
        os.write(1, b"hello")
        subprocess.run([sys.executable, "-c", "print('hello')"], check=True)
        return sys.stdin.read() + os.read(0, 10).decode()

    said = noise()

    @check("hosts.acme-acts", title="Acts", needs=(fact,), reports=(VPN,))
    def acts(ctx):
        yield VPN.found("heard", evidence={"stdin": said + noise()})
"""


def test_what_a_catalogue_prints_goes_nowhere_and_nothing_can_be_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (outcome,) = hear(install(tmp_path, NOISE, checks="(acts,)"))

    assert outcome.findings[0].evidence == {"stdin": ""}
    assert capfd.readouterr() == ("", "")


def test_what_the_interpreter_prints_at_its_start_does_no_harm(tmp_path: Path) -> None:
    party = install(tmp_path)
    (party.folder / "sitecustomize.py").write_text("import os; os.write(1, b'good morning ' * 9)", "utf-8")
    (outcome,) = hear(party)

    assert (outcome.check, outcome.verdict) == ("hosts.acme-is-well", Verdict.HEALTHY)


def test_a_file_in_the_working_directory_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = install(tmp_path, "import colorsys\nassert colorsys.hls_to_rgb")
    (tmp_path / "colorsys.py").write_text("raise RuntimeError('from the working directory')", "utf-8")
    monkeypatch.chdir(tmp_path)
    (outcome,) = hear(party)

    assert outcome.verdict is Verdict.HEALTHY


def test_no_catalogue_is_asked_when_the_examination_is_over(tmp_path: Path) -> None:
    party = install(tmp_path)
    ctx = context(tmp_path, env=party.env)
    ctx.close()
    outcomes = hear(party, ctx=ctx)

    assert [(outcome.check, outcome.verdict) for outcome in outcomes] == [
        ("doctor.catalogue-acme", Verdict.CRASHED)
    ]
    assert "the examination is over" in outcomes[0].reason
