"""Whoever publishes Codex, on loopback: npm's registry, and the releases of GitHub."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from pytest_httpserver import HTTPServer
from werkzeug import Response

import tiny_codex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from werkzeug import Request

    from tiny_codex import Tree

Content = bytes | Path
"""What a file holds, or where that stands."""

PATIENCE: Final = 60.0
"""Seconds after which even a swallowed request is let go, should nobody close the server."""

CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version: npm's *packages* by file name, each with its description, and the release's *files*."""

    version: str
    packages: Mapping[str, tuple[Content, Mapping[str, object]]]
    files: Mapping[str, Content]


@dataclass(slots=True, kw_only=True)
class Sick:
    """How a file is answered: *status* in its place (only so many *times*), *cut* after bytes, never ..."""

    status: int | None = None
    times: int = -1
    cut: int | None = None
    hangs: bool = False
    content: bytes | None = None
    moved: str | None = None
    asked: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True, kw_only=True)
class Publisher:
    """The servers; *asked* holds the path of every request, *sick* what is wrong with a file by its name."""

    asked: list[str] = field(default_factory=list[str])
    ranges: list[str] = field(default_factory=list[str])
    sick: dict[str, Sick] = field(default_factory=dict[str, Sick])
    versions: dict[str, Published] = field(default_factory=dict[str, Published])
    latest: str = ""
    _server: HTTPServer = field(default_factory=lambda: HTTPServer(host="127.0.0.1", threaded=True))
    _released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address before every path, without a slash at its end."""
        return self._server.url_for("").rstrip("/")

    @property
    def env(self) -> dict[str, str]:
        """The variables that point the doctor at this server."""
        return {
            "CODEX_DOCTOR_URL_NPM": f"{self.url}/npm/",
            "CODEX_DOCTOR_URL_GITHUB": f"{self.url}/github",
            "CODEX_DOCTOR_URL_GITHUB_API": f"{self.url}/github-api",
        }

    def publish(self, version: str, *, release: Tree | None = None) -> None:
        """Publish *version*, the newest from now on, whose release holds *release*."""
        inside = tiny_codex.release(version) if release is None else release
        launcher = tiny_codex.launcher(version)
        part = tiny_codex.platform_package(version, inside)
        self.publish_files(
            version,
            launcher=(tiny_codex.packed(launcher, under="package/"), _described(launcher)),
            part=(tiny_codex.packed(part, under="package/"), _described(part)),
            archive=tiny_codex.packed(inside),
        )

    def publish_files(
        self,
        version: str,
        *,
        launcher: tuple[Content, Mapping[str, object]],
        part: tuple[Content, Mapping[str, object]],
        archive: Content,
    ) -> None:
        """Publish *version*: npm's two packages, each with its description, and the archive of a release."""
        name = f"codex-package-{tiny_codex.TARGET}.tar.gz"
        sums = f"{_digest(archive, 'sha256').hex()}  {name}\n{'0' * 64}  another.tar.gz\n"
        self.versions[version] = Published(
            version=version,
            packages={
                f"codex-{version}.tgz": launcher,
                f"codex-{version}-{tiny_codex.PLATFORM}.tgz": part,
            },
            files={name: archive, "codex-package_SHA256SUMS": sums.encode()},
        )
        self.latest = version

    def start(self) -> None:
        """Begin to listen."""
        self._server.expect_request(re.compile(".*")).respond_with_handler(self._answer)
        self._server.start()

    def heal(self) -> None:
        """Publish nothing, be healthy again, and forget what was asked."""
        self._released.set()
        self._released = threading.Event()
        self.asked.clear()
        self.ranges.clear()
        self.sick.clear()
        self.versions.clear()

    def stop(self) -> None:
        """Let go of every request and stop listening."""
        self._released.set()
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        path = request.path
        self.asked.append(path)
        name = path.rpartition("/")[2]
        sick = self.sick.get(unquote(name), Sick())
        sick.asked.set()
        if sick.hangs:
            self._released.wait(PATIENCE)
        if sick.moved is not None:
            return Response(status=302, headers={"Location": sick.moved})
        if sick.status is not None and sick.times:
            sick.times -= 1
            return Response(status=sick.status)
        if sick.content is not None:
            return self._sent(request, sick.content, sick)
        if path.startswith("/npm/") and not name.endswith(".tgz"):
            return _json(self._packument())
        if path.endswith("/releases/latest") and self.latest in self.versions:
            return _json(_release(self.versions[self.latest]))
        content = self._file(path)
        return Response(status=404) if content is None else self._sent(request, content, sick)

    def _file(self, path: str) -> Content | None:
        name = path.rpartition("/")[2]
        for version, published in self.versions.items():
            if path.startswith("/npm/") and name in published.packages:
                return published.packages[name][0]
            if f"/releases/download/rust-v{version}/" in path:
                return published.files.get(name)
        return None

    def _sent(self, request: Request, content: Content, sick: Sick) -> Response:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        if asked:
            self.ranges.append(asked[0])
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if first >= size > 0:
            return Response(status=416)
        headers = {"Content-Length": str(size - first)}
        if asked:
            headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}"
        last = size if sick.cut is None else min(size, first + sick.cut)
        return Response(_chunks(content, first, last), status=206 if asked else 200, headers=headers)

    def _packument(self) -> object:
        found: dict[str, object] = {}
        for published in self.versions.values():
            for name, (content, described) in published.packages.items():
                integrity = base64.b64encode(_digest(content, "sha512")).decode()
                found[str(described["version"])] = {
                    **described,
                    "dist": {
                        "tarball": f"{self.url}/npm/@openai/codex/-/{name}",
                        "integrity": f"sha512-{integrity}",
                    },
                }
            for each in tiny_codex.PLATFORMS:
                version = f"{published.version}-{each}"
                if version not in found:
                    system, processor = each.split("-")
                    found[version] = {
                        "name": "@openai/codex",
                        "version": version,
                        "os": [system],
                        "cpu": [processor],
                        "dist": {"tarball": f"{self.url}/npm/nothing.tgz"},
                    }
        return {"name": "@openai/codex", "dist-tags": {"latest": self.latest}, "versions": found}


def _release(published: Published) -> object:
    assets = [
        {"name": name, "digest": f"sha256:{_digest(content, 'sha256').hex()}"}
        for name, content in published.files.items()
    ]
    return {"tag_name": f"rust-v{published.version}", "assets": assets}


def _described(tree: Tree) -> Mapping[str, object]:
    described: Mapping[str, object] = json.loads(tree["package.json"][0])
    return described


def _digest(content: Content, kind: str) -> bytes:
    if isinstance(content, bytes):
        return hashlib.new(kind, content).digest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, kind).digest()


def _chunks(content: Content, first: int, last: int) -> Iterator[bytes]:
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        file.seek(first)
        while first < last and (chunk := file.read(min(CHUNK, last - first))):
            first += len(chunk)
            yield chunk


def _json(body: object) -> Response:
    return Response(json.dumps(body), headers={"Content-Type": "application/json"})
