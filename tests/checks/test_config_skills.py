"""Which skills Codex leaves out: our judgement, and the real Codex's on the same files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.config.skills import Skill, Skills, skills, skills_are_valid, why_refused
from codex_checks.places import codex_home
from codex_doctor.errors import NotApplicable
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_cli import CodexCli
    from codex_doctor.context import Context

GOOD: Final = "---\nname: x\ndescription: fine\n---\n"

LOADED: Final = {
    "ordinary": GOOD,
    "without a name": "---\ndescription: fine\n---\n",
    "with windows line ends": "---\r\nname: x\r\ndescription: fine\r\n---\r\n",
    "with blanks behind the dashes": "--- \nname: x\ndescription: fine\n---\t\n",
    "with a colon in the text": "---\ndescription: use: this\n---\n",
    "with a text of many lines": "---\ndescription: |\n  a\n  b\n---\n",
    "with the text on the next line": "---\ndescription:\n  a\n---\n",
    "with keys in quotes": '---\n"name": x\n"description": a\n---\n',
    "with a table in braces": "---\n{name: x, description: a}\n---\n",
    "with a very long description": f"---\ndescription: {'x' * 5000}\n---\n",
    "with the longest name": f"---\nname: {'n' * 64}\ndescription: a\n---\n",
    "with a number for a description": "---\ndescription: 5\n---\n",
}

NO_BLOCK: Final = "does not begin with a block between two lines of three dashes"
NO_DESCRIPTION: Final = "has no description"

REFUSED: Final = {
    "empty": ("", NO_BLOCK),
    "only text": ("hello\n", NO_BLOCK),
    "not closed": ("---\nname: x\ndescription: a\n", NO_BLOCK),
    "an empty block": ("---\n---\n", NO_BLOCK),
    "a blank line first": ("\n" + GOOD, NO_BLOCK),
    "a byte order mark": ("\ufeff" + GOOD, NO_BLOCK),
    "four dashes": ("----\ndescription: a\n----\n", NO_BLOCK),
    "no description": ("---\nname: x\n---\n", NO_DESCRIPTION),
    "another letter": ("---\nDescription: a\n---\n", NO_DESCRIPTION),
    "a blank description": ("---\ndescription:\nname: x\n---\n", NO_DESCRIPTION),
    "blanks in quotes": ("---\ndescription: ' '\n---\n", NO_DESCRIPTION),
    "a null": ("---\ndescription: null\n---\n", NO_DESCRIPTION),
    "a name that is too long": (
        f"---\nname: {'n' * 65}\ndescription: a\n---\n",
        "has a name of 65 characters; 64 are allowed",
    ),
    "latin 1": ("---\ndescription: caf\udce9\n---\n", "is not UTF-8 text (byte 21)"),
}


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def put(root: Path, content: Mapping[str, str]) -> None:
    for name, text in content.items():
        (root / name).mkdir(parents=True)
        (root / name / "SKILL.md").write_bytes(encoded(text))


def found(ctx: Context) -> list[str]:
    """Return the names of the folders whose skill was found."""
    read = skills.read(ctx, codex_home.read(ctx))
    assert isinstance(read, Skills)
    return [skill.path.parent.name for skill in read.found]


@pytest.mark.parametrize("text", LOADED.values(), ids=LOADED)
def test_a_skill_that_codex_loads_is_healthy(text: str) -> None:
    assert why_refused(encoded(text)) is None


@pytest.mark.parametrize(("text", "fault"), REFUSED.values(), ids=REFUSED)
def test_a_skill_that_codex_leaves_out_is_told_with_the_reason(text: str, fault: str) -> None:
    assert why_refused(encoded(text)) == fault


@given(st.binary(max_size=300))
def test_any_bytes_are_judged_without_a_fault_of_our_own(content: bytes) -> None:
    why_refused(b"---\n" + content + b"\n---\n")
    why_refused(content)


def test_a_long_blank_line_takes_no_long_time() -> None:
    assert why_refused(encoded(f"---\ndescription:{' ' * 900_000}x\nname: y\n---\n")) is None


def test_skills_are_looked_for_in_every_place_and_six_folders_deep(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    put(
        home / ".codex/skills",
        {"own": GOOD, ".hidden": GOOD, "1/2/3/4/5/six": GOOD, "1/2/3/4/5/6/seven": GOOD},
    )
    put(home / ".agents/skills", {"agents": GOOD})
    put(project / ".codex/skills", {"project": GOOD})
    put(tmp_path / "elsewhere", {"linked": GOOD})
    (home / ".codex/skills/link").symlink_to(tmp_path / "elsewhere/linked")
    (home / ".codex/skills/around").symlink_to(home / ".codex/skills")

    names = found(replace(context(home), cwd=project))

    assert {"own", "six", "agents", "project", "link"} <= set(names)
    assert {".hidden", "seven"} & set(names) == set()


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f".codex/skills/{number}").mkdir(parents=True)
        (tmp_path / f".codex/skills/{number}/back").symlink_to(tmp_path / ".codex/skills")

    put(tmp_path / ".codex/skills", {"one": GOOD})

    assert found(context(tmp_path)) == ["one"]


def test_where_there_are_no_skills_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="there are no skills"):
        found(context(tmp_path))


def test_healthy_skills_are_silent() -> None:
    assert skills_are_valid(Skills(found=(Skill(path=Path("/s/SKILL.md")),))) == ()


def test_all_broken_skills_are_one_finding_that_names_them() -> None:
    broken = tuple(Skill(path=Path(f"/s/{n}/SKILL.md"), fault=NO_DESCRIPTION) for n in range(5))

    (finding,) = skills_are_valid(Skills(found=broken))

    assert finding.problem.name == "skill-invalid"
    assert finding.detail.startswith("/s/0/SKILL.md has no description; /s/1/SKILL.md has no")
    assert finding.detail.endswith("; and 2 more")
    assert finding.evidence["skills"] == tuple(f"/s/{n}/SKILL.md" for n in range(5))


def test_codex_itself_loads_and_leaves_out_the_same_skills(codex_cli: CodexCli) -> None:
    home = codex_cli.scratch_home()
    put(home / "skills", LOADED)
    put(home / "skills", {name: text for name, (text, _) in REFUSED.items()})

    left_out, loaded = asked(codex_cli, home)

    assert left_out == set(REFUSED)
    assert loaded >= set(LOADED)


def asked(cli: CodexCli, home: Path) -> tuple[set[str], set[str]]:
    """Return the folders of the skills that the real Codex leaves out, and of those that it loads."""
    lines = [
        {
            "id": 0,
            "method": "initialize",
            "params": {"clientInfo": {"name": "t", "title": "t", "version": "1"}},
        },
        {"method": "initialized"},
        {"id": 1, "method": "skills/list", "params": {"cwds": [str(home)]}},
    ]
    process = subprocess.Popen(
        [cli.native, "app-server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(home), "CODEX_HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=home,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        answer = next(said for said in map(json.loads, process.stdout) if said.get("id") == 1)
        process.kill()
    (here,) = answer["result"]["data"]
    return (
        {Path(each["path"]).parent.name for each in here["errors"]},
        {Path(each["path"]).parent.name for each in here["skills"]},
    )
