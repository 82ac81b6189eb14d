"""The pages that tell how a check is written: what stands in them works, as it stands there."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Final

from codex_doctor.catalogue import GROUP

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
PAGE: Final = DOCS / "troubleshooting" / "writing-a-check.md"
HERE: Final = DOCS / "adding-a-check.md"
INSTALLING: Final = "python3 -m pip install"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_example_of_the_page_runs_and_its_tests_pass(tmp_path: Path) -> None:
    example = tmp_path / "example.py"
    example.write_text("\n".join(blocks(HERE, "python")), "utf-8")

    names = runpy.run_path(str(example), run_name="example")
    tests = [name for name in names if name.startswith("test_")]
    for test in tests:
        names[test]()

    assert len(tests) == 2


class Reader:
    """Somebody who copies the blocks of the page into a shell, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        programs = folder / "bin"
        for name, module in (("codex-doctor", "codex_doctor"), ("python3", "")):
            programs.mkdir(exist_ok=True)
            line = f'exec "{sys.executable}" {f"-m {module}" if module else ""} "$@"'
            (programs / name).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
            (programs / name).chmod(0o755)
        self.env = {
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "PATH": f"{programs}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(self.site),
        }
        (folder / "home").mkdir()
        self.cwd = folder / "home"

    def copies(self, block: str) -> str:
        """Return what the shell prints; each command in *block* must succeed."""
        ran = subprocess.run(
            ["/bin/sh", "-e"], input=f"{block}\npwd\n", cwd=self.cwd, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{block}\n{ran.stdout}"
        *said, cwd = ran.stdout.splitlines()
        self.cwd = Path(cwd)
        return "\n".join(said)

    def installs(self) -> None:
        """Do what pip would, but without an index: the package can be imported, and is found."""
        package = self.cwd
        info = self.site / "acme_vpn-0.1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-vpn\nVersion: 0.1.0\n", "utf-8")
        declared = (package / "pyproject.toml").read_text("utf-8").partition(f'"{GROUP}"]\n')[2]
        entry = declared.splitlines()[0].replace('"', "")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n", "utf-8")
        (self.site / "acme_vpn").symlink_to(package / "src" / "acme_vpn")


def test_following_the_page_leads_from_nothing_to_two_findings(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    toml, shown, new, install, sick, listed = blocks(PAGE, "sh")

    assert "ACME901 acme-proxy-unset" in reader.copies(toml)
    assert "# The proxy of Acme is not set" in reader.copies(shown)
    reader.copies(new)
    assert install.startswith(INSTALLING)
    reader.installs()
    said = reader.copies(sick)
    assert "ACME101 acme-vpn-server-missing" in said
    assert "## How to confirm" in said
    assert "(from acme-vpn)" in reader.copies(listed)
