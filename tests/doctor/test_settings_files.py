"""Settings are read with the place of whatever is wrong, and of a repository only what it may say."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from codex_doctor.errors import UsageError
from codex_doctor.settings import places, profiles, shape
from codex_doctor.settings.inforce import InForce, in_force
from codex_doctor.settings.merging import merged
from codex_doctor.settings.places import repository_file

if TYPE_CHECKING:
    from collections.abc import Callable

tomllib: Any = import_module("tomllib")

SCHEMA: Any = jsonschema.Draft202012Validator(shape.schema())
REPOSITORY: Any = jsonschema.Draft202012Validator({**shape.schema(), "$ref": "#/$defs/RepositorySettings"})
PROFILE: Any = jsonschema.Draft202012Validator({**shape.schema(), "$ref": "#/$defs/Profile"})

WHOLE = """
profile = "ci"
offline = true
deadline = 7.5
require = ["auth"]
enable = ["auth"]
disable = ["mcp", "sandbox.*"]

[severity]
proxy-timeout = "warning"
"tls-*" = "note"
CDX601 = "note"

[[waivers]]
problem = "not-signed-in"
reason = "The sign-in comes with the next step"
until = 2999-12-31
"""

WRONG = {
    "disabel = []": ":1:1: no key is called disabel; did you mean disable?",
    "\n\n  [severty]": ":3:4: no key is called severty; did you mean severity?",
    "frobnicate = 1": ":1:1: no key is called frobnicate; there are ",
    "disable = 'auth'": ":1:1: disable: expected `array`, got `str`",
    "disable = ['auth', 7]": ":1:20: disable: expected `str`, got `int`",
    "disable = ['auht']": ":1:12: no check, area or problem is called 'auht'; did you mean auth?",
    "[severity]\nproxy-timeout = 'grave'": ":2:1: proxy-timeout: a severity is error, warning, note",
    "[severity]\ntls-* = 'note'": ":2:5: key with no value",
    "[severity]\nproxy-timeout = 7": ":2:1: proxy-timeout: a severity is error, warning, note",
    "[severity]\nproxy-timout = 'note'": ":2:1: no problem is called 'proxy-timout'; did you mean ",
    "[severity]\nauth = 'note'": ":2:1: no problem is called 'auth'",
    "[[waivers]]\nproblem = 'proxy-timeout'\nreason = 'x'": ":1:3: waivers: object missing required field",
    "[[waivers]]\nproblem = 'proxy-timeout'\nreason = ''\nuntil = 2999-01-01": ":3:1: reason: ",
    "[[waivers]]\nproblem = 'proxy-timeout'\nreason = 'x'\nuntil = 'soon'": ":4:1: until: ",
    "[[waivers]]\nproblem = 'x-y'\nreason = 'x'\nuntil = 2999-01-01": ":2:1: no problem is called 'x-y'",
    "[[waivers]]\nuntl = 2999-01-01": ":2:1: no key is called untl; did you mean until?",
    "disable = [": ":1:11: unclosed array",
    "disable = []\ndisable = []": ":2:1: duplicate key",
}

REFUSED = {
    "profile = 'default'": "profile: a repository never chooses the profile",
    "deadline = 60.0": "deadline: a repository says only",
    "baseline = 'known.json'": "baseline: a repository says only",
    "base_url = 'https://example.org'": "base_url: a repository never says where anything is sent",
    "endpoint = 'https://example.org'": "endpoint: a repository never says where",
    "[urls]\napi = 'https://example.org'": "urls: a repository never says where",
    "plugins = ['mine']": "plugins: a repository never adds a plugin",
    "command = 'touch gone'": "command: a repository never adds a plugin and never has anything run",
    "codex-bin = './codex'": "codex-bin: a repository never adds a plugin and never has anything run",
    "live = true": "live: a repository never lets anything be spent",
}


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, name: str = "codex-doctor.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def of_repository(path: Path) -> list[tuple[str, str]]:
    rulings = merged(None, None, None, path).rulings
    assert rulings is not None
    assert (rulings.disable, rulings.waivers) == ((), ()) or not rulings.said
    return [(finding.problem.name, finding.detail) for finding in rulings.said]


def test_what_the_user_says_is_in_force_with_its_places(file: Callable[[str], Path]) -> None:
    own = file(WHOLE)
    found = merged(None, None, own, None)
    rulings = found.rulings
    assert rulings is not None

    assert (found.profile, found.offline, found.deadline, found.require) == ("ci", True, 7.5, ("auth",))
    assert (found.refuse_live, found.plain) == (True, True)
    assert [(rule.pattern, rule.where) for rule in rulings.disable] == [
        ("mcp", f"{own}:7:12"),
        ("sandbox.*", f"{own}:7:19"),
    ]
    assert [(rule.pattern, rule.where) for rule in rulings.severity][-3:] == [
        ("proxy-timeout", f"{own}:10:1"),
        ("tls-*", f"{own}:11:1"),
        ("CDX601", f"{own}:12:1"),
    ]
    (waiver,) = rulings.waivers
    assert (waiver.rule.pattern, waiver.until, waiver.expired) == ("not-signed-in", "2999-12-31", False)
    SCHEMA.validate(json.loads(json.dumps(tomllib.loads(WHOLE), default=str)))


@pytest.mark.parametrize("text", WRONG)
def test_a_fault_in_ones_own_file_is_told_with_line_column_and_what_comes_near(
    text: str, file: Callable[[str], Path]
) -> None:
    own = file(text)
    with pytest.raises(UsageError) as told:
        merged(None, None, own, None)

    assert str(told.value).startswith(f"{own}{WRONG[text]}"), str(told.value)


@pytest.mark.parametrize("text", WRONG)
def test_the_same_in_a_repository_is_a_finding_and_nothing_of_the_file_holds(
    text: str, file: Callable[[str], Path]
) -> None:
    theirs = file(f"{text}\n")
    ((name, detail),) = of_repository(theirs)

    assert (name, detail.startswith(f"{theirs}{WRONG[text].partition('; there are')[0]}")) == (
        "settings-invalid",
        True,
    )


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("name", ["codex-doctor.toml", "pyproject.toml"])
def test_what_only_the_user_may_decide_is_refused_to_a_repository(
    text: str, name: str, file: Callable[..., Path]
) -> None:
    if name == "pyproject.toml":
        text_there = text.replace("[urls]", "[tool.codex-doctor.urls]")
        header = "" if text_there != text else "[tool.codex-doctor]\n"
        theirs = file(f"{header}{text_there}\n", name)
    else:
        theirs = file(f"disable = ['auth']\n{text}\n", name)
    ((problem, detail),) = of_repository(theirs)

    assert (problem, REFUSED[text] in detail) == ("settings-refused", True), detail


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_of_a_repository_refuses_it_too(text: str) -> None:
    assert not REPOSITORY.is_valid(tomllib.loads(text))


def test_the_schema_knows_what_the_reader_knows() -> None:
    for text in ("disabel = []", "disable = 'auth'", "[[waivers]]\nproblem = 'x'\nreason = 'y'"):
        assert not SCHEMA.is_valid(json.loads(json.dumps(tomllib.loads(text), default=str)))


def test_a_repositorys_settings_are_found_up_to_its_root_and_no_further(tmp_path: Path) -> None:
    root, inside = tmp_path / "root", tmp_path / "root" / "a" / "b"
    inside.mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (tmp_path / "codex-doctor.toml").write_text("disable = ['auth']")
    assert repository_file(inside) is None

    (inside / ".git").mkdir()  # what is no repository ends nothing
    (root / "pyproject.toml").write_text("[tool.other]\nx = 'codex-doctor'\n")
    assert repository_file(inside) is None

    (root / "pyproject.toml").write_text("[tool.codex-doctor]\ndisable = ['auth']\n")
    assert repository_file(inside) == root / "pyproject.toml"

    (root / "codex-doctor.toml").write_text("")
    assert repository_file(inside) == root / "codex-doctor.toml"

    (inside.parent / "codex-doctor.toml").write_text("")
    assert repository_file(inside) == inside.parent / "codex-doctor.toml"


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("[project]\ndependencies = ['codex-doctor'", False),
        ("[tool.codex-doctor]\ndisable = [", True),
        ("[tool]\ncodex-doctor.disable = []", True),
        ("[tool]\ncodex-doctor = 3", True),
    ],
)
def test_a_project_that_only_depends_on_us_has_no_settings(text: str, *, ours: bool, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert (repository_file(tmp_path) is not None) is ours


def test_without_a_root_the_working_directory_alone_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "ROOT", ".no-git")  # whoever runs this may work in a repository
    (tmp_path / "a").mkdir()
    (tmp_path / "codex-doctor.toml").write_text("")

    assert repository_file(tmp_path) == tmp_path / "codex-doctor.toml"
    assert repository_file(tmp_path / "a") is None


def test_where_nothing_is_set_nothing_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert in_force(profile=None, baseline=None, cwd=tmp_path, isolated=False) == InForce()


def test_the_user_goes_before_the_repository(tmp_path: Path, file: Callable[[str], Path]) -> None:
    own = file("[severity]\nproxy-timeout = 'error'\n")
    theirs = tmp_path / "theirs.toml"
    theirs.write_text("[severity]\nproxy-timeout = 'note'\n")
    rulings = merged(None, None, own, theirs).rulings
    assert rulings is not None

    assert [rule.severity for rule in rulings.severity] == ["note", "error"]


@pytest.mark.parametrize("name", ["default", "ci", "desktop", "sandbox", "support"])
def test_a_profile_of_the_doctor_is_one_by_its_schema(name: str) -> None:
    PROFILE.validate(tomllib.loads(profiles.text(name)))
    assert profiles.profile(name).summary


class TestOwnProfiles:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        folder = tmp_path / "codex-doctor" / "profiles"
        folder.mkdir(parents=True)
        return folder

    def test_one_is_found_by_the_name_of_its_file_and_says_over_what_it_extends(self, folder: Path) -> None:
        (folder / "nightly.toml").write_text("extends = 'ci'\ndeadline = 60.0\ndisable = ['mcp']\n")
        found = profiles.profile("nightly")

        assert (found.deadline, found.refuse_live, found.disable) == (60.0, True, ("mcp",))
        assert found.severity == profiles.profile("ci").severity
        assert [each.name for each in profiles.listed()][-1] == "nightly"

    def test_one_with_a_name_of_the_doctors_own_changes_nothing(self, folder: Path) -> None:
        (folder / "ci.toml").write_text("summary = 'mine'\nrefuse-live = false\n")

        assert profiles.profile("ci").refuse_live

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("summery = 'x'", "mine.toml:1:1: no key is called summery; did you mean summary?"),
            ("deadline = 1.0", "mine.toml:1:1: it: object missing required field `summary`"),
            ("summary = 'x'\nwaivers = []", "mine.toml:2:1: no key is called waivers"),
            (
                "summary = 'x'\nenable = ['auht']",
                "mine.toml:2:11: no check, area or problem is called",
            ),
            ("extends = 'mine'", "the profile mine extends itself: mine -> mine"),
            ("extends = 'cy'", "no profile is called 'cy'; did you mean ci?"),
            ("extends = '../../x'", "no profile is called '../../x'"),
        ],
    )
    def test_one_that_is_wrong_is_told_with_its_place(self, text: str, words: str, folder: Path) -> None:
        (folder / "mine.toml").write_text(text)
        with pytest.raises(UsageError) as told:
            profiles.profile("mine")

        assert words in str(told.value)
        assert any(each.fault for each in profiles.listed())


def test_the_schema_that_is_shipped_is_the_one_of_the_code() -> None:
    shipped = Path(shape.__file__).with_name("settings.schema.json")

    assert json.loads(shipped.read_text("utf-8")) == json.loads(json.dumps(shape.schema()))
