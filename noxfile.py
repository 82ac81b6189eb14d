"""Everything that is checked before a change lands: `nox -l` lists it, `nox` runs what CI runs."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Final

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "package", "tests"]

PROJECT: Final = nox.project.load_toml("pyproject.toml")
PACKAGES: Final = ("codex_checks", "codex_doctor")

PAGES: Final = "codex_checks/pages/"
"""Where the wheel carries the pages and the signatures beside them."""

IN_PARALLEL: Final = ("--numprocesses=logical", "--dist=worksteal")
"""Half of the tests wait for another program: each processor gets a share of them."""

ONCE_MORE: Final = ("--last-failed", "--last-failed-no-failures=none", "--verbose")
"""What failed beside others is asked once more, alone: deadlines are real, and a busy machine misses some."""

FETCH: Final = "import shutil, codex_cli; shutil.rmtree(codex_cli.find_or_install().homes)"
"""Puts the real Codex CLI into the cache of the tests."""

PYZ: Final = Path("dist/codex-doctor.pyz")

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""For which the one file holds what is compiled; psutil's own parts serve all of them."""

PLATFORMS: Final = (
    ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
    ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    ("musllinux_1_2_x86_64",),
    ("musllinux_1_2_aarch64",),
    ("macosx_11_0_arm64",),
    ("macosx_10_9_x86_64", "macosx_11_0_x86_64"),
    ("win_amd64",),
)
"""As wheels name them; several are of one kind."""

COMPILED: Final = ("msgspec", "psutil")

WHERE: Final = "import codex_checks, codex_doctor; print(codex_checks.__file__); print(codex_doctor.__file__)"


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


def _wheel(session: nox.Session) -> Path:
    """Build the wheel through the sdist, so that the sdist is known to be complete."""
    out = Path(session.create_tmp()) / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--outdir", str(out), silent=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def _new_check(session: nox.Session) -> Path:
    """Write a package with a new check, and return its folder."""
    out = Path(session.create_tmp()).resolve() / "new-check"
    shutil.rmtree(out, ignore_errors=True)
    session.run("codex-doctor", "new-check", "acme-proxy", "--into", str(out), silent=True)
    return out / "acme-proxy"


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel."""
    session.install(str(_wheel(session)), *_group("test"))
    found = session.run("python", "-c", WHERE, silent=True) or ""
    outside = [line for line in found.split() if not Path(line).is_relative_to(session.virtualenv.location)]
    if outside:
        session.error(f"the tests would run against the source tree, not the wheel: {outside}")
    # Once, before each process wants it; where it cannot be had, the tests say so.
    session.run("python", "-c", FETCH, env={"PYTHONPATH": "tests"}, success_codes=[0, 1], silent=True)
    try:
        session.run("pytest", "--cache-clear", *IN_PARALLEL, *session.posargs)
    except CommandFailed:  # where no test failed, but pytest itself did, none is found now: that fails too
        session.run("pytest", *ONCE_MORE, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the form of the code and which package may import which."""
    session.install("-e", ".", *_group("lint"))
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("lint-imports")
    made = _new_check(session)
    session.run("ruff", "format", "--check", str(made))
    session.run("ruff", "check", str(made))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of everything, tests included, with both checkers."""
    session.install("-e", ".", *_group("types"), *_group("test"), "nox")
    session.run("mypy")
    # The project's own settings name .venv, and a setting outweighs any option: so they are extended.
    settings = Path(session.create_tmp()) / "pyrightconfig.json"
    here = Path(session.virtualenv.location)
    own = {"venvPath": str(here.parent), "venv": here.name}
    settings.write_text(json.dumps({"extends": str(Path.cwd() / "pyproject.toml"), **own}), "utf-8")
    session.run("pyright", "--project", str(settings))
    made = _new_check(session)
    with session.chdir(made):
        session.run("mypy", "src", "tests")


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel, look into it, and read a page from it and from a development install."""
    wheel = _wheel(session)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    problems = _wrong_in(names)
    if problems:
        session.error(f"{wheel.name}: {'; '.join(problems)}")
    for install in ([str(wheel)], ["-e", "."]):
        session.install("--force-reinstall", "--no-deps", *install)
        session.install(*install)
        session.run("codex-doctor", "--version")
        page = session.run("codex-doctor", "explain", "CDX101", silent=True) or ""
        if "## How to confirm" not in page:
            session.error(f"installed with {install}, codex-doctor explain finds no page")


def _wrong_in(names: list[str]) -> list[str]:
    """Return what is wrong with a wheel that holds *names*, in words."""
    top = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    here = Path("docs/troubleshooting")
    pages = {name.removeprefix(PAGES) for name in names if name.startswith(PAGES)}
    wanted = {path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()}
    found: list[str] = []
    if top != set(PACKAGES):
        found.append(f"it holds {sorted(top)}")
    if pages != wanted:
        found.append(f"its pages differ from docs/troubleshooting by {sorted(pages ^ wanted)}")
    found += [f"{each}/py.typed is missing" for each in PACKAGES if f"{each}/py.typed" not in names]
    found += [f"it carries {name}" for name in names if name.endswith((".pyc", ".orig"))]
    return found


@nox.session(default=False)
def pyz(session: nox.Session) -> None:
    """Make dist/codex-doctor.pyz: one file that runs with nothing installed and without a network."""
    session.install(str(_wheel(session)), "packaging")
    frozen = (session.run("python", "-m", "pip", "freeze", silent=True) or "").split()
    wanted = [line for line in frozen if line.partition("==")[0] in COMPILED]
    wheels = Path(session.create_tmp()) / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    for python in PYTHONS:
        for platforms in PLATFORMS:
            named = [word for platform in platforms for word in ("--platform", platform)]
            # A wheel that nobody made is one that this file does not hold: it says at the end what it does.
            session.run(
                *("python", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
                *("--dest", str(wheels), "--python-version", python, *named, *wanted),
                success_codes=[0, 1],
                silent=True,
            )
    PYZ.parent.mkdir(exist_ok=True)
    session.run("python", ".ci/pyz/build.py", str(PYZ), *sorted(map(str, wheels.glob("*.whl"))))
    session.run("python", "-I", "-S", str(PYZ), "--version")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure start-up, an examination, the deadline, and which faults are named, beside codex doctor."""
    session.install(str(_wheel(session)), *_group("test"))
    session.run("python", "-m", "bench.measure", *session.posargs, env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.far", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.faults", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.hanging_at_once", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.plugins", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.ten_minutes", env={"PYTHONPATH": "tests"})
    session.run("python", "-m", "bench.reported", env={"PYTHONPATH": "tests"}, success_codes=[0, 1])
    session.run("python", "-m", "bench.triage", env={"PYTHONPATH": "tests"})


@nox.session(default=False)
def dogfood(session: nox.Session) -> None:
    """Examine this machine; whatever is wrong with it, the doctor itself must not fail."""
    session.install(str(_wheel(session)))
    said = session.run("codex-doctor", "check", "--format", "json", success_codes=[0, 1], silent=True) or ""
    report = json.loads(said[said.index("{") :])
    crashed = [check["id"] for check in report["checks"] if check["verdict"] == "crashed"]
    if crashed:
        session.error(f"these checks crashed here: {', '.join(crashed)}")
    session.run("codex-doctor", "check", "--all", success_codes=[0, 1])
