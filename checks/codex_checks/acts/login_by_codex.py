"""Come by a sign-in through Codex itself, which is given a home of its own for it.

What `codex login` does to the old sign-in, and what an app-server does in the user's own home, is in
docs/decisions/0008: here neither can happen. What Codex stores in its home is in the journal's hands at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.app_server import AppServer
from codex_checks.acts.attending import TICK
from codex_checks.acts.content import Replacement, read_content
from codex_checks.acts.device_answer import SHOWABLE
from codex_checks.acts.device_flow import LIFETIME, ran_out
from codex_checks.acts.errors import AppServerError, NotSignedIn
from codex_checks.acts.events import DeviceCode
from codex_checks.acts.login import Obtained, Unusable
from codex_checks.acts.login_answer import RESTRICTED, allowed, restricted
from codex_checks.acts.login_complaint import meaning
from codex_checks.acts.own_app_server import own_app_server
from codex_checks.acts.state import private_folder
from codex_checks.auth.document import Mode
from codex_checks.install.binary import without_credentials
from codex_checks.moments import stamp
from codex_doctor.private import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_checks.acts.app_server import LoginStarted
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.content import Content
    from codex_checks.acts.device_request import Issuer
    from codex_checks.acts.journal import Entry
    from codex_checks.acts.login_answer import Terms
    from codex_checks.acts.store import CredentialStore
    from codex_doctor.context import Context

GRACE: Final = 15.0
"""Seconds more than a code is good for: by then Codex itself has given up (codex-auth 3.1)."""

LOOKING: Final = 20.0
"""Seconds for which Codex may look the account up once the tokens are stored; it gives up after 15."""

NOT_LOOKED_UP: Final = (
    "Codex could not look up the account with the new sign-in, which is stored all the same."
)


class CodexWay(Struct, frozen=True, kw_only=True):
    """Sign in through the Codex *program*, at *issuer*, before *until*, an instant of `passed`.

    *ctx* starts it, and *variables* are the environment as Codex would see it. *chatgpt* is the address at
    which Codex looks the account up with the new tokens, None for its own.
    """

    ctx: Context
    program: Path
    issuer: Issuer
    terms: Terms
    variables: Mapping[str, str]
    attending: Attending
    until: float
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

    def _environment(self) -> Mapping[str, str]:
        """Return the environment of the user without any credential, and with whom to ask."""
        asked = {
            "CODEX_APP_SERVER_LOGIN_ISSUER": self.issuer.stated,
            "CODEX_APP_SERVER_LOGIN_CLIENT_ID": self.issuer.client,
        }
        return {**without_credentials(self.variables), **asked}

    def _signed_in(self, home: Path, store: CredentialStore) -> str | None:
        """Let Codex sign somebody in; return what it complains of, None where it is content.

        It is ended afterwards, so that what it stored stays as it is.
        """
        ctx, started = replace(self.ctx, env=self._environment(), home=home), None
        try:
            with own_app_server(ctx, self.program, home) as wire:
                server = AppServer(wire, keep=store.keep)
                started = self.attending.during(lambda: _begun(server))
                self._show(started)
                return self._ended(server, started, home)
        except AppServerError as error:
            if started is None:
                raise Unusable(error.words) from None
            return error.words

    def _show(self, started: LoginStarted) -> None:
        code = started.user_code.reveal()
        if not started.url.startswith(f"{self.issuer.url}/"):  # a Codex that knows nothing of another issuer
            raise Unusable("it asks another service than it is told to")
        if not (SHOWABLE.fullmatch(code) and SHOWABLE.fullmatch(started.url)):
            raise Unusable("it gives a code that cannot be shown")
        left = min(self.until - self.attending.passed(), LIFETIME)
        self.attending.tell(
            DeviceCode(
                verification_url=started.url,
                user_code=code,
                expires_at=stamp(self.attending.now() + left),
            )
        )

    def _ended(self, server: AppServer, started: LoginStarted, home: Path) -> str | None:
        """Wait until Codex says that it is done; once there are tokens nobody calls it off any more."""
        attending, began, looking = self.attending, self.attending.passed(), None
        until = min(self.until, began + LIFETIME)
        last = until if until == self.until else until + GRACE
        while (ended := server.login_ended(started, 0)) is None:
            now = attending.passed()
            if (home / "auth.json").exists():
                looking = now if looking is None else looking
                if now - looking > LOOKING:
                    return "it does not come to an end"
            else:
                attending.check()
                if now >= last:
                    raise ran_out(until - began)
                attending.tell_left(until - now)
            attending.sleep(TICK)
        return ended.error


def _begun(server: AppServer) -> LoginStarted:
    server.greet()
    return server.begin_login()


def _stored(home: Path, store: CredentialStore) -> Content | None:
    """Return the sign-in that Codex stored in *home*, None where there is none that it could use."""
    try:
        content = read_content((home / "auth.json").read_bytes(), store.keep)
    except OSError:
        return None
    document = content.document
    usable = document is not None and document.mode is Mode.CHATGPT and document.tokens is not None
    return content if usable else None
