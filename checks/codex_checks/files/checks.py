"""The checks of the folder where Codex keeps its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.config.settings import Settings, settings
from codex_checks.files.exposure import home_is_private
from codex_checks.files.git_lock import no_git_was_killed_here
from codex_checks.files.home import OWN, OWN_FOLDER, HomeState, home_state
from codex_checks.files.mounts import NETWORK_KINDS
from codex_checks.files.project import exec_accepts_this_folder
from codex_checks.files.silence import home_answers
from codex_checks.files.watches import changes_can_be_watched
from codex_checks.places import Environment, environment
from codex_checks.problems import files as problems
from codex_doctor.check import Check, check
from codex_doctor.files import describe
from codex_doctor.fix import Fix, MakeFolder, MoveAside, SetMode, SetOwner, ShellLine, Tell
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Finding

NO_SPACE: Final = 50 * 1024**2
"""Bytes: less does not take one session with its databases."""

LITTLE_SPACE: Final = 1024**3
"""Bytes: Codex's own doctor calls less critical (codex-doctor-report, system.disk)."""

ELSEWHERE: Final = "Then sign in, or move there what an earlier folder holds: most often that is ~/.codex."

_UNSET: Final = Fix(summary="Unset CODEX_HOME", steps=(ShellLine(line="unset CODEX_HOME"),))

SHARED_ROOTS: Final = frozenset({"9p", "virtiofs"})
"""A sandbox or virtual machine may have one of these as its own root; only it writes there."""


@check(
    "files.home-exists",
    title="The folder of Codex is where it is told to be",
    needs=(home_state,),
    reports=(problems.CODEX_HOME_MISSING,),
)
def home_exists(state: HomeState) -> Iterator[Finding]:
    """Report a CODEX_HOME that names nothing, and anything in the folder's place (codex-auth 1.1)."""
    home = state.home
    if home.usable or (home.error is not None and not state.looping):
        return
    told = home.source != "default"
    advice = None
    if state.looping:
        yield _going_round(state)
        return
    if home.status is not None:
        joined = ", which is" if told else " is"
        words = f"{_named(state)}{joined} {describe(home.status.kind)}, not a folder"
        advice = f"Let {home.source} name a folder, or do without it: Codex uses ~/.codex then."
        fix = _UNSET if home.source == "CODEX_HOME" else None
        if not told:
            advice = "Move it aside, where it is kept; Codex makes the folder itself."
            aside = MoveAside(path=str(home.path), to=f"{home.path}.aside")
            fix = Fix(summary="Make room for the folder", steps=(aside,))
    elif state.dangling:
        words = f"{home.path} is a link to {home.target}, which does not exist"
        fix = _create(str(home.target))
    elif told:
        words = f"{_named(state)}, which does not exist"
        fix = _create(str(home.path))
    else:
        return  # Codex creates its default folder itself
    if "~" in home.path.parts:
        words += "; Codex takes ~ literally here"
        advice = "Write the whole path into CODEX_HOME, or $HOME instead of ~, or unset it."
        fix = _UNSET
    yield problems.CODEX_HOME_MISSING.found(
        words, evidence={"path": str(home.path), "source": home.source}, advice=advice, fix=fix
    )


@check(
    "files.home-writable",
    title="You may write into the folder of Codex",
    needs=(home_state,),
    reports=(
        problems.CODEX_HOME_READONLY_MOUNT,
        problems.CODEX_HOME_ROOT_OWNED,
        problems.CODEX_HOME_NOT_OWNED,
        problems.CODEX_HOME_NOT_WRITABLE,
    ),
)
def home_writable(state: HomeState) -> Iterator[Finding]:
    """Report the first thing that keeps the user from writing: mount, root, another owner, mode."""
    home, status = state.home, state.home.status
    if state.looping:
        return
    if home.error is not None:
        yield problems.CODEX_HOME_NOT_WRITABLE.found(
            f"{home.path} cannot be examined: {home.error}", evidence={"path": str(home.path)}
        )
    elif (state.mount and state.mount.read_only) or (state.room and state.room.read_only):
        where = f" (mounted at {state.mount.point})" if state.mount else ""
        yield problems.CODEX_HOME_READONLY_MOUNT.found(
            f"{state.standing} is on a file system that is mounted read-only{where}",
            evidence={"path": str(home.path), "mount": state.mount.point if state.mount else None},
        )
    elif status is not None and home.usable:
        yield from _ownership(state, status.owner, status.mode)
        if state.blocked:
            yield _in_the_way(state)


def _ownership(state: HomeState, owner: int, mode: int) -> Iterator[Finding]:
    path = state.home.path
    if state.user is None or state.user == 0:
        return  # no user ids here, or root, whom modes and owners do not stop
    of_root = tuple(name for name, of in state.of_others if of == 0)
    if owner == 0 or of_root:
        what = str(path) if owner == 0 else f"in {path}: {', '.join(of_root[:5])}"
        yield problems.CODEX_HOME_ROOT_OWNED.found(
            f"{what} {'belongs' if owner == 0 or len(of_root) == 1 else 'belong'} to root",
            evidence={"path": str(path), "entries": of_root},
            advice=None
            if _is_codexs(state)
            else f"Leave {path} as it is, and let Codex have another folder.",
            fix=_take_back(state),
        )
    elif owner != state.user:
        yield problems.CODEX_HOME_NOT_OWNED.found(
            f"{path} belongs to user {owner}, and you are user {state.user}",
            evidence={"path": str(path), "owner": owner, "user": state.user},
            fix=Fix(summary="Use a folder of your own", steps=OWN_FOLDER),
        )
    elif mode & OWN != OWN:
        yield problems.CODEX_HOME_NOT_WRITABLE.found(
            f"{path} has mode {mode:04o}: you may not {_missing(mode)}",
            evidence={"path": str(path), "mode": f"{mode:04o}"},
            fix=Fix(
                summary="Allow yourself to use the folder", steps=(SetMode(path=str(path), mode=mode | OWN),)
            ),
        )
    elif state.closed:
        yield _closed(state)


def _closed(state: HomeState) -> Finding:
    path = state.home.path
    folders = " and ".join(f"{name} has mode {mode:04o}" for name, mode in state.closed)
    steps = tuple(SetMode(path=str(path / name), mode=mode | OWN) for name, mode in state.closed)
    return problems.CODEX_HOME_NOT_WRITABLE.weighed(Severity.WARNING).found(
        f"in {path}: {folders}, and what Codex would write there is lost",
        evidence={"path": str(path), "entries": tuple(name for name, _ in state.closed)},
        fix=Fix(summary="Allow yourself to use what is in the folder", steps=steps),
        subjects=frozenset(str(path / name) for name, _ in state.closed),
    )


def _in_the_way(state: HomeState) -> Finding:
    path = state.home.path
    names = " and ".join(state.blocked)
    steps = tuple(MoveAside(path=str(path / name), to=f"{path / name}.aside") for name in state.blocked)
    return problems.CODEX_HOME_NOT_WRITABLE.weighed(Severity.WARNING).found(
        f"in {path}: something else stands where Codex wants a folder ({names}), and what it would write "
        "there is lost",
        evidence={"path": str(path), "entries": state.blocked},
        advice="Move it aside, where it is kept; Codex makes the folder itself.",
        fix=Fix(summary="Make room for the folder", steps=steps),
        subjects=frozenset(str(path / name) for name in state.blocked),
    )


@check(
    "files.home-local",
    title="The folder of Codex stands on a local, lasting disk",
    needs=(home_state, settings, environment),
    reports=(problems.CODEX_HOME_NETWORK_FS, problems.CODEX_HOME_IN_TMP),
)
def home_local(state: HomeState, found: Settings, env: Environment) -> Iterator[Finding]:
    """Report a folder whose file system loses databases, or that the system empties."""
    mount = state.mount
    elsewhere = found.text("sqlite_home") or env.variables.get("CODEX_SQLITE_HOME")
    if (
        mount
        and mount.kind in NETWORK_KINDS
        and not elsewhere
        and not (mount.point == "/" and mount.kind in SHARED_ROOTS)
    ):
        yield problems.CODEX_HOME_NETWORK_FS.found(
            f"{state.home.path} is on {mount.kind}, mounted at {mount.point}",
            evidence={"path": str(state.home.path), "kind": mount.kind, "mount": mount.point},
        )
    if state.temporary and state.home.usable:
        yield problems.CODEX_HOME_IN_TMP.found(
            f"{state.home.path} is in {state.temporary}, and Codex makes no shortcuts for its tools there",
            evidence={"path": str(state.home.path), "temporary": str(state.temporary)},
        )


@check(
    "files.disk-has-space",
    title="The disk has room for what Codex writes",
    needs=(home_state,),
    reports=(problems.DISK_FULL, problems.DISK_NEARLY_FULL),
)
def disk_has_space(state: HomeState) -> Iterator[Finding]:
    """Report a disk that is full, or will be soon."""
    room = state.room
    if room is None or room.read_only or room.free >= LITTLE_SPACE:
        return
    problem = problems.DISK_FULL if room.free < NO_SPACE else problems.DISK_NEARLY_FULL
    yield problem.found(
        f"{room.free // 1024**2} MB are free where {state.standing} is",
        evidence={"path": str(state.standing), "free_bytes": room.free},
    )


CHECKS: Final[tuple[Check, ...]] = (
    changes_can_be_watched,
    exec_accepts_this_folder,
    disk_has_space,
    home_answers,
    home_exists,
    home_is_private,
    home_local,
    home_writable,
    no_git_was_killed_here,
)


def _named(state: HomeState) -> str:
    home = state.home
    return str(home.path) if home.source == "default" else f"{home.source} points to {home.path}"


def _going_round(state: HomeState) -> Finding:
    path = str(state.home.path)
    told = state.home.source != "default"
    aside = Fix(summary="Make room for the folder", steps=(MoveAside(path=path, to=f"{path}.aside"),))
    return problems.CODEX_HOME_MISSING.found(
        f"{_named(state)}, which is a link that leads back to itself",
        evidence={"path": path, "source": state.home.source},
        advice="Move the link aside, and let a new one lead to the folder itself."
        if told
        else "Move the link aside; Codex makes the folder itself, and a link may lead to one elsewhere.",
        fix=aside,
    )


def _create(folder: str) -> Fix:
    return Fix(
        summary=f"Create {folder}",
        steps=(MakeFolder(path=folder), Tell(text=ELSEWHERE)),
    )


def _take_back(state: HomeState) -> Fix | None:
    """Return how to own the files again; never a folder of the system that CODEX_HOME names by mistake."""
    if state.user is None:
        return None
    if not _is_codexs(state):
        return Fix(summary="Use a folder of your own", steps=OWN_FOLDER)
    return Fix(summary="Take the files back", steps=(SetOwner(path=str(state.home.path), owner=state.user),))


def _is_codexs(state: HomeState) -> bool:
    """Return whether the folder is the user's, or is at least called after Codex."""
    status = state.home.status
    own = status is not None and status.owner == state.user
    return own or "codex" in state.home.path.name.lower()


def _missing(mode: int) -> str:
    wanted = ((0o400, "list it"), (0o200, "make files in it"), (0o100, "enter it"))
    return " or ".join(words for bit, words in wanted if not mode & bit)
