"""API keys beside a ChatGPT sign-in that Codex uses: it sends none of them, whatever is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.auth.again import store_key
from codex_checks.auth.document import Mode
from codex_checks.auth.facts import Stored, stored
from codex_checks.config.settings import Settings, settings
from codex_checks.network.variables import Origins, origins, unset
from codex_checks.places import Environment, environment
from codex_checks.problems.signin import STALE_CHATGPT_OVER_API_KEY, STALE_OPENAI_API_KEY_ENV
from codex_doctor.check import check
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Fix, Tell
from codex_doctor.model import Severity
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

VARIABLE: Final = "OPENAI_API_KEY"

PREFERRED: Final = "preferred_auth_method"
"""A setting of earlier versions, which 0.169.0 does not read (codex-environment 4.3)."""


class Beside(Struct, frozen=True, kw_only=True):
    """A stored ChatGPT sign-in that is used.

    *key*: the file holds an API key too. *variable*: so does OPENAI_API_KEY, set where *origins* says.
    *wanted* is the place where the settings ask for a key.
    """

    stored: Stored
    origins: Origins
    key: bool = False
    variable: bool = False
    wanted: str | None = None


@blocking_probe(
    "auth.keys-beside", touches={Touches.FILES}, limit=1.0, needs=(stored, environment, settings.maybe())
)
def beside(ctx: Context, found: Stored, surroundings: Environment, configured: Settings | None) -> Beside:
    """Look for keys beside a ChatGPT sign-in."""
    login = found.login
    if login.mode not in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS) or found.document.tokens is None:
        raise NotApplicable("no ChatGPT sign-in is used")
    wanted = None
    for layer in configured.layers if configured is not None else ():
        if layer.applies and layer.values.get(PREFERRED) == "apikey":
            wanted = layer.where((PREFERRED,))
    return Beside(
        stored=found,
        origins=origins(surroundings, os=ctx.system.os),
        key=bool(found.document.api_key),
        variable=VARIABLE in login.variables and login.provider.variable != VARIABLE,
        wanted=wanted,
    )


@check(
    "auth.sign-in-is-the-one-meant",
    title="No API key waits beside the ChatGPT sign-in that Codex uses",
    needs=(beside,),
    reports=(STALE_CHATGPT_OVER_API_KEY, STALE_OPENAI_API_KEY_ENV),
)
def sign_in_is_the_one_meant(found: Beside) -> Iterator[Finding]:
    """Note keys that are not used; a warning where the settings ask for one."""
    login = found.stored.login
    path, where = login.file.path, login.where.get(VARIABLE, "the environment")
    keys = [f"one in {path}"] * found.key + [f"one in {VARIABLE} ({where})"] * found.variable
    if found.wanted is not None and keys:
        tell = f'Say "auth_mode": "apikey" at the top level of {path}; the ChatGPT sign-in stays beside it.'
        yield STALE_CHATGPT_OVER_API_KEY.found(
            f"{found.wanted}: {PREFERRED} asks for an API key, and Codex no longer reads that setting: it "
            f"uses the ChatGPT sign-in in {path}, and not {' or '.join(keys)}",
            evidence={"path": str(path), "setting": PREFERRED, "stored_key": found.key},
            fix=Fix(summary="Say which sign-in counts", steps=(Tell(text=tell),))
            if found.key
            else store_key(login, VARIABLE),
        )
    elif found.key:
        yield STALE_CHATGPT_OVER_API_KEY.weighed(Severity.NOTE).found(
            f"{path} holds an API key too, and says that the ChatGPT sign-in counts",
            evidence={"path": str(path), "stored_key": True},
        )
    if found.variable and found.wanted is None:
        yield STALE_OPENAI_API_KEY_ENV.found(
            f"{VARIABLE} is set in {found.origins.where(VARIABLE)}; Codex uses the ChatGPT sign-in and never "
            "sends it, while the commands that Codex runs, older versions and other tools may",
            evidence={"variable": VARIABLE, "path": str(path)},
            fix=unset(VARIABLE, found.origins),
        )
