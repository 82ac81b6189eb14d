"""The last look at a finished report finds whatever must not leave; then nothing is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from canaries import SHAPES, WRITTEN, seed
from codex_doctor import cli
from codex_doctor.aliases import Aliases
from codex_doctor.bundle.disclosure import ENGINE
from codex_doctor.bundle.encoding import Encoder
from codex_doctor.bundle.scan import Remains, remains
from codex_doctor.readings import Fact
from codex_doctor.redact import Redactor
from support import machine

if TYPE_CHECKING:
    from pathlib import Path

KNOWN: Final = "9d02452a569e7c1+/%é"


def look(text: str, *, file: str = "facts.json") -> set[str]:
    content = json.dumps({"facts": [text]}) if file.endswith(".json") else text
    found = remains(
        [(file, content.encode())],
        known=(KNOWN,),
        aliases=Aliases(users=["sunita-rao"], hosts=["box-7"]),
    )
    return {each.kind for each in found}


@pytest.mark.parametrize("file", ["facts.json", "report.html"])
@pytest.mark.parametrize("way", WRITTEN)
def test_a_known_secret_is_found_in_every_encoding(way: str, file: str) -> None:
    assert look(f"before {WRITTEN[way](KNOWN)} after", file=file) == {"known"}


def test_a_known_secret_is_found_in_entities_and_in_json_within_json() -> None:
    assert look("".join(f"&#{ord(letter)};" for letter in KNOWN), file="report.html") == {"known"}
    assert look(json.dumps(json.dumps(json.dumps(f'"{KNOWN}"')))) == {"known"}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_shaped_like_a_secret_is_found(shape: str) -> None:
    text, _ = SHAPES[shape](seed(shape))

    assert look(f"it said {text}") != set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("run by sunita-rao", "user"),
        ("/home/somebody/x", "user"),
        ("on box-7", "host"),
        ("llm.acme.internal", "host"),
        ("rao@example.org", "email"),
        ("10.1.2.3", "address"),
        ("7f3c2b1a-0000-4000-8000-00000000acc1", "id"),
    ],
)
def test_a_name_is_found(text: str, kind: str) -> None:
    assert look(text) == {kind}


@pytest.mark.parametrize(
    "text", ["***", "api_key=***", "Bearer ***", "https://***@host/", "user-1 on host-1", "~/x"]
)
def test_what_was_redacted_is_not_found_again(text: str) -> None:
    assert look(text) == set()


def test_what_stands_beside_another_text_is_not_read_with_it() -> None:
    content = json.dumps({"facts": ["Basic", "codex_checks0"], "at": ["password:", "somewhere-else"]})

    assert remains([("facts.json", content.encode())], known=(), aliases=Aliases()) == ()


def test_an_alias_between_entities_is_not_taken_for_a_name() -> None:
    assert look("&#x27;C:\\Users\\user-2&#x27;", file="report.html") == set()
    assert look("&#x27;C:\\Users\\sunita&#x27;", file="report.html") == {"user"}


def test_each_kind_is_told_once_for_each_file() -> None:
    text = f"{KNOWN} {KNOWN} rao@example.org".encode()

    found = remains([("a.txt", text), ("b.txt", text)], known=(KNOWN,), aliases=Aliases())

    assert found == tuple(
        Remains(file=file, kind=kind) for file in ("a.txt", "b.txt") for kind in ("known", "email")
    )


def test_nothing_is_written_where_redaction_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = machine(tmp_path, env={"CODEX_TUNNEL_KEY": KNOWN})
    for name, value in one.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(one.home)

    def forgetful(_self: Redactor, text: str, *, most: int | None = None) -> str:
        return text[:most]

    monkeypatch.setattr(Redactor, "text", forgetful)

    # The deadline counts from the start of this process, which has run other tests.
    code = cli.run(
        ["report", "create", "--offline", "--deadline", "3600", "--output", str(tmp_path / "report.zip")]
    )

    said = capsys.readouterr()
    assert (code, said.out, (tmp_path / "report.zip").exists()) == (1, "", False)
    assert "no report is written, because something in it must not leave this machine" in said.err
    assert "facts.json: a secret of this machine" in said.err
    assert KNOWN not in said.err


@pytest.mark.parametrize("value", ["a word", 12345678, "***"])
def test_what_is_a_secret_by_its_name_does_not_keep_a_report_from_being_written(value: object) -> None:
    told = {"password": value, "nested": {"API_KEY": value}, "refresh_token": None, "id_token": False}

    data = Encoder(ENGINE, Redactor(), {}).answer(Fact(told))
    content = json.dumps(data, indent=1).encode()

    assert data["fact"]["password"] == data["fact"]["nested"]["API_KEY"] == "***"
    assert remains([("facts.json", content)], known=(), aliases=Aliases()) == ()
