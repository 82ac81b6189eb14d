"""The sign-in on this machine: where Codex will look for it, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from datetime import datetime  # noqa: TC003 - the same
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from codex_checks.auth.document import Document, Fault, Mode, Tokens
from codex_checks.auth.parse import parse
from codex_checks.config.settings import LayerKind, Settings, look, settings
from codex_checks.places import CodexHome, Environment, codex_home, environment
from codex_doctor.context import System  # noqa: TC001 - the same
from codex_doctor.files import NotAFileError, Status, TooLargeError
from codex_doctor.probe import Touches, blocking_probe
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_doctor.context import Context

LIMIT: Final = 1024 * 1024
"""Bytes: a real auth.json holds about 5 KB."""

VARIABLES: Final = ("CODEX_API_KEY", "CODEX_ACCESS_TOKEN", "OPENAI_API_KEY")
"""The variables that hold a credential, or look as if they did (codex-auth 4.6)."""

SELF_SUFFICIENT: Final = frozenset({"oss", "ollama", "lmstudio", "ollama-chat", "amazon-bedrock"})
"""Built-in model providers that take nothing from an OpenAI sign-in."""


class Store(StrEnum):
    """Where Codex keeps the sign-in: its setting `cli_auth_credentials_store` (codex-auth 1.7)."""

    FILE = "file"
    KEYRING = "keyring"
    AUTO = "auto"
    """The keyring first, the file where it holds nothing or cannot be reached."""
    EPHEMERAL = "ephemeral"
    """Nowhere: every process starts signed out."""


class AuthFile(Struct, frozen=True, kw_only=True):
    """The file auth.json. *real* is where its links end, *folder* the folder that holds that.

    *status* is None where nothing is there. Of *error* (it cannot be read, and why), *fault* (Codex
    refuses what it says) and *document*, one at most is set.
    """

    path: Path
    real: Path
    link: bool = False
    status: Status | None = None
    folder: Status | None = None
    error: str | None = None
    fault: Fault | None = None
    document: Document | None = None

    @property
    def exists(self) -> bool:
        """Whether something is there, readable or not."""
        return self.status is not None or self.error is not None

    @property
    def dangling(self) -> bool:
        """Whether it is a link to nothing."""
        return self.link and not self.exists


class Rules(Struct, frozen=True, kw_only=True):
    """Which sign-ins the settings allow. Empty means all; *sources* are the files that say so.

    *methods* holds `chatgpt` and `api`, *workspaces* ids of accounts.
    """

    methods: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Provider(Struct, frozen=True, kw_only=True):
    """The model provider in use. *variable* names the environment variable that it takes a key from."""

    id: str = "openai"
    wants_sign_in: bool = True
    variable: str | None = None


class Login(Struct, frozen=True, kw_only=True):
    """Everything that decides how Codex signs in here.

    *variables* holds those of `VARIABLES` that are set and not blank, *where* says where. *keyring*
    says why the keyring cannot be reached, None where nothing speaks against it. *examined* is when.
    """

    file: AuthFile
    store: Store
    examined: datetime
    system: System
    keyring: str | None = None
    variables: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    rules: Rules = field(default_factory=Rules)
    provider: Provider = field(default_factory=Provider)
    home_source: str = "default"

    @property
    def mode(self) -> Mode:
        """How `codex exec` signs in: CODEX_API_KEY comes before everything (codex-auth 4.6)."""
        return Mode.API_KEY if "CODEX_API_KEY" in self.variables else self.session_mode

    @property
    def session_mode(self) -> Mode:
        """How a session and the editors sign in: CODEX_ACCESS_TOKEN, then what is stored."""
        token = self.variables.get("CODEX_ACCESS_TOKEN")
        if token is None:
            return self.stored_mode
        personal = token.reveal().strip().startswith("at-")
        return Mode.PERSONAL_ACCESS_TOKEN if personal else Mode.AGENT_IDENTITY

    @property
    def stored_mode(self) -> Mode:
        """How the stored sign-in proves itself."""
        if self.document is not None:
            return self.document.mode
        if self.store is Store.EPHEMERAL:
            return Mode.NONE
        if self.store is Store.FILE and not self.file.exists:
            return Mode.NONE
        if self.store is Store.AUTO and self.keyring is not None and not self.file.exists:
            return Mode.NONE
        return Mode.UNKNOWN

    @property
    def reads_file(self) -> bool:
        """Whether Codex reads auth.json at all."""
        return self.store in (Store.FILE, Store.AUTO)

    @property
    def document(self) -> Document | None:
        """What auth.json says, where Codex reads it and can."""
        return self.file.document if self.reads_file else None

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of a stored ChatGPT sign-in, where Codex uses them."""
        document = self.document
        chatgpt = document is not None and document.mode in (Mode.CHATGPT, Mode.CHATGPT_AUTH_TOKENS)
        return document.tokens if document is not None and chatgpt else None


@blocking_probe(
    "auth.login",
    touches={Touches.FILES},
    limit=2.0,
    needs=(codex_home, environment.maybe(), settings.maybe()),
)
def login(
    ctx: Context, home: CodexHome, surroundings: Environment | None, configured: Settings | None
) -> Login:
    """Read auth.json and everything that decides whether Codex uses it."""
    variables = ctx.env if surroundings is None else surroundings.variables
    found = {name: ctx.vault.secret(value) for name, value in variables.items() if name in VARIABLES}
    given = {name: secret for name, secret in found.items() if secret.reveal().strip()}
    return Login(
        file=auth_file(ctx, home.path / "auth.json"),
        store=store(configured),
        examined=ctx.moment(),
        system=ctx.system,
        keyring=keyring_gap(ctx, variables),
        variables=given,
        where={name: surroundings.where(name) if surroundings else "the environment" for name in given},
        rules=rules(configured),
        provider=provider(configured),
        home_source=home.source,
    )


def auth_file(ctx: Context, path: Path) -> AuthFile:
    """Read the file *path* without changing, following into or waiting for anything."""
    real = ctx.real(path)
    link, status, folder = False, None, None
    try:
        itself = ctx.status(path, follow=False)
        link = itself is not None and itself.kind == "symlink"
        folder = ctx.status(real.parent)
        status = ctx.status(path)
        content = ctx.read(path, limit=LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return AuthFile(path=path, real=real, link=link, folder=folder)
    except OSError as error:
        return AuthFile(path=path, real=real, link=link, status=status, folder=folder, error=_words(error))
    said = parse(content, ctx.vault.secret)
    return AuthFile(
        path=path,
        real=real,
        link=link,
        status=status,
        folder=folder,
        fault=said if isinstance(said, Fault) else None,
        document=said if isinstance(said, Document) else None,
    )


def store(configured: Settings | None) -> Store:
    """Return where the settings tell Codex to keep the sign-in; a value it refuses counts as unset."""
    if configured is None:
        return Store.FILE
    required = [
        layer.values.get("cli_auth_credentials_store")
        for layer in configured.layers
        if layer.kind is LayerKind.REQUIREMENTS
    ]
    for value in (*required, configured.get("cli_auth_credentials_store")):
        if isinstance(value, str) and value in set(Store):
            return Store(value)
    return Store.FILE


def rules(configured: Settings | None) -> Rules:
    """Return which sign-ins the settings allow (codex-auth 6.1 and 6.3)."""
    if configured is None:
        return Rules()
    methods = _texts(configured.get("forced_login_method"))
    workspaces = _texts(configured.get("forced_chatgpt_workspace_id"))
    for layer in configured.layers:
        if layer.kind is LayerKind.REQUIREMENTS:
            allowed = _texts(layer.values.get("allowed_login_methods"))
            methods = tuple(one for one in methods or allowed if one in (allowed or methods)) or allowed
            workspaces = workspaces or _texts(layer.values.get("allowed_chatgpt_workspaces"))
    sources = tuple(
        str(layer.path)
        for layer in configured.layers
        if any(
            look(layer.values, [key]) is not None
            for key in (
                "forced_login_method",
                "forced_chatgpt_workspace_id",
                "allowed_login_methods",
                "allowed_chatgpt_workspaces",
            )
        )
    )
    return Rules(methods=methods, workspaces=workspaces, sources=sources)


def provider(configured: Settings | None) -> Provider:
    """Return the model provider in use: one of the user's own needs a sign-in only if it says so."""
    if configured is None or configured.provider_id == "openai":
        return Provider()
    table = configured.provider
    variable = table.get("env_key")
    return Provider(
        id=configured.provider_id,
        wants_sign_in=configured.provider_id not in SELF_SUFFICIENT
        and (not table or table.get("requires_openai_auth") is True),
        variable=variable if isinstance(variable, str) else None,
    )


def keyring_gap(ctx: Context, variables: Mapping[str, str]) -> str | None:
    """Return why no keyring can be reached, from evidence alone, or None where nothing says so.

    On Linux a keyring is a service on the D-Bus of the session. Whether it is locked or empty is
    not examined: asking it may open a dialog.
    """
    if ctx.system.os != "linux" or variables.get("DBUS_SESSION_BUS_ADDRESS"):
        return None
    bus = ctx.system_path(f"/run/user/{ctx.system.user}/bus")
    try:
        if ctx.status(bus) is not None:
            return None
    except OSError:
        return None
    return f"DBUS_SESSION_BUS_ADDRESS is not set and {bus} does not exist"


def _texts(value: object) -> tuple[str, ...]:
    """Return a setting that is a string or a list of them; blank ones do not count."""
    several = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return tuple(one.strip() for one in several if isinstance(one, str) and one.strip())


def _words(error: OSError) -> str:
    if isinstance(error, NotAFileError):
        return f"it is {error.kind}"
    if isinstance(error, TooLargeError):
        return f"it is larger than {LIMIT} bytes"
    return error.strerror or str(error)
