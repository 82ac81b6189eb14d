"""The files that other systems read are what those systems want, and their shell parts run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import codex_doctor

yaml: Any = import_module("yaml")  # it ships no types
ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"

SCHEMAS = {
    "vendor.github-actions": [ROOT / "action.yml"],
    "vendor.github-workflows": sorted((GITHUB / "workflows").glob("*.yml")),
    "vendor.github-issue-forms": sorted(
        set((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) - {GITHUB / "ISSUE_TEMPLATE/config.yml"}
    ),
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE/config.yml"],
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.gitlab-ci": [ROOT / "docs/ci/gitlab-ci.yml"],
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
EXAMINE: str = next(step["run"] for step in ACTION["runs"]["steps"] if step["id"] == "examine")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_file_has_the_form_that_its_reader_wants(schema: str) -> None:
    files = SCHEMAS[schema]
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert files
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout


def test_every_action_of_others_is_pinned_to_a_commit() -> None:
    used = [
        step["uses"]
        for workflow in (GITHUB / "workflows").glob("*.yml")
        for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
        for step in job["steps"]
        if "uses" in step and step["uses"] != "./"
    ]

    assert used
    assert [each for each in used if len(each.partition("@")[2]) != 40] == []


def examine(tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the shell part of the action that examines, as GitHub runs it."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "output").touch()
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", EXAMINE],
        env={
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "BIN": os.fspath(Path(sys.executable).parent),
            "SELECT": "",
            "REQUIRE": "",
            "STRICT": "false",
            "DEADLINE": "20",
            **inputs,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_action_annotates_sets_its_outputs_and_fails_the_job(tmp_path: Path) -> None:
    done = examine(tmp_path, SELECT="install")

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error title=CDX601 Codex is not installed::")
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines())
    assert outputs["status"] == "error"
    assert json.loads(Path(outputs["report"]).read_text("utf-8"))["exit_code"] == 1


def test_the_action_fails_where_what_it_requires_was_not_examined(tmp_path: Path) -> None:
    done = examine(tmp_path, SELECT="state", REQUIRE="network auth.signed-in")
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines())

    assert (done.returncode, outputs["status"]) == (3, "incomplete"), done.stdout
    assert done.stdout.count("::warning title=CDX910") == 2


def test_an_input_of_the_action_is_no_code(tmp_path: Path) -> None:
    done = examine(tmp_path, SELECT="$(touch gone) --output=x", REQUIRE="$(touch gone)")

    assert done.returncode == 2
    assert not (tmp_path / "gone").exists()
    assert not Path("x").exists()
    assert (tmp_path / "output").read_text("utf-8") == ""


def test_the_hook_of_pre_commit_is_a_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", *hook["entry"].split()[1:], "--help"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (hook["id"], done.returncode) == ("codex-doctor", 0)


@pytest.mark.parametrize("file", ["docs/ci/gitlab-ci.yml", "docs/ci/Jenkinsfile"])
def test_the_command_of_a_snippet_is_understood(file: str, tmp_path: Path) -> None:
    (line,) = (line for line in (ROOT / file).read_text("utf-8").splitlines() if "codex-doctor check" in line)
    words = line[line.index("codex-doctor check") :].rstrip("'").split()[1:]
    done = subprocess.run(
        [sys.executable, "-m", "codex_doctor", *words, "--offline"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert (tmp_path / "codex-doctor.xml").read_text("utf-8").startswith("<?xml")


FEATURE = ROOT / "docs/ci/devcontainer/codex-doctor"


def install_feature(tmp_path: Path, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the feature's script as the builder of a container does, but below another prefix."""
    folder = tmp_path / "feature"
    shutil.copytree(FEATURE, folder, dirs_exist_ok=True)
    return subprocess.run(
        ["/bin/sh", str(folder / "install.sh")],
        env={"PATH": "/usr/bin:/bin", "PREFIX": str(tmp_path / "usr"), "PYTHON": sys.executable, **options},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_feature_of_a_devcontainer_says_what_its_builder_wants_to_know() -> None:
    feature = json.loads((FEATURE / "devcontainer-feature.json").read_text("utf-8"))
    container = json.loads((FEATURE.parent / "devcontainer.json").read_text("utf-8"))

    assert (feature["id"], feature["version"]) == (FEATURE.name, codex_doctor.__version__)
    assert all({"type", "default", "description"} == set(option) for option in feature["options"].values())
    assert os.access(FEATURE / "install.sh", os.X_OK)
    assert list(container["features"]) == [f"./{FEATURE.name}"]


def test_the_feature_brings_the_one_file_that_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "feature").mkdir()
    pyz = tmp_path / "feature" / "codex-doctor.pyz"
    pyz.write_text("import sys\nprint('ran', *sys.argv[1:])\n")

    done = install_feature(tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "ran --version\n", "")
    assert os.access(tmp_path / "usr/bin/codex-doctor", os.X_OK)


def test_the_feature_installs_what_it_is_told_to(tmp_path: Path) -> None:
    python = tmp_path / "python"
    log = tmp_path / "asked"
    python.write_text(
        f"""#!/bin/sh
echo "$@" >> {log}
if [ "$2" = venv ]; then
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
    printf '#!/bin/sh\necho here\n' > "$3/bin/codex-doctor" && chmod 755 "$3/bin/codex-doctor"
fi
"""
    )
    python.chmod(0o755)

    done = install_feature(tmp_path, PYTHON=str(python), SOURCE="git+https://example.com/$(touch gone)")

    assert (done.returncode, done.stdout) == (0, "here\n"), done.stderr
    assert (
        "pip install --quiet --disable-pip-version-check git+https://example.com/$(touch gone)"
        in log.read_text()
    )
    assert not Path("gone").exists()


@pytest.mark.parametrize(
    ("options", "words"), [({}, "put codex-doctor.pyz beside"), ({"PYTHON": "false"}, "is not Python 3.11")]
)
def test_the_feature_says_what_it_lacks(tmp_path: Path, options: dict[str, str], words: str) -> None:
    done = install_feature(tmp_path, **options)

    assert done.returncode == 1
    assert words in done.stderr


def test_the_shell_part_of_the_image_makes_what_the_image_starts(tmp_path: Path) -> None:
    text = (ROOT / "docs/ci/Dockerfile").read_text("utf-8").replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    told = dict(steps)
    (tmp_path / "src").mkdir()
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "python"
    stub.write_text(
        """#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\ntouch "$(dirname "$0")/codex-doctor"\\n' > "$3/bin/pip"
chmod 755 "$3/bin/pip"
"""
    )
    stub.chmod(0o755)
    script = told["RUN"].replace("/opt/", f"{tmp_path}/opt/").replace("/src", f"{tmp_path}/src")

    done = subprocess.run(
        ["/bin/sh", "-ec", script],
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    (program,) = json.loads(told["ENTRYPOINT"])
    assert (done.returncode, done.stderr) == (0, "")
    assert [word for word, _ in steps] == ["FROM", "COPY", "RUN", "USER", "ENTRYPOINT"]
    assert (tmp_path / program.lstrip("/")).is_file()
    assert not (tmp_path / "src").exists()
    assert told["USER"] == "nobody"
