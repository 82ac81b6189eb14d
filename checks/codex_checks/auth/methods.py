"""The way Codex signs in: whether there is one, whether it is the one meant, and whether it is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.auth import jwt
from codex_checks.auth.again import replace_broken, sign_in, sign_in_again, store_key, word
from codex_checks.auth.document import Mode
from codex_checks.auth.facts import stored, whole_login
from codex_checks.auth.jsontext import JsonError, Reader
from codex_checks.auth.login import Store, login
from codex_checks.config.settings import LayerKind, settings
from codex_checks.problems.signin import (
    ACCESS_TOKEN_ENV_INVALID,
    API_KEY_MISSING,
    CODEX_API_KEY_OVERRIDES,
    CREDENTIALS_STORE_EPHEMERAL,
    KEYRING_UNAVAILABLE,
    LOGIN_METHOD_FORBIDDEN,
    NOT_SIGNED_IN,
    OPENAI_API_KEY_UNUSED,
)
from codex_doctor.check import check
from codex_doctor.fix import Act, Fix, ShellLine, Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.auth.document import Document
    from codex_checks.auth.facts import Stored
    from codex_checks.auth.login import Login, Rules
    from codex_checks.config.settings import Settings
    from codex_doctor.model import Finding

BY_KEY = frozenset({Mode.API_KEY, Mode.BEDROCK_API_KEY, Mode.BEDROCK_ACCESS_KEYS})
"""Modes that `forced_login_method = "api"` allows; all others count as ChatGPT (put to the CLI)."""

_KINDS: Final = {"api": "an API key", "chatgpt": "a ChatGPT sign-in"}
"""What the words of `forced_login_method` mean."""


@check(
    "auth.signed-in",
    title="Codex is signed in",
    needs=(whole_login,),
    reports=(NOT_SIGNED_IN, OPENAI_API_KEY_UNUSED, API_KEY_MISSING),
)
def signed_in(found: Login) -> Iterator[Finding]:
    """Judge whether anything could sign a request.

    `codex login status` calls some files signed in that hold no token (codex-environment, T1), and
    `codex doctor` takes OPENAI_API_KEY for a sign-in although nothing sends it (T2).
    """
    if found.variables.keys() & {"CODEX_API_KEY", "CODEX_ACCESS_TOKEN"}:
        return
    document = found.document
    variable = "OPENAI_API_KEY"
    if document is not None and document.mode is Mode.API_KEY and not document.api_key:
        # `codex login` deletes what is stored: tokens that stand beside the missing key are kept aside.
        at_hand = variable in found.variables and document.tokens is None
        yield API_KEY_MISSING.found(
            f"{found.file.path} says that an API key is used, and holds none",
            evidence={"path": str(found.file.path), "field": variable},
            advice=f"Store the key that stands in {variable}." if at_hand else None,
            fix=store_key(found, variable) if at_hand else _first_sign_in(found),
        )
        return
    seen = _nothing_usable(found, document)
    if seen is None:
        return
    if variable in found.variables and found.provider.variable != variable:
        yield OPENAI_API_KEY_UNUSED.found(
            f"{seen}; {variable} is set in {found.where.get(variable, 'the environment')}, and Codex never "
            "sends it",
            evidence={"variable": variable, "path": str(found.file.path)},
            fix=store_key(found, variable),
        )
        return
    yield NOT_SIGNED_IN.found(
        seen,
        evidence={"path": str(found.file.path), "exists": found.file.exists, "store": found.store.value},
        fix=_first_sign_in(found),
    )


@check(
    "auth.store-keeps-sign-in",
    title="The place where Codex keeps your sign-in can be used",
    needs=(login, settings.maybe()),
    reports=(CREDENTIALS_STORE_EPHEMERAL, KEYRING_UNAVAILABLE),
)
def store_keeps_sign_in(found: Login, configured: Settings | None) -> Iterator[Finding]:
    """Judge the setting `cli_auth_credentials_store` (codex-auth 1.7); `auto` falls back to the file."""
    if not found.provider.wants_sign_in or found.variables.keys() & {"CODEX_API_KEY", "CODEX_ACCESS_TOKEN"}:
        return
    told = f'Set cli_auth_credentials_store = "file" in {found.file.path.with_name("config.toml")}'
    change = Tell(text=f"{told}.")
    if found.store is Store.EPHEMERAL:
        yield CREDENTIALS_STORE_EPHEMERAL.found(
            'cli_auth_credentials_store = "ephemeral": a sign-in ends with the process that made it',
            evidence={"store": found.store.value},
            advice=f"{told}, then sign in.",
            fix=Fix(summary="Keep the sign-in in a file", steps=(change, *_then_sign_in(found))),
        )
    elif found.store is Store.KEYRING and found.keyring is not None:
        yield KEYRING_UNAVAILABLE.found(
            f'cli_auth_credentials_store = "keyring", but {found.keyring}',
            evidence={"store": found.store.value, "seen": found.keyring},
            advice=f"{told} and sign in again, or start the keyring of your desktop.",
            fix=_without_keyring(found, configured)
            or Fix(summary="Keep the sign-in in a file", steps=(change, *_then_sign_in(found))),
        )


@check(
    "auth.access-token-variable-is-valid",
    title="CODEX_ACCESS_TOKEN is unset or holds a token",
    needs=(login,),
    reports=(ACCESS_TOKEN_ENV_INVALID,),
)
def access_token_variable_is_valid(found: Login) -> Iterator[Finding]:
    """Judge the variable that hides what is stored: a bad one leaves no sign-in at all (codex-auth 4.6)."""
    variable = "CODEX_ACCESS_TOKEN"
    secret = found.variables.get(variable)
    if secret is None or _is_access_token(secret.reveal().strip()):
        return
    unset = f"Remove-Item Env:{variable}" if found.system.os == "windows" else f"unset {variable}"
    place = found.where.get(variable, "the environment")
    yield ACCESS_TOKEN_ENV_INVALID.found(
        f"{variable} in {place} neither begins with at- nor is a JSON Web Token, and it hides what is stored",
        evidence={"variable": variable},
        fix=Fix(summary="Use the stored sign-in", steps=(ShellLine(line=unset),)),
    )


@check(
    "auth.one-sign-in-for-all",
    title="`codex exec` signs in as a session does",
    needs=(login,),
    reports=(CODEX_API_KEY_OVERRIDES,),
)
def one_sign_in_for_all(found: Login) -> Iterator[Finding]:
    """Judge CODEX_API_KEY, which `codex exec` alone looks at (codex-auth 4.6)."""
    variable = "CODEX_API_KEY"
    if variable not in found.variables or found.session_mode is Mode.API_KEY:
        return
    others = {Mode.NONE: "are not signed in", Mode.UNKNOWN: "use what is stored"}
    yield CODEX_API_KEY_OVERRIDES.found(
        f"`codex exec` uses {variable}; sessions and editors {others.get(found.session_mode, 'do not')}",
        evidence={"variable": variable, "stored": found.session_mode.value},
    )


@check(
    "auth.method-is-allowed",
    title="Your sign-in is of a kind that the settings allow",
    needs=(stored,),
    reports=(LOGIN_METHOD_FORBIDDEN,),
)
def method_is_allowed(stored_: Stored) -> Iterator[Finding]:
    """Judge the rules that make `codex exec` delete auth.json where they are broken (codex-auth 6.2).

    Only ChatGPT tokens belong to a workspace (put to the CLI).
    """
    found, document = stored_.login, stored_.document
    rules, mode = found.rules, document.mode
    seen = broken_rule(rules, document, state="stored")
    if seen is None:
        return
    kept = word(found.file.path.with_name("auth.json.kept"), found)
    copy = "Copy-Item" if found.system.os == "windows" else "cp -p"
    yield LOGIN_METHOD_FORBIDDEN.found(
        f"{seen}. `codex exec` deletes auth.json when it sees this",
        evidence={"mode": mode.value, "settings": rules.sources, "path": str(found.file.path)},
        fix=Fix(
            summary="Keep a copy of the sign-in before Codex deletes it",
            steps=(
                ShellLine(line=f"{copy} {word(found.file.path, found)} {kept}"),
                Tell(text="Then change the setting, or sign in the way it asks for."),
            ),
        ),
    )


def lacks_sign_in(found: Login) -> bool:
    """Return whether nothing here could sign a request, as `auth.signed-in` judges it."""
    if found.variables.keys() & {"CODEX_API_KEY", "CODEX_ACCESS_TOKEN"}:
        return False
    document = found.document
    without_key = document is not None and document.mode is Mode.API_KEY and not document.api_key
    return without_key or _nothing_usable(found, document) is not None


def broken_rule(rules: Rules, document: Document, *, state: str) -> str | None:
    """Return in words which rule the sign-in *document* breaks, which is `stored` or what else *state* says.

    None where it breaks none.
    """
    mode = document.mode
    method = "api" if mode in BY_KEY else "chatgpt"
    if rules.methods and method not in rules.methods:
        allowed = " or ".join(_KINDS.get(each, each) for each in rules.methods)
        return f"{_settings(rules)} only {allowed}, and {_KINDS[method]} is {state}"
    has_workspace = mode in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS) and document.tokens is not None
    if rules.workspaces and has_workspace and _workspace(document) not in rules.workspaces:
        return f"{_settings(rules)} only some workspaces, and the {state} sign-in is of another"
    return None


def _without_keyring(found: Login, configured: Settings | None) -> Fix | None:
    """Return the change of the setting, where the user's own file makes it."""
    from codex_checks.config.mends.fixes import set_to

    key = "cli_auth_credentials_store"
    layers = () if configured is None else configured.layers
    layer = next((layer for layer in reversed(layers) if layer.applies and key in layer.values), None)
    if layer is None or layer.kind is not LayerKind.USER:
        return None
    told = (
        f"Your sign-in is kept in {found.file.path} then, which only you can read; if none is there, sign in."
    )
    return set_to(layer, (key,), '"file"', "Keep the sign-in in a file", told)


def _settings(rules: Rules) -> str:
    return f"The settings ({', '.join(rules.sources)}) allow" if rules.sources else "The settings allow"


def _workspace(document: Document) -> str | None:
    """Return the workspace that Codex takes a ChatGPT sign-in to be of (put to the CLI)."""
    tokens = document.tokens
    if tokens is None or tokens.account is not None:
        return None if tokens is None else tokens.account
    return None if document.last_refresh is None else tokens.claims.account


def _nothing_usable(found: Login, document: Document | None) -> str | None:
    """Return in words why nothing can sign a request, or None where something can."""
    if document is None:
        if found.file.dangling:
            return f"{found.file.path} is a link to {found.file.real}, where nothing is"
        return f"{found.file.path} does not exist"
    if document.mode not in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS):
        return None
    if document.tokens is None:
        return f"{found.file.path} holds no tokens, although `codex login status` calls it signed in"
    if not document.tokens.access_token and not document.tokens.refresh_token:
        return f"The tokens in {found.file.path} are empty, although `codex login status` calls it signed in"
    return None


def _first_sign_in(found: Login) -> Fix:
    """Return how to sign in where nothing of use is stored."""
    if found.file.dangling and found.file.folder is not None:
        return sign_in_again(found)  # the link stays
    return replace_broken(found) if found.file.exists or found.file.dangling else sign_in(found)


def _then_sign_in(found: Login) -> tuple[ShellLine, ...]:
    """Return the commands that fill the file, once the setting is changed; no repair can do them before."""
    acts = (step for step in sign_in(found).steps if isinstance(step, Act))
    return tuple(ShellLine(line=act.command) for act in acts if act.command)


def _is_access_token(text: str) -> bool:
    if text.startswith("at-"):
        return True
    try:
        reader = Reader(jwt.payload(text))
        is_object = reader.peek() == ord("{")
        reader.skip()
        reader.end()
    except (jwt.NotATokenError, JsonError):
        return False
    return is_object
