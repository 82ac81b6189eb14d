"""Have a Codex sign somebody in: show the code that it gives, and wait until it says that it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.attending import TICK
from codex_checks.acts.device_answer import SHOWABLE
from codex_checks.acts.device_flow import LIFETIME, ran_out
from codex_checks.acts.errors import AppServerError
from codex_checks.acts.events import DeviceCode
from codex_checks.install.binary import without_credentials
from codex_checks.moments import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.acts.app_server import AppServer, LoginStarted
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.device_request import Issuer

GRACE: Final = 15.0
"""Seconds more than a code is good for: by then Codex itself has given up (codex-auth 3.1)."""

LOOKING: Final = 20.0
"""Seconds for which Codex may look the account up once the tokens are stored; it gives up after 15."""


class Asking(Struct, frozen=True, kw_only=True):
    """How Codex is asked: to sign in at *issuer*, before *until*, an instant of `passed`."""

    issuer: Issuer
    attending: Attending
    until: float

    def environment(self, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Return *variables*, the environment as Codex would see it, with whom to ask and no credential."""
        asked = {
            "CODEX_APP_SERVER_LOGIN_ISSUER": self.issuer.stated,
            "CODEX_APP_SERVER_LOGIN_CLIENT_ID": self.issuer.client,
        }
        return {**without_credentials(variables), **asked}

    def begin(self, server: AppServer) -> LoginStarted:
        """Begin a sign-in with *server*, which was greeted, and show the code that is to be entered.

        :raises AppServerError: it gives no code, or none that can be shown; nobody was troubled.
        :raises CalledOff: the act was called off.
        """
        started = self.attending.during(server.begin_login)
        code = started.user_code.reveal()
        if not started.url.startswith(f"{self.issuer.url}/"):  # a Codex that knows nothing of another issuer
            raise AppServerError("it asks another service than it is told to")
        if not (re.fullmatch(SHOWABLE, code) and re.fullmatch(SHOWABLE, started.url)):
            raise AppServerError("it gives a code that cannot be shown")
        left = min(self.until - self.attending.passed(), LIFETIME)
        self.attending.tell(
            DeviceCode(
                verification_url=started.url,
                user_code=code,
                expires_at=stamp(self.attending.now() + left),
            )
        )
        return started

    def wait(self, server: AppServer, started: LoginStarted, *, stored: Callable[[], bool]) -> str | None:
        """Wait until Codex says that it is done; return what it complains of, None where it is content.

        *stored* tells whether there are tokens already: nobody calls it off any more then.

        :raises AppServerError: it will say nothing any more.
        :raises NotSignedIn: nobody entered the code in time.
        :raises CalledOff: the act was called off.
        """
        attending, began, looking = self.attending, self.attending.passed(), None
        until = min(self.until, began + LIFETIME)
        last = until if until == self.until else until + GRACE
        while (ended := server.login_ended(started, 0)) is None:
            now = attending.passed()
            if stored():
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
