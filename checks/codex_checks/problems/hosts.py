"""Problems of embedding hosts and the doctor itself: CDX9xx."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

VSCODE_REMOTE_STUCK_LOADING: Final = Problem(
    code="CDX900",
    name="vscode-remote-stuck-loading",
    area="hosts",
    severity=Severity.WARNING,
    title="The extension of the editor does not get beyond loading on a remote machine",
    advice="Look at the log of the extension on the far side, and examine that machine: Codex runs there.",
)

EMBEDDER_AUTH_REQUIRED: Final = Problem(
    code="CDX901",
    name="embedder-auth-required",
    area="hosts",
    severity=Severity.ERROR,
    title="A host that starts Codex does not see your sign-in",
    advice="Sign in from within that host, or let it use the folder in which you are signed in.",
)

EMBEDDER_TOKEN_REFRESH_FAILED: Final = Problem(
    code="CDX902",
    name="embedder-token-refresh-failed",
    area="hosts",
    severity=Severity.ERROR,
    title="Another program failed to renew its own copy of a sign-in",
    advice="Sign in again inside that program; do not let two programs share one sign-in.",
)

EMBEDDER_DOWNLOAD_FAILED: Final = Problem(
    code="CDX903",
    name="embedder-download-failed",
    area="hosts",
    severity=Severity.WARNING,
    title="A host could not finish the download of the program through which it starts Codex",
    advice="Move the unfinished download aside, see that the disk has room, then start the host again.",
)

BINARY_NOT_FOUND_GUI: Final = Problem(
    code="CDX904",
    name="binary-not-found-gui",
    area="hosts",
    severity=Severity.WARNING,
    title="A program that starts Codex looks for it where it is not",
    advice="Give the program the whole path of `codex`, or correct the one that it was given.",
)

SESSION_ENVIRONMENT_DIFFERS: Final = Problem(
    code="CDX916",
    name="session-environment-differs",
    area="hosts",
    severity=Severity.WARNING,
    title="A graphical session lacks variables that you set for Codex in your shell",
    advice="Set them where the session reads them (Linux: ~/.config/environment.d, macOS: launchctl setenv), "
    "or in the settings of the application that starts Codex.",
)

CACHE_FOLDER_UNUSABLE: Final = Problem(
    code="CDX917",
    name="cache-folder-unusable",
    area="hosts",
    severity=Severity.ERROR,
    title="A host that downloads Codex has no folder to keep it in",
    advice="Give the container a cache folder that its user may write, with room for Codex.",
)

HOST_MODEL_NOT_OFFERED: Final = Problem(
    code="CDX940",
    name="host-model-not-offered",
    area="hosts",
    severity=Severity.ERROR,
    title="A host offers a model that your account cannot use",
    advice="Choose another model in the host, and update the host: its list is older than the service's.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (
    VSCODE_REMOTE_STUCK_LOADING,
    EMBEDDER_AUTH_REQUIRED,
    EMBEDDER_TOKEN_REFRESH_FAILED,
    EMBEDDER_DOWNLOAD_FAILED,
    BINARY_NOT_FOUND_GUI,
    SESSION_ENVIRONMENT_DIFFERS,
    CACHE_FOLDER_UNUSABLE,
    HOST_MODEL_NOT_OFFERED,
)
