"""Make codex-doctor.pyz: one file that runs on a Python with nothing installed, and without a network.

    python .ci/pyz/build.py codex-doctor.pyz [WHEEL ...]

It holds the codex-doctor that is installed in this Python, with all that it needs. What is compiled comes
from here too, for this Python and system, and for others from WHEELs of the same versions. The same contents
make the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

START: Final = Path(__file__).with_name("start.py")

MOMENT: Final = (2026, 1, 1, 0, 0, 0)
"""What every file in it is dated: the contents alone decide about the bytes."""

LAUNCHER: Final = b"#!/usr/bin/env python3\n"
COMPILED: Final = (".so", ".pyd", ".dylib")
UNWANTED: Final = ("direct_url.json", "RECORD", "INSTALLER", "REQUESTED", "entry_points.cfg")

SYSTEMS: Final = (
    (r"manylinux.*_(x86_64|aarch64)", "linux-gnu"),
    (r"musllinux.*_(x86_64|aarch64)", "linux-musl"),
    (r"linux_(x86_64|aarch64)", "linux-gnu"),
    (r"macosx_\d+_\d+_(arm64|x86_64)", "macos"),
    (r"macosx_\d+_\d+_universal2", "macos-universal"),
    (r"win_(amd64)", "windows"),
)
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}


class Build(NamedTuple):
    """A compiled distribution for Python 3.*python* (*stable*: and all after it) on *platform*."""

    python: int
    stable: bool
    platform: str

    @property
    def folder(self) -> str:
        """The name of its folder in the zip, below that of the distribution."""
        return f"{'abi3' if self.stable else 'cp'}-3{self.python}-{self.platform}"


def main(arguments: Sequence[str]) -> int:
    """Make the file that is named first, with the wheels that follow, and say what it holds."""
    out, *wheels = map(Path, arguments)
    manifest = build(out, wheels)
    sys.stdout.write(f"{out}: {out.stat().st_size // 1024} KB, for {manifest['holds']}\n")
    return 0


def build(out: Path, wheels: Iterable[Path] = ()) -> dict[str, object]:
    """Make *out* of what is installed here and of *wheels*, and return its manifest.

    :raises ValueError: a wheel is of another version than what is installed, or of no known platform.
    """
    files: dict[str, bytes] = {}
    compiled: dict[str, list[Build]] = {}
    versions: dict[str, str] = {}
    for found in _closure("codex-doctor"):
        name = canonicalize_name(found.metadata["Name"])
        contents = dict(_contents(found))
        top = "common"
        if any(path.endswith(COMPILED) for path in contents):
            (here,) = builds_of(_tags(found))[:1]
            versions[name] = found.version
            compiled[name] = [here]
            top = f"{name}/{here.folder}"
        files.update({f"{top}/{path}": content for path, content in contents.items()})
    for wheel in wheels:
        name, version, _, tags = parse_wheel_filename(wheel.name)
        if versions.get(name) != str(version):
            raise ValueError(f"{wheel.name}: {versions.get(name)} is installed here, not {version}")
        for each in builds_of(map(str, tags)):
            if each not in compiled[name]:
                compiled[name].append(each)
                contents = dict(_in_wheel(wheel))
                files.update({f"{name}/{each.folder}/{path}": data for path, data in contents.items()})
    manifest = _manifest(files, compiled)
    write(out, {**files, "manifest.json": json.dumps(manifest).encode(), "__main__.py": START.read_bytes()})
    return manifest


def _closure(name: str) -> Iterator[metadata.Distribution]:
    """Yield the distribution *name* and all that it needs here."""
    waiting, seen = [name], set[str]()
    while waiting:
        found = metadata.distribution(waiting.pop())
        if (key := canonicalize_name(found.metadata["Name"])) in seen:
            continue
        seen.add(key)
        yield found
        for line in found.requires or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                waiting.append(wanted.name)


def _contents(found: metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of each file that is to be imported, or tells what is installed."""
    files = [path for path in found.files or () if not path.is_absolute() and ".." not in path.parts]
    ours = canonicalize_name(found.metadata["Name"]) == "codex-doctor"
    developed = ours and not any(path.parts[0] == "codex_doctor" for path in files)
    for path in files:
        here = PurePosixPath(path)
        if _is_wanted(here) and (not developed or here.parts[0].endswith(".dist-info")):
            yield str(here), Path(str(path.locate())).read_bytes()
    if developed:
        yield from _of_the_repository(START.parents[2])


def _of_the_repository(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what the wheel would hold, from a development install."""
    for top, folder in (
        ("codex_doctor", root / "doctor" / "codex_doctor"),
        ("codex_checks", root / "checks" / "codex_checks"),
        ("codex_checks/pages", root / "docs" / "troubleshooting"),
    ):
        for path in sorted(folder.rglob("*")):
            relative = PurePosixPath(top, *path.relative_to(folder).parts)
            if path.is_file() and _is_wanted(relative):
                yield str(relative), path.read_bytes()


def _in_wheel(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and _is_wanted(PurePosixPath(name)):
                yield name, archive.read(name)


def _is_wanted(path: PurePosixPath) -> bool:
    inside_info = path.parts[0].endswith(".dist-info")
    return (
        "__pycache__" not in path.parts
        and path.suffix not in {".pyc", ".pyi", ".pth"}
        and not (inside_info and (path.name in UNWANTED or path.parts[1] == "sboms"))
        and not ("tests" in path.parts and path.parts[0] == "psutil")
    )


def _tags(found: metadata.Distribution) -> list[str]:
    text = found.read_text("WHEEL") or ""
    return re.findall(r"(?m)^Tag: (\S+)$", text)


def builds_of(tags: Iterable[str]) -> list[Build]:
    """Return for what the *tags* of a wheel say that it was built; those of one platform once.

    :raises ValueError: none of them is of a platform that is known here.
    """
    builds: set[Build] = set()
    for tag in tags:
        python, abi, platform = tag.split("-")
        version = re.fullmatch(r"cp3(\d+)", python)
        for pattern, system in SYSTEMS:
            fits = re.fullmatch(pattern, platform)
            if version and fits and not abi.endswith("t"):
                machines = ["x86_64", "aarch64"] if not fits.groups() else [fits[1]]
                builds |= {
                    Build(
                        int(version[1]),
                        abi == "abi3",
                        f"{system.removesuffix('-universal')}-{MACHINES.get(machine, machine)}",
                    )
                    for machine in machines
                }
                break
    if not builds:
        raise ValueError(f"{', '.join(tags)}: of no platform that is known here")
    return sorted(builds)


def _manifest(files: Mapping[str, bytes], compiled: Mapping[str, Sequence[Build]]) -> dict[str, object]:
    tops = ["common", *(f"{name}/{each.folder}" for name, builds in compiled.items() for each in builds)]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return {
        "digest": digest.hexdigest(),
        "holds": _holds(compiled.values()),
        "compiled": {
            name: [
                {**each._asdict(), "folder": f"{name}/{each.folder}"}
                for each in sorted(builds, key=lambda each: (each.stable, -each.python, each.platform))
            ]
            for name, builds in sorted(compiled.items())
        },
        "files": {top: sorted(path for path in files if path.startswith(f"{top}/")) for top in tops},
    }


def _holds(compiled: Iterable[Sequence[Build]]) -> str:
    """Return in words on what everything that is compiled can be loaded."""
    builds = list(compiled)
    every = {each for group in builds for each in group}
    pythons = sorted({each.python for each in every if not each.stable})
    by_platform: dict[tuple[str, ...], list[str]] = {}
    for platform in sorted({each.platform for each in every}):
        there = tuple(
            f"3.{python}"
            for python in pythons
            if all(
                any(
                    each.platform == platform
                    and (each.python == python or (each.stable and each.python <= python))
                    for each in group
                )
                for group in builds
            )
        )
        if there:
            by_platform.setdefault(there, []).append(platform)
    return "; ".join(
        f"Python {', '.join(there)} on {', '.join(platforms)}" for there, platforms in by_platform.items()
    )


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write *files* into the zip *out*, which can be started; what was there is replaced by one rename."""
    part = out.with_name(f"{out.name}.part")
    with part.open("wb") as target:
        target.write(LAUNCHER)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(files):
                info = zipfile.ZipInfo(name, MOMENT)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, files[name])
    part.chmod(0o755)
    part.replace(out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
