"""The parts of the sign-in that can be judged: each is there, or says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.auth.document import Document, Tokens  # noqa: TC001 - facts are read at run time
from codex_checks.auth.login import Login, Store, login
from codex_checks.auth.renewal import Renewal, renewal
from codex_checks.places import CodexHome, codex_home
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context


class Stored(Struct, frozen=True, kw_only=True):
    """A stored sign-in that Codex can read."""

    login: Login
    document: Document


class ChatGPT(Struct, frozen=True, kw_only=True):
    """A stored ChatGPT sign-in that Codex uses, and what Codex will do with it next."""

    login: Login
    document: Document
    tokens: Tokens
    renewal: Renewal


@blocking_probe("auth.file", touches={Touches.FILES}, limit=1.0, needs=(login,))
def own_file(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where auth.json exists and Codex reads it."""
    if not found.reads_file:
        raise NotApplicable(f"auth.json is not read: {_elsewhere(found)}")
    if not found.file.exists:
        raise NotApplicable(f"{found.file.path} does not exist")
    return found


@blocking_probe("auth.wanted-file", touches={Touches.FILES}, limit=1.0, needs=(own_file,))
def wanted_file(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where Codex needs the auth.json that exists."""
    if not found.provider.wants_sign_in:
        raise NotApplicable(f"the model provider {found.provider.id} needs no OpenAI sign-in")
    if "CODEX_ACCESS_TOKEN" in found.variables:
        raise NotApplicable("CODEX_ACCESS_TOKEN is used instead of auth.json")
    return found


@blocking_probe("auth.file-text", touches={Touches.FILES}, limit=1.0, needs=(wanted_file,))
def file_text(ctx: Context, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where auth.json could be read, valid or not."""
    if found.file.error is not None:
        raise Unavailable(f"{found.file.path} could not be read: {found.file.error}")
    return found


@blocking_probe("auth.stored", touches={Touches.FILES}, limit=1.0, needs=(file_text,))
def stored(ctx: Context, found: Login) -> Stored:  # noqa: ARG001 - a probe
    """Return the stored sign-in that Codex can read."""
    if found.document is None:
        raise Unavailable(f"{found.file.path} is not valid")
    return Stored(login=found, document=found.document)


@blocking_probe("auth.chatgpt", touches={Touches.FILES}, limit=1.0, needs=(stored,))
def chatgpt(ctx: Context, found: Stored) -> ChatGPT:  # noqa: ARG001 - a probe
    """Return the stored ChatGPT sign-in."""
    tokens = found.login.tokens
    if tokens is None:
        raise NotApplicable("no ChatGPT sign-in is stored")
    if not tokens.access_token and not tokens.refresh_token:
        raise Unavailable("the stored tokens are empty")
    return ChatGPT(
        login=found.login,
        document=found.document,
        tokens=tokens,
        renewal=renewal(found.document, tokens),
    )


@blocking_probe("auth.whole", touches={Touches.FILES}, limit=1.0, needs=(codex_home, login))
def whole_login(ctx: Context, home: CodexHome, found: Login) -> Login:  # noqa: ARG001 - a probe
    """Return the sign-in where it can be told whether there is one."""
    if not found.provider.wants_sign_in:
        raise NotApplicable(f"the model provider {found.provider.id} needs no OpenAI sign-in")
    if found.variables.keys() & {"CODEX_API_KEY", "CODEX_ACCESS_TOKEN"}:
        return found
    if not home.usable and (home.status is not None or home.error or home.source != "default"):
        raise Unavailable(f"{home.path} cannot be used")
    if found.store is Store.EPHEMERAL:
        raise Unavailable(_elsewhere(found))
    if found.store is Store.KEYRING:
        gap = Unavailable if found.keyring else NotApplicable
        raise gap(_elsewhere(found))
    if found.file.error or found.file.fault:
        raise Unavailable(f"{found.file.path} could not be read")
    if found.store is Store.AUTO and not found.file.exists and found.keyring is None:
        raise NotApplicable("the sign-in may be stored in the keyring; not examined")
    return found


def _elsewhere(found: Login) -> str:
    if found.store is Store.KEYRING:
        return found.keyring or "the sign-in is stored in the keyring; not examined"
    return 'cli_auth_credentials_store = "ephemeral" stores no sign-in'
