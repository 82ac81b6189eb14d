"""The real Codex of the tests' cache, packed as its publishers pack it, for a publisher on loopback."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tiny_codex
from codex_cli import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.publisher import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Archives in *folder*: npm's two packages with their descriptions, and a release."""

    folder: Path
    launcher: dict[str, Any]
    part: dict[str, Any]

    def publish(self, publisher: Publisher) -> None:
        """Let *publisher* have them."""
        publisher.publish_files(
            VERSION,
            launcher=(self.folder / "launcher.tgz", self.launcher),
            part=(self.folder / "part.tgz", self.part),
            archive=self.folder / "release.tar.gz",
        )


def pack(cli: CodexCli, folder: Path) -> Packed:
    """Pack *cli* into *folder*, 750 MB, without compression: that would take a minute."""
    modules = cli.prefix / "node_modules" / "@openai"
    launcher, part = modules / "codex", modules / f"codex-{tiny_codex.PLATFORM}"
    _archive(launcher, folder / "launcher.tgz", under="package/")
    _archive(part, folder / "part.tgz", under="package/")
    _archive(part / "vendor" / tiny_codex.TARGET, folder / "release.tar.gz", under="")
    return Packed(folder=folder, launcher=_described(launcher), part=_described(part))


def _archive(tree: Path, to: Path, *, under: str) -> None:
    with tarfile.open(to, "w") as archive:
        for path in sorted(tree.rglob("*")):
            archive.add(path, under + path.relative_to(tree).as_posix(), recursive=False)


def _described(package: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((package / "package.json").read_text("utf-8"))
    return described
