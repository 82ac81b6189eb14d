"""Problems that no check of the examination reports: who tells of them instead, and why no check can."""

from __future__ import annotations

from typing import Final, NamedTuple

EXPLAIN: Final = "codex-doctor explain"
LOGIN: Final = "codex-doctor login"
OWN: Final = "codex-doctor check"


class Unchecked(NamedTuple):
    """*told_by* is the command that reports a problem, *why* the reason why no check does."""

    told_by: str
    why: str


_OWN_SETTINGS: Final = "It is about settings of codex-doctor itself, which are read before any check."

UNCHECKED: Final[dict[str, Unchecked]] = {
    "auth-service-html": Unchecked(
        LOGIN, "It is the answer to an attempt to sign in, which a check never makes."
    ),
    "baseline-outdated": Unchecked("codex-doctor check --baseline", "It is about a baseline that was given."),
    "cloud-requirements-invalid": Unchecked(
        EXPLAIN,
        "Which words of the workspace's rules an older Codex knows stands nowhere but in its refusal.",
    ),
    "code-mode-host-timeout": Unchecked(
        EXPLAIN, "It happens within a turn, passes, and leaves nothing but the message."
    ),
    "codex-doctor-report-incomplete": Unchecked(
        "codex-doctor check --from-codex-doctor",
        "It is about a report that was given, not about the machine.",
    ),
    "device-code-expired": Unchecked(
        LOGIN, "It is how an attempt to sign in ends, fifteen minutes after it began."
    ),
    "embedder-auth-required": Unchecked(
        EXPLAIN, "Which home and environment a host gives to its Codex is seen only where that runs."
    ),
    "embedder-token-refresh-failed": Unchecked(
        EXPLAIN, "A host keeps its own copy of the sign-in, in a store of its own."
    ),
    "host-model-not-offered": Unchecked(
        "codex-doctor check --models", "Which models the host means to ask for is the host's to say."
    ),
    "login-access-denied": Unchecked(LOGIN, "It is decided in the browser, during an attempt to sign in."),
    "login-not-completed": Unchecked(LOGIN, "It is how an attempt to sign in ends."),
    "login-workspace-restricted": Unchecked(LOGIN, "The workspace is chosen during an attempt to sign in."),
    "own-checks-invalid": Unchecked("codex-doctor check", "It is about a file of checks that was given."),
    "required-not-examined": Unchecked(
        "codex-doctor check --require", "It is about what was asked for, and could not be examined."
    ),
    "sandbox-proxy-cert": Unchecked(
        EXPLAIN, "The certificate is made for each sandbox, and is gone with it."
    ),
    "settings-invalid": Unchecked(OWN, _OWN_SETTINGS),
    "settings-refused": Unchecked(OWN, _OWN_SETTINGS),
    "standalone-install-checksum": Unchecked(
        EXPLAIN, "The installer stops, says so, and leaves nothing behind."
    ),
    "stdin-not-terminal": Unchecked(
        EXPLAIN, "It is about how Codex was started, and an examination is started otherwise."
    ),
    "terminal-cursor-position": Unchecked(
        EXPLAIN, "Asking a terminal for its cursor writes on it, and takes what is typed meanwhile."
    ),
    "terminal-multiplexer-rendering": Unchecked(
        EXPLAIN, "It is seen by who looks at the screen; settings of tmux or Zellij alone do not tell."
    ),
    "terminal-osc-leak": Unchecked(
        EXPLAIN, "It depends on how late the answers of a terminal come, each time anew."
    ),
    "update-channel-lag": Unchecked(
        EXPLAIN, "It takes asking every way of installing for its newest version; it passes within hours."
    ),
    "update-download-failed": Unchecked(
        EXPLAIN, "The updater says that it was successful, and leaves nothing behind."
    ),
    "vscode-remote-stuck-loading": Unchecked(
        EXPLAIN, "It is seen in the window of the editor, on another machine than the one that is examined."
    ),
    "waiver-expired": Unchecked(OWN, _OWN_SETTINGS),
    "waiver-unused": Unchecked(OWN, _OWN_SETTINGS),
    "windows-sandbox-nested-spawn": Unchecked(
        EXPLAIN, "It happens to a program within a command, and is not written down."
    ),
}
"""By the name of the problem, sorted."""
