"""A sign-in in an encoding that Codex refuses is saved again: it is the same, whatever happens on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from acts_store import DIED, login, put, renew, store
from codex_checks.acts import resave_step
from codex_checks.acts.content import as_utf_8
from codex_checks.acts.store import CredentialStore
from codex_checks.auth.files import RESAVING
from codex_doctor.errors import RepairError
from codex_doctor.fix import Act
from codex_doctor.locks import take
from repairs import Workshop, age
from tokens import as_file

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from codex_doctor.repair.applying import Applied
    from fakes.openai import FakeOpenAI

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and locks are those of Unix")

ENCODINGS: Final = ("utf-8-sig", "utf-16", "utf-16-be-with-mark")
STEP: Final = Act(kind=RESAVING, words="Save it again", command="iconv")

STEPS: Final = (
    "locked",
    "temporary-made",
    "temporary-written",
    "temporary-synced",
    "renamed",
    "folder-synced",
)

KILLED: Final = """
import os, sys
from pathlib import Path
import test_acts_resave as test
from codex_checks.acts.store import CredentialStore

home, last = Path(sys.argv[1]), sys.argv[2]
real = CredentialStore.__init__

def init(self, *args, **options):
    real(self, *args, **options)
    self.step = lambda name: os._exit(9) if name == last else None

CredentialStore.__init__ = init
applied = test.mend(test.workshop_of(home))
assert applied.error is None, applied.error
"""


def encoded(encoding: str, content: object | None = None) -> bytes:
    text = as_file(login() if content is None else content).decode()
    if encoding == "utf-16-be-with-mark":
        return b"\xfe\xff" + text.encode("utf-16-be")
    return text.encode(encoding)


def workshop_of(home: Path) -> Workshop:
    return Workshop(home=home, state=home.parent / "state", acts={RESAVING: lambda: resave_step.HANDLER})


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A home whose own state stands beside it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    (tmp_path / "home" / ".codex").mkdir(parents=True)
    return workshop_of(tmp_path / "home")


def auth(workshop: Workshop) -> Path:
    return workshop.home / ".codex" / "auth.json"


def mend(workshop: Workshop) -> Applied:
    (applied,) = workshop.mend(STEP)
    return applied


def stored(workshop: Workshop) -> object:
    return json.loads(auth(workshop).read_bytes())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_token_stays_and_codex_reads_it(workshop: Workshop, codex_cli: CodexCli, encoding: str) -> None:
    content = login(last_refresh="2026-11-20T09:00:00Z") | {"of_tomorrow": [1, 2.5, None]}
    put(auth(workshop).parent, encoded(encoding, content))
    refused = codex_cli.run(["login", "status"], auth(workshop).parent).returncode

    applied = mend(workshop)

    assert applied.error is None
    assert stored(workshop) == content
    assert (refused, codex_cli.run(["login", "status"], auth(workshop).parent).returncode) == (1, 0)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_is_taken_back_byte_for_byte(workshop: Workshop, encoding: str) -> None:
    before = put(auth(workshop).parent, encoded(encoding))
    auth(workshop).chmod(0o640)
    age(workshop.home)
    modified = auth(workshop).stat().st_mtime_ns

    mend(workshop)
    workshop.undo()

    status = auth(workshop).stat()
    assert (auth(workshop).read_bytes(), status.st_mode & 0o777) == (before, 0o640)
    assert (status.st_mtime_ns, auth(workshop).parent.stat().st_mtime_ns) == (modified, modified)


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbf{", "{".encode("utf-16"), b"\xff\xfe\x00\xd8", as_file({}), b"nothing"]
)
def test_what_is_no_whole_sign_in_in_another_encoding_is_left_alone(workshop: Workshop, raw: bytes) -> None:
    put(auth(workshop).parent, raw)

    applied = mend(workshop)

    assert applied.error is not None
    assert "is not what it was when it was examined" in applied.error.message
    assert auth(workshop).read_bytes() == raw


def test_while_codex_holds_its_lock_nothing_is_changed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = put(auth(workshop).parent, encoded("utf-16"))
    monkeypatch.setattr(CredentialStore.commit, "__kwdefaults__", {"patience": 0.0})
    descriptor = os.open(auth(workshop).with_name("auth.json.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    assert take(descriptor, byte=0)

    applied = mend(workshop)
    os.close(descriptor)

    assert applied.error is not None
    assert applied.error.transient
    assert auth(workshop).read_bytes() == raw


def test_after_a_renewal_it_is_not_taken_back_and_the_spent_token_is_not_kept(
    workshop: Workshop, openai: FakeOpenAI
) -> None:
    put(auth(workshop).parent, encoded("utf-16"))
    mend(workshop)
    own = store(auth(workshop).parent, state=Path(os.environ["XDG_STATE_HOME"]) / "codex-doctor")
    kept = len(own.backups.all())

    renew(own, openai)

    with pytest.raises(RepairError, match="the sign-in was renewed or replaced since"):
        workshop.undo()
    assert (kept, own.backups.all()) == (1, ())


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_the_old_or_the_new_and_the_next_repair_says_which(
    workshop: Workshop, step: str
) -> None:
    old = put(auth(workshop).parent, encoded("utf-16"))
    argv = [sys.executable, "-c", KILLED, str(workshop.home), step]
    path = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))
    ran = subprocess.run(
        argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )

    assert ran.returncode == DIED, ran.stderr
    saved = auth(workshop).read_bytes() != old
    assert saved is (step in {"renamed", "folder-synced"})
    assert workshop.finish() == (f"{auth(workshop)} was {'' if saved else 'not '}saved again",)
    workshop.undo()
    assert auth(workshop).read_bytes() == old


def test_text_in_the_right_encoding_has_no_other() -> None:
    assert as_utf_8(as_file(login())) is None
    assert as_utf_8(encoded("utf-16")) == as_utf_8(encoded("utf-8-sig"))
