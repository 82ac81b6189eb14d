"""The first module of codex-doctor.pyz: it unpacks what Python cannot run inside a zip, and goes on there.

The folder is the user's alone, below the temporary one: the home that is to be examined stays as it is. Its
name holds the digest of what is in it; it is filled under another name and then renamed, so that a kill
leaves none or a whole one. A temporary folder from which no program may be loaded is passed over. The
deadline of an examination counts from when that is done: it happens once.

Older Pythons, back to 2.7, must be able to read this file, or they would not say what they are told.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("codex-doctor: Python 3.11 or later is needed, and this is %d.%d" % sys.version_info[:2])

import json
import os
import stat
import tempfile

INSTALLED = ("site-packages", "dist-packages")
PRIVATE = 0o700
OTHERS = 0o077
QUICK = (["--version"], ["--help"], ["explain"], ["completion"])
"""What loads little: nothing is compiled for it beforehand."""

COMPILED_LAST = ("codex_checks", "__pycache__", "catalogue.{}.pyc".format(sys.implementation.cache_tag))


def main():
    """Unpack what is not unpacked yet, and run the command line."""
    # The loader is the zip itself: what is read from it needs no further module.
    manifest = json.loads(__loader__.get_data("manifest.json"))
    found = here()
    try:
        parts = chosen(manifest, found)
    except LookupError as error:
        sys.exit("codex-doctor: {}".format(error))
    folder = unpacked(manifest, parts, found)
    # Nothing that happens to be installed takes part: it runs as it was built.
    own = os.path.abspath(sys.argv[0])
    sys.path[:] = [folder] + [
        entry
        for entry in sys.path
        if os.path.abspath(entry) != own and not entry.rstrip(os.sep).endswith(INSTALLED)
    ]
    if sys.argv[1:2] not in QUICK and not os.path.exists(os.path.join(folder, *COMPILED_LAST)):
        compiled(folder)
    from codex_doctor.__main__ import main as begin

    begin()


def compiled(folder):
    """Compile what an examination loads, and let its deadline count from here."""
    import compileall

    for package in ("codex_doctor", "msgspec", "anyio", "h11", "codex_checks"):
        compileall.compile_dir(os.path.join(folder, package), quiet=2)
    from codex_doctor import clock

    clock.count_from_now()


def here():
    """Return what this Python can load: its version, whether it is the usual one, and its platform."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(_machine(), _machine())
    if sys.platform == "linux":
        try:
            libc = "gnu" if (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc") else "musl"
        except (OSError, ValueError):
            libc = "musl"
        system = "linux-" + libc
    else:
        system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    usual = sys.implementation.name == "cpython" and "t" not in getattr(sys, "abiflags", "")
    return {"python": sys.version_info[1], "usual": usual, "platform": system + "-" + machine}


def _machine():
    if sys.platform == "win32":
        # As a 32-bit Python on 64-bit Windows cannot load what is made for 64 bits.
        return "amd64" if sys.maxsize > 2**32 and "ARM64" not in sys.version else "other"
    return os.uname().machine.lower()


def chosen(manifest, found):
    """Return the part of each compiled distribution that *found* can load, as its folder in the zip.

    :raises LookupError: there is none, in words.
    """
    parts = []
    for builds in manifest["compiled"].values():
        for build in builds:
            newest = build["stable"] and build["python"] <= found["python"]
            if build["platform"] == found["platform"] and (newest or build["python"] == found["python"]):
                parts.append(build["folder"])
                break
        else:
            parts = None
            break
    if parts is None or not found["usual"]:
        raise LookupError(
            "this file holds nothing compiled for Python 3.{python}{kind} on {platform}, only for {holds}. "
            "Install codex-doctor with pip instead.".format(
                kind="" if found["usual"] else " of another kind than the usual CPython",
                holds=manifest["holds"],
                python=found["python"],
                platform=found["platform"],
            )
        )
    return parts


def unpacked(manifest, parts, found):
    """Return the folder in which everything stands, made now if there is none that is whole."""
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    name = "-".join(["codex-doctor", user, manifest["digest"][:24], found["platform"], str(found["python"])])
    wanted = {file[len(top) + 1 :]: file for top in ["common"] + parts for file in manifest["files"][top]}
    refused = []
    for place in places():
        folder = os.path.join(place, name)
        try:
            if not whole(folder, len(wanted)):
                fill(place, folder, wanted)
            if mine(folder):
                return folder
            refused.append("{} is not yours alone".format(folder))
        except OSError as error:
            refused.append("{}: {}".format(place, error.strerror or error))
    sys.exit("codex-doctor: nothing could be unpacked. " + "; ".join(refused))


def places():
    """Yield the folders in which to unpack, the best first: none is in the home, but the last."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for place in (
        os.environ.get("CODEX_DOCTOR_PYZ_DIR"),
        tempfile.gettempdir(),
        "/var/tmp",
        "/dev/shm",
        cache,
    ):
        if place and os.path.isabs(place) and os.path.isdir(place) and not _forbids_programs(place):
            yield place


def _forbids_programs(place):
    if not hasattr(os, "statvfs") or not hasattr(os, "ST_NOEXEC"):
        return False
    try:
        return bool(os.statvfs(place).f_flag & os.ST_NOEXEC)
    except OSError:
        return True


def mine(folder):
    """Whether *folder* is a folder, no link, of this user, and nobody else may do anything in it."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & OTHERS)


def whole(folder, count):
    """Whether *folder* is this user's and whole: what clears temporary folders takes single files."""
    if not mine(folder):
        return False
    found = 0
    for where, folders, files in os.walk(folder):
        if os.path.basename(where) == "__pycache__":
            folders.clear()
        else:
            found += len(files)
    return found == count


def fill(place, folder, wanted):
    """Unpack *wanted* beside *folder*, and rename it; where another was faster, its folder serves."""
    import zipfile

    made = tempfile.mkdtemp(prefix="codex-doctor-", dir=place)
    try:
        with zipfile.ZipFile(__loader__.archive) as archive:
            for file, source in sorted(wanted.items()):
                path = os.path.join(made, *file.split("/"))
                os.makedirs(os.path.dirname(path), mode=PRIVATE, exist_ok=True)
                with open(path, "xb") as target:
                    target.write(archive.read(source))
        if mine(folder):  # something of it is missing
            os.rename(folder, made + "-old")
        os.rename(made, folder)
    except OSError:
        if not whole(folder, len(wanted)):
            raise
    finally:
        import shutil

        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(made + "-old", ignore_errors=True)


if __name__ == "__main__":
    main()
