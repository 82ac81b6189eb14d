"""What the project promises to whoever installs it or works on it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest

import codex_checks
import codex_doctor

ROOT: Final = Path(__file__).parents[1]


def _commands(markdown: str) -> list[str]:
    """Return the commands of the section Set-up, each as it is written."""
    section = markdown.partition("## Set-up\n")[2].partition("\n## ")[0]
    return [
        line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()
    ]


def test_ci_runs_the_tests_with_the_command_of_the_readme() -> None:
    main_job, tests = _commands((ROOT / "README.md").read_text("utf-8"))
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert main_job.endswith(".venv/bin/codex-doctor")
    assert tests in lines


def test_the_installed_version_is_the_one_that_is_told() -> None:
    assert metadata.version("codex-doctor") == codex_doctor.__version__


def test_both_packages_tell_type_checkers_that_they_are_typed() -> None:
    marked = [
        package.__name__
        for package in (codex_checks, codex_doctor)
        if (Path(package.__path__[0]) / "py.typed").is_file()
    ]

    assert marked == ["codex_checks", "codex_doctor"]


def test_the_repository_carries_nothing_that_was_built() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("what is kept is known where there is git and its folder")
    said = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = said.stdout.split("\0")
    kept = [ROOT / name for name in listed if name and (ROOT / name).is_file()]

    assert [path.name for path in kept if b"\0" in path.read_bytes()] == []


def test_no_package_registry_is_named_anywhere() -> None:
    # The words are put together here, so that this file does not name one either.
    halves = (
        ("registry.npm", "js"),
        ("pypi.", "org"),
        ("python", "hosted"),
        ("index.crates.", "io"),
        ("deb.debian.", "org"),
        ("archive.ubuntu.", "com"),
    )
    hosts = re.compile("|".join(re.escape(first + second) for first, second in halves))
    kept = (".md", ".py", ".toml", ".sh", ".json", ".txt", "")
    folders = [ROOT / name for name in ("doctor", "checks", "docs", "tests", ".ci")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    naming = [
        str(path.relative_to(ROOT))
        for path in [*files, *ROOT.glob("*.*")]
        if path.suffix in kept and path.is_file() and hosts.search(path.read_text("utf-8", "replace"))
    ]

    assert naming == []


def test_every_dependency_has_a_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert [each for each in project["project"]["dependencies"] if ">=" not in each] == []
