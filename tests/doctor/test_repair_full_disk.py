"""A repair on a disk that is really full: nothing is lost or half done, and it says where room is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can mount a small disk, on Linux"
)

MEND: Final = """
import json, subprocess, sys
from pathlib import Path
from codex_doctor.fix import Edit, RewriteFile
from codex_doctor.repair.rewriting import digest
from repairs import Workshop

home, state, small, left = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=True)
path = home / "config.toml"
old = 'model = "old"\\n' + "# x\\n" * 5000
path.write_text(old)
room = (small / "room").open("wb", buffering=0)
try:
    while True:
        room.write(b"x" * 4096)
except OSError:
    room.truncate(max(0, room.tell() - left))
edit = Edit(first=1, old=('model = "old"',), new=('model = "new"',))
step = RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=(edit,))
workshop = Workshop(home=home, state=state)
try:
    (applied,) = workshop.mend(step)
    error = applied.error and applied.error.message
except Exception as caught:
    error = str(caught)
(small / "room").unlink()
said = {
    "error": error, "old": path.read_text() == old, "names": sorted(each.name for each in home.iterdir()),
    "told": workshop.finish(), "undoable": any(record.undoable for record in workshop.records.all()),
}
print(json.dumps(said))
"""


@pytest.mark.parametrize("small", ["home", "state"])
@pytest.mark.parametrize("left", [0, 4096, 12288])
def test_nothing_is_changed_where_there_is_no_room(tmp_path: Path, small: str, left: int) -> None:
    for name in ("home", "state"):
        (tmp_path / name).mkdir()
    places = [str(tmp_path / name) for name in ("home", "state", small)]
    argv = ["unshare", "--mount", sys.executable, "-c", MEND, *places, str(left)]

    tests = str(Path(__file__).parent.parent)
    ran = subprocess.run(argv, env={**os.environ, "PYTHONPATH": tests}, capture_output=True, check=False)
    if b"unshare failed" in ran.stderr:
        pytest.skip("this machine lets nobody mount anything")

    said = json.loads(ran.stdout)
    assert "No space left on device" in said["error"], ran.stderr
    assert (said["old"], said["names"]) == (True, ["config.toml"])
    assert (said["told"], said["undoable"]) == ([], False)
