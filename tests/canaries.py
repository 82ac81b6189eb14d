"""Secrets that nobody issued, in every place where a machine may hold one.

Each is a string of its own, so that a test can say which one got out, and from where.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tokens import as_file, base64url, chatgpt_login, jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SHAPES: Final[Mapping[str, Callable[[str], tuple[str, str]]]] = {
    # name: what is written down, and what of it must not be seen
    "groq": lambda seed: (f"gsk_{seed}", seed),
    "slack-hook": lambda seed: (f"https://hooks.slack.com/services/T0AB12CDE/B0AB12CDE/{seed}", seed),
    "telegram": lambda seed: (f"https://api.telegram.org/bot1234567890:AA{seed}/getMe", seed),
    "pgp": lambda seed: (f"-----BEGIN PGP PRIVATE KEY BLOCK-----\\n{seed}\\n-----END PGP", seed),
    "aws-secret": lambda seed: (f"AWS_SECRET_ACCESS_KEY={seed}", seed),
    "pwd": lambda seed: (f"Server=db;Pwd={seed}", seed),
    "scheme": lambda seed: (f"Authorization: ApiKey {seed}", seed),
    "command-line": lambda seed: (f"curl --api-token {seed} https://x.example.com", seed),
    "netrc": lambda seed: (f"machine x.example.com login u password {seed}", seed),
    "slash": lambda seed: (f"postgres://u:a/{seed}@db.example.com/x", seed),
    "jwt": lambda seed: ((token := jwt({"seed": seed})), token.split(".")[1]),
    "bearer": lambda seed: (f"Bearer {seed}Zz", f"{seed}Zz"),
    "openai-key": lambda seed: (f"sk-proj-{seed}", seed),
    "refresh-token": lambda seed: (f"rt.1.{seed}", seed),
    "personal-token": lambda seed: (f"at-{seed}", seed),
    "github": lambda seed: (f"ghp_{seed}", seed),
    "github-fine": lambda seed: (f"github_pat_{seed}", seed),
    "npm": lambda seed: (f"npm_{seed}", seed),
    "aws": lambda seed: (f"AKIA{seed[:16].upper()}", f"AKIA{seed[:16].upper()}"),
    "slack": lambda seed: (f"xoxb-{seed}", seed),
    "google": lambda seed: (f"AIza{seed}00000", seed),
    "query": lambda seed: (f"https://files.example.com/a?sig={seed}", seed),
    "password": lambda seed: (f"https://deploy:{seed}@git.example.com/a.git", seed),
    "named": lambda seed: (f"client_secret={seed}", seed),
    "cookie": lambda seed: (f"Cookie: cf_clearance={seed}", seed),
    "private-key": lambda seed: (
        f"-----BEGIN PRIVATE KEY-----\\n{seed}\\n-----END PRIVATE KEY-----",
        seed,
    ),
}
"""Secrets that are known by their shape, wherever they stand."""

WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": lambda secret: secret,
    "json": lambda secret: json.dumps(f"{secret} \\ é")[1:-1],
    "url": lambda secret: quote(secret, safe=""),
    "base64-0": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64-1": lambda secret: base64.b64encode(b"x" + secret.encode()).decode(),
    "base64-2": lambda secret: base64.b64encode(b"xy" + secret.encode()).decode(),
    "base64url": lambda secret: base64url(secret.encode()),
    "hex": lambda secret: secret.encode().hex(),
    "upper-hex": lambda secret: secret.encode().hex().upper(),
    "base32": lambda secret: base64.b32encode(secret.encode()).decode(),
    "utf16-base64": lambda secret: base64.b64encode(secret.encode("utf-16-le")).decode(),
    "url-twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "escapes": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    "lines": lambda secret: "\n".join(secret[at : at + 7] for at in range(0, len(secret), 7)),
    "base64-lines": lambda secret: "\n".join(
        base64.b64encode(secret.encode()).decode()[at : at + 8] for at in range(0, 64, 8)
    ),
}
"""Ways to write a secret that is known because it was read."""


def seed(*words: str) -> str:
    """Return 32 letters and digits that stand for *words* and nothing else."""
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:32]


class Canaries:
    """What was planted: each secret, and in words what it is and where it stands."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def known(self, place: str) -> str:
        """Return a secret without a shape for *place*, where the doctor reads it as one."""
        secret = seed("known", place) + "+/%é"
        self.planted[secret] = f"known, {place}"
        self.planted[seed("known", place)] = f"known, {place}"
        return secret

    def shaped(self, place: str) -> list[str]:
        """Return a text with a secret of each shape, for *place*."""
        texts: list[str] = []
        for name, make in SHAPES.items():
            text, secret = make(seed(name, place))
            self.planted[secret] = f"{name}, {place}"
            texts.append(text)
        return texts

    def everywhere(self, place: str, known: str) -> str:
        """Return every shape of secret, and *known* in every way it can be written."""
        return " ; ".join([*self.shaped(place), *(write(known) for write in WRITTEN.values())])

    def seen_in(self, text: str) -> list[str]:
        """Return what was planted and stands in *text*, as it is or in another encoding."""
        flat = "".join(text.split())
        return [
            f"{where} ({how})"
            for secret, where in self.planted.items()
            for how, write in WRITTEN.items()
            if (form := _inner(how, write(secret))) in text or form in flat
        ]


def _inner(how: str, form: str) -> str:
    """Return of *form* what does not depend on what stands around it."""
    if how == "json":
        return form.removesuffix(" \\\\ \\u00e9")
    if how.startswith(("base64", "base32", "utf16")):
        return "".join(form.split())[4:-6]
    return form


def plant(home: Path, project: Path, port: int) -> tuple[Canaries, dict[str, str]]:
    """Plant secrets below *home* and *project*; return them, and the environment of the machine.

    Every service of the doctor is a server on loopback at *port*.
    """
    canaries = Canaries()
    codex = home / ".codex"
    codex.mkdir(parents=True, mode=0o700)
    key = canaries.known("env OPENAI_API_KEY")
    _sign_in(codex, canaries)
    _settings(codex, canaries)
    (codex / ".env").write_text(
        f"NOTES_API_KEY={canaries.known('.env')}\nWEB_URL='{' '.join(canaries.shaped('.env'))[:900]}'\n"
    )
    for number, text in enumerate(canaries.shaped("file name")):
        name = quote(text, safe=" :=@-_.")[:120].replace("/", "_")
        (codex / f"{number} {name}.config.toml").write_text("model = 1\n")
    _logs(codex, canaries, key)
    _databases(codex, canaries, key)
    _project(project, canaries)
    program = home / "bin" / "codex"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\ncat <<'EOF' >&2\n{canaries.everywhere('program output', key)}\nEOF\nexit 3\n"
    )
    program.chmod(0o755)
    proxy = f"http://user:{canaries.known('proxy password')}@127.0.0.1:{port}"
    services = ("GITHUB", "GITHUB_API", "AUTH", "CHATGPT", "API", "STATUS")
    return canaries, {
        "HOME": str(home),
        "USER": home.name,
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "OPENAI_API_KEY": key,
        "AWS_SECRET_ACCESS_KEY": canaries.known("env AWS_SECRET_ACCESS_KEY"),
        "DATABASE_PASSWORD": canaries.known("env DATABASE_PASSWORD"),
        "MCP_TOKEN": canaries.known("env MCP_TOKEN"),
        "PRIVATE_NOTE": " ; ".join(canaries.shaped("env")),
        "FTP_PROXY": proxy,
        "NO_PROXY": "127.0.0.1",
        **{f"CODEX_DOCTOR_URL_{name}": f"http://127.0.0.1:{port}/{name.lower()}" for name in services},
    }


def _sign_in(codex: Path, canaries: Canaries) -> None:
    told = {"seed": seed("auth.json"), "email": "sunita@example.org"}
    login = chatgpt_login(
        id_token=jwt({**told, "which": "id"}),
        access_token=jwt({**told, "which": "access", "exp": int(time.time()) + 864_000}),
        refresh_token=canaries.known("auth.json refresh token"),
    )
    for name in ("id_token", "access_token"):
        canaries.planted[login["tokens"][name].split(".")[1]] = f"auth.json {name}"
    path = codex / "auth.json"
    path.touch(mode=0o600)
    path.write_bytes(as_file(login))
    (codex / "auth.json.tmp").write_bytes(as_file(login))


def _settings(codex: Path, canaries: Canaries) -> None:
    def told(place: str) -> str:
        return json.dumps(canaries.known(f"config {place}"), ensure_ascii=False)

    shaped = json.dumps(" ; ".join(canaries.shaped("config text")))
    arguments = json.dumps(canaries.shaped("MCP arguments"))
    (codex / "config.toml").write_text(
        f"""
model = {shaped}
developer_instructions = {shaped}
misspelt_setting = {shaped}
chatgpt_base_url = {json.dumps(canaries.shaped("base URL")[-4])}

[model_providers.own]
base_url = {json.dumps(canaries.shaped("provider URL")[-5])}
experimental_bearer_token = {told("provider token")}
http_headers = {{ "X-Key" = {told("provider header")} }}
query_params = {{ key = {told("provider query")} }}

[mcp_servers.notes]
command = "notes"
args = {arguments}
env = {{ NOTES = {told("MCP env")} }}

[mcp_servers.web]
url = {json.dumps(canaries.shaped("MCP URL")[-6])}
bearer_token = {told("MCP bearer")}
http_headers = {{ Authorization = {told("MCP header")} }}

[shell_environment_policy]
set = {{ SOMETHING = {told("policy")} }}

[[hooks.Stop]]
[[hooks.Stop.hooks]]
type = "command"
command = {json.dumps("curl " + " ".join(canaries.shaped("hook")[:-1]))}
"""
    )


def _logs(codex: Path, canaries: Canaries, key: str) -> None:
    folder = codex / "log"
    folder.mkdir()
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    for name in ("codex-tui.log", "codex-login.log"):
        lines = canaries.everywhere(name, key).split("\n")
        target = "codex_login::auth::manager"
        (folder / name).write_text("".join(f"{now} ERROR {target}: failed: {line}\n" for line in lines))


def _databases(codex: Path, canaries: Canaries, key: str) -> None:
    now = int(time.time())
    with closing(sqlite3.connect(codex / "thread_history_1.sqlite")) as database:
        database.execute("CREATE TABLE thread_turns (completed_at, started_at, error_json)")
        for text in (*canaries.shaped("failed turn"), canaries.everywhere("failed turn again", key)):
            error = json.dumps({"message": f"unexpected status 401: {text}", "codexErrorInfo": "other"})
            database.execute("INSERT INTO thread_turns VALUES (?, ?, ?)", (now, now, error))
        database.commit()
    with closing(sqlite3.connect(codex / "logs_2.sqlite")) as database:
        database.execute("CREATE TABLE logs (id, ts, ts_nanos, level, target, feedback_log_body)")
        for number, text in enumerate([*canaries.shaped("log"), canaries.everywhere("log again", key)]):
            row = (number, now, 0, "ERROR", "codex_login::auth::manager", f"failed: {text}")
            database.execute("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)", row)
        database.commit()


def _project(project: Path, canaries: Canaries) -> None:
    git = project / ".git"
    git.mkdir(parents=True)
    remotes = canaries.shaped("git remote")
    git.joinpath("config").write_text(
        "".join(f'[remote "{n}"]\n\turl = {text}\n' for n, text in enumerate(remotes))
    )
    (project / ".codex").mkdir()
    (project / ".codex" / "config.toml").write_text(
        f"notify = {json.dumps(canaries.shaped('project settings'))}\n"
    )
