"""Asking the real Codex about settings, and understanding what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.config.said import Refusal, Ruling, Said, classify, codex_says, said_at_once, understood
from codex_checks.config.settings import Settings, settings
from codex_checks.install.binary import Codex
from codex_checks.places import codex_home
from codex_doctor.context import System
from codex_doctor.errors import Unavailable
from codex_doctor.processes import Ran
from engine import context
from installed import Machine, put

if TYPE_CHECKING:
    from codex_cli import CodexCli

HOME = Path("/scratch/home")
USER = Path("/home/u/.codex/config.toml")


def ran(stdout: bytes, code: int | None = 1) -> Ran:
    return Ran(argv=("codex",), code=code, stdout=stdout, stderr=b"", seconds=0.01)


def refused(**data: object) -> Ran:
    return ran(json.dumps({"error": {"code": -32600, "data": {"reason": "configLoad", **data}}}).encode())


def test_a_codex_that_starts_refused_nothing() -> None:
    assert understood(ran(b"{}", 0), home=HOME, user=USER) is None


def test_a_refusal_speaks_of_the_users_file_and_not_of_the_copy() -> None:
    copy = str(HOME / "config.toml")
    answer = refused(filePath=copy, line=2, column=9, detail=f"{copy}:2:9: invalid type: integer `5`")

    assert understood(answer, home=HOME, user=USER) == Refusal(
        words="invalid type: integer `5`", file=USER, line=2, column=9
    )


def test_a_refusal_of_another_file_keeps_its_name() -> None:
    answer = refused(
        filePath="/etc/codex/config.toml", line=1, column=1, detail="/etc/codex/config.toml:1:1: no"
    )
    refusal = understood(answer, home=HOME, user=USER)

    assert refusal is not None
    assert refusal.where == "/etc/codex/config.toml:1:1"


def test_the_copy_is_not_named_in_the_words_either() -> None:
    answer = refused(filePath=None, detail=f"Failed to read config file {HOME / 'config.toml'}: stream error")
    refusal = understood(answer, home=HOME, user=USER)

    assert refusal is not None
    assert refusal.words == f"Failed to read config file {USER}: stream error"


def test_a_refusal_without_a_place_is_understood() -> None:
    answer = refused(filePath=None, line=None, column=None, detail="Model provider `x` not found")
    refusal = understood(answer, home=HOME, user=USER)

    assert refusal == Refusal(words="Model provider `x` not found", file=None, line=None, column=None)


@pytest.mark.parametrize(
    "detail",
    [
        f"failed to read model instructions file {HOME}/x.md: No such file",
        "No such file or directory (os error 2)",
    ],
)
def test_a_file_that_the_copy_did_not_bring_along_is_no_verdict(detail: str) -> None:
    with pytest.raises(Unavailable):
        understood(refused(filePath=None, line=None, column=None, detail=detail), home=HOME, user=USER)


def test_an_older_codex_that_does_not_know_the_question_gives_no_verdict() -> None:
    with pytest.raises(Unavailable):
        understood(
            ran(b"error: unexpected argument '--print-startup-config' found\n", 2), home=HOME, user=USER
        )


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.dictionaries(st.sampled_from(["error", "data", "reason", "detail"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_answer_is_a_refusal_or_no_verdict(stdout: bytes) -> None:
    try:
        refusal = understood(ran(stdout), home=HOME, user=USER)
    except Unavailable:
        return

    assert isinstance(refusal, Refusal)


def test_words_that_nobody_knows_are_a_refusal_all_the_same() -> None:
    assert classify("the moon is full").name == "config-refused"


def ask(cli: CodexCli, folder: Path, text: str) -> Said:
    home = folder / ".codex"
    home.mkdir()
    (home / "config.toml").write_text(text, "utf-8")
    ctx = context(folder, env={"PATH": "/bin", "OPENAI_API_KEY": "sk-never-given-to-codex"})
    try:
        found = settings.read(ctx, codex_home.read(ctx))
        asked = codex_says.read(ctx, found, Codex(path=cli.native, version="0.169.0"), None)
        answer = cast("Said", asked)
    finally:
        ctx.close()
    assert [path.name for path in home.iterdir()] == ["config.toml"]
    return answer


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_codex_is_given_no_credential_and_a_home_of_its_own(tmp_path: Path) -> None:
    program = tmp_path / "codex"
    answer = json.dumps({"error": {"data": {"reason": "configLoad", "detail": "no"}}})
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/env-$#\necho '{answer}'\nexit 1\n", "utf-8")
    program.chmod(0o755)
    given_env = {"PATH": "/bin:/usr/bin", "OPENAI_API_KEY": "sk-secret", "CODEX_HOME": str(tmp_path)}
    ctx = context(tmp_path, env={**given_env, "CODEX_ACCESS_TOKEN": "secret-2", "HTTPS_PROXY": "http://p"})
    try:
        nothing = Settings(values={}, layers=())
        asked = codex_says.read(ctx, nothing, Codex(path=program, version="1"), None)
        said = cast("Said", asked)
    finally:
        ctx.close()
    plain, strict = ((tmp_path / name).read_text("utf-8") for name in ("env-2", "env-3"))

    assert said.refusal is not None
    assert not any(word in plain + strict for word in ("secret", "OPENAI", "HTTPS_PROXY"))
    assert f"CODEX_HOME={tmp_path}\n" not in plain + strict


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_codex_that_is_content_when_it_is_strict_is_asked_once(tmp_path: Path) -> None:
    program = put(tmp_path / "codex", f'#!/bin/sh\necho "$3" >> {tmp_path}/asked\n')
    ctx = context(tmp_path, env={"PATH": "/bin:/usr/bin"})
    try:
        asked = codex_says.read(ctx, Settings(values={}, layers=()), Codex(path=program, version="1"), None)
        said = cast("Said", asked)
    finally:
        ctx.close()

    assert said == Said(version="1", refusal=None, ignored=None)
    assert (tmp_path / "asked").read_text("utf-8") == "--strict-config\n"


def at_once(machine: Machine) -> Ruling | None:
    ctx = machine.context()
    try:
        asked = said_at_once.read(ctx, Settings(values={}, layers=()), machine.search())
        return cast("Ruling | None", asked)
    finally:
        ctx.close()


def test_a_codex_in_its_own_package_is_asked_before_its_version_is_known(
    tmp_path: Path, codex_cli: CodexCli
) -> None:
    ruling = at_once(Machine(folder=tmp_path, system=System.here(), path=[codex_cli.launcher.parent]))

    assert ruling == Ruling(refusal=None, ignored=None)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_program_that_may_be_somebody_elses_is_asked_nothing_before_its_version(tmp_path: Path) -> None:
    put(tmp_path / "bin" / "codex", f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    ruling = at_once(Machine(folder=tmp_path, system=System.here(), path=[tmp_path / "bin"]))

    assert ruling is None
    assert not (tmp_path / "asked").exists()


def test_what_was_said_at_once_is_not_asked_for_again(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    ruling = Ruling(refusal=Refusal(words="no", file=None, line=None, column=None), ignored=None)
    asked = codex_says.read(
        ctx, Settings(values={}, layers=()), Codex(path=tmp_path / "none", version="1"), ruling
    )

    assert cast("Said", asked) == Said(version="1", refusal=ruling.refusal, ignored=None)


def test_the_real_codex_is_asked_and_leaves_the_home_alone(tmp_path: Path, codex_cli: CodexCli) -> None:
    said = ask(codex_cli, tmp_path, 'model = "x"\n')

    assert said == Said(version="0.169.0", refusal=None, ignored=None)


def test_the_real_codex_names_what_it_refuses(tmp_path: Path, codex_cli: CodexCli) -> None:
    said = ask(codex_cli, tmp_path, "\nmodel = 5\n")

    assert said.refusal is not None
    assert said.refusal.where == f"{tmp_path}/.codex/config.toml:2:9"
    assert said.refusal.words == "invalid type: integer `5`, expected a string"


def test_the_real_codex_names_what_it_ignores(tmp_path: Path, codex_cli: CodexCli) -> None:
    said = ask(codex_cli, tmp_path, "modle = 5\n")

    assert said.refusal is None
    assert said.ignored is not None
    assert said.ignored.words == "unknown configuration field `modle`"


def test_instructions_beside_the_settings_are_no_reason_to_doubt_them(
    tmp_path: Path, codex_cli: CodexCli
) -> None:
    with pytest.raises(Unavailable, match="does not bring along"):
        ask(codex_cli, tmp_path, 'model_instructions_file = "mine.md"\n')
