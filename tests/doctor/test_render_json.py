from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

import codex_doctor
from codex_doctor.redact import Vault, redact
from codex_doctor.render.json import render, schema
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from engine import LINUX, outcome, problem

if TYPE_CHECKING:
    from codex_doctor.model import Report

SHIPPED = Path(codex_doctor.__file__).with_name("report.schema.json")


def report(detail: str = "seen here") -> Report:
    found = outcome(
        "auth.a", problem("bad").found(detail, evidence={"count": 3, "hosts": ("a", "b"), "none": None})
    )
    return assemble(
        Examination(
            outcomes=(found, outcome("auth.b")), machine={"codex": None, "codex_home": "/home/sam/.codex"}
        ),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )


def test_the_json_report_has_the_agreed_keys_in_the_agreed_order() -> None:
    document = json.loads(render(redact(report(), vault=Vault(), home="/home/sam")))

    assert list(document) == [
        "schema",
        "tool",
        "started",
        "seconds",
        "machine",
        "status",
        "exit_code",
        "findings",
        "checks",
        "redactions",
    ]
    assert list(document["findings"][0]) == [
        "code",
        "name",
        "area",
        "severity",
        "role",
        "caused_by",
        "blocks",
        "check",
        "title",
        "detail",
        "evidence",
        "advice",
        "docs",
        "fix",
    ]
    assert list(document["checks"][0]) == [
        "id",
        "title",
        "area",
        "verdict",
        "reason",
        "blocked_by",
        "seconds",
    ]


def test_the_json_report_conforms_to_the_schema_that_is_shipped() -> None:
    document = json.loads(render(redact(report(), vault=Vault(), home="/home/sam")))

    jsonschema.validate(document, json.loads(SHIPPED.read_text("utf-8")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "exit_code": "one"}, json.loads(SHIPPED.read_text("utf-8")))


def test_the_shipped_schema_is_the_one_that_the_model_gives() -> None:
    assert json.loads(SHIPPED.read_text("utf-8")) == schema()


def test_the_json_report_counts_what_was_redacted() -> None:
    vault = Vault()
    vault.secret("swordfish-swordfish")

    document = json.loads(
        render(redact(report("the key is swordfish-swordfish"), vault=vault, home="/home/sam"))
    )

    assert document["findings"][0]["detail"] == "the key is ***"
    assert document["redactions"] == {"known": 1}
    assert document["machine"]["codex_home"] == "~/.codex"


def test_a_renderer_refuses_a_report_that_is_not_redacted() -> None:
    with pytest.raises(AttributeError):
        # The ignored error is the point: the type checkers refuse it too, and would report an unused ignore.
        render(report())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_how_codex_was_installed_stands_in_the_head() -> None:
    examination = Examination(outcomes=(), machine={"codex": "0.169.0", "channel": "homebrew"})
    told = assemble(
        examination,
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )

    assert told.machine.channel == "homebrew"
