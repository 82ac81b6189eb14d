"""The one file runs on a Python with nothing installed, without a network, and leaves the home as it was."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from types import ModuleType

PYZ: Final = Path(__file__).resolve().parents[1] / ".ci" / "pyz"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"pyz_{name}", PYZ / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


START: Final[Any] = module("start")
BUILD: Final[Any] = module("build")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one file, with what is compiled for this Python."""
    out = tmp_path_factory.mktemp("pyz") / "codex-doctor.pyz"
    BUILD.build(out)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the machine, in which it is unpacked."""
    return tmp_path_factory.mktemp("temporary")


def start(file: Path, folder: Path, *words: str, **env: str) -> subprocess.Popen[str]:
    """Start it where there is no network, on a Python that sees nothing that is installed."""
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
    able = shutil.which("unshare") and subprocess.run([*alone, "true"], check=False, capture_output=True)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            *(alone if able and able.returncode == 0 else []),
            *(sys.executable, "-I", "-S", str(file), *words),
        ],
        env={"HOME": str(home), "PATH": os.defpath, "TMPDIR": str(folder), "LANG": "C.UTF-8", **env},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(file: Path, folder: Path, *words: str, **env: str) -> tuple[int, str, str]:
    with start(file, folder, *words, **env) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def unpacked(folder: Path) -> list[Path]:
    return sorted(folder.glob("codex-doctor-*"))


def test_two_that_start_at_once_unpack_it_once(file: Path, folder: Path) -> None:
    both = [start(file, folder, "--version") for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]

    assert [(process.returncode, err) for process, (_, err) in zip(both, said, strict=True)] == [(0, "")] * 2
    assert [out.startswith("codex-doctor ") for out, _ in said] == [True, True]
    (made,) = unpacked(folder)
    assert made.stat().st_mode & 0o777 == 0o700


def test_it_examines_a_machine_with_nothing_on_it(file: Path, folder: Path) -> None:
    code, out, err = run(file, folder, "check", "--offline", "--format", "json", "--deadline", "30")

    report = json.loads(out)
    assert (code, err) == (1, "")
    assert {"binary-not-found", "not-signed-in"} <= {finding["name"] for finding in report["findings"]}
    assert [each["id"] for each in report["checks"] if each["verdict"] in {"crashed", "timed-out"}] == []
    assert list((folder / "home").iterdir()) == []


def test_it_brings_the_pages_and_what_is_imported_last(file: Path, folder: Path) -> None:
    code, out, _ = run(file, folder, "explain", "CDX101")
    helped, words, _ = run(file, folder, "login", "--help")

    assert (code, helped) == (0, 0)
    assert "How to confirm" in out
    assert "--events" in words


def test_what_was_cleared_away_is_unpacked_again(file: Path, folder: Path) -> None:
    run(file, folder, "--version")
    (made,) = unpacked(folder)
    lost = made / "codex_doctor" / "report.schema.json"
    lost.unlink()

    code, _, err = run(file, folder, "--version")

    assert (code, err, lost.is_file(), unpacked(folder)) == (0, "", True, [made])


def test_a_folder_in_which_others_may_write_is_not_believed(file: Path, folder: Path, tmp_path: Path) -> None:
    run(file, folder, "--version")
    (made,) = unpacked(folder)
    planted = tmp_path / made.name
    (planted / "codex_doctor").mkdir(parents=True)
    (planted / "codex_doctor" / "__init__.py").write_text("raise SystemExit('planted')\n")
    planted.chmod(0o777)

    code, out, err = run(file, folder, "--version", CODEX_DOCTOR_PYZ_DIR=str(tmp_path))

    assert (code, out.startswith("codex-doctor "), err) == (0, True, "")


def test_a_link_in_its_place_is_not_followed(file: Path, folder: Path, tmp_path: Path) -> None:
    run(file, folder, "--version")
    (made,) = unpacked(folder)
    (tmp_path / made.name).symlink_to(made)

    assert not START.mine(str(tmp_path / made.name))
    assert START.mine(str(made))


def test_a_python_for_which_nothing_is_compiled_is_told_so() -> None:
    manifest = {
        "holds": "Python 3.11 on linux-gnu-x86_64",
        "compiled": {
            "msgspec": [
                {"python": 11, "stable": False, "platform": "linux-gnu-x86_64", "folder": "msgspec/cp-311"}
            ],
            "psutil": [
                {"python": 6, "stable": True, "platform": "linux-gnu-x86_64", "folder": "psutil/abi3-36"}
            ],
        },
    }
    this = {"python": 11, "usual": True, "platform": "linux-gnu-x86_64"}

    assert START.chosen(manifest, this) == ["msgspec/cp-311", "psutil/abi3-36"]
    for other in ({"python": 15}, {"platform": "linux-musl-x86_64"}, {"usual": False}):
        with pytest.raises(LookupError, match=r"only for Python 3\.11 on linux-gnu-x86_64"):
            START.chosen(manifest, {**this, **other})


def test_this_python_is_known_by_the_names_that_wheels_have() -> None:
    found = START.here()

    assert found["python"] == sys.version_info[1]
    assert found["platform"] in {build.platform for build in BUILD.builds_of(WHEELS)}


WHEELS: Final = [
    "cp311-cp311-manylinux2014_x86_64",
    "cp311-cp311-manylinux_2_28_aarch64",
    "cp311-cp311-musllinux_1_2_x86_64",
    "cp311-cp311-musllinux_1_2_aarch64",
    "cp312-cp312-macosx_11_0_arm64",
    "cp311-abi3-macosx_10_9_universal2",
    "cp37-abi3-win_amd64",
]


def test_wheels_are_known_by_python_and_platform() -> None:
    assert [build.folder for build in BUILD.builds_of(WHEELS)] == [
        "abi3-37-windows-x86_64",
        "cp-311-linux-gnu-aarch64",
        "cp-311-linux-gnu-x86_64",
        "cp-311-linux-musl-aarch64",
        "cp-311-linux-musl-x86_64",
        "abi3-311-macos-aarch64",
        "abi3-311-macos-x86_64",
        "cp-312-macos-aarch64",
    ]
    with pytest.raises(ValueError, match="of no platform"):
        BUILD.builds_of(["cp313-cp313t-manylinux2014_x86_64"])


def test_the_same_contents_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        BUILD.write(tmp_path / name, {"x": b"1" * 100, "__main__.py": b"print(1)\n"})

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_old_python_can_read_what_it_is_told() -> None:
    tree = ast.parse((PYZ / "start.py").read_text("utf-8"))
    new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Nonlocal)

    assert [node.lineno for node in ast.walk(tree) if isinstance(node, new)] == []
    assert all(node.returns is None for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_checks_that_the_user_wrote_are_examined_by_the_same_file(file: Path, folder: Path) -> None:
    own = folder / "home" / ".config" / "codex-doctor" / "checks"
    own.mkdir(parents=True)
    (own / "acme.toml").write_text(
        '[[check]]\nid = "hosts.acme-is-set"\ntitle = "Acme is set"\nvariable = { name = "ACME" }\n'
        'problem = { code = "ACME101", name = "acme-unset", title = "Acme is unset", advice = "Set it." }\n',
        "utf-8",
    )
    try:
        _, out, err = run(file, folder, "check", "acme-unset", "--offline", "--deadline", "30")
    finally:
        shutil.rmtree(own)

    assert "ACME101 acme-unset" in out, err
