"""What a third-party catalogue starts ends with its worker, and the worker with the doctor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_doctor.model import Verdict
from gone import gone
from third_party import SHORT, hear, install, judging

if TYPE_CHECKING:
    from third_party import ThirdParty


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("subprocess.Popen(['sleep', '600'])", id="a child"),
        pytest.param("subprocess.Popen(['sleep', '600'], close_fds=False)", id="a child with every pipe"),
        pytest.param("subprocess.Popen(['sleep', '600'], process_group=0)", id="one in a group"),
    ],
)
def test_what_a_catalogue_started_ends_with_its_worker(tmp_path: Path, start: str) -> None:
    party = install(tmp_path, judging(f"note({start}.pid)"), checks="(acts,)")
    (outcome,) = hear(party)

    assert outcome.verdict is Verdict.HEALTHY
    assert len(party.noted) == 2
    assert all(map(gone, party.noted))


FLED = """
        note(subprocess.Popen(["sleep", "600"], start_new_session=True).pid)
        note(ctx.children.start(["sleep", "600"], env=ctx.env).pid)
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                note(os.getpid())
                time.sleep(600)
            os._exit(0)
        os.waitpid(child, 0)
        while len(open(os.environ["NOTED"]).read().split()) < 4: pass
"""


@pytest.mark.parametrize("end", ["", "os._exit(3)", "time.sleep(600)"])
def test_what_left_the_workers_session_is_found_too(tmp_path: Path, end: str) -> None:
    party = install(tmp_path, judging(f"{FLED.strip()}\n        {end}"), checks="(acts,)")
    ((check, verdict),) = in_a_process_of_its_own(party)

    assert check == "hosts.acme-acts"
    assert verdict == {"": "healthy", "os._exit(3)": "crashed"}.get(end, "timed-out")
    assert len(party.noted) == 4
    assert all(map(gone, party.noted))


def test_a_worker_finds_it_where_the_doctor_itself_adopts_nothing(tmp_path: Path) -> None:
    party = install(tmp_path, judging(FLED.strip()), checks="(acts,)")
    (outcome,) = hear(party)

    assert outcome.verdict is Verdict.HEALTHY
    assert len(party.noted) == 4
    assert all(map(gone, party.noted))


def in_a_process_of_its_own(party: ThirdParty) -> list[tuple[str, str]]:
    """Examine as the command line does, where the doctor adopts what its children abandon."""
    program = f"""
import json, sys, time
from pathlib import Path
from codex_doctor.catalogue import Source
from codex_doctor.context import Context, System
from codex_doctor.elsewhere import Worker
from codex_doctor.taken import Taken
from codex_doctor.processes import Children
source = Source(name="acme", distribution={party.name!r}, value={party.source.value!r})
home = Path({str(party.folder)!r})
ctx = Context(env={dict(party.env)!r}, home=home, cwd=home, system=System.here(),
              deadline=time.monotonic() + {SHORT}, children=Children(adopt=True))
told = []
Worker(source=source, taken=Taken()).examine(ctx, told.append)
ctx.close()
print(json.dumps([(outcome.check, outcome.verdict) for outcome in told]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=os.environ)
    return [(check, verdict) for check, verdict in json.loads(ran.stdout)]


def test_a_worker_ends_when_the_doctor_is_killed(tmp_path: Path) -> None:
    party = install(tmp_path, "time.sleep(600)")
    home = str(party.folder)
    program = f"""
import os, sys, threading
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from pathlib import Path
from engine import context
from codex_doctor.elsewhere import Worker
from codex_doctor.taken import Taken
from third_party import ThirdParty
party = ThirdParty(name={party.name!r}, folder=Path({home!r}))
ctx = context(Path({home!r}), env=party.env, seconds=600.0)
threading.Thread(
    target=Worker(source=party.source, taken=Taken()).examine, args=(ctx, print), daemon=True
).start()
while not (party.folder / "noted").exists() or not party.noted: pass
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program], check=False, env=os.environ)

    assert len(party.noted) == 1
    assert all(map(gone, party.noted))
