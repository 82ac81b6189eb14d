"""Problems of files, state and MCP servers: CDX8xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

CODEX_HOME_MISSING: Final = Problem(
    code="CDX801",
    name="codex-home-missing",
    area="files",
    severity=Severity.ERROR,
    title="The folder that Codex is told to keep its files in is not there",
    advice="Create the folder, or unset CODEX_HOME so that Codex uses ~/.codex.",
    explains=(
        "auth-file-unreadable",
        "codex-home-polluted",
        "config-unreadable",
        "not-signed-in",
        "openai-api-key-unused",
    ),
    blocks=("auth.*", "config.*", "state.*"),
)

CODEX_HOME_READONLY_MOUNT: Final = Problem(
    code="CDX802",
    name="codex-home-readonly-mount",
    area="files",
    severity=Severity.ERROR,
    title="The folder of Codex stands on a file system that is mounted read-only",
    advice="Mount the folder writable, or point CODEX_HOME to a writable copy of it.",
    explains=("auth-file-not-writable", "state-*"),
    blocks=("auth.refresh-works",),
)

CODEX_HOME_ROOT_OWNED: Final = Problem(
    code="CDX803",
    name="codex-home-root-owned",
    area="files",
    severity=Severity.ERROR,
    title="Files of Codex belong to root, and you are not root",
    advice="Take the files back, and start neither Codex nor npm with sudo: that makes such files.",
    explains=("auth-file-not-writable", "auth-file-unreadable", "config-unreadable", "state-*"),
    blocks=("auth.refresh-works",),
)

CODEX_HOME_NOT_OWNED: Final = Problem(
    code="CDX804",
    name="codex-home-not-owned",
    area="files",
    severity=Severity.ERROR,
    title="The folder of Codex belongs to another user",
    advice="Use a folder of your own, and sign in there; or take this one back, if it is yours by right.",
    explains=("auth-file-not-writable", "auth-file-unreadable", "config-unreadable", "state-*"),
    blocks=("auth.refresh-works",),
)

CODEX_HOME_NOT_WRITABLE: Final = Problem(
    code="CDX805",
    name="codex-home-not-writable",
    area="files",
    severity=Severity.ERROR,
    title="You may not write into the folder of Codex",
    advice="Give yourself back the right to read, write and enter the folder.",
    explains=("auth-file-not-writable", "auth-file-unreadable", "config-unreadable", "state-*"),
    blocks=("auth.*", "config.*", "state.*"),
)

CODEX_HOME_NETWORK_FS: Final = Problem(
    code="CDX806",
    name="codex-home-network-fs",
    area="files",
    severity=Severity.WARNING,
    title="The folder of Codex stands on a network file system",
    advice="Set sqlite_home in config.toml to a folder on a local disk; databases break on network drives.",
)

CODEX_HOME_IN_TMP: Final = Problem(
    code="CDX807",
    name="codex-home-in-tmp",
    area="files",
    severity=Severity.NOTE,
    title="The folder of Codex stands in the temporary folder",
    advice="Point CODEX_HOME to a lasting folder: here your sign-in is lost when the system cleans up.",
)

DISK_FULL: Final = Problem(
    code="CDX808",
    name="disk-full",
    area="files",
    severity=Severity.ERROR,
    title="The disk that holds the folder of Codex is full",
    advice="Free some space: Codex cannot save a refreshed sign-in, and would lose it.",
    explains=("state-*",),
    blocks=("auth.refresh-works",),
)

DISK_NEARLY_FULL: Final = Problem(
    code="CDX809",
    name="disk-nearly-full",
    area="files",
    severity=Severity.WARNING,
    title="The disk that holds the folder of Codex is nearly full",
    advice="Free some space before Codex cannot save its sign-in and sessions any more.",
)

INOTIFY_EXHAUSTED: Final = Problem(
    code="CDX810",
    name="inotify-exhausted",
    area="files",
    severity=Severity.WARNING,
    title="Linux lets your programs watch no more files for changes",
    advice="Close the programs that watch the most, or raise the limit.",
)

CODEX_HOME_HANGS: Final = Problem(
    code="CDX811",
    name="codex-home-hangs",
    area="files",
    severity=Severity.ERROR,
    title="The folder of Codex does not answer",
    advice="Reconnect the drive or the network that it is on; meanwhile, let CODEX_HOME name a local one.",
    blocks=("*",),
)

NOT_TRUSTED_DIRECTORY: Final = Problem(
    code="CDX840",
    name="not-trusted-directory",
    area="files",
    severity=Severity.NOTE,
    title="`codex exec` refuses to work here, for this folder is in no git repository",
    advice="Run `git init` here, or give `codex exec` the option --skip-git-repo-check.",
)

CODEX_HOME_POLLUTED: Final = Problem(
    code="CDX841",
    name="codex-home-polluted",
    area="files",
    severity=Severity.WARNING,
    title="CODEX_HOME leads away from the folder in which you are signed in",
    advice="Unset CODEX_HOME, and take the line out that sets it, or sign in for the folder that it names.",
    explains=("not-signed-in", "openai-api-key-unused"),
)

CODEX_HOME_EXPOSED: Final = Problem(
    code="CDX843",
    name="codex-home-exposed",
    area="files",
    severity=Severity.WARNING,
    title="Everybody on this machine may put files into the folder of Codex",
    advice="Take that right away: what stands there tells Codex which programs to start.",
)

GIT_INDEX_LOCK_RACE: Final = Problem(
    code="CDX842",
    name="git-index-lock-race",
    area="files",
    severity=Severity.WARNING,
    title="A git that was killed left its lock in this repository, and no other can change anything",
    advice="Move the lock aside once no git runs.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    CODEX_HOME_MISSING,
    CODEX_HOME_READONLY_MOUNT,
    CODEX_HOME_ROOT_OWNED,
    CODEX_HOME_NOT_OWNED,
    CODEX_HOME_NOT_WRITABLE,
    CODEX_HOME_NETWORK_FS,
    CODEX_HOME_IN_TMP,
    DISK_FULL,
    DISK_NEARLY_FULL,
    INOTIFY_EXHAUSTED,
    CODEX_HOME_HANGS,
    NOT_TRUSTED_DIRECTORY,
    CODEX_HOME_POLLUTED,
    GIT_INDEX_LOCK_RACE,
    CODEX_HOME_EXPOSED,
)
