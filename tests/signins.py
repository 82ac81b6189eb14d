"""Facts of sign-ins for the tests of checks: what a probe would have found on such a machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from codex_checks.auth.document import Document, Fault
from codex_checks.auth.facts import ChatGPT, Stored
from codex_checks.auth.login import AuthFile, Login, Store
from codex_checks.auth.parse import parse
from codex_checks.auth.renewal import renewal
from codex_doctor.context import System
from codex_doctor.files import Status
from codex_doctor.redact import Secret
from tokens import NOW, as_file, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH: Final = Path("/home/somebody/.codex/auth.json")
USER: Final = 1000
LINUX: Final = System(os="linux", arch="x86_64", release="6.1.0", user=USER)
MACOS: Final = System(os="macos", arch="aarch64", release="24.0.0", user=USER)
WINDOWS: Final = System(os="windows", arch="x86_64", release="11", user=None)
WSL: Final = System(os="linux", arch="x86_64", release="5.15.0-microsoft-standard-WSL2", user=USER)
ROOT: Final = System(os="linux", arch="x86_64", release="6.1.0", user=0)


def status(*, kind: str = "file", mode: int = 0o600, owner: int = USER, links: int = 1) -> Status:
    """Return what the file system says of a file of the user's own."""
    return Status(
        kind=kind,
        mode=mode,
        owner=owner,
        group=owner,
        links=links,
        size=4096,
        modified_ns=0,
        device=1,
        inode=2,
    )


def login(
    content: object = None,
    *,
    file: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] | None = None,
    **facts: Any,  # noqa: ANN401 - the fields of Login
) -> Login:
    """Return a sign-in with *content* (bytes, or what becomes JSON) in auth.json; None: there is none.

    *file* replaces fields of the file, *facts* those of the whole.
    """
    held = AuthFile(path=PATH, real=PATH, folder=status(kind="folder", mode=0o700))
    if content is not None:
        said = parse(content if isinstance(content, bytes) else as_file(content), Secret)
        held = replace(
            held,
            status=status(),
            document=said if isinstance(said, Document) else None,
            fault=said if isinstance(said, Fault) else None,
        )
    found = Login(
        file=replace(held, **(file or {})),
        store=Store.FILE,
        examined=datetime.fromtimestamp(NOW, UTC),
        system=LINUX,
        variables={name: Secret(value) for name, value in (variables or {}).items()},
        where=dict.fromkeys(variables or {}, "the environment"),
    )
    return replace(found, **facts)


def stored(content: object, **facts: Any) -> Stored:  # noqa: ANN401 - the fields of Login
    """Return the stored sign-in that *content* is."""
    found = login(content, **facts)
    assert found.document is not None
    return Stored(login=found, document=found.document)


def chatgpt(
    content: object = None,
    **changed: Any,  # noqa: ANN401 - as for tokens.chatgpt_login
) -> ChatGPT:
    """Return the ChatGPT sign-in that *content* is, or a healthy one with *changed* in it."""
    held = stored(chatgpt_login(**changed) if content is None else content)
    tokens = held.login.tokens
    assert tokens is not None
    return ChatGPT(
        login=held.login,
        document=held.document,
        tokens=tokens,
        renewal=renewal(held.document, tokens),
    )
