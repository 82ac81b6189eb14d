"""Come by a sign-in through Codex itself, which is given a home of its own for it.

What `codex login` does to the old sign-in, and what an app-server does in the user's own home, is told in
docs/decisions/0008: here neither can happen. What Codex stores in that home, the journal has at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.app_server import AppServer
from codex_checks.acts.content import Replacement, read_content
from codex_checks.acts.errors import AppServerError, NotSignedIn
from codex_checks.acts.login import Obtained, Unusable
from codex_checks.acts.login_answer import RESTRICTED, allowed, restricted
from codex_checks.acts.login_complaint import meaning
from codex_checks.acts.own_app_server import own_app_server
from codex_checks.acts.state import private_folder
from codex_checks.auth.document import Mode
from codex_doctor.private import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_checks.acts.codex_asked import Asking
    from codex_checks.acts.content import Content
    from codex_checks.acts.journal import Entry
    from codex_checks.acts.login_answer import Terms
    from codex_checks.acts.store import CredentialStore
    from codex_doctor.context import Context

NOT_LOOKED_UP: Final = (
    "Codex could not look up the account with the new sign-in, which is stored all the same."
)


class CodexWay(Struct, frozen=True, kw_only=True):
    """Sign in through the Codex *program*, as *asking* says.

    *ctx* starts it, and *variables* are the environment as Codex would see it. *chatgpt* is the address at
    which Codex looks the account up with the new tokens, None for its own.
    """

    ctx: Context
    program: Path
    asking: Asking
    terms: Terms
    variables: Mapping[str, str]
    chatgpt: str | None = None

    def __call__(self, store: CredentialStore, entry: Entry) -> Obtained:
        """Come by a sign-in; see `login.Obtain`."""
        home = self._home(entry)
        complaint = self._signed_in(home, store)
        content = _stored(home, store)
        if content is None:
            raise meaning(complaint, self.terms.workspaces)
        if not allowed(content.account, self.terms.workspaces):
            raise NotSignedIn(RESTRICTED, restricted(self.terms.workspaces))
        return Obtained(
            entry=entry,
            replacement=Replacement(members=content.members),
            notes=(NOT_LOOKED_UP,) if complaint is not None else (),
        )

    def _home(self, entry: Entry) -> Path:
        """Make the home in which Codex signs in: what it must respect of the user's settings, and no more."""
        home = private_folder(entry.folder)
        try:
            write_private(home / "config.toml", self._settings().encode())
        except OSError as error:
            raise Unusable(str(error)) from None
        return home

    def _settings(self) -> str:
        workspaces = self.terms.workspaces
        top: dict[str, object] = {
            "cli_auth_credentials_store": "file",
            "check_for_update_on_startup": False,
            # The versions before lists of them took a single one as text.
            "forced_chatgpt_workspace_id": workspaces[0] if len(workspaces) == 1 else list(workspaces),
            "chatgpt_base_url": self.chatgpt,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in top.items() if value not in (None, [])]
        return "\n".join([*lines, "[features]", "plugins = false", "[analytics]", "enabled = false", ""])

    def _signed_in(self, home: Path, store: CredentialStore) -> str | None:
        """Let Codex sign somebody in; return what it complains of, None where it is content.

        It is ended afterwards, so that what it stored stays as it is.
        """
        ctx = replace(self.ctx, env=self.asking.environment(self.variables), home=home)
        started = None
        try:
            with own_app_server(ctx, self.program, home) as wire:
                server = AppServer(wire, keep=store.keep)
                self.asking.attending.during(server.greet)
                started = self.asking.begin(server)
                return self.asking.wait(server, started, stored=(home / "auth.json").exists)
        except AppServerError as error:
            if started is None:
                raise Unusable(error.words) from None
            return error.words


def _stored(home: Path, store: CredentialStore) -> Content | None:
    """Return the sign-in that Codex stored in *home*, None where there is none that it could use."""
    try:
        content = read_content((home / "auth.json").read_bytes(), store.keep)
    except OSError:
        return None
    document = content.document
    usable = document is not None and document.mode is Mode.CHATGPT and document.tokens is not None
    return content if usable else None
