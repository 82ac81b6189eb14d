"""A machine as `machine.toml` describes it; unknown words are refused, so that none is ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from fakes.proxies import Manner  # noqa: TC001 - msgspec reads the annotation at run time
from fakes.world import Links, Names  # noqa: TC001 - the same

MACHINES: Final = Path(__file__).parent / "machines"
PARTS: Final = MACHINES / "parts"
"""Texts that several machines share, for `from`."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Something at a path under the home; exactly one of the first seven says what.

    *from_* is a file of the machine's folder or of `parts`, *replace* changes its text, *hex* gives
    bytes, *link* a symbolic and *hard* a hard link. *special*: `absent` takes away what the installation put
    there; the disks are file systems of their own, which takes a machine in a *world*. *sqlite* opens a
    database (which Codex may have made) in WAL mode and writes: `closed` cleanly, `live` still open, `locked`
    in the middle of it, or the writer `killed`. *sql* are statements that are run in a database which Codex
    made. *age* is how many seconds ago it was changed last, *grown* to how many bytes it grew, all zero.
    """

    text: str | None = None
    from_: str | None = None
    hex: str | None = None
    link: str | None = None
    hard: str | None = None
    special: Literal["absent", "folder", "fifo", "full-disk", "read-only-disk"] | None = None
    sqlite: Literal["closed", "live", "killed", "locked"] | None = None
    sql: list[str] = []
    replace: dict[str, str] = {}
    mode: str | None = None
    owner: int | None = None
    age: int = 0
    bom: bool = False
    grown: int | None = None

    @property
    def is_written_last(self) -> bool:
        """Whether it needs what a turn of Codex leaves behind."""
        return self.sqlite is not None or bool(self.sql) or self.special == "read-only-disk"


class Codex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Codex is installed, whether Node is there, and whether it ran before in this home."""

    install: Literal[
        "npm",
        "none",
        "npm-without-platform",
        "npm-not-executable",
        "npm-empty-binary",
        "npm-wrong-architecture",
        "dangling-link",
        "bare",
        "garbage",
        "hangs",
        "silent",
        "two-versions",
    ] = "npm"
    node: bool = True
    used: bool = False


class Sandbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is between Codex and its sandbox.

    *bwrap* is a stand-in for bubblewrap on PATH (`machine_sandbox.STANDINS`). *filtered*: the doctor, and the
    Codex that is asked whether it agrees, run under a filter such as Docker's default one. *real*: the
    machine is about what no stand-in does.
    """

    bwrap: Literal["works", "refuses-loopback", "refuses-uid-map", "old"] | None = None
    filtered: bool = False
    real: bool = False


class Sickness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of the service that is not the healthy one; without a *status* it never answers.

    *method* may be UPGRADE, for questions for a WebSocket alone.
    """

    path: str
    method: str = "*"
    status: int | None = None
    body: dict[str, object] | str = ""
    headers: dict[str, str] = {}


class World(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network of the machine's own, where real names lead to real ports; see `fakes.world.World`.

    *known*: every host has its address, `served`, without a name server. *hosts* says otherwise of some, in
    the words of `machine_world.PLACES`, and *neighbour* who listens at the one called so. *taken* are ports
    of the machine itself at which another program listens.
    """

    known: bool = True
    hosts: dict[str, list[str]] = {}
    links: Links = "open"
    names: Names = "none"
    neighbour: str | None = None
    taken: list[int] = []


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What answers. *fakes*: the doctor's addresses lead to the healthy servers on loopback.

    *proxy* is the manner of the proxy that `{{proxy}}` names; one that works leads every host to the
    same servers over HTTPS, with certificates of the authority in `{{ca}}`. *world*: the machine stands in
    a network of its own, where the servers have their real names.
    """

    fakes: bool = True
    proxy: Manner = "works"
    sick: list[Sickness] = []
    world: World | None = None


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of the findings at error or warning level in their order, and the exit code.

    *notes* must be among the notes. *spends* are the requests that use something up, sorted:
    `POST /oauth/token`.
    """

    findings: list[str]
    exit: int
    notes: list[str] = []
    spends: list[str] = []


class Real(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the real Codex CLI says of the same home.

    *login*: whether `codex login status` is content. *turn*: whether `codex exec` completes a turn.
    *sandbox*: whether the machine's own Codex runs a command in its sandbox.
    *doctor*: the statuses of some checks of `codex doctor`, by their ids. *disagrees* says why ours
    knowingly judges otherwise than `codex login status`, *overcautious* why `codex doctor` fails where
    nothing is at error level; *cannot* why Codex is not asked.
    """

    login: bool | None = None
    turn: bool | None = None
    sandbox: bool | None = None
    doctor: dict[str, str] = {}
    disagrees: str = ""
    overcautious: str = ""
    cannot: str = ""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine: what stands in its home, what is set, what is installed and what answers.

    *args* are options of the examination and of repairs, *examined_with* of the examination alone.
    *unprivileged*: its user is not root, who may write whatever the modes say; where the tests run as
    root, the home is another user's and the doctor runs as that user. *live*: the examination proves by
    doing. *interrupted*: a renewal of ours was cut off after it was `asked` for, or `answered`.
    """

    about: str
    expect: Expect
    files: dict[str, Place] = {}
    env: dict[str, str] = {}
    args: list[str] = []
    examined_with: list[str] = []
    unprivileged: bool = False
    live: bool = False
    interrupted: Literal["asked", "answered"] | None = None
    codex: Codex = Codex()
    sandbox: Sandbox = Sandbox()
    network: Network = Network()
    real: Real = Real()


def names() -> list[str]:
    """Return every described machine as `sick/name` or `healthy/name`, sorted."""
    return sorted(str(path.parent.relative_to(MACHINES)) for path in MACHINES.glob("*/*/machine.toml"))


def read(name: str) -> Machine:
    """Return the machine of that name."""
    return msgspec.toml.decode((MACHINES / name / "machine.toml").read_bytes(), type=Machine)


def source(name: str, file: str) -> str:
    """Return the text of a file of the machine's own folder, else of the shared parts."""
    own = MACHINES / name / file
    return (own if own.is_file() else PARTS / file).read_text("utf-8")
